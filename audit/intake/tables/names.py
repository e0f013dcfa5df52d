"""Forms of many names at once: what `name_key` and `bare_name` give of each, found in one pass over all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from audit.intake.tables.clients import ALIKE, bare_name, legal_forms
from audit.intake.text import name_key

# every pattern stays within a line, a name a line
_SPACES = re.compile(r"(?:[^\S\n]|[\u00a0\u2007\u202f\u200b\ufeff])+")
_ENDS = re.compile(r"(?m)^ +| +$")
_QUOTES = str.maketrans("", "", "\"'«»“”„`‘’")
_DASHES = str.maketrans(dict.fromkeys("‐‑–—", "-"))
_POINTS = re.compile(r"\b(\w)\.[^\S\n]?(?=\w\b)")
_MARKS = re.compile(r"[^\w\n]+")


def name_keys(names: Sequence[str]) -> list[str]:
    """`name_key` of every name, in order."""
    return _together(names, _keys, name_key)


def bare_names(names: Sequence[str]) -> list[str]:
    """`bare_name` of every name, in order."""
    return _together(names, _bare, bare_name)


def _together(names: Sequence[str], change: Callable[[str], list[str]], alone: Callable[[str], str]) -> list[str]:
    """Changes applied to all names as one text; names of several lines or with a number of repetition go alone."""
    odd = {place: name for place, name in enumerate(names) if "\n" in name or "__" in name}
    if not names:
        return []
    found = change("\n".join("" if place in odd else name for place, name in enumerate(names)) if odd else "\n".join(names))
    for place, name in odd.items():
        found[place] = alone(name)
    return found


def _keyed(text: str) -> str:
    text = _ENDS.sub("", _SPACES.sub(" ", text.replace("*", "").replace("_", " "))).lower().replace("ё", "е")
    return _ENDS.sub("", _SPACES.sub(" ", text.translate(_QUOTES).translate(_DASHES)))


def _keys(text: str) -> list[str]:
    return _keyed(text).split("\n")


def _bare(text: str) -> list[str]:
    long, short = legal_forms()
    text = _POINTS.sub(r"\1", long.sub(" ", _keyed(text).upper().translate(ALIKE)))
    return [" ".join([word for word in line.split(" ") if word and word not in short]) for line in _MARKS.sub(" ", text).split("\n")]
