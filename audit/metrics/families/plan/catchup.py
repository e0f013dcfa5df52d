"""Catching up with the plan: M26."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import finish
from audit.metrics.declare.common import MIN_N, MISSED, deals
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.reckon.catchup import LEVEL, Load, Need
from audit.metrics.rows.plan.catching import Catch, catches


def _net(one: Catch) -> Need | None:
    return one.found.net


def _whole(one: Catch) -> Need | None:
    return one.found.whole


def _keys(one: Catch) -> dict[str, object]:
    plan = one.target
    return {"period": plan.grain, "period_start": plan.start, "period_end": plan.end, "by": plan.by, "group": plan.group,
            "n": one.found.whole.deals if one.found.whole else 0}


def _made(metric: Metric, bases: Bases, records: list[dict]) -> pd.DataFrame:
    """Rows of the running plans, and the same as of now; said of the as-of day, so nothing is incomplete."""
    both = [*records, *({**record, "period": "all"} for record in records)]
    return finish.made(metric, bases, both or [{"value": np.nan}]).assign(status="ok")


def _money(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """One figure a running plan."""
    figure = _FIGURES[metric.id]
    return _made(metric, bases, [_keys(one) | {"value": value} for one in bases.rows_of(catches) if not math.isnan(value := figure(one))])


def _net_gap(one: Catch) -> float:
    if one.found.verdict == "ahead":
        return 0.0
    return max(0.0, one.found.gap - one.expected)


def _deals(need: Need | None, one: Catch) -> float:
    return float(need.deals) if need else 0.0 if one.found.verdict == "ahead" else math.nan


_FIGURES = {
    "catchup_gap": lambda one: one.found.gap,
    "catchup_line_gap": lambda one: one.found.line_gap,
    "catchup_net_gap": _net_gap,
    "catchup_deals": lambda one: _deals(one.found.whole, one),
    "catchup_net_deals": lambda one: _deals(one.found.net, one),
}
_NEEDS = {"catchup_actions": _whole, "catchup_net_actions": _net}


def _actions(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Units of every step a remaining working day, with the 80 % interval."""
    records = []
    for one in bases.rows_of(catches):
        need = _NEEDS[metric.id](one)
        for load in need.loads if need else ():
            by, group = ("step", load.name) if not one.target.by else ("owner×step", f"{one.target.group} × {load.name}")
            records.append(_keys(one) | {"by": by, "group": group, "value": load.a_day, "low": load.low, "high": load.high,
                                         "sum_num": load.volume, "sum_den": one.days_left})
    return _made(metric, bases, records)


def _rows(bases: Bases) -> pd.DataFrame:
    return sellers_of(bases.rows_of(catches))


def sellers_of(caught: list[Catch]) -> pd.DataFrame:
    """One row a seller: the verdict, the gap and the deals that close it, the mildest lever; the farthest behind first."""
    records = []
    for one in caught:
        found, levers = one.found, one.found.levers
        records.append({
            "owner": one.target.group, "period_end": one.target.end, "verdict": found.verdict, "target": one.target.target,
            "fact": one.target.fact, "line_gap": found.line_gap, "gap": found.gap, "ahead": found.ahead, "ahead_days": found.ahead_days,
            "days_left": one.days_left, "expected": one.expected, "check": one.check, "own_history": one.own,
            "deals": found.whole.deals if found.whole else None, "net_deals": found.net.deals if found.net else None,
            "lever": levers.mildest if levers else "", "lever_step": levers.step if levers else "",
            "lever_volume": levers.volume_a_day if levers else math.nan, "lever_conversion": levers.conversion if levers else math.nan,
            "lever_check": levers.check if levers else math.nan, "_by": one.target.by,
        })
    frame = pd.DataFrame(records, columns=[*CATCHUP, "_by"])
    frame = frame[frame["_by"] == "owner"] if (frame["_by"] == "owner").any() else frame
    return frame.sort_values(["gap", "owner"], ascending=[False, True], kind="stable")


def _steps(bases: Bases) -> pd.DataFrame:
    return steps_of(bases.rows_of(catches))


def steps_of(found: list[Catch]) -> pd.DataFrame:
    """One row a seller and step: what it takes, all of the gap and less the pipeline, and whether it can be done in time."""
    records = []
    sellers = any(one.target.by for one in found)
    for one in found:
        if one.found.whole is None or (sellers and not one.target.by):
            continue
        net = one.found.net.loads if one.found.net else (None,) * len(one.found.whole.loads)
        records += [_step(one, load, less) for load, less in zip(one.found.whole.loads, net, strict=True)]
    return pd.DataFrame(records, columns=[*STEPS])


def _step(one: Catch, load: Load, less: Load | None) -> dict[str, object]:
    return {"owner": one.target.group, "step": load.name, "volume": load.volume, "a_day": load.a_day, "low": load.low, "high": load.high,
            "net_volume": less.volume if less else None, "net_a_day": less.a_day if less else math.nan,
            "light": less.light if less else load.light, "p90_day": load.p90_day, "department_p90": load.department_p90, "pays_back": load.pays_back, "own_history": one.own}


CATCHUP = ("owner", "period_end", "verdict", "target", "fact", "line_gap", "gap", "ahead", "ahead_days", "days_left", "expected", "check",
           "own_history", "deals", "net_deals", "lever", "lever_step", "lever_volume", "lever_conversion", "lever_check")
STEPS = ("owner", "step", "volume", "a_day", "low", "high", "net_volume", "net_a_day", "light", "p90_day", "department_p90", "pays_back", "own_history")
_CHECKS = ("plans", "deals won or payments", "deals.amount_base|deals.amount", "deals.semantic", "deals.closed_at|deals.won_at")
_OPEN = ("deals.created_at",)
_WORK = ("activities.kind", "activities.done_at|activities.started_at")


def _metric(metric_id: str, unit: str, needs: tuple[str, ...], counter: str, source: str) -> Metric:
    by_step = metric_id in _NEEDS
    return Metric(
        id=metric_id, card="M26", kind="figure", unit=unit, better="lower", basis="closing", table="deals", rows=deals, at="closed_at",
        needs=needs, where=None, numerator=None, denominator=None, compute=_actions if by_step else _money, matures_days=0, min_n=MIN_N,
        slices=("step", "owner×step") if by_step else ("owner",), counter=counter, source=source, empty=MISSED if by_step else "running plan",
        level=LEVEL if by_step else Metric.level)


METRICS = (
    _metric("catchup_line_gap", "money", _CHECKS, "margin_share", "max(0, linear plan − fact) at the as-of day"),
    _metric("catchup_gap", "money", _CHECKS, "margin_share", "max(0, target − fact)"),
    _metric("catchup_net_gap", "money", (*_CHECKS, *_OPEN), "margin_share", "max(0, target − fact − what open deals are expected to bring by the end)"),
    _metric("catchup_deals", "count", _CHECKS, "avg_check", "gap ÷ mean check, rounded up"),
    _metric("catchup_net_deals", "count", (*_CHECKS, *_OPEN), "avg_check", "gap less what open deals are expected to bring ÷ mean check, rounded up"),
    _metric("catchup_actions", "count", (*_CHECKS, *_WORK), "win_rate",
            "deals needed ÷ conversions from the step on, rounded up, ÷ working days left; 80 % interval from beta posteriors and resampled checks"),
    _metric("catchup_net_actions", "count", (*_CHECKS, *_OPEN, *_WORK), "win_rate", "the same for the gap less what open deals are expected to bring"),
)
LISTINGS = (
    Listing(id="catchup", card="M26", needs=_CHECKS, columns=CATCHUP, rows=_rows, source="running revenue plans, the largest gap first"),
    Listing(id="catchup_steps", card="M26", needs=(*_CHECKS, *_WORK), columns=STEPS, rows=_steps,
            source="steps that the gap takes a working day, and whether they pay back in time and are within the days seen"),
)
