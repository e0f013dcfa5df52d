"""Deals in work and where they stand: M15; stuck deals and late tasks: M21."""

from __future__ import annotations

import dataclasses

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics import additive, cells, finish, periods
from audit.metrics.bases import Bases
from audit.metrics.common import MIN_N, amount, deals, is_open, one
from audit.metrics.metric import Ask, Metric
from audit.metrics.shape import days, yes
from audit.stats import intervals

_FEW_WINNERS = 10  # below it a stage's own P90 says nothing and stages are pooled
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


def norms(bases: Bases) -> dict[tuple[str | None, str], float]:
    """(pipeline, stage) → days that nine of ten later winners did not exceed there, or the stage's own max_days."""
    v = bases.visits
    past = v.filter((v.semantic == "open") & (v.deal_semantic == "won") & v.left_at.notnull() & ~v.is_unseen)
    past = past.mutate(_days=days(past.entered_at, past.left_at))
    sums = {"_rows": past.count(), "_x": cells.exact_days(past._days)}
    part = cells.collect(bases, past, "", [("pipeline", "stage")], (), sums, {"_bin": cells.duration_bin(past._days)}, 200)[0]
    pooled = _p90(part, part.by == "")
    found = {}
    for stage in bases.stages.all:
        if stage.semantic == "open":
            mine = (part.by != "") & (part.group == f"{stage.pipeline or cells.EMPTY} × {stage.name}")
            enough = part.sums["_rows"][mine].sum() >= _FEW_WINNERS
            limit = stage.max_days if stage.max_days is not None else _p90(part, mine) if enough else pooled
            if limit == limit:
                found[stage.pipeline, stage.name] = limit
    return found


def _p90(part: cells.Rolled, rows: np.ndarray) -> float:
    counted = part.sums["_rows"][rows]
    if not counted.sum():
        return float("nan")
    inside = part.sums["_x"][rows] / counted
    return float(intervals.quantile(np.zeros(len(counted)), inside, counted, 0.9)[0][0])


def standing(bases: Bases) -> ir.Table:
    """One row an open deal in its present stage, with `is_stuck`; where its entry was not seen, it stands there at least so long."""
    v = bases.visits
    now = v.filter((v.deal_semantic == "open") & v.left_at.isnull())
    age = days(now.entered_at, ibis.literal(bases.end))
    pairs = []
    for (pipeline, stage), limit in bases.rows_of(norms).items():
        same = (now.stage == stage) & (now.pipeline.isnull() if pipeline is None else now.pipeline == pipeline)
        pairs.append((same & (age > limit), True))
    return now.mutate(is_stuck=ibis.cases(*pairs, else_=False) if pairs else ibis.literal(False))


def _stuck(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t.is_stuck)


def _stuck_money(t: ir.Table, _: Bases) -> ir.Value:
    return ibis.ifelse(t.is_stuck, t.amount_base, 0.0)


def tasks(bases: Bases) -> ir.Table:
    """One row an action with a due time, done or not."""
    t = bases.activities
    return t.filter(t.due_at.notnull() & (t.due_at < ibis.literal(bases.end)) & ~t.is_auto)


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
        rows=deals, at="", needs=("deals.semantic", "deals.amount_base|deals.amount", "deals.amount of open deals"), where=is_open, numerator=amount,
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
        min_n=MIN_N, slices=("owner", "team", "stage", "segment", "pipeline"), counter="deals_in_work",
        source="open deals in their stage longer than its max_days or than nine of ten later winners were",
    ),
    Metric(
        id="stuck_money", card="M21", kind="sum", unit="money", better="lower", basis="snapshot", table="deals",
        rows=standing, at="", needs=(*_VISITS, "deals.amount_base|deals.amount", "deals.amount of open deals"), where=None, numerator=_stuck_money,
        denominator=None, compute=None, matures_days=0, min_n=MIN_N,
        slices=("owner", "team", "stage", "segment", "pipeline"), counter="deals_in_work_amount",
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
