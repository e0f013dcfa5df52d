"""Deals in work and where they stand: M15; stuck deals and late tasks: M21."""

from __future__ import annotations

import dataclasses

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases, worktime
from audit.metrics.bases.shape import days, yes
from audit.metrics.count import additive, cells, finish, periods
from audit.metrics.declare.common import MIN_N, deals, is_open, one
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.flow.stuck import norms, standing
from audit.metrics.rows.leads.leaking import overdue_before
from audit.stats import intervals

_STANDING = ("owner", "team", "source", "channel", "segment", "region", "product", "pipeline", "industry", "is_repeat",
             "stage", "owner×stage")


def _in_work(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Open deals now by slice, and the whole at the end of every period: created by then and not yet closed."""
    now = additive.values([(dataclasses.replace(metric, compute=None), ask)], bases)[0]
    if not ask.periods or not bases.tables.has("deals.created_at"):
        return now
    t = bases.deals.filter(bases.deals.created_at.notnull())
    both = ibis.union(t.select(at=t.created_at, step=ibis.literal(1)),
                      t.filter(t.closed_at.notnull()).select(at=ibis.greatest(t.closed_at, t.created_at), step=ibis.literal(-1)))
    rolled = cells.collect(bases, both, "at", [], ask.periods, {"_rows": both.count(), "step": both.step.sum()})
    past = []
    for part in rolled[1:]:
        if len(part.number):
            part = finish.zero_filled(part, periods.number(bases.as_of, part.period))
            order = np.argsort(part.number)
            level = np.cumsum(part.sums["step"][order])
            past += [{"period": part.period, "period_start": periods.start(number, part.period),
                      "period_end": periods.end(number, part.period), "value": value, "n": int(value), "sum_num": value}
                     for number, value in zip(part.number[order], level, strict=True)]
    return pd.concat([now, finish.made(metric, bases, past)], ignore_index=True) if past else now


def _stage_share(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Share of each stage among all deals that have one."""
    t = bases.deals.filter(bases.deals.stage.notnull())
    part = cells.collect(bases, t, "", [("stage",)], (), {"_rows": t.count()})[0]
    counted, stage = part.sums["_rows"], part.by == "stage"
    total = counted[stage].sum()
    low, high = intervals.wilson(counted[stage], np.full(stage.sum(), max(total, 1)))
    return finish.made(metric, bases, [
        {"by": "stage", "group": group, "value": count / total, "low": a, "high": b, "n": int(total), "sum_num": count,
         "sum_den": total, "sum_num2": count, "sum_numden": count, "sum_den2": total}
        for group, count, a, b in zip(part.group[stage], counted[stage], low, high, strict=True)
    ] or [{"value": np.nan, "n": 0}])


def _stuck(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t.is_stuck)


def _stuck_money(t: ir.Table, _: Bases) -> ir.Value:
    return ibis.ifelse(t.is_stuck, t.amount_base, 0.0)


def _stuck_rows(bases: Bases) -> pd.DataFrame:
    """Open deals stuck in their stage: the dearest first, the longest standing first among equals."""
    limits = bases.rows_of(norms)
    t = bases.rows_of(standing)
    t = t.filter(t.is_stuck).mutate(days_in_stage=days(t.entered_at, ibis.literal(bases.end)).round(1), amount=t.amount_base)
    frame = bases.rows(t.select("deal_id", "owner", "pipeline", "stage", "days_in_stage", "amount"))
    keyed = {(pipeline or "", stage): limit for (pipeline, stage), limit in limits.items()}
    pairs = zip(frame["pipeline"].fillna("").astype(str), frame["stage"], strict=True)
    frame = frame.assign(limit_days=[keyed[pair] for pair in pairs])
    return frame.sort_values(["amount", "days_in_stage", "deal_id"], ascending=[False, False, True], na_position="last")


def tasks(bases: Bases) -> ir.Table:
    """One row a planned action with a due time, done or not.

    A letter, call or meeting done in the very second of its due time was written down when it happened, not planned: CRMs give
    it a due time of their own, and always on time it would hide the tasks that are not.
    """
    t = bases.activities
    logged = (t.kind != "task") & (t.done_at == t.due_at) & (t.due_at != t.due_at.truncate("D"))
    return t.filter(t.due_at.notnull() & (t.due_at < ibis.literal(bases.end)) & ~t.is_auto & ~logged.fill_null(False))


def _closed(bases: Bases) -> ir.Table | None:
    """`_entity` and `_unit` of deals and leads that are no longer open."""
    parts = []
    for name, key in (("deals", "deal_id"), ("leads", "lead_id")):
        if bases.tables.has(f"{name}.{key}"):
            t = bases.deals if name == "deals" else bases.leads
            parts.append(t.filter(t.semantic != "open").select(_entity=ibis.literal(name[:-1]), _unit=key))
    return ibis.union(*parts) if len(parts) > 1 else parts[0] if parts else None


def _overdue_rows(bases: Bases) -> pd.DataFrame:
    """Tasks overdue by a working day or more, the longest overdue first, those of closed deals and leads left out."""
    t = bases.rows_of(tasks)
    t = t.filter(t.done_at.isnull() & (t.due_at < ibis.literal(overdue_before(bases, bases.as_of))))
    t = t.select("activity_id", "owner", "kind", "entity", "entity_id", "due_at", _after=t.due_at + ibis.interval(days=1), _end=ibis.literal(bases.end))
    closed = _closed(bases)
    if closed is not None:
        t = t.anti_join(closed, [("entity", "_entity"), ("entity_id", "_unit")])
    return bases.rows(worktime.workdays(t, bases, "_after", days_overdue="_end")).sort_values(["due_at", "activity_id"], kind="stable")


def _late(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t.done_at.isnull())


def _on_time(t: ir.Table, _: Bases) -> ir.Value:
    by_day = t.due_at == t.due_at.truncate("D")
    limit = ibis.ifelse(by_day, t.due_at + ibis.interval(days=1), t.due_at + ibis.interval(seconds=1))
    return yes(t.done_at < limit)


_VISITS = ("stage_history.entered_at", "stage_history.to_stage", "stages.ord", "deals.semantic")
_TASKS = ("activities.due_at",)

METRICS = (
    Metric(
        id="deals_in_work", card="M15", kind="count", unit="count", better="band", basis="snapshot", table="deals",
        rows=deals, at="", needs=("deals.semantic",), where=is_open, numerator=one, denominator=None, compute=_in_work,
        matures_days=0, min_n=MIN_N, slices=_STANDING, counter="open_older_than_p90", source="open deals at the as-of day",
    ),
    Metric(
        id="deals_in_work_amount", card="M15", kind="sum", unit="money", better="band", basis="snapshot", table="deals",
        rows=deals, at="", needs=("deals.semantic", "deals.amount_base|deals.amount", "deals.amount of open deals"), where=is_open, numerator="amount_base",
        denominator=None, compute=None, matures_days=0, min_n=MIN_N, slices=_STANDING, counter="open_older_than_p90",
        source="Σ amount of open deals at the as-of day",
    ),
    Metric(
        id="stage_share", card="M15", kind="share", unit="share", better="neutral", basis="snapshot", table="deals",
        rows=deals, at="", needs=("deals.stage_id",), where=None, numerator=None, denominator=None, compute=_stage_share,
        matures_days=0, min_n=MIN_N, slices=("stage",), counter="", source="deals in the stage ÷ deals that have a stage",
    ),
    Metric(
        id="stuck_deals", card="M21", kind="count", unit="count", better="lower", basis="snapshot", table="deals",
        rows=standing, at="", needs=_VISITS, where=None, numerator=_stuck, denominator=None, compute=None, matures_days=0,
        min_n=MIN_N, slices=("owner", "team", "stage", "segment", "pipeline", "band"), counter="deals_in_work",
        source="open deals in their stage longer than its max_days or than nine of ten later winners were",
    ),
    Metric(
        id="stuck_money", card="M21", kind="sum", unit="money", better="lower", basis="snapshot", table="deals",
        rows=standing, at="", needs=(*_VISITS, "deals.amount_base|deals.amount", "deals.amount of open deals"), where=None, numerator=_stuck_money,
        denominator=None, compute=None, matures_days=0, min_n=MIN_N,
        slices=("owner", "team", "stage", "segment", "pipeline", "band"), counter="deals_in_work_amount",
        source="Σ amount of stuck deals",
    ),
    Metric(
        id="overdue_tasks", card="M21", kind="count", unit="count", better="lower", basis="snapshot", table="activities",
        rows=tasks, at="", needs=_TASKS, where=None, numerator=_late, denominator=None, compute=None, matures_days=0,
        min_n=MIN_N, slices=("owner", "team", "kind"), counter="tasks_on_time", source="due by the as-of day and not done",
    ),
    Metric(
        id="tasks_on_time", card="M21", kind="share", unit="share", better="higher", basis="period", table="activities",
        rows=tasks, at="due_at", needs=(*_TASKS, "activities.done_at"), where=None, numerator=_on_time, denominator=one,
        compute=None, matures_days=0, min_n=MIN_N, slices=("owner", "team", "kind"), counter="activity_count",
        source="done by the due time ÷ due in the period; what is still undone is late",
    ),
)

LISTINGS = (
    Listing(
        id="stuck_deals", card="M21", needs=_VISITS,
        columns=("deal_id", "owner", "pipeline", "stage", "days_in_stage", "limit_days", "amount"), rows=_stuck_rows,
        source="open deals in their stage longer than its max_days or than nine of ten later winners were",
    ),
    Listing(
        id="overdue_tasks", card="M21", needs=_TASKS,
        columns=("activity_id", "owner", "kind", "entity", "entity_id", "due_at", "days_overdue"), rows=_overdue_rows,
        source="of what the metric overdue_tasks counts what was due before the last working day and is not of a closed deal or lead: a day's tasks may be "
               "done to its end, and with a deal its tasks are over; days_overdue: working days after the due day, the as-of day included",
    ),
)
