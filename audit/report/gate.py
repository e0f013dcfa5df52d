"""The delivery gate: what must not leave with a report is masked, in text and in alternative texts."""

from __future__ import annotations

import html as entities
import re
import unicodedata
from collections.abc import Iterable

from audit.report.ids import card_ok, egn_ok, iban_ok, inn_ok

DOTS = "•••"
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}")
PHONE = re.compile(
    r"(?<![\w.,])(?:\+\d{1,3}|8|0)[ \xa0(\-]{1,2}\d{2,4}[ \xa0)\-]{1,2}\d{2,3}[ \xa0-]?\d{2}[ \xa0-]?\d{0,3}(?![\w.,]\w)"
    r"|(?<!\w)\+\d[\d \xa0()\-]{8,17}\d"
    r"|(?<![\w.,])[78]9\d{9}(?!\w)|(?<![\w.,])08[789]\d[ \xa0-]?\d{3}[ \xa0-]?\d{3}(?!\w)"
    r"|\(\d{3,4}\)[ \xa0]?\d{2,3}-\d{2}-\d{2}"
)
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
CARD = re.compile(r"(?<![\d.,])(?:\d{4}[ \xa0-]?){3}\d{4}(?![\d.,])")
TAX_ID = re.compile(r"(?<![\w.,])\d{10}(?:\d\d)?(?![\w])")
PATH = re.compile(
    r"(?<![\w.:/])/(?:home|root|Users|tmp|var|opt|mnt|srv|work|workspace|builds|private|etc|usr)/[\w.@+ -]*[\w@+]"
    r"(?:/[\w.@+-]+)*|\b[A-Za-z]:\\(?:[^\\\s<>]+\\)*[^\\\s<>]*|file://[^\s\"'<>)]+|[\w./-]+\.ipynb\b|[\w./-]*(?:site|dist)-packages/[\w./-]+"
)
SECRET = re.compile(
    r"\b(?:sk|pk|ghp|gho|xox[abp]|AKIA|eyJ)[-_A-Za-z0-9]{16,}\b"
    r"|(?:password|passwd|пароль|парола|secret|api[_-]?key)\s*[=:]\s*['\"]?[^\s'\"<,;]{6,}", re.I
)
ADDRESS = re.compile(r"\b(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2,3}\b(?!\.)|\bat 0x[0-9a-f]{6,}")
TAG = re.compile(r"(<(?:style|script)\b.*?</(?:style|script)\s*>|<!--.*?-->|<[^<>\"']*(?:\"[^\"]*\"[^<>\"']*|'[^']*'[^<>\"']*)*>)", re.S)
SPOKEN = re.compile(r'(\s(?:alt|title|aria-label|content)=")([^"]*)(")')


def masked(text: str) -> str:
    """`text` with personal data, secrets and machine paths replaced.

    >>> masked("write to ivan@example.org or +7 (000) 123-45-67, card 4111 1111 1111 1111")
    'write to i•••@••• or •••, card •••'
    """
    text = EMAIL.sub(lambda m: f"{m[0][0]}{DOTS}@{DOTS}", text)
    text = SECRET.sub(DOTS, PATH.sub("…", ADDRESS.sub(DOTS, text)))
    text = IBAN.sub(lambda m: DOTS if iban_ok(m[0]) else m[0], text)
    text = CARD.sub(lambda m: DOTS if card_ok(m[0]) else m[0], text)
    text = TAX_ID.sub(lambda m: DOTS if inn_ok(m[0]) or egn_ok(m[0]) else m[0], text)
    return PHONE.sub(DOTS, text)


# left out: joiners that shape words; all that can reorder or hide text goes
HIDDEN = {c for c in map(chr, range(0x2000, 0x2070)) if unicodedata.category(c) == "Cf"} - {"\u200c", "\u200d"} | {"\ufeff", "\u00ad"}


def clean(text: object, longest: int = 300) -> str:
    """Client text fit to be shown: one line, no control or reordering characters, masked, at most `longest` long."""
    raw = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp", "Cs"} else c for c in str(text) if c not in HIDDEN)
    raw = re.sub(r"[ \t]+", " ", raw).strip()
    raw = raw if len(raw) <= longest else raw[: longest - 1] + "…"
    return masked(raw)


def guarded(page: str, names: Iterable[str] = ()) -> str:
    """The page with everything that must not leave masked in its text, and `names` (of people) too.

    Styles and picture data are left alone: pictures carry no text as text.
    """
    hidden = _known(names)
    parts = TAG.split(page)
    for at, part in enumerate(parts):
        if at % 2 == 0:
            parts[at] = _safe_text(part, hidden)
        elif not part.startswith(("<style", "<!--")):
            parts[at] = SPOKEN.sub(lambda m: m[1] + _safe_text(m[2], hidden) + m[3], part)
    return "".join(parts)


def nameless(text: str, names: Iterable[str]) -> str:
    """Plain `text` without `names` (of people).

    >>> nameless("no deal of Anna Petrova", ["Anna Petrova", "Anna"])
    'no deal of •••'
    """
    return without_names(text, _known(names))


def _safe_text(text: str, hidden: dict[str, set[tuple[str, ...]]]) -> str:
    plain = entities.unescape(text)
    safe = without_names(masked(plain), hidden) if hidden else masked(plain)
    return text if safe == plain else entities.escape(safe)


WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")


def _known(names: Iterable[str]) -> dict[str, set[tuple[str, ...]]]:
    """First word → names of two words and more that begin with it; one word alone may be any word."""
    known: dict[str, set[tuple[str, ...]]] = {}
    for name in names:
        words = tuple(word.casefold() for word in WORD.findall(name))
        if len(words) >= 2:
            known.setdefault(words[0], set()).add(words)
    return known


def without_names(text: str, hidden: dict[str, set[tuple[str, ...]]]) -> str:
    """`text` with every name of `hidden` replaced by dots."""
    found = [(m.group().casefold(), m.span()) for m in WORD.finditer(text)]
    gone = []
    for at, (word, (start, _)) in enumerate(found):
        for name in hidden.get(word, ()):
            if tuple(w for w, _ in found[at : at + len(name)]) == name:
                gone.append((start, found[at + len(name) - 1][1][1]))
    for start, end in sorted(gone, reverse=True):
        text = text[:start] + DOTS + text[end:]
    return text
