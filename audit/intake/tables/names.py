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
    import pyarrow as pa
    import pyarrow.compute as pc

    long, short = legal_forms()
    text = folded_lines(text).upper()
    for mine, theirs in ALIKE.items():
        text = text.replace(chr(mine), chr(theirs))
    lines = pa.array(_MARKS.sub(" ", _POINTS.sub(r"\1", long.sub(" ", text))).split("\n"), pa.large_string())
    # forms side by side share a space, so that one pass takes every second of them
    form, before = f"(^| )(?:{'|'.join(map(re.escape, sorted(short)))})( |$)", None
    while before is None or not lines.equals(before):
        before, lines = lines, pc.replace_substring_regex(lines, form, " ")
    return pc.utf8_trim(pc.replace_substring_regex(lines, " {2,}", " "), " ").to_pylist()
