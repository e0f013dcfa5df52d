"""What in one row of the plan contradicts itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Set
from typing import Any

from audit.plan.cells import Shown
from audit.plan.rows import Row, right_side

_LONG_AGO, _FAR_AHEAD = 366, 3653  # days before and after the day of the findings
Found = tuple[str, str, dict[str, Any]]  # cell, kind, what fills in the text


def contradictions(row: Row, base: Row, wrong: Set[str], cell: Mapping[str, str], shown: Shown, as_of: dt.date, today: dt.date) -> Iterator[Found]:
    """Contradictions of `row`; cells in `wrong` were refused already and `base` is the row as it went out."""
    if not row["title"] and "title" not in wrong:
        yield cell["title"], "no_title", {}
    yield from _days(row, base, wrong, cell, as_of, today)
    if row["decision"] == "agree":
        for name in ("owner", "start_on"):
            if not row[name] and name not in wrong:
                yield cell[name], f"agreed_without_{name}", {"title": _short(row)}
    if row["done_on"] and row["decision"] != "agree" and not {"done_on", "decision"} & wrong:
        yield cell["done_on"], "done_not_agreed", {"title": _short(row)}
    if not {"target", "metric", "baseline"} & wrong:
        yield from _target(row, base, cell, shown)


def _days(row: Row, base: Row, wrong: Set[str], cell: Mapping[str, str], as_of: dt.date, today: dt.date) -> Iterator[Found]:
    def told(day: dt.date) -> str:
        return f"{day:%d.%m.%Y}"  # as the book shows days, whatever the console speaks

    start = row["start_on"] if "start_on" not in wrong else None
    for name in ("start_on", "due_on"):
        day = row[name]
        if day and name not in wrong and day != base[name] and not -_LONG_AGO <= (day - as_of).days <= _FAR_AHEAD:
            yield cell[name], "far_day", {"found": told(day), "as_of": told(as_of)}
    for name in ("due_on", "done_on"):
        day = row[name]
        if day and start and name not in wrong and day < start:
            yield cell[name], f"{name}_before_start", {"found": told(day), "start": told(start)}
    if row["done_on"] and "done_on" not in wrong and row["done_on"] > today:
        yield cell["done_on"], "done_ahead", {"found": told(row["done_on"])}


def _target(row: Row, base: Row, cell: Mapping[str, str], shown: Shown) -> Iterator[Found]:
    """A target that is no improvement, or that its unit cannot have."""
    target = row["target"]
    if target is None or (target == base["target"] and row["baseline"] == base["baseline"] and row["metric"] == base["metric"]):
        return
    if row["unit"] == "share" and not 0 <= target <= 1:
        yield cell["target"], "share", {"found": f"{target:g}", "column": ""}
    elif not right_side(row, target):
        yield cell["target"], f"target_{row['direction']}", {
            "found": shown.in_unit(target, row["unit"]), "baseline": shown.in_unit(row["baseline"], row["unit"]), "title": _short(row)}


def _short(row: Row) -> str:
    return row["title"] if len(row["title"]) <= 60 else row["title"][:59] + "…"
