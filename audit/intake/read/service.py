"""Lines of a report that are no records: its name and notes at the foot; and the label of a group written on its first row only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from audit.intake.text import lexicon, norm

if TYPE_CHECKING:
    from audit.intake.read.grid import Grid
    from audit.intake.read.source import Source

_ARROW = re.compile(r"\s*[↑↓⬆⬇]\s*$")
_COUNTED = re.compile(r"\s*\(\d+(?: records?)?\)$")


def grouped(heads: list[str]) -> bool:
    """Whether a header has marks of sorting, as the columns of groups do."""
    return any(_ARROW.search(head) for head in heads)


def finish(source: Source, heads: list[str], grid: list[list]) -> list[str]:
    """Repeat labels of groups on every row; the names of columns without marks of sorting."""
    groups = [place for place, head in enumerate(heads) if _ARROW.search(head)]
    if groups:
        _fill(source, grid, groups)
        plain = [_ARROW.sub("", head) for head in heads]
        heads = [name if plain.count(name) == 1 else head for name, head in zip(plain, heads, strict=True)]
    return heads


def mark_foot(source: Source, grid: Grid) -> None:
    """Mark bare lines at the end of a report as `total_row`, when one of them is a note that only feet of reports have."""
    feet = tuple(lexicon()["report_feet"])
    seen, first = False, len(grid)
    for place in range(len(grid) - 1, max(len(grid) - 30, -1), -1):
        filled = [str(cell) for cell in grid[place] if str(cell).strip()]
        bare = len(filled) == 1 and len(grid[place]) >= 3
        if not bare and source.faults.get(place) != "total_row":
            break
        seen |= bare and norm(filled[0]).startswith(feet)
        first = place
    if seen:
        source.faults.update(dict.fromkeys(range(first, len(grid)), "total_row"))


def _fill(source: Source, grid: list[list], groups: list[int]) -> None:
    """Sorted columns of a grouped report: a blank cell takes the label above it, labels lose their count of rows."""
    if not any(not str(row[groups[0]]).strip() for place, row in enumerate(grid) if place not in source.faults):
        return
    above: dict[int, object] = {}
    for place, row in enumerate(grid):
        if place in source.faults:
            continue
        for at, column in enumerate(groups):
            if str(row[column]).strip():
                above[column] = _COUNTED.sub("", row[column]) if isinstance(row[column], str) else row[column]
                for inner in groups[at + 1 :]:
                    above.pop(inner, None)
            if column in above:
                filled = not str(row[column]).strip()
                row[column] = above[column]
                source.warnings["label_above"] += filled and at == 0
    heads_only = [place for place, row in enumerate(grid) if place not in source.faults
                  and not any(str(cell).strip() for at, cell in enumerate(row) if at not in groups)]
    for place in heads_only:
        source.faults[place] = "group_row"
