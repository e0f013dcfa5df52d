"""Plan against fact, the linear plan, the run rate: M23, M24; required deals and check: M25."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from audit.metrics import cells, finish
from audit.metrics.bases import Bases
from audit.metrics.common import MIN_N, deals
from audit.metrics.metric import Ask, Metric
from audit.metrics.targets import DAY, GRAINS, Target, achieved, daily_facts, targets
from audit.stats import intervals

_PAST_MONTHS = 8  # complete months needed to say how far run rates miss


def _record(one: Target, value: float, **more: object) -> dict[str, object]:
    by, group = one.by, one.group
    if one.measure != "revenue":
        by, group = (f"{by}×plan", f"{group} × {one.measure}") if by else ("plan", one.measure)
    return {"period": one.grain, "period_start": one.start, "period_end": one.end, "by": by, "group": group,
            "value": value, **more}


def _each(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """One row a target; the whole history is all targets of the finest grain added, or the one now running."""
    found = bases.rows_of(targets)
    of = _OF[metric.id]
    records = [_record(one, of(one), **_outlook(metric, bases, one)) for one in found if not math.isnan(of(one))]
    if metric.id in _ADDED:
        records += [_record(one, of(one), period="all") for one in _total(found) if not math.isnan(of(one))]
    if metric.id in _RUNNING:
        records += [record | {"period": "all"} for record in _of_running(metric, bases, found)]
    frame = finish.made(metric, bases, records or [{"value": np.nan}])
    if metric.id in _TO_DATE:  # said of the as-of day itself, so a running period is not incomplete
        frame = frame.assign(status="ok")
    return frame


def _of_running(metric: Metric, bases: Bases, found: list[Target]) -> list[dict[str, object]]:
    """What is said of now: the shortest period of each group that holds the as-of day."""
    now: dict[tuple[str, str, str], Target] = {}
    for one in sorted(found, key=lambda one: one.start - one.end):
        if one.start <= bases.as_of < one.end and not math.isnan(_OF[metric.id](one)):
            now[one.by, one.group, one.measure] = one
    return [_record(one, _OF[metric.id](one), **_outlook(metric, bases, one)) for one in now.values()]


def _total(found: list[Target]) -> list[Target]:
    """Targets of each group added over its finest periods, so that a quarter is not added to its months."""
    groups: dict[tuple[str, str, str], list[Target]] = {}
    for one in found:
        groups.setdefault((one.by, one.group, one.measure), []).append(one)
    sums = []
    for (by, group, measure), mine in groups.items():
        order = [name for name, _ in GRAINS]
        finest = min(mine, key=lambda one: order.index(one.grain)).grain
        mine = [one for one in mine if one.grain == finest]
        target, line = sum(one.target for one in mine), sum(one.line for one in mine)
        sums.append(Target(min(one.start for one in mine), max(one.end for one in mine), by, group, measure, target,
                           sum(one.fact for one in mine), line / target, sum(one.workdays for one in mine)))
    return sums


def _outlook(metric: Metric, bases: Bases, one: Target) -> dict[str, float]:
    """Interval of a run rate: how far run rates at this point of past months missed their ends."""
    if metric.id != "plan_run_rate" or not 0 < one.passed < 1:
        return {}
    facts, calendar = bases.rows_of(daily_facts), bases.calendar()
    misses = []
    month = one.start.replace(day=1)
    for _ in range(24):
        month, end = (month - DAY).replace(day=1), month
        if month < bases.first_day:
            break
        days = calendar.workdays_in(month, end)
        cut = days[max(round(one.passed * len(days)) - 1, 0)] + DAY
        early, whole = (achieved(facts, one.measure, one.by, one.group, month, until) for until in (cut, end))
        if early > 0:
            misses.append(whole / (early / calendar.passed(month, end, cut - DAY)))
    if len(misses) < _PAST_MONTHS:
        return {}
    low, high = np.quantile(misses, (0.025, 0.975))
    rate = one.fact / one.passed
    return {"low": max(rate * float(low), one.fact), "high": rate * float(high)}


def _required(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Deals still needed to finish the running revenue plan at the P25, mean and P75 check of own won deals."""
    running = [one for one in bases.rows_of(targets) if one.measure == "revenue" and one.by in ("", "owner")
               and one.start <= bases.as_of < one.end]
    records = []
    for by, group in dict.fromkeys((one.by, one.group) for one in running):
        one = min((t for t in running if (t.by, t.group) == (by, group)), key=lambda t: t.end - t.start)
        checks, own = _checks(bases, by, group)
        for name, check in checks.items():
            if check > 0:
                names = ("check", name) if not by else (f"{by}×check", f"{group} × {name}")
                need = math.ceil(round(max(one.target - one.fact, 0.0) / check, 9))
                records.append({"by": names[0], "group": names[1], "value": float(need), "n": own, "sum_num": check,
                                "period": one.grain, "period_start": one.start, "period_end": one.end})
    frame = finish.made(metric, bases, [*records, *({**r, "period": "all"} for r in records)] or [{"value": np.nan}])
    return frame.assign(status="ok")


def _checks(bases: Bases, by: str, group: str) -> tuple[dict[str, float], int]:
    """P25, mean (the largest percent pulled in to P99) and P75 of won amounts; the department's without own ones."""
    counted = bases.rows_of(_amounts)
    mine = counted[counted["owner"] == group] if by else counted
    mine = mine if mine["n"].sum() >= MIN_N or not by else counted
    value, n = (mine["x"] / mine["n"]).to_numpy(), mine["n"].to_numpy()
    if not len(n):
        return {}, 0
    zeros = np.zeros(len(n))
    p25, p75, p99 = (float(intervals.quantile(zeros, value, n, q)[0][0]) for q in (0.25, 0.75, 0.99))
    mean = float((np.minimum(value, p99) * n).sum() / n.sum())
    return {"p25": p25, "mean": mean, "p75": p75}, int(n.sum())


def _amounts(bases: Bases) -> pd.DataFrame:
    d = bases.deals.filter((bases.deals.semantic == "won") & (bases.deals.amount_base > 0))
    bins = cells.money_bin(d.amount_base)
    frame = bases.rows(d.group_by(owner=cells.label(d.owner), bin=bins).agg(n=d.count(), x=cells.exact(d.amount_base)))
    return frame.sort_values(["owner", "bin"], kind="stable")


def _ratio(a: float, b: float) -> float:
    return a / b if b > 0 else float("nan")


_OF = {
    "plan_target": lambda one: one.target,
    "plan_fact": lambda one: one.fact,
    "plan_attainment": lambda one: _ratio(one.fact, one.target),
    "plan_gap": lambda one: one.target - one.fact,
    "plan_line": lambda one: one.line,
    "plan_line_gap": lambda one: one.fact - one.line,
    "plan_to_date": lambda one: _ratio(one.fact, one.line),
    "plan_run_rate": lambda one: _ratio(one.fact, one.passed),
    "plan_days_behind": lambda one: _ratio(one.line - one.fact, one.target / one.workdays if one.workdays else 0.0),
}
_RUNNING = ("plan_run_rate", "plan_days_behind", "plan_line_gap")
_ADDED = ("plan_target", "plan_fact", "plan_attainment", "plan_gap", "plan_line", "plan_to_date")
_TO_DATE = ("plan_target", "plan_line", "plan_to_date", "plan_days_behind", "plan_gap", "plan_run_rate",
            "plan_line_gap")


def _plan(metric_id: str, card: str, unit: str, better: str, counter: str, source: str) -> Metric:
    return Metric(
        id=metric_id, card=card, kind="figure", unit=unit, better=better,  # type: ignore[arg-type]
        basis="closing", table="deals", rows=deals, at="closed_at", needs=("plans", "deals won or payments"), where=None,
        numerator=None, denominator=None, compute=_each, matures_days=0, min_n=MIN_N, slices=("owner", "team", "segment"),
        counter=counter, source=source,
    )


METRICS = (
    _plan("plan_target", "M23", "money", "neutral", "", "target of the version valid at the start of its period"),
    _plan("plan_fact", "M23", "money", "higher", "margin_share", "Σ won (or paid) in the plan's period up to the as-of day"),
    _plan("plan_attainment", "M23", "share", "higher", "margin_share", "fact ÷ target of the whole period"),
    _plan("plan_gap", "M23", "money", "lower", "margin_share", "target − fact"),
    _plan("plan_line", "M24", "money", "neutral", "", "target × share of the period's working days that are over"),
    _plan("plan_line_gap", "M24", "money", "higher", "margin_share", "fact − linear plan at the as-of day; negative is behind"),
    _plan("plan_to_date", "M24", "share", "higher", "margin_share", "fact ÷ linear plan at the as-of day"),
    _plan("plan_run_rate", "M24", "money", "higher", "margin_share",
          "fact ÷ share of working days over; interval from the misses of past months at the same point"),
    _plan("plan_days_behind", "M24", "days", "lower", "margin_share", "(linear plan − fact) ÷ plan of one working day"),
    Metric(
        id="required_deals", card="M25", kind="figure", unit="count", better="lower", basis="closing", table="deals",
        rows=deals, at="closed_at", needs=("plans", "deals.semantic", "deals.closed_at|deals.won_at",
                                           "deals.amount_base|deals.amount"),
        where=None, numerator=None, denominator=None, compute=_required, matures_days=0, min_n=MIN_N,
        slices=("check", "owner×check"), counter="avg_check",
        source="gap to the running revenue plan ÷ P25, mean and P75 check, rounded up",
    ),
)
