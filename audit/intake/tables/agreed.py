"""Changes that were agreed in the plan and what they were measured to bring: rows of `growth_actions` from the client's ledger."""

from __future__ import annotations

import calendar
import datetime as dt
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd

from audit.errors import Phrase, WorkspaceError
from audit.intake.tables.finish import DTYPE
from audit.schema import BY_NAME
from audit.workspace import read_json

DAYS = ("start_on", "due_on", "done_on", "agreed_at")
_STATUS = {"agree": "agreed", "postpone": "postponed", "decline": "declined"}


_LAST = """
SELECT e.change, e.month, e.verdict, e.money, e.money_low, e.money_high, e.counted FROM effects e
JOIN (SELECT month, max(version) AS version FROM months GROUP BY month) USING (month, version) ORDER BY e.month
"""


def read_agreed(folder: Path) -> pd.DataFrame:
    """Rows of the highest `plan-….json` of the ledger, one a change of the plan, each with its last re-measurement; empty while nothing was agreed.

    WorkspaceError when a file is damaged.
    """
    files = sorted(folder.glob("plan-[0-9]*.json"))
    if not files:
        return pd.DataFrame()
    measured = _measured(folder / "effects.sqlite")
    content = read_version(files[-1])
    try:
        rows = [_action(row) | measured.get(row["action_id"], {}) for row in content["changes"]]
    except (KeyError, TypeError, AttributeError):
        raise WorkspaceError("plan.damaged_version", path=files[-1], problem=Phrase("plan.damaged.cut")) from None
    known = BY_NAME["growth_actions"].columns
    return pd.DataFrame({column.name: pd.Series([row.get(column.name) for row in rows], dtype=DTYPE.get(column.kind, "str")) for column in known})


def read_version(path: Path) -> dict[str, Any]:
    """A version of the plan as its file holds it: every change with an id of its own, its days in the calendar. WorkspaceError that names the file and what is wrong in it."""
    try:
        content = read_json(path)
        rows = content["changes"]
        names = [row["action_id"] for row in rows]
    except (WorkspaceError, KeyError, TypeError, AttributeError):
        raise WorkspaceError("plan.damaged_version", path=path, problem=Phrase("plan.damaged.cut")) from None
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled is not None:
        raise WorkspaceError("plan.damaged_version", path=path, problem=Phrase("plan.damaged.doubled", {"id": str(doubled)[:120]}))
    for row in rows:
        for name in DAYS:
            if row.get(name) and not _day(row[name]):
                raise WorkspaceError("plan.damaged_version", path=path, problem=Phrase("plan.damaged.no_day", {"id": str(row["action_id"])[:120], "field": name, "value": str(row[name])[:40]}))
    return content


def _day(text: object) -> bool:
    """Whether a text is a day of 2000–2199."""
    try:
        return 2000 <= dt.date.fromisoformat(text).year < 2200  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False


def _action(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the plan as one of `growth_actions`; what was not said is empty."""
    status = "done" if row["done_on"] else _STATUS.get(row["decision"], "proposed")
    place = {"slice_by": "×".join(row["scope"]), "slice_group": " × ".join(map(str, row["scope"].values()))}
    return {name: value if value != "" else None for name, value in (row | place).items()} | {"status": status}


def _measured(file: Path) -> dict[str, dict[str, Any]]:
    """Change → verdict and money of the last month in which it was measured; money of several changes together belongs to one of them."""
    if not file.is_file():
        return {}
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as base:
            rows = base.execute(_LAST).fetchall()
    except sqlite3.DatabaseError as problem:
        raise WorkspaceError("remeasure.damaged_ledger", path=file, problem=problem) from None
    return {row[0]: _told(*row[1:]) for row in rows}


def _told(month: str, verdict: str, *money: float | None) -> dict[str, Any]:
    year, number = map(int, month.split("-"))
    day = dt.date(year, number, calendar.monthrange(year, number)[1])
    *ends, counted = money
    values = [None if value is None else value if counted else 0.0 for value in ends]
    return {"verdict": verdict, "measured_on": day, **dict(zip(("realised_gain", "realised_low", "realised_high"), values, strict=True))}


def with_agreed(own: pd.DataFrame | None, agreed: pd.DataFrame) -> pd.DataFrame:
    """The client's own list of changes and, of the ledger, those that it does not have: what the client sends is the later word."""
    if own is None or not len(own):
        return agreed
    return pd.concat([own, agreed[~agreed["action_id"].isin(own["action_id"])]], ignore_index=True)
