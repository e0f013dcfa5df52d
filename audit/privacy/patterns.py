"""What tells of a person, a secret or a machine by its form: e-mails, phones, numbers with a checksum, passwords, paths."""

from __future__ import annotations

import re
import unicodedata

from audit.privacy.ids import card_ok, egn_ok, iban_ok, inn_ok

DOTS = "•••"
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}")
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
    r"(?:/[\w.@+-]+)*|\b[A-Za-z]:\\(?:[^\\\s<>]+\\)*[^\\\s<>]*|file://[^\s\"'<>)]+|(?<![\w./-])[\w./-]+\.ipynb\b|(?<![\w./-])[\w./-]*(?:site|dist)-packages/[\w./-]+"
)
SECRET = re.compile(
    r"\b(?:sk|pk|ghp|gho|xox[abp]|AKIA|eyJ)[-_A-Za-z0-9]{16,}\b"
    r"|(?:password|passwd|пароль|парола|secret|api[_-]?key)\s*[=:]\s*['\"]?[^\s'\"<,;]{6,}", re.I
)
ADDRESS = re.compile(r"\b(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2,3}\b(?!\.)|\bat 0x[0-9a-f]{6,}")


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
