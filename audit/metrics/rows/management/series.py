"""Daily and weekly series of what a head watches, by seller and of the department: M45."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np

from audit.metrics.bases import Bases
from audit.metrics.count import periods
from audit.metrics.rows.activities import actions

DAYS, WEEKS = 120, 52  # units of history looked at; the latest RUN of them are judged, the others are the baseline
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Series:
    """One metric of one scope: events and sizes (person-days, closed deals, tasks due) by unit of time, oldest first."""

    metric: str
    by: str  # "" or owner
    group: str
    share: bool  # events are a part of the sizes, not a count
    starts: tuple[dt.date, ...]  # first day of each unit
    events: np.ndarray
    sizes: np.ndarray


def series(bases: Bases) -> list[Series]:
    """Every series there is: things done a working day by kind, win rate and tasks done on time by week."""
    found: list[Series] = []
    if bases.tables.has("activities.kind", "activities.done_at|activities.started_at"):
        found += _daily(bases)
    if bases.tables.has("deals.semantic", "deals.closed_at|deals.won_at") and not bases.lacks("deals.semantic=lost"):
        t = bases.deals.filter((bases.deals.semantic != "open") & bases.deals.closed_at.notnull())
        found += _weekly(bases, "win_rate", t, t.closed_at, t.semantic == "won")
    if bases.tables.has("activities.due_at", "activities.done_at"):
        t = bases.activities
        t = t.filter(t.due_at.notnull() & (t.due_at < ibis.literal(bases.end)) & ~t.is_auto)
        limit = ibis.ifelse(t.due_at == t.due_at.truncate("D"), t.due_at + ibis.interval(days=1), t.due_at + ibis.interval(seconds=1))
        found += _weekly(bases, "tasks_on_time", t, t.due_at, t.done_at < limit)
    return found


def _daily(bases: Bases) -> list[Series]:
    """Things done a person and working day; days off, absences and days after leaving are no days."""
    frame = bases.rows_of(actions.by_day)
    days = bases.calendar().workdays_in(bases.as_of - dt.timedelta(days=DAYS * 2), bases.as_of + _DAY)[-DAYS:]
    place = {day: at for at, day in enumerate(days)}
    logged, first = frame.groupby("kind")["day"].min(), frame.groupby("owner")["day"].min()
    kinds = [kind for kind in sorted(logged.index) if kind not in ("invoice", "deal")]
    events, sizes = dict[tuple[str, str], np.ndarray](), dict[tuple[str, str], np.ndarray]()
    counted = frame[frame["day"].isin(place)]
    for seller in bases.rows_of(actions.people).itertuples():
        if seller.owner not in first.index:
            continue
        there = np.zeros(len(days))
        there[[place[day] for day in actions.present(bases, seller, max(days[0], first[seller.owner]), bases.as_of + _DAY)]] = 1.0
        mine = counted[counted["owner"] == seller.owner]
        for kind in kinds:
            rows = mine[mine["kind"] == kind]
            x = np.zeros(len(days))
            x[[place[day] for day in rows["day"]]] = rows["n"]
            n = np.where(np.array(days) >= logged[kind], there, 0.0)
            if x.sum():
                events[kind, seller.owner], sizes[kind, seller.owner] = x * (n > 0), n
    found = [Series(kind, "owner", owner, False, tuple(days), x, sizes[kind, owner]) for (kind, owner), x in events.items()]
    for kind in kinds:
        parts = [key for key in events if key[0] == kind]
        if parts:
            found.append(Series(kind, "", "", False, tuple(days), np.sum([events[key] for key in parts], axis=0), np.sum([sizes[key] for key in parts], axis=0)))
    return found


def _weekly(bases: Bases, metric: str, table: ir.Table, at: ir.Value, hit: ir.Value) -> list[Series]:
    """A share of units dated by week, complete weeks only."""
    t = table.mutate(_day=at.cast("date"), _hit=ibis.ifelse(hit.fill_null(False), 1, 0))
    frame = bases.rows(t.group_by(owner=t.owner, day=t._day).agg(x=t._hit.sum(), n=t.count()))
    last = periods.number(bases.as_of + _DAY, "week") - 7  # the latest week that is over
    weeks = [last - 7 * back for back in range(WEEKS - 1, -1, -1)]
    place = {week: at for at, week in enumerate(weeks)}
    frame = frame.assign(week=[periods.number(day, "week") for day in frame["day"]])
    frame = frame[frame["week"].isin(place)]
    starts = tuple(periods.start(week, "week") for week in weeks)
    found = []
    here = bases.rows_of(at_work)
    for by, owner, rows in [("", "", frame), *(("owner", owner, rows) for owner, rows in frame.groupby("owner") if owner in here)]:
        x, n = np.zeros(len(weeks)), np.zeros(len(weeks))
        np.add.at(x, [place[week] for week in rows["week"]], rows["x"].to_numpy(dtype=float))
        np.add.at(n, [place[week] for week in rows["week"]], rows["n"].to_numpy(dtype=float))
        found.append(Series(metric, by, str(owner), True, starts, x, n))
    return found


def at_work(bases: Bases) -> set[str]:
    """Those who have not left by the as-of day: of the others nothing can be put right any more."""
    known = bases.rows_of(actions.people)
    return {one.owner for one in known.itertuples() if not isinstance(one.left_at, dt.date) or one.left_at >= bases.as_of}


def norms_a_day(bases: Bases) -> dict[tuple[str, str], float]:
    """(seller, kind of action) → the norm of a working day; norms of weeks and months are shared out over their working days."""
    if not bases.rows_of(_has_norms):
        return {}
    frame = bases.rows_of(actions.norms)
    begun = [not isinstance(day, dt.date) or day <= bases.as_of for day in frame["valid_from"]]
    over = [isinstance(day, dt.date) and day <= bases.as_of for day in frame["valid_until"]]
    frame = frame.loc[np.array(begun, dtype=bool) & ~np.array(over, dtype=bool)]
    found: dict[tuple[str, str], float] = {}
    for row in frame.sort_values("valid_from", na_position="first", kind="stable").itertuples():
        number = periods.number(bases.calendar().last_workday(bases.as_of), row.per)  # of a day off a day's norm is that of the working day before it
        days = bases.calendar().workdays(periods.start(number, row.per), periods.end(number, row.per))
        for seller in bases.rows_of(actions.people).itertuples():
            if days and actions.is_of(row, seller):
                found[seller.owner, row.metric] = row.value * seller.fte / days
    return found


def _has_norms(bases: Bases) -> bool:
    return not bases.lacks("norms")
