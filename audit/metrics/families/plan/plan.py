"""Plan against fact, the linear plan, the run rate: M23, M24."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import finish
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.plan import weights
from audit.metrics.rows.plan.achieved import daily_facts
from audit.metrics.rows.plan.targets import DAY, GRAINS, Target, made, revisions, targets

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
    misses, over = [], calendar.passed(one.start, one.end, bases.as_of)
    month = one.start.replace(day=1)
    for _ in range(24):
        month, end = (month - DAY).replace(day=1), month
        if month < bases.first_day:
            break
        days = calendar.workdays_in(month, end)
        cut = days[max(round(over * len(days)) - 1, 0)] + DAY
        early, whole = (made(facts, one.measure, one.by, one.group, one.of, month, until) for until in (cut, end))
        if early > 0:
            misses.append(whole / (early / weights.passed(bases, month, end, cut - DAY)))
    if len(misses) < _PAST_MONTHS:
        return {}
    low, high = np.quantile(misses, (0.025, 0.975))
    rate = one.fact / one.passed  # itself inside, also where past rates all missed to one side
    return {"low": max(rate * min(float(low), 1.0), one.fact), "high": rate * max(float(high), 1.0)}


def _sellers(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Σ of sellers' revenue targets − the department's own target of the same period."""
    found = [one for one in bases.rows_of(targets) if one.measure == "revenue"]
    whole = {(one.start, one.end): one for one in found if not one.by}
    sums: dict = {}
    for one in found:
        if one.by == "owner" and (one.start, one.end) in whole:
            sums.setdefault((one.start, one.end), []).append(one.target)
    records = [_record(whole[key], sum(mine) - whole[key].target, n=len(mine), sum_num=sum(mine), sum_den=whole[key].target)
               for key, mine in sorted(sums.items())]
    running = [record for record in records if record["period_start"] <= bases.as_of < record["period_end"]]  # type: ignore[operator]
    last = (running or records)[-1:]
    frame = finish.made(metric, bases, [*records, *(record | {"period": "all"} for record in last)] or [{"value": np.nan}])
    return frame.assign(status="ok")


def _revised(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """How many times targets were changed, of all and of each seller."""
    frame = bases.rows_of(revisions)
    changed = frame.assign(more=frame["times"] - 1)
    records: list[dict] = [{"value": float(changed["more"].sum()), "n": len(changed), "sum_num": float(changed["more"].sum()), "sum_den": len(changed)}]
    for group, rows in changed[changed["scope"] == "user"].groupby("group", sort=True):
        records.append({"by": "owner", "group": group, "value": float(rows["more"].sum()), "n": len(rows), "sum_num": float(rows["more"].sum()),
                        "sum_den": len(rows)})
    return finish.made(metric, bases, records)


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
        numerator=None, denominator=None, compute=_each, matures_days=0, min_n=MIN_N, slices=("owner", "team", "segment", "product"),
        counter=counter, source=source,
    )


METRICS = (
    _plan("plan_target", "M23", "money", "neutral", "", "target of the version valid at the start of its period"),
    _plan("plan_fact", "M23", "money", "higher", "margin_share", "Σ won (by plan_basis of client.yml: invoiced, shipped or paid) in the plan's period up to the as-of day"),
    _plan("plan_attainment", "M23", "share", "higher", "margin_share", "fact ÷ target of the whole period"),
    _plan("plan_gap", "M23", "money", "lower", "margin_share", "target − fact"),
    dataclasses.replace(_plan("plan_sellers_difference", "M23", "money", "band", "plan_target",
                              "Σ targets of sellers − target of the department in the same period"), compute=_sellers, slices=()),
    dataclasses.replace(_plan("plan_revisions", "M23", "count", "lower", "plan_attainment",
                              "times a target was changed after it was first set"), compute=_revised, needs=("plans.target",), slices=("owner",)),
    _plan("plan_line", "M24", "money", "neutral", "", "target × share of the period's working days that is over; days weigh as in calendar.weight, or by rules.plan_weights as the "
          "revenue of at least twelve past months came, else the same"),
    _plan("plan_line_gap", "M24", "money", "higher", "margin_share", "fact − linear plan at the as-of day; negative is behind"),
    _plan("plan_to_date", "M24", "share", "higher", "margin_share", "fact ÷ linear plan at the as-of day"),
    _plan("plan_run_rate", "M24", "money", "higher", "margin_share",
          "fact ÷ share of the working days that is over, weighed as the line is; interval from the misses of past months at the same point"),
    _plan("plan_days_behind", "M24", "days", "lower", "margin_share", "(linear plan − fact) ÷ plan of one working day"),
)
