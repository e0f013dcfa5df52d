"""The verb: a client and a day in, the pack of its morning out; standup.json is written."""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from audit import engine as engines
from audit.client import Client
from audit.errors import NothingMeasurableError
from audit.metrics.bases import Bases
from audit.metrics.bases.extent import created, last_day
from audit.metrics.measure import day_of
from audit.metrics.rows.activities.actions import absences, people
from audit.standup import plans
from audit.standup.day import DAY, Day, next_standup
from audit.standup.names import named
from audit.standup.pack import Pack, last_before
from audit.standup.parts import PARTS
from audit.standup.tasks import followed, tasks
from audit.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN = 5  # working days after the end of the data from which on a pack would tell of nothing but the lack of data


def standup(client: Workspace | str | os.PathLike, date: dt.date | str | None = None, lang: str | None = None, *, engine: str | None = None) -> Pack:
    """The pack for the stand-up of `date` (default: the next one after the data's last day), written to reports/<date>/standup.json.

    What happened on `date` itself and later is not looked at. UsageError for what is no date, NothingMeasurableError for a day before the
    first deal or lead or long after the data's end and where no part can be made, WorkspaceError while another command works here.
    """
    workspace = Workspace.open(client)
    with workspace.lock():
        found = made(workspace, date, lang, engine=engine)
        found.write()
    return found


def made(client: Workspace | str | os.PathLike, date: dt.date | str | None = None, lang: str | None = None, *, engine: str | None = None) -> Pack:
    """The same as `standup` without writing anything."""
    workspace = Workspace.open(client)
    settings = workspace.client
    asked = day_of(date)
    tables = engines.load(workspace, engine or settings.engine)
    try:
        day = _day(tables, asked, settings)
        return _pack(workspace, Bases(tables, day.as_of, settings), day, min(last_day(tables)[0], day.as_of), lang or settings.language)
    finally:
        tables.made.clear()  # no circle keeps the session alive
        tables.close()


def day_after(workspace: Workspace, engine: str) -> dt.date:
    """The day of the next stand-up after the last day of the client's data."""
    tables = engines.load(workspace, engine)
    try:
        return _next(tables, workspace.client)
    finally:
        tables.made.clear()
        tables.close()


def _next(tables: engines.Tables, settings: Client) -> dt.date:
    last, _ = last_day(tables)
    return next_standup(last, dt.date.today(), Bases(tables, last, settings).calendar())


def _day(tables: engines.Tables, asked: dt.date | None, settings: Client) -> Day:
    """The morning asked for; NothingMeasurableError where nothing is known on it: before the first day of the data, or a working week and more after the last."""
    date, first, last = asked or _next(tables, settings), min(created(tables), default=None), last_day(tables)[0]
    if first is not None and date <= first:
        raise NothingMeasurableError("standup.before_data", date=date, first=first, earliest=first + DAY)
    calendar = Bases(tables, date - DAY, settings).calendar()
    if calendar.workdays(last + DAY, date) > UNKNOWN:
        raise NothingMeasurableError("standup.after_data", date=date, last=last, latest=_next(tables, settings))
    return Day.of(date, calendar)


def _pack(workspace: Workspace, bases: Bases, day: Day, until: dt.date, lang: str) -> Pack:
    parts, lacks = dict[str, list[dict]](), dict[str, list[str]]()
    for part in PARTS:
        missing = bases.lacks(*part.needs)
        if missing:
            lacks[part.name] = missing
        else:
            parts[part.name] = plain(named(part.rows(bases, day), bases))
    if not parts:
        raise NothingMeasurableError("metrics.nothing", n=len(PARTS), lacks=", ".join(sorted({one for what in lacks.values() for one in what})[:6]),
                                     tables=", ".join(sorted(bases.tables)) or "–")
    who = _people(bases, day)
    away = {one["owner"] for one in who if one["away"]}
    if "plans" in parts and (untold := plans.untold(bases, day)):
        lacks["plans"] = untold
    found = tasks(parts, workspace.client.rules.standup_tasks, away, {one["owner"] for one in who} if who else None)
    before = followed(last_before(workspace, day.date), parts, until)
    workday = bases.calendar().is_workday(day.date)
    return Pack(workspace, day.date, day.as_of, day.since, until, workday, parts, lacks, found, before, who, lang)


def _people(bases: Bases, day: Day) -> list[dict[str, Any]]:
    """Who is employed on the day by the client's list of people, and whether away; in the order of their names."""
    if not bases.tables.has("users.user_id"):
        return []
    away = bases.rows_of(absences)
    return [{"owner": str(one.owner), "away": (one.user_id, day.date) in away} for one in bases.rows_of(people).itertuples()
            if not _after(one.hired_at, day.date) and not _after(day.date, one.left_at)]


def _after(one: object, other: object) -> bool:
    return isinstance(one, dt.date) and isinstance(other, dt.date) and one > other


def plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON can hold them: days and moments as ISO text, nothing where there is no value."""
    names: Sequence[str] = list(frame.columns)
    return [dict(zip(names, map(_plain, row), strict=True)) for row in frame.itertuples(index=False, name=None)]


def _plain(value: Any) -> Any:
    if value is None or value != value:  # not a number, not a time
        return None
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
