"""How much of the work is looked at, and how precisely it is known: M55."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases, frames, people
from audit.metrics.count import finish, periods, small
from audit.metrics.declare.common import MIN_N
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.quality import reviews

_DAY = dt.timedelta(days=1)


def calls_and_reviews(bases: Bases) -> ir.Table:
    """Answered calls (`call` 1) and calls reviewed at least once (`seen` 1), dated by the call and by the first review."""
    a = reviews.answered(bases)
    a = a.select("owner", "team", at=a.done_at, call=ibis.literal(1), seen=ibis.literal(0))
    r = bases.rows_of(reviews.scored).filter(lambda t: t.object == "call")
    r = r.group_by("unit").agg(owner=r.owner.min(), team=r.team.min(), at=r["at"].min())
    return ibis.union(a, r.select("owner", "team", "at", call=ibis.literal(0), seen=ibis.literal(1)))


def _weekly(table: ir.Table, at: str, bases: Bases) -> dict[tuple[str, int], int]:
    """(owner, number of the week) → rows."""
    daily = bases.rows(table.group_by(owner=table.owner, day=table[at].cast("date")).agg(n=table.count()))
    found: dict[tuple[str, int], int] = {}
    for row in daily.itertuples():
        if day := frames.day_of(row.day):
            key = (row.owner, periods.number(day, "week"))
            found[key] = found.get(key, 0) + int(row.n)
    return found


def weeks(bases: Bases) -> pd.DataFrame:
    """One row a seller and complete week since reviews began: `x` whether rules.reviews_per_week random ones were done.

    A week counts for a seller on staff for the whole of it, and where calls are recorded only if there were calls to hear.
    """
    t = bases.rows_of(reviews.units)
    t = t.filter(reviews.talks(t, bases))
    done = _weekly(t, "at", bases)
    calls = _weekly(reviews.answered(bases), "done_at", bases) if bases.tables.has("activities.kind", "activities.done_at|activities.started_at") else None
    stay = {row.owner: (row.hired_at, row.left_at, row.team) for row in bases.rows_of(people.staff).itertuples()} if bases.tables.has("users") else {}
    names = sorted({owner for owner, _ in [*done, *(calls or ())] if isinstance(owner, str) and (not stay or owner in stay)})
    first, last = min((week for _, week in done), default=0), periods.number(bases.as_of + _DAY, "week")
    rows = []
    for owner in names:
        hired, left, team = stay.get(owner, (None, None, None))
        for week in range(first, last, 7):
            start, end = periods.start(week, "week"), periods.end(week, "week")
            there = (hired is None or hired <= start) and (left is None or left >= end - _DAY)
            if there and (calls is None or calls.get((owner, week), 0) or done.get((owner, week), 0)):
                rows.append({"owner": owner, "team": team, "start": start, "x": done.get((owner, week), 0) >= bases.client.rules.reviews_per_week})
    return pd.DataFrame(rows, columns=["owner", "team", "start", "x"])


def _weeks(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    return small.told(metric, bases, bases.rows_of(weeks), ask, "start", small.share)


def _log(kind: str):
    """Days of control of one kind on which at least a minute was spent, and the first day of the log."""

    def days(bases: Bases) -> tuple[set[dt.date], dt.date | None]:
        t = bases.full("control_log").filter(lambda t: t.date <= ibis.literal(bases.as_of))
        frame = bases.rows(t.group_by("date").agg(minutes=t.minutes.sum(where=t.kind == kind)))
        found = {frames.day_of(day): minutes for day, minutes in zip(frame["date"], frame["minutes"], strict=True)}
        return {day for day, minutes in found.items() if day is not None and minutes > 0}, min((day for day in found if day), default=None)

    return days


_LISTENING, _REVISION = _log("call_listening"), _log("base_revision")


def _listened(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Working days of the log, whether calls were listened to."""
    done, first = bases.rows_of(_LISTENING)
    days = bases.calendar().workdays_in(first, bases.as_of + _DAY) if first else []
    frame = pd.DataFrame({"day_": list(days), "x": [day in done for day in days]})
    return small.told(metric, bases, frame, ask, "day_", small.share)


def _revised(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Complete weeks of the log with a working day, whether the base was revised."""
    done, first = bases.rows_of(_REVISION)
    rows = []
    if first:
        for week in range(periods.number(first + 6 * _DAY, "week"), periods.number(bases.as_of + _DAY, "week"), 7):
            start, end = periods.start(week, "week"), periods.end(week, "week")
            if bases.calendar().workdays(start, end):
                rows.append({"start": start, "x": any(start <= day < end for day in done)})
    return small.told(metric, bases, pd.DataFrame(rows, columns=["start", "x"]), ask, "start", small.share)


def _precision(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Half the width of the interval of each seller's mean score."""
    t = bases.rows_of(reviews.units)
    frame = bases.rows(t.filter(reviews.talks(t, bases)).select("unit", "owner", "team", "score")).rename(columns={"score": "x"})
    records = []
    for key, rows in small.cells_of(frame, ask):
        found = small.mean(rows)
        records.append(key | {"value": (found["high"] - found["low"]) / 2, "n": found["n"]})
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


METRICS = (
    Metric(
        id="qa_coverage", card="M55", kind="ratio", unit="share", better="higher", basis="period", table="qa_reviews",
        rows=calls_and_reviews, at="at", needs=("qa_reviews.object_id", *reviews.NEEDS, "activities.kind", "activities.done_at|activities.started_at"),
        where=None, numerator="seen", denominator="call", compute=None, matures_days=0, min_n=MIN_N, slices=("owner", "team"),
        counter="qa_seller_weeks", source="calls reviewed at least once ÷ answered calls of the period",
    ),
    Metric(
        id="qa_seller_weeks", card="M55", kind="share", unit="share", better="higher", basis="period", table="qa_reviews",
        rows=reviews.units, at="at", needs=(*reviews.RANDOM, "qa_reviews.user_id"), where=None, numerator=None, denominator=None, compute=_weeks,
        matures_days=0, min_n=MIN_N, slices=("owner", "team"), counter="qa_score",
        source="seller-weeks with rules.reviews_per_week random reviews or more ÷ complete seller-weeks with something to hear",
    ),
    Metric(
        id="qa_precision", card="M55", kind="mean", unit="score", better="lower", basis="snapshot", table="qa_reviews", rows=reviews.units,
        at="", needs=(*reviews.RANDOM, "qa_reviews.user_id"), where=None, numerator=None, denominator=None, compute=_precision,
        matures_days=0, min_n=MIN_N, slices=("owner", "team"), counter="qa_coverage",
        source="half the width of the 95 % interval of the mean random score",
    ),
    Metric(
        id="listening_days", card="M55", kind="share", unit="share", better="higher", basis="period", table="control_log", rows=reviews.units,
        at="date", needs=("control_log.date", "control_log.minutes", "control_log.kind"), where=None, numerator=None, denominator=None,
        compute=_listened, matures_days=0, min_n=MIN_N, slices=(), counter="qa_coverage",
        source="working days on which somebody listened to calls ÷ working days since the log began",
    ),
    Metric(
        id="revision_weeks", card="M55", kind="share", unit="share", better="higher", basis="period", table="control_log", rows=reviews.units,
        at="date", needs=("control_log.date", "control_log.minutes", "control_log.kind"), where=None, numerator=None, denominator=None,
        compute=_revised, matures_days=0, min_n=MIN_N, slices=(), counter="listening_days",
        source="weeks in which the base was revised ÷ complete working weeks since the log began",
    ),
)
