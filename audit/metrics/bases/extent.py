"""From which day to which the data reach."""

from __future__ import annotations

import datetime as dt

from audit.engine import Tables

_HAPPENED = {
    "deals": ("created_at", "closed_at", "won_at", "last_activity_at"), "leads": ("created_at", "converted_at", "closed_at"),
    "stage_history": ("entered_at",), "activities": ("done_at", "started_at", "created_at"), "payments": ("received_on",),
    "invoices": ("issued_on",), "proposals": ("sent_at",), "technique_tags": ("at",), "receivables": ("as_of",), "spend": ("date",),
    "qa_reviews": ("reviewed_at",), "competences": ("assessed_at",), "surveys": ("asked_at",),
}
# logs kept by hand date the data only where nothing else does
_NOTED = {"meetings": ("held_at",), "deviations": ("detected_at", "resolved_on"), "control_log": ("date",), "surveys": ("asked_at",)}


def created(tables: Tables) -> list[dt.date]:
    """The days on which the first deal and the first lead were created."""
    days = []
    for name in ("deals", "leads"):
        if tables.has(f"{name}.created_at"):
            table = tables[name]
            days.append(tables.backend.to_pyarrow(table.agg(d=table.created_at.min())).to_pylist()[0]["d"])
    return [_day(moment) for moment in days if moment]


def last_day(tables: Tables) -> tuple[dt.date, bool]:
    """The last day on which something happened, and whether later ones are written: a date beyond today is a slip of the pen, no event."""
    latest, beyond = _last_of(tables, _HAPPENED)
    if not latest:
        latest, beyond = _last_of(tables, _NOTED)
    return max(latest, default=dt.date(1970, 1, 1)), beyond


def _last_of(tables: Tables, dated: dict[str, tuple[str, ...]]) -> tuple[list[dt.date], bool]:
    """The last day in each dated column that is there, and whether any holds a date beyond today."""
    latest: list[dt.date] = []
    beyond = False
    for name, columns in dated.items():
        known = [column for column in columns if tables.has(f"{name}.{column}")]
        days = _latest(tables, name, known)
        if any(day > dt.date.today() for day in days):
            days, beyond = _latest(tables, name, known, dt.date.today() + dt.timedelta(days=1)), True
        latest += days
    return latest, beyond


def _latest(tables: Tables, name: str, columns: list[str], before: dt.date | None = None) -> list[dt.date]:
    """The last day in each column; without `before` a file's own statistics answer, no row is read."""
    if not columns:
        return []
    table = tables[name]
    last = {c: table[c].max(where=None if before is None else table[c] < before) for c in columns}
    row = tables.backend.to_pyarrow(table.agg(**last)).to_pylist()[0]
    return [_day(moment) for moment in row.values() if moment]


def _day(moment: dt.date) -> dt.date:
    return moment.date() if isinstance(moment, dt.datetime) else moment
