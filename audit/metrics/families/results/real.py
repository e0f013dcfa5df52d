"""What lines of won deals tell: pieces, their margin by product, growth of revenue apart from that of prices: M27."""

from __future__ import annotations

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import cells, compared, finish, periods
from audit.metrics.declare.common import DEAL_SLICES, MIN_N, deals
from audit.metrics.declare.metric import Ask, Kind, Metric
from audit.metrics.rows.results import prices

_SHOWN = 50  # products with a price of their own
_CLOSED = ("deals.semantic", "deals.closed_at|deals.won_at")


def _priced(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Fisher's index of prices less 1 between comparable periods, and the change of the own prices of the products with the most money."""
    records: list[dict] = []
    for key, then, now in compared.of_months(bases.rows_of(prices.monthly), bases, ask):
        index, n = prices.index(then, now)
        if index == index or "period" not in key:
            records.append(key | {"value": index - 1, "n": n, "sum_num": now["worth"].sum(), "sum_den": then["worth"].sum()})
        if ("product",) in ask.slices:
            most = prices.matched(then, now).sort_values("worth_now", ascending=False, kind="stable").head(_SHOWN)
            for name, row in most.sort_index().iterrows():
                change = row["worth_now"] / row["pieces_now"] / (row["worth_then"] / row["pieces_then"]) - 1
                records.append(key | {"by": "product", "group": name, "value": change, "n": 1, "sum_num": row["worth_now"], "sum_den": row["worth_then"]})
    return finish.made(metric, bases, records or [{"value": np.nan}])


def _won(bases: Bases) -> pd.DataFrame:
    """Revenue by month of winning."""
    d = bases.deals.filter((bases.deals.semantic == "won") & bases.deals.won_at.notnull())
    return bases.rows(d.group_by(month=periods.key(d.won_at, "month")).agg(x=cells.exact(d.amount_base))).fillna(0.0).sort_values("month")


def _real(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Growth of revenue ÷ index of prices, less 1."""
    records, lines = [], bases.rows_of(prices.monthly)
    for key, then, now in compared.of_months(bases.rows_of(_won), bases, ask):
        old, new = (lines[lines["month"].isin(rows["month"])] for rows in (then, now))
        index, n = prices.index(old, new)
        if index == index and then["x"].sum() > 0:
            at_old = now["x"].sum() / index
            records.append(key | {"value": at_old / then["x"].sum() - 1, "n": n, "sum_num": at_old, "sum_den": then["x"].sum()})
    return finish.made(metric, bases, records or [{"value": np.nan}])


def _growth(metric_id: str, better: str, compute, slices: tuple[str, ...], counter: str, source: str) -> Metric:
    return Metric(
        id=metric_id, card="M27", kind="figure", unit="share", better=better, basis="closing", table="deals",  # type: ignore[arg-type]
        rows=deals, at="closed_at", needs=(*_CLOSED, "deals.amount_base|deals.amount", *prices.NEEDS), where=None, numerator=None, denominator=None,
        compute=compute, matures_days=0, min_n=MIN_N, slices=slices, counter=counter, source=source)


def _of_lines(metric_id: str, kind: Kind, unit: str, numerator: str, denominator: str | None, needs: tuple[str, ...], counter: str, source: str) -> Metric:
    return Metric(
        id=metric_id, card="M27", kind=kind, unit=unit, better="higher", basis="closing", table="deals", rows=prices.sold, at="won_at",
        needs=(*_CLOSED, "deal_products.deal_id", "deal_products.quantity", *needs), where=None, numerator=numerator, denominator=denominator,
        compute=None, matures_days=0, min_n=MIN_N, slices=DEAL_SLICES, counter=counter, whose="client_id" if kind == "ratio" else "",
        source=source)


_COST = ("deal_products.price", "deal_products.cost")
METRICS = (
    _of_lines("units_sold", "sum", "count", "pieces", None, (), "margin_share", "Σ quantity of the lines of won deals, by the line's own product"),
    _of_lines("line_margin", "sum", "money", "earned", None, _COST, "discount_depth",
              "Σ quantity × (price − cost a piece) of the lines of won deals with both, in the base currency, by the line's own product"),
    _of_lines("line_margin_share", "ratio", "share", "earned", "asked", _COST, "revenue", "the same ÷ Σ quantity × price of these lines"),
    _growth("price_growth", "neutral", _priced, ("product",), "units_sold",
            "Fisher's index of prices of the products sold in the period and in the comparable one − 1; a product's price is its money ÷ its pieces "
            "(Fisher 1922); not said where these products are less than half of the money of lines of either period; the fifty with the most money by themselves"),
    _growth("revenue_growth_real", "higher", _real, (), "margin_share",
            "revenue ÷ revenue of the comparable period ÷ Fisher's index of prices − 1"),
)
