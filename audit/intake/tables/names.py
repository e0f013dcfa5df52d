"""Names of many companies without their legal forms, found in one pass over all of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from audit.intake.tables.clients import ALIKE, bare_name, legal_forms
from audit.intake.text import folded_lines, together

# every pattern stays within a line, a name a line
_POINTS = re.compile(r"\b(\w)\.[^\S\n]?(?=\w\b)")
_MARKS = re.compile(r"[^\w\n ]+")


def bare_names(names: Sequence[str]) -> list[str]:
    """`bare_name` of every name, in order."""
    return together(names, _bare, bare_name)


def _bare(text: str) -> list[str]:
    long, short = legal_forms()
    text = _POINTS.sub(r"\1", long.sub(" ", folded_lines(text).upper().translate(ALIKE)))
    return [" ".join([word for word in line.split(" ") if word and word not in short]) for line in _MARKS.sub(" ", text).split("\n")]
