"""Growth of results over the comparable period: deals, revenue, margin, profit and new clients: M27, M28."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import periods
from audit.metrics.declare.common import DEAL_SLICES, MIN_N, deals
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.results import growing
from audit.metrics.rows.results.purchases import burnt_in, purchases

_Z = 1.959963984540054


def _of_deals(metric: Metric, bases: Bases, ask: Ask, of: str, a_day: bool = False) -> pd.DataFrame:
    """Growth of a sum over won deals, or of their number."""
    frame = bases.rows_of(growing.won(ask.slices))
    first = int(frame["month"].min()) if len(frame) else 0
    return growing.told(metric, bases, growing.windows(bases, frame, ask, first, first), partial(_grown, of=of, a_day=a_day))


@cache
def _new(slices: growing.Slices) -> Callable[[Bases], pd.DataFrame]:
    """What gives new clients by month of their first deal."""
    def counted(bases: Bases) -> pd.DataFrame:
        t = bases.rows_of(purchases)
        return growing.monthly(bases, t.filter(t._first), slices, {})

    return counted


def _of_clients(metric: Metric, bases: Bases, ask: Ask, a_day: bool = False) -> pd.DataFrame:
    """Growth of the number of new clients; months before the burn-in are compared with nothing."""
    ready = bases.rows_of(burnt_in)
    frame = bases.rows_of(_new(ask.slices))
    since = periods.number(ready, "month") - (ready.day == 1)  # a month of which only a part is known comes first
    found = growing.windows(bases, frame[frame["month"] > since], ask, since, since + 1)
    return growing.told(metric, bases, found, partial(_grown, of="n", a_day=a_day))


def _grown(then: growing.Sums, now: growing.Sums, of: str, a_day: bool) -> tuple[growing.Sums, np.ndarray]:
    """Growth with the interval of a ratio of two compound Poisson sums on the log scale, told where there was something to grow.

    `a_day`: of the sums a working day of the client's calendar.
    """
    squares = "n" if of == "n" else f"{of}2"
    days = (then[growing.DAYS], now[growing.DAYS]) if a_day else (np.ones(len(then["n"])), np.ones(len(now["n"])))
    n = np.minimum(now["n"], then["n"]).astype(np.int64)
    with np.errstate(divide="ignore", invalid="ignore"):
        old, new = then[of] / days[0], now[of] / days[1]
        ratio = new / old
        half = _Z * np.sqrt(now[squares] / now[of] ** 2 + then[squares] / then[of] ** 2)
        half = np.where((new > 0) & (n >= MIN_N), half, np.nan)
        found = {"value": ratio - 1, "n": n, "sum_num": new, "sum_den": old, "low": ratio * np.exp(-half) - 1, "high": ratio * np.exp(half) - 1}
    return found, (then[of] > 0) & (now[of] >= 0) & (days[0] > 0) & (days[1] > 0)


_CLOSED = ("deals.semantic", "deals.closed_at|deals.won_at")


def _metric(metric_id: str, card: str, compute: Callable[[Metric, Bases, Ask], pd.DataFrame], needs: tuple[str, ...], counter: str, source: str) -> Metric:
    return Metric(
        id=metric_id, card=card, kind="ratio", unit="share", better="higher", basis="closing", table="deals", rows=deals, at="closed_at",
        needs=(*_CLOSED, *needs), where=None, numerator=None, denominator=None, compute=compute, matures_days=0, min_n=MIN_N, slices=DEAL_SLICES,
        counter=counter, empty="two comparable periods", source=source)


_DAILY = "the same of sums a working day of the client's calendar: a year moves holidays and weekends from month to month"
METRICS = (
    _metric("revenue_growth", "M27", partial(_of_deals, of="money"), ("deals.amount_base|deals.amount",), "margin_share",
            "revenue ÷ revenue of the same period a year before − 1"),
    _metric("revenue_growth_a_workday", "M27", partial(_of_deals, of="money", a_day=True), ("deals.amount_base|deals.amount",), "revenue_growth", _DAILY),
    _metric("deals_growth", "M27", partial(_of_deals, of="n"), (), "avg_check", "deals won ÷ deals won in the same period a year before − 1"),
    _metric("deals_growth_a_workday", "M27", partial(_of_deals, of="n", a_day=True), (), "deals_growth", _DAILY),
    _metric("margin_growth", "M27", partial(_of_deals, of="margin"), ("deals.margin",), "margin_known_share",
            "margin ÷ margin of the same period a year before − 1; deals without a margin add nothing"),
    _metric("profit_growth", "M27", partial(_of_deals, of="profit"), ("deals.profit",), "revenue_growth",
            "profit ÷ profit of the same period a year before − 1; deals without a profit add nothing"),
    _metric("new_clients_growth", "M28", _of_clients, ("deals.client_id",), "new_client_revenue_share",
            "new clients ÷ new clients of the same period a year before − 1; months before the burn-in are compared with nothing"),
    _metric("new_clients_growth_a_workday", "M28", partial(_of_clients, a_day=True), ("deals.client_id",), "new_clients_growth", _DAILY),
)
