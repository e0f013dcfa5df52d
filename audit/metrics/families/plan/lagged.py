"""The simple forecast beside the model: what came in, by how much it brings and how long that takes: M40."""

from __future__ import annotations

import datetime as dt

import ibis
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import days
from audit.metrics.count import cells, finish
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.reckon import judged
from audit.metrics.rows.plan import outlook
from audit.metrics.rows.plan.outlook import DAY, Cut

_YEAR = 365  # days of wins that give the ratio, the check and the lag
_LATELY = 91  # days whose daily mean stands for those still to come


class Daily:
    """Numbers by day, added up over any span of days."""

    def __init__(self, day: pd.Series, value: pd.Series):
        rows = value.groupby([one.toordinal() for one in day]).sum().sort_index()
        self._days, self._reached = rows.index.to_numpy(dtype=np.int64), np.concatenate([[0.0], np.cumsum(rows.to_numpy(dtype=float))])

    def within(self, start: dt.date, end: dt.date) -> float:
        """Σ over days in [start, end)."""
        first, last = np.searchsorted(self._days, (start.toordinal(), max(start, end).toordinal()))
        return float(self._reached[last] - self._reached[first])


def entries(bases: Bases) -> dict[str, Daily]:
    """Step → how many came in a day: deals made, and leads where deals are linked to them."""
    made = bases.rows_of(outlook.flows).query("what == 'created'")
    found = {"deal": Daily(made["day"], made["n"])}
    if bases.tables.has("leads.created_at", "deals.lead_id"):
        t = bases.leads.filter(bases.leads.created_at.notnull())
        frame = bases.rows(t.group_by(day=t.created_at.cast("date")).agg(n=t.count()))
        found["lead"] = Daily(frame["day"], frame["n"])
    return found


def wins(bases: Bases) -> dict[str, Daily]:
    """By day of winning: `money`, and a step's days from its beginning (`deal_days`, `lead_days`) with their number (`deal_n`, `lead_n`)."""
    t = bases.deals.filter(bases.deals.won_at.notnull())
    t = t.mutate(deal=ibis.greatest(days(t.created_at, t.won_at), 0.0), lead=ibis.greatest(days(t.lead_created_at, t.won_at), 0.0),
                 lead_known=t.lead_created_at.notnull(), deal_known=t.created_at.notnull(), day=t.won_at.cast("date"))
    sums = {f"{step}_days": cells.exact_days(ibis.ifelse(t[f"{step}_known"], t[step], 0.0)) for step in ("deal", "lead")}
    counts = {f"{step}_n": t[f"{step}_known"].sum() for step in ("deal", "lead")}
    frame = bases.rows(t.group_by("day").agg(money=cells.exact(t.amount_base), **sums, **counts)).fillna(0.0)
    return {name: Daily(frame["day"], frame[name]) for name in frame.columns if name != "day"}


def said(bases: Bases, cut: Cut, step: str) -> float:
    """Money of the period of `cut` by one step: won so far, and for every unit of the step that came one lag before the days
    still to come what a unit brought in the year before; NaN where no unit of that time is known."""
    units, won = bases.rows_of(entries)[step], bases.rows_of(wins)
    year = cut.at - _YEAR * DAY
    ended = won[f"{step}_n"].within(year, cut.at)
    if not ended:
        return float("nan")
    lag = round(won[f"{step}_days"].within(year, cut.at) / ended) * DAY
    begin = max(bases.first_day, year - lag)
    came = units.within(begin, cut.at - lag)
    if not came:
        return float("nan")
    brought = won["money"].within(begin + lag, cut.at) / came
    still = max((cut.end - lag - cut.at).days, 0) * units.within(cut.at - _LATELY * DAY, cut.at) / _LATELY
    return won["money"].within(cut.start, cut.at) + brought * (units.within(cut.at - lag, min(cut.end - lag, cut.at)) + still)


def _forecast(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """The money of the running month by deals (the whole) and by each step."""
    cut = outlook.running_month(bases)
    keys = [("", "", "deal"), *(("step", step, step) for step in sorted(bases.rows_of(entries)) if ("step",) in ask.slices)]
    year = (cut.at - _YEAR * DAY, cut.at)
    records = [{"by": by, "group": group, "value": said(bases, cut, step), "n": int(bases.rows_of(wins)[f"{step}_n"].within(*year)),
                "period_start": cut.start, "period_end": cut.end} for by, group, step in keys]
    return finish.made(metric, bases, [record | {"period": period} for record in records for period in ("month", "all")])


def _tested(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """How far the same was off on the past months on which the model is tested."""
    money, cuts = bases.rows_of(wins)["money"], outlook.past_months(bases)
    records = []
    for by, group, step in [("", "", "deal"), *(("step", step, step) for step in sorted(bases.rows_of(entries)) if ("step",) in ask.slices)]:
        pairs = np.array([(said(bases, cut, step), money.within(cut.start, cut.end)) for cut in cuts])
        pairs = pairs[~np.isnan(pairs[:, 0])]
        value = judged.wape(pairs[:, 0], pairs[:, 1]) if len(pairs) else float("nan")
        low, high = judged.resampled(judged.wape, pairs[:, 0], pairs[:, 1])
        records.append({"by": by, "group": group, "value": value, "low": min(low, value), "high": max(high, value), "n": len(pairs)})
    return finish.made(metric, bases, records)


def _metric(metric_id: str, unit: str, better: str, compute, counter: str, source: str) -> Metric:
    return Metric(
        id=metric_id, card="M40", kind="figure", unit=unit, better=better, basis="snapshot",  # type: ignore[arg-type]
        table="deals", rows=deals, at="", needs=("deals.created_at", "deals.semantic", "deals.closed_at|deals.won_at", "deals.amount_base|deals.amount",
                                                 "deals of nine months"),
        where=None, numerator=None, denominator=None, compute=compute, matures_days=0, min_n=MIN_N, slices=("step",), counter=counter, source=source)


METRICS = (
    _metric("forecast_simple", "money", "neutral", _forecast, "forecast_simple_wape",
            "won this month + deals (leads) that came one mean way to winning before the days still to come × money won a deal (lead) in the year before"),
    _metric("forecast_simple_wape", "share", "lower", _tested, "backtest_wape", "Σ|simple forecast − actual| ÷ Σ actual over the past months of the back-test"),
)
