"""Bytes → text that is safe to keep: encodings, control characters, half characters, and the language of the words."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from audit.intake.read import sniff
from audit.knowledge.tokens import TOKEN, languages, marks

SHOWN = 200  # characters of an excerpt
LOOKED = 20_000  # characters by which a language is told
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_HALF = re.compile("[\ud800-\udfff]")
_TURNED = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_CYRILLIC, _LATIN = re.compile("[\u0400-\u04ff]"), re.compile("[A-Za-z]")


def tidy(text: str, notes: Counter) -> str:
    """The words as said, without control characters but newline and tab; half characters become U+FFFD. Both are counted in `notes`.

    >>> tidy("до\\x00рого\\r\\nда", Counter())
    'дорого\\nда'
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text, controls = _CONTROL.subn("", text)
    text, halves = _HALF.subn("\ufffd", text)
    if controls:
        notes["control_characters"] += controls
    if halves:
        notes["half_characters"] += halves
    return text.strip()


def excerpt(what: object) -> str:
    """The first words of what is refused, on one line, without marks that turn the direction of a line."""
    text = what if isinstance(what, str) else str(what)
    return " ".join(_TURNED.sub("", tidy(text[:4 * SHOWN], Counter())).split())[:SHOWN]


def words_in(text: str) -> bool:
    """Whether anything is said: a letter, a digit or a picture, not just rules and dots.

    >>> words_in("— — —"), words_in("👍"), words_in("да")
    (False, True, True)
    """
    return any(char.isalnum() or ord(char) > 0x2BFF or 0x2600 <= ord(char) <= 0x27BF for char in text if not char.isspace())


def text_of(path: Path, notes: Counter) -> str:
    """A text file in its encoding; bytes that fit none become U+FFFD and are counted."""
    return decoded(path.read_bytes(), sniff.encoding(path), notes)


def decoded(raw: bytes, told: str | None, notes: Counter) -> str:
    """Bytes in the encoding that is told, else as UTF-8, else in the likeliest one, what does not fit counted."""
    for name in (told, "utf-8-sig"):
        text = _strictly(raw, name)
        if text is not None:
            return text
    text = raw.decode(sniff.likely(raw[:262_144]), "replace")
    notes["broken_bytes"] += text.count("\ufffd")
    return text


def _strictly(raw: bytes, name: str | None) -> str | None:
    """The text, None when the bytes do not fit or there is no such encoding of texts."""
    try:
        return raw.decode(name) if name else None
    except (ValueError, LookupError):  # bytes that do not fit, a name that is none
        return None


def language(text: str) -> str | None:
    """`ru`, `bg` or `en`; None where nothing tells, as in a number or a short Cyrillic word that both languages have.

    >>> language("Это дорого"), language("Това е скъпо"), language("Too expensive"), language("Скидка"), language("100")
    ('ru', 'bg', 'en', None, None)
    """
    text = text[:LOOKED]
    cyrillic, latin = len(_CYRILLIC.findall(text)), len(_LATIN.findall(text))
    if not cyrillic and not latin:
        return None
    if latin > 2 * cyrillic:
        return "en"
    found = languages(marks(TOKEN.findall(text)))
    return found[0] if len(found) == 1 else None
