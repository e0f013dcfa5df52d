"""Development plans and what they give: M60."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases, frames, people
from audit.metrics.bases.shape import yes
from audit.metrics.count import finish
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.quality import reviews

_GAIN_DAYS = dt.timedelta(days=366)  # an assessment further from the item says nothing of it


def items(bases: Bases) -> ir.Table:
    """One row an item of a development plan; what was done after `as_of` is not done."""
    t = people.with_person(bases.full("dev_items"), bases)
    day = ibis.literal(bases.as_of)
    t = t.filter(t.planned_at.isnull() | (t.planned_at <= day))
    return t.mutate(competence=t.competence_id, done_at=ibis.ifelse(t.done_at <= day, t.done_at, ibis.null("date")))


def due(bases: Bases) -> ir.Table:
    """Items due by `as_of`."""
    t = bases.rows_of(items)
    return t.filter(t.due_on <= ibis.literal(bases.as_of)).mutate(due_at=t.due_on.cast("timestamp(6)"))


def finished(bases: Bases) -> ir.Table:
    """Items done by `as_of`."""
    t = bases.rows_of(items)
    return t.filter(t.done_at.notnull()).mutate(finished_at=t.done_at.cast("timestamp(6)"))


def _timely(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t.done_at <= t.due_on)


def _proven(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t.evidence.strip() != "")


def gains(bases: Bases) -> pd.DataFrame:
    """One row a person and competence with an item: `x`, level after the item less level before (points of 100), `done` whether it was done by
    the second assessment; the item is the first planned of that person and competence."""
    t = bases.full("competences").filter(lambda t: (t.assessed_at <= ibis.literal(bases.as_of)) & t.level.notnull() & (t.level_max > 0))
    level = bases.rows(t.group_by("user_id", "competence_id", "assessed_at").agg(x=(100.0 * t.level / t.level_max).mean().round(6)))
    known: dict[tuple, list[tuple[dt.date, float]]] = {}
    for row in level.itertuples():
        if day := frames.day_of(row.assessed_at):
            known.setdefault((row.user_id, row.competence_id), []).append((day, row.x))
    plan = bases.rows(bases.rows_of(items).select("item_id", "user_id", "competence_id", "planned_at", "done_at"))
    plan = plan[plan["planned_at"].notna()].sort_values(["planned_at", "item_id"], kind="stable").drop_duplicates(["user_id", "competence_id"])
    rows = []
    for item in plan.itertuples():
        start, end = frames.day_of(item.planned_at), frames.day_of(item.done_at)
        marks = sorted(known.get((item.user_id, item.competence_id), []))
        assert start is not None
        before = [mark for mark in marks if start - _GAIN_DAYS <= mark[0] <= start]
        after = [mark for mark in marks if (end or start) < mark[0] <= (end or start) + _GAIN_DAYS]
        if before and after:
            rows.append({"user_id": item.user_id, "done": end is not None, "x": after[0][1] - before[-1][1]})
    return pd.DataFrame(rows, columns=["user_id", "done", "x"])


def _gain(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Mean gain of those who finished less that of those who did not, Welch's interval."""
    frame = bases.rows_of(gains)
    sides = [np.sort(frame.loc[frame["done"] == done, "x"].to_numpy(dtype=float)) for done in (True, False)]
    sizes = [len(side) for side in sides]
    if min(sizes) == 0:
        return finish.made(metric, bases, [{"value": np.nan, "n": 0}])
    value, half = sides[0].mean() - sides[1].mean(), np.nan
    if min(sizes) > 1:
        from scipy.special import stdtrit

        errors = [side.var(ddof=1) / len(side) for side in sides]
        if sum(errors) > 0:
            df = sum(errors) ** 2 / sum(error**2 / (size - 1) for error, size in zip(errors, sizes, strict=True))
            half = stdtrit(df, 0.975) * np.sqrt(sum(errors))
    return finish.made(metric, bases, [{"value": value, "low": value - half, "high": value + half, "n": min(sizes)}])


METRICS = (
    Metric(
        id="dev_on_time", card="M60", kind="share", unit="share", better="higher", basis="period", table="dev_items", rows=due, at="due_at",
        needs=("dev_items.due_on", "dev_items.done_at"), where=None, numerator=_timely, denominator=one, compute=None, matures_days=0, min_n=MIN_N,
        slices=("owner", "team", "kind", "competence"), counter="dev_evidence", source="items done by their due day ÷ items due; what is still undone is late",
    ),
    Metric(
        id="dev_evidence", card="M60", kind="share", unit="share", better="higher", basis="period", table="dev_items", rows=finished,
        at="finished_at", needs=("dev_items.done_at", "dev_items.evidence"), where=None, numerator=_proven, denominator=one, compute=None,
        matures_days=0, min_n=MIN_N, slices=("owner", "team", "kind"), counter="dev_gain", source="items done with evidence ÷ items done",
    ),
    Metric(
        id="dev_gain", card="M60", kind="mean", unit="points", better="higher", basis="snapshot", table="dev_items", rows=reviews.items, at="",
        needs=("dev_items.planned_at", "dev_items.done_at", "dev_items.competence_id", "competences.level", "competences.level_max"),
        where=None, numerator=None, denominator=None, compute=_gain, matures_days=0, min_n=5, slices=(), counter="reviewer_icc",
        source="gain of level where the item was done less gain where it was not, by person and competence",
    ),
)
