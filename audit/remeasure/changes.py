"""The agreed changes that a month is measured for: rows of the plan as they held at its end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from audit.errors import NothingMeasurableError
from audit.plan.draft import LOOKS
from audit.plan.ledger import Agreed, versions
from audit.plan.rows import Row
from audit.workspace import Workspace

WAIT = 28  # days, where an old version of the plan names none


@dataclass(frozen=True)
class Change:
    """One agreed change; `row` is its row in the plan."""

    row: Row

    @property
    def id(self) -> str:
        """Its permanent id."""
        return str(self.row["action_id"])

    @property
    def metric(self) -> str:
        """The metric that measures it, "" where the plan names none."""
        return str(self.row.get("metric") or "")

    @property
    def scope(self) -> dict[str, str]:
        """The slice in which it acts: dimension → level; empty in the whole."""
        return {str(name): str(label) for name, label in (self.row.get("scope") or {}).items()}

    @property
    def start(self) -> dt.date:
        """The first day on which it acts."""
        return self.row["start_on"]

    @property
    def wait(self) -> int:
        """Days from the start before which nothing is judged."""
        return int(self.row.get("remeasure_after_days") or WAIT)

    @property
    def looks(self) -> int:
        """Monthly looks that the plan names."""
        return int(self.row.get("planned_looks") or LOOKS)

    @property
    def better(self) -> str:
        """Which end of the metric is good: higher or lower."""
        return "lower" if self.row.get("direction") == "lower" else "higher"

    @property
    def chosen(self) -> bool:
        """Whether its slice was chosen for a bad value."""
        return bool(self.row.get("zone_id"))

    @property
    def back(self) -> float | None:
        """Part of the baseline by which the slice would get better without any change, ≥ 0, as the plan keeps it; None where it does not."""
        baseline, shrunk = self.row.get("baseline"), self.row.get("baseline_shrunk")
        if not self.chosen or not baseline or shrunk is None:
            return None
        return max((-1 if self.better == "lower" else 1) * (shrunk - baseline) / abs(baseline), 0.0)


class Valid(NamedTuple):
    """The plan as it holds for a month: number of the last version, its rows as they stood then, the changes to be measured."""

    version: int
    rows: tuple[Row, ...]
    changes: tuple[Change, ...]


def valid_for(workspace: Workspace, end: dt.date) -> Valid:
    """The plan for the month that ends on `end`, changes by their start.

    Rows are those of the last version, whose corrections hold for every month, dated by what they say themselves: what was begun or
    done after `end` was not yet. A change that a version later than `end` gave up is measured as long as it was agreed.
    NothingMeasurableError where no version of the plan has an agreed change with a start.
    """
    known = versions(workspace)
    last = known[-1] if known else Agreed()
    then = next((one for one in reversed(known) if dt.date.fromisoformat(one.agreed_on) <= end), Agreed())
    held = {row["action_id"]: row for row in then.rows if _runs(row)}
    rows = [row if _runs(row) else held.pop(row["action_id"], row) for row in last.rows]
    rows += [row for name, row in held.items() if name not in {one["action_id"] for one in rows}]
    found = sorted((Change(_as_of(row, end)) for row in rows if _runs(row)), key=lambda change: (change.start, change.id))
    if not found:
        raise NothingMeasurableError("remeasure.no_changes", client=workspace.root, version=last.version)
    return Valid(last.version, tuple(_as_of(row, end) for row in rows), tuple(found))


def _runs(row: Mapping[str, Any]) -> bool:
    return row["decision"] == "agree" and row["start_on"] is not None


def _as_of(row: Row, end: dt.date) -> Row:
    """The row as it stood: what was done later was not done."""
    done = row.get("done_on")
    return row | {"done_on": done if done and done <= end else None}


def overlap(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two slices can have units in common: no dimension of both has two levels."""
    return all(other[name] == label for name, label in one.items() if name in other)
