"""The delivery gate: what must not leave with a report is masked, in text and in alternative texts."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterable

from audit.privacy.patterns import DOTS, masked

TAG = re.compile(r"(<(?:style|script)\b.*?</(?:style|script)\s*>|<!--.*?-->|<[^<>\"']*(?:\"[^\"]*\"[^<>\"']*|'[^']*'[^<>\"']*)*>)", re.S)
SPOKEN = re.compile(r'(\s(?:alt|title|aria-label|content)=")([^"]*)(")')


def guarded(page: str, names: Iterable[str] = ()) -> str:
    """The page with everything that must not leave masked in its text, and `names` (of people) too.

    Styles and picture data are left alone: pictures carry no text as text.
    """
    hidden = known_names(names)
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
    return without_names(text, known_names(names))


def _safe_text(text: str, hidden: dict[str, set[tuple[str, ...]]]) -> str:
    plain = entities.unescape(text)
    safe = without_names(masked(plain), hidden) if hidden else masked(plain)
    return text if safe == plain else entities.escape(safe)


WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")


def known_names(names: Iterable[str]) -> dict[str, set[tuple[str, ...]]]:
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
