"""What the month will bring: the forecast from the funnel with its back-test, and how far the pipeline covers the plan: M40."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import cells, finish
from audit.metrics.declare.common import MIN_N, MISSED, deals
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.reckon import judged
from audit.metrics.reckon.total import LEVEL, Total
from audit.metrics.rows.plan import outlook
from audit.metrics.rows.plan.catching import running
from audit.metrics.rows.plan.outlook import DAY, Outlook
from audit.stats import intervals


def _month(bases: Bases) -> Outlook:
    cut = outlook.running_month(bases)
    return bases.rows_of(outlook.ahead)[cut.start, cut.end]


def _groups(one: Outlook, ask: Ask) -> list[tuple[str, str]]:
    """The whole, and every group of the asked slices that has deals open or deals of late."""
    found = [("", "")]
    late = one.flows[one.flows["at"] >= (one.cut.at - 91 * DAY).toordinal()]
    for by, *more in ask.slices:
        if not more:
            found += [(by, group) for group in sorted({*one.opened[by], *late[by]})]
    return found


def _totals(bases: Bases) -> dict[tuple[str, str], Total]:
    """Totals of the running month made so far."""
    return {}


def _forecast(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """The money of the running month, and the part of it that open deals bring, with the 80 % interval of the whole."""
    one, known = _month(bases), bases.rows_of(_totals)
    records = []
    for by, group in _groups(one, ask):
        if (by, group) not in known:
            known[by, group] = one.total(by, group)
        found = known[by, group]
        mine = one.opened if not by else one.opened[one.opened[by] == group]
        record = {"by": by, "group": group, "n": int(mine["n"].sum()), "period_start": one.cut.start, "period_end": one.cut.end}
        record |= {"value": found.value, "low": found.low, "high": found.high} if metric.id == "forecast_revenue" else {"value": found.pipeline}
        records += [record | {"period": period} for period in ("month", "all")]
    return finish.made(metric, bases, records)


def _tested(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """One figure over the past months on which the forecast was tested."""
    past = bases.rows_of(outlook.back_test)
    record: dict = {"n": len(past), **_TESTS[metric.id](past)}
    return finish.made(metric, bases, [record])


def _held(past: list[Outlook]) -> dict:
    """Share of the months that ended inside their interval."""
    totals = [one.total(draws=1_000) for one in past]
    hit = sum(found.low <= one.actual() <= found.high for found, one in zip(totals, past, strict=True))
    low, high = intervals.wilson(hit, len(past))
    return {"value": hit / len(past), "low": float(low), "high": float(high), "sum_num": hit, "sum_den": len(past), "sum_num2": hit,
            "sum_numden": hit, "sum_den2": len(past)}


def _error(measure: Callable[..., float], *of: Callable[[Outlook], float]) -> Callable[[list[Outlook]], dict]:
    """A measure of forecasts against what came, with its interval over months."""

    def told(past: list[Outlook]) -> dict:
        columns = [[one.total(draws=2).value for one in past], *([number(one) for one in past] for number in of)]
        low, high = judged.resampled(measure, *columns)
        value = measure(*columns)
        return {"value": value, "low": min(low, value), "high": max(high, value)}

    return told


def _cells(past: list[Outlook]) -> pd.DataFrame:
    return pd.concat([one.opened[["n", "won", "chance"]] for one in past], ignore_index=True)


def _brier(past: list[Outlook]) -> dict:
    """Mean squared error of the chances of open deals to be won by the end of the month."""
    found = _cells(past)
    return {"value": judged.brier(found["n"], found["won"], found["chance"]), "n": int(found["n"].sum())}


def _calibration(past: list[Outlook]) -> dict:
    """Deals won for one that was expected."""
    found = _cells(past)
    due = float((found["n"] * found["chance"]).sum())
    return {"value": float(found["won"].sum()) / due if due > 0 else math.nan, "n": int(found["n"].sum()), "sum_num": found["won"].sum(), "sum_den": due}


def _gain(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """How much nearer chances by segment were at the past months, over the deals that were open at them."""
    gain, past = bases.rows_of(outlook.segment_gain), bases.rows_of(outlook.back_test)
    return finish.made(metric, bases, [{"value": np.nan if gain is None else gain, "n": int(_cells(past)["n"].sum())}])


_TESTS: dict[str, Callable[[list[Outlook]], dict]] = {
    "backtest_coverage": _held,
    "backtest_wape": _error(judged.wape, Outlook.actual),
    "backtest_bias": _error(judged.bias, Outlook.actual),
    "backtest_skill": _error(judged.skill, Outlook.naive, Outlook.actual),
    "win_chance_brier": _brier,
    "win_chance_calibration": _calibration,
}


def _covered(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Money of open deals that the plan may still count on ÷ what it lacks."""
    promised = bases.rows_of(_promised)
    records = []
    for plan in running(bases):
        lacks = plan.target - plan.fact
        if lacks <= 0:
            continue
        if metric.id == "pipeline_coverage":
            rows = promised[(promised["day"] > bases.as_of) & (promised["day"] < plan.end)]
            rows = rows[rows["owner"] == plan.group] if plan.by else rows
            money, n = float(rows["money"].sum()), int(rows["n"].sum())
        else:
            opened = bases.rows_of(outlook.ahead)[plan.start, plan.end].opened if plan.end > bases.as_of + DAY else None
            if opened is None:
                continue
            opened = opened[opened["owner"] == plan.group] if plan.by else opened
            money, n = float((opened["n"] * opened["amount"] * opened["chance"]).sum()), int(opened["n"].sum())
        record = {"by": plan.by, "group": plan.group, "value": money / lacks, "n": n, "sum_num": money, "sum_den": lacks,
                  "period_start": plan.start, "period_end": plan.end}
        records += [record | {"period": period} for period in (plan.grain, "all")]
    return finish.made(metric, bases, records or [{"value": np.nan}]).assign(status="ok")


def _promised(bases: Bases) -> pd.DataFrame:
    """Open deals by planned day of closing and seller: day, owner, n, money."""
    d = bases.deals.filter((bases.deals.semantic == "open") & bases.deals.expected_close_on.notnull())
    query = d.group_by(day=d.expected_close_on.cast("date"), owner=cells.label(d.owner))
    return bases.rows(query.agg(n=d.count(), money=cells.exact(d.amount_base))).fillna({"money": 0.0})


_NEEDS = ("deals.created_at", "deals.semantic", "deals.closed_at|deals.won_at", "deals.amount_base|deals.amount", "deals of nine months")
_PLAN = ("plans", "deals won or payments", "deals.semantic", "deals.amount_base|deals.amount", "deals.amount of open deals")


def _metric(metric_id: str, card: str, kind: str, unit: str, better: str, compute, counter: str, source: str, needs: tuple[str, ...] = _NEEDS,
            slices: tuple[str, ...] = (), level: float = intervals.LEVEL, empty: str = "") -> Metric:
    return Metric(
        id=metric_id, card=card, kind=kind, unit=unit, better=better, basis="snapshot",  # type: ignore[arg-type]
        table="deals", rows=deals, at="", needs=needs, where=None, numerator=None, denominator=None, compute=compute, matures_days=0,
        min_n=MIN_N, slices=slices, counter=counter, source=source, level=level, empty=empty)


METRICS = (
    _metric("forecast_revenue", "M40", "figure", "money", "neutral", _forecast, "backtest_wape",
            "won this month + Σ amount · P(won by its end | stage, age, segment) of open deals + arrivals · their chance · mean check; simulated 80 % interval",
            slices=outlook.SLICES, level=LEVEL),
    _metric("forecast_pipeline", "M40", "figure", "money", "neutral", _forecast, "win_chance_calibration",
            "Σ amount · P(won by the end of the month | stage, age, segment) of open deals", slices=outlook.SLICES),
    _metric("backtest_coverage", "M40", "share", "share", "band", _tested, "backtest_wape", "past months inside their 80 % interval ÷ past months"),
    _metric("backtest_wape", "M40", "figure", "share", "lower", _tested, "backtest_bias", "Σ|forecast − actual| ÷ Σ actual over past months"),
    _metric("backtest_bias", "M40", "figure", "share", "band", _tested, "backtest_wape", "Σ(forecast − actual) ÷ Σ actual over past months"),
    _metric("backtest_skill", "M40", "figure", "share", "higher", _tested, "backtest_wape",
            "1 − WAPE ÷ WAPE of what as many days before the month brought"),
    _metric("segment_chance_gain", "M40", "figure", "share", "higher", _gain, "win_chance_calibration",
            "1 − mean (won − chance)² with the segment ÷ without it, of deals open at past months; chances know the segment where it is above 0",
            (*_NEEDS, "deals.segment|clients.segment", "deals.segment of lost deals")),
    _metric("pipeline_coverage", "M40", "figure", "share", "higher", _covered, "forecast_pipeline",
            "open amount planned to close by the end of the plan ÷ target not yet reached", (*_PLAN, "deals.expected_close_on"), ("owner",), empty=MISSED),
    _metric("pipeline_coverage_weighted", "M40", "figure", "share", "higher", _covered, "win_chance_calibration",
            "Σ open amount · P(won by the end of the plan) ÷ target not yet reached", (*_PLAN, "deals.created_at", "deals.closed_at|deals.won_at"), ("owner",),
            empty=MISSED),
    _metric("win_chance_brier", "M41", "figure", "share", "lower", _tested, "win_chance_calibration",
            "mean (won − chance)² of deals open at past months, by their ends"),
    _metric("win_chance_calibration", "M41", "figure", "share", "band", _tested, "win_chance_brier", "deals won ÷ Σ chances at past months"),
)
