"""Which open deals are close to payment, told from events: stages from which deals were won soon, and open invoices."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.calendar import WorkCalendar
from audit.metrics.bases import Bases
from audit.metrics.bases.shape import told_beside
from audit.metrics.count import periods
from audit.metrics.rows.money.billing import bills

_MONTHS_BACK = 12
_SEEN = 10  # deals seen in a stage, below which it says nothing


def horizon(day: dt.date, steps: int, calendar: WorkCalendar) -> dt.date:
    """The day `steps` working days after `day` (before it when negative)."""
    way = dt.timedelta(days=1 if steps > 0 else -1)
    for _ in range(abs(steps)):
        day += way
        while not calendar.is_workday(day):
            day += way
    return day


def looks(bases: Bases) -> list[tuple[dt.date, dt.date]]:
    """(month end, its horizon) of the last twelve whole months whose horizon is over."""
    number, calendar = periods.number(bases.as_of, "month"), bases.calendar()
    ends = [periods.start(number - back, "month") - dt.timedelta(days=1) for back in range(_MONTHS_BACK)]
    pairs = [(day, horizon(day, bases.client.rules.hot_days, calendar)) for day in ends if day >= bases.first_day]
    return sorted(pair for pair in pairs if pair[1] <= bases.as_of)


def seen(bases: Bases) -> pd.DataFrame:
    """One row a look and stage: look, pipeline, stage, deals then in it, and how many were won by the look's horizon."""
    import pyarrow as pa

    pairs = looks(bases)
    if not pairs:
        return pd.DataFrame(columns=["look", "pipeline", "stage", "n", "won"])
    then, end = (pa.array([dt.datetime.combine(day + dt.timedelta(days=1), dt.time()) for day in days], pa.timestamp("us")) for days in zip(*pairs, strict=True))
    ends = ibis.memtable(pa.table({"look": pa.array([day for day, _ in pairs], pa.date32()), "_then": then, "_end": end}))
    v = bases.visits.filter(bases.visits.semantic == "open").select("pipeline", "stage", "entered_at", "left_at", "deal_semantic", "deal_closed_at")
    inside = v.inner_join(ends, [v.entered_at < ends._then, v.left_at.isnull() | (v.left_at >= ends._then), v.deal_closed_at.isnull() | (v.deal_closed_at >= ends._then)])
    won = ((inside.deal_semantic == "won") & (inside.deal_closed_at < inside._end)).fill_null(False)
    frame = bases.rows(inside.group_by("pipeline", "stage", "look").agg(n=inside.count(), won=won.cast("int64").sum()))
    return frame.assign(pipeline=frame["pipeline"].fillna("")).sort_values(["look", "pipeline", "stage"]).reset_index(drop=True)


def chances(seen_: pd.DataFrame) -> dict[tuple[str, str], float]:
    """(pipeline or "", stage) → share of the deals standing there that were won within the horizon; of few deals none."""
    if not len(seen_):
        return {}
    sums = seen_.groupby(["pipeline", "stage"])[["won", "n"]].sum()
    sums = sums[sums["n"] >= _SEEN]
    return (sums["won"] / sums["n"]).to_dict()


def hot_stages(chance: dict[tuple[str, str], float], bases: Bases) -> list[tuple[str, str]]:
    """Stages close to payment: those the client names, else those with at least `rules.hot_chance`, else the nearest one."""
    rules = bases.client.rules
    if rules.hot_stages:
        return [(stage.pipeline or "", stage.name) for stage in bases.stages.all if stage.name in rules.hot_stages]
    best = max(chance.values(), default=0.0)
    return [key for key, share in chance.items() if share >= min(rules.hot_chance, best) and share > 0]


def of_stages(t: ir.Table, stages: list[tuple[str, str]]) -> ir.BooleanValue:
    """Whether a row's pipeline and stage are among `stages`."""
    where = ibis.literal(False)
    for pipeline, stage in stages:
        where = where | ((ibis.coalesce(t.pipeline, "") == pipeline) & (t.stage == stage)).fill_null(False)
    return where


def hot(bases: Bases) -> ir.Table:
    """One row an open deal close to payment: it stands in a hot stage or has an unpaid invoice due by the horizon.

    `chance` (of being won within the horizon, from its stage; empty where unknown), `unpaid`, `acts` (actions done in
    the last seven days), `touched_at`, `next_at`, `days_in_stage`, `neglected` (no action in two working days).
    """
    chance = chances(bases.rows_of(seen))
    v = bases.visits
    t = v.filter((v.deal_semantic == "open") & v.left_at.isnull() & (v.semantic == "open"))
    pairs = [(of_stages(t, [key]), share) for key, share in chance.items()]
    t = t.mutate(chance=ibis.cases(*pairs, else_=None).cast("float64") if pairs else ibis.null("float64"),
                 warm=of_stages(t, hot_stages(chance, bases)), pipeline_=ibis.coalesce(t.pipeline, ""))
    t = _with_invoices(t, bases)
    t = t.filter(t.warm | (t.unpaid > 0))
    end = ibis.literal(bases.end)
    t = t.mutate(days_in_stage=(end.epoch_seconds() - t.entered_at.epoch_seconds()).cast("float64") / 86_400)
    return _touched(t, bases)


def _with_invoices(t: ir.Table, bases: Bases) -> ir.Table:
    if not bases.tables.has("invoices.deal_id", "invoices.due_on", "payments.received_on"):
        return t.mutate(unpaid=ibis.literal(0.0))
    until = horizon(bases.as_of, bases.client.rules.hot_days, bases.calendar())
    b = bases.rows_of(bills)
    owed = b.filter(b.due_on <= ibis.literal(until)).group_by(_deal="deal_id").agg(unpaid=ibis._.balance.sum())
    return told_beside(t, owed, "deal_id", lambda t: {"unpaid": t.unpaid.fill_null(0.0)})


def _touched(t: ir.Table, bases: Bases) -> ir.Table:
    calendar = bases.calendar()
    since = dt.datetime.combine(horizon(bases.as_of + dt.timedelta(days=1), -2, calendar), dt.time())
    week = bases.end - dt.timedelta(days=7)
    a = bases.activities
    a = a.filter((a.entity == "deal") & ~a.is_auto)
    acts = a.group_by(_deal=a.entity_id).agg(
        touched_at=a.done_at.max(), acts=(a.done_at >= ibis.literal(week)).fill_null(False).cast("int64").sum(),
        next_at=a.due_at.min(where=a.done_at.isnull() & (a.due_at >= ibis.literal(bases.end))))
    return told_beside(t, acts, "deal_id", lambda t: {
        "acts": t.acts.fill_null(0), "neglected": ibis.ifelse((t.touched_at >= ibis.literal(since)).fill_null(False), 0, 1)})
