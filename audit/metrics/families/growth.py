"""Growth of results over the comparable period: deals, revenue, margin, profit and new clients: M27, M28."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics import cells, finish, periods
from audit.metrics.bases import Bases
from audit.metrics.common import DEAL_SLICES, MIN_N, deals
from audit.metrics.metric import Ask, Metric
from audit.metrics.purchases import burnt_in, purchases

_Z = 1.959963984540054
_SHORT = 3  # months compared where a year of history is not there
_COLUMNS = {"money": "amount_base", "margin": "margin", "profit": "profit"}  # what is added up of a won deal besides their number
_FAR = 1e10  # see additive


def _monthly(bases: Bases, t: ir.Table, slices: tuple[tuple[str, ...], ...], columns: dict[str, str]) -> pd.DataFrame:
    """One row a slice, group and month of winning: n, and Σ x, Σ x² of each of `columns`."""
    sums = {"n": t.count()}
    for name, column in columns.items():
        x = t[column].fill_null(0.0)
        sums |= {name: cells.exact(x), f"{name}2": cells.exact(x.clip(-_FAR, _FAR) ** 2)}
    part = cells.collect(bases, t, "won_at", slices, ("month",), sums)[1]
    return pd.DataFrame({"by": part.by, "group": part.group, "month": part.number, **part.sums})


@cache
def _won(slices: tuple[tuple[str, ...], ...]) -> Callable[[Bases], pd.DataFrame]:
    """What gives won deals by month; every growth of them reads the same counts."""
    def counted(bases: Bases) -> pd.DataFrame:
        d = bases.deals.filter((bases.deals.semantic == "won") & bases.deals.won_at.notnull())
        known = {name: column for name, column in _COLUMNS.items() if name == "money" or bases.tables.has(f"deals.{column}")}
        return _monthly(bases, d, slices, known)

    return counted


def _of_deals(metric: Metric, bases: Bases, ask: Ask, of: str) -> pd.DataFrame:
    """Growth of a sum over won deals, or of their number."""
    frame = bases.rows_of(_won(ask.slices))
    first = int(frame["month"].min()) if len(frame) else 0
    return _grown(metric, bases, ask, frame, of, first, first)


def _of_clients(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Growth of the number of new clients; months before the burn-in are compared with nothing."""
    t, ready = bases.rows_of(purchases), bases.rows_of(burnt_in)
    frame = _monthly(bases, t.filter(t._first), ask.slices, {})
    since = periods.number(ready, "month") - (ready.day == 1)  # a month of which only a part is known comes first
    return _grown(metric, bases, ask, frame[frame["month"] > since], "n", since, since + 1)


def _grown(metric: Metric, bases: Bases, ask: Ask, frame: pd.DataFrame, of: str, first: int, begins: int) -> pd.DataFrame:
    """A period over the same one a year before; the whole is the last twelve complete months over the twelve before, from `begins` on.

    Without two years of history the whole is the last three complete months over the three before, provisional:
    the season cannot be told from growth.
    """
    last = periods.number(bases.as_of, "month")  # the running month unless it ends on the as-of day
    whole_until = last + 1 if periods.end(last, "month") <= bases.as_of + finish.DAY else last
    squares = "n" if of == "n" else f"{of}2"
    records = []
    for (by, group), rows in frame.groupby(["by", "group"], sort=False):
        by_month = pd.DataFrame({"n": rows["n"].to_numpy(), "x": rows[of].to_numpy(), "xx": rows[squares].to_numpy()}, index=rows["month"])
        series = by_month.reindex(range(first, last + 1), fill_value=0.0)
        for period in ask.periods:
            if period in periods.MONTHS:
                records += _yearly(series, period, first, whole_until, {"by": by, "group": group})
        records += _latest(series, begins, whole_until, {"by": by, "group": group})
    return finish.made(metric, bases, records or [{"value": np.nan}])


def _yearly(series: pd.DataFrame, period: str, first: int, until: int, key: dict) -> list[dict]:
    """Every complete period that has the same one a year before in the data, the first month of which may be partial."""
    size = periods.MONTHS[period]
    starts = range(-(-(first + 1) // size) * size + 12, until - size + 1, size)
    found = []
    for start in starts:
        now, then = (series.loc[s:s + size - 1].sum() for s in (start, start - 12))
        record = _compared(now, then)
        if record:
            found.append(key | record | {"period": period, "period_start": periods.start(start, period),
                                         "period_end": periods.end(start, period)})
    return found


def _latest(series: pd.DataFrame, first: int, until: int, key: dict) -> list[dict]:
    span = next((months for months in (12, _SHORT) if until - 2 * months >= first), 0)
    if not span:
        return []
    now, then = (series.loc[s:s + span - 1].sum() for s in (until - span, until - 2 * span))
    record = _compared(now, then)
    if not record:
        return []
    return [key | record | {"young": span == _SHORT, "period_start": periods.start(until - span, "month"),
                            "period_end": periods.start(until, "month")}]


def _compared(now: pd.Series, then: pd.Series) -> dict:
    """Growth with the interval of a ratio of two compound Poisson sums on the log scale; {} where there was nothing."""
    if then["x"] <= 0 or now["x"] < 0:
        return {}
    record = {"value": now["x"] / then["x"] - 1, "n": int(min(now["n"], then["n"])), "sum_num": now["x"], "sum_den": then["x"]}
    if now["x"] > 0 and record["n"] >= MIN_N:
        half = _Z * np.sqrt(now["xx"] / now["x"] ** 2 + then["xx"] / then["x"] ** 2)
        record |= {"low": (1 + record["value"]) * np.exp(-half) - 1, "high": (1 + record["value"]) * np.exp(half) - 1}
    return record


_CLOSED = ("deals.semantic", "deals.closed_at|deals.won_at")


def _metric(metric_id: str, card: str, compute: Callable[[Metric, Bases, Ask], pd.DataFrame], needs: tuple[str, ...], counter: str, source: str) -> Metric:
    return Metric(
        id=metric_id, card=card, kind="ratio", unit="share", better="higher", basis="closing", table="deals", rows=deals, at="closed_at",
        needs=(*_CLOSED, *needs), where=None, numerator=None, denominator=None, compute=compute, matures_days=0, min_n=MIN_N, slices=DEAL_SLICES,
        counter=counter, source=source)


METRICS = (
    _metric("revenue_growth", "M27", partial(_of_deals, of="money"), ("deals.amount_base|deals.amount",), "margin_share",
            "revenue ÷ revenue of the same period a year before − 1"),
    _metric("deals_growth", "M27", partial(_of_deals, of="n"), (), "avg_check", "deals won ÷ deals won in the same period a year before − 1"),
    _metric("margin_growth", "M27", partial(_of_deals, of="margin"), ("deals.margin",), "margin_known_share",
            "margin ÷ margin of the same period a year before − 1; deals without a margin add nothing"),
    _metric("profit_growth", "M27", partial(_of_deals, of="profit"), ("deals.profit",), "revenue_growth",
            "profit ÷ profit of the same period a year before − 1; deals without a profit add nothing"),
    _metric("new_clients_growth", "M28", _of_clients, ("deals.client_id",), "new_client_revenue_share",
            "new clients ÷ new clients of the same period a year before − 1; months before the burn-in are compared with nothing"),
)
