"""What the words of stages and statuses mean: open, won or lost."""

from __future__ import annotations

import re

from audit.intake.text import lexicon, meanings, norm

_LEADING = re.compile(r"^\s*[\[(]?(\d{1,2})[\])]?\s*[.)\-–—:]\s*|^\s*(\d{1,2})\s+(?=\D)")
_PICTURES = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\u20e3]")


def clean_stage(name: str) -> tuple[str, int | None]:
    """(name without leading number and pictures, the number as a hint of order).

    >>> clean_stage("1. Новая ⚡"), clean_stage("Переговоры\\u00a0"), clean_stage("2-й контакт")
    (('Новая', 1), ('Переговоры', None), ('2-й контакт', None))
    """
    plain = " ".join(_PICTURES.sub("", str(name)).replace("\u00a0", " ").split())
    found = _LEADING.match(plain)
    if found and not re.match(r"^\s*\d+-\w", plain):
        rest = plain[found.end():].strip()
        if rest:
            return rest, int(found.group(1) or found.group(2))
    return plain, None


def outcome(word: str) -> str | None:
    """`open`, `won` or `lost` for a stage or status word that is known, else None.

    >>> outcome("Closed Won"), outcome("Сделка проиграна"), outcome("Отказ: дорого"), outcome("Тест")
    ('won', 'lost', 'lost', None)
    """
    plain = norm(clean_stage(word)[0])
    known = meanings("outcome")
    if plain in known:
        return known[plain]
    for text, meaning in known.items():
        if meaning != "open" and len(text) > 4 and re.match(rf"{re.escape(text)}\b", plain):
            return meaning
    return None


def rank(name: str) -> int | None:
    """Where a stage usually stands, 10…70; None when its name says nothing."""
    plain = norm(clean_stage(name)[0])
    for place, parts in lexicon()["stage_rank"].items():
        if any(re.search(rf"\b{re.escape(part)}", plain) for part in parts):
            return int(place)
    return None
