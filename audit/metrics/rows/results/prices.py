"""How prices of what was sold changed: lines of won deals by product, and the index of their prices."""

from __future__ import annotations

import math

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases, shape
from audit.metrics.count import cells, periods

NEEDS = ("deal_products.deal_id", "deal_products.product", "deal_products.quantity", "deal_products.price")
_MATCHED = 0.5  # of the money of either time: an index of less is not that of what was sold


def sold(bases: Bases) -> ir.Table:
    """One row a line of a won deal with a quantity: the deal's columns with the line's own product, `pieces`, and in the base
    currency `worth`, empty without a price, and of lines with price and cost `earned` and the `asked` of which it is a part."""
    lines = bases.full("deal_products")
    lines = lines.filter(lines.quantity > 0).select(_deal="deal_id", _product="product", pieces="quantity", _price="price", _cost="cost")
    t = bases.deals.filter((bases.deals.semantic == "won") & bases.deals.won_at.notnull())
    t = t.inner_join(lines, t.deal_id == lines._deal)
    none, times = ibis.null("float64"), t.pieces * shape.factor(t, bases, "deals")
    known = t._price.notnull() & (t._cost >= 0)
    return t.mutate(
        product=t._product, worth=ibis.ifelse(t._price > 0, t._price * times, none), earned=ibis.ifelse(known, (t._price - t._cost) * times, none),
        asked=ibis.ifelse(known, t._price * times, none)).drop("_deal", "_product", "_price", "_cost")


def monthly(bases: Bases) -> pd.DataFrame:
    """Money and pieces by month of winning and product, of lines with a price: month, product, worth, pieces."""
    t = bases.rows_of(sold)
    t = t.filter(t.worth.notnull() & t["product"].notnull())
    query = t.group_by(month=periods.key(t.won_at, "month"), product=t["product"])
    return bases.rows(query.agg(worth=cells.exact(t.worth), pieces=cells.exact(t.pieces))).sort_values(["month", "product"]).reset_index(drop=True)


def matched(then: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """One row a product sold at both times: worth and pieces `_then` and `_now`."""
    a, b = (rows.groupby("product")[["worth", "pieces"]].sum() for rows in (then, now))
    return a.join(b, how="inner", lsuffix="_then", rsuffix="_now")


def index(then: pd.DataFrame, now: pd.DataFrame) -> tuple[float, int]:
    """(Fisher's price index of products sold at both times, their number); NaN where they were less than half of the money of
    either time. A product's price is its money ÷ its pieces.

    >>> a = pd.DataFrame({"product": ["x", "y"], "worth": [100.0, 100.0], "pieces": [10.0, 10.0]})
    >>> b = pd.DataFrame({"product": ["x", "y"], "worth": [400.0, 100.0], "pieces": [20.0, 10.0]})
    >>> round(index(a, b)[0] ** 2, 6)  # Laspeyres 1.5 × Paasche 500 ÷ 300
    2.5
    """
    both = matched(then, now)
    whole = min((both[f"worth_{at}"].sum() / rows["worth"].sum() if rows["worth"].sum() > 0 else 0.0) for at, rows in (("then", then), ("now", now)))
    if whole < _MATCHED:
        return float("nan"), len(both)
    new_at_old = (both["worth_now"] / both["pieces_now"] * both["pieces_then"]).sum() / both["worth_then"].sum()
    new_at_new = both["worth_now"].sum() / (both["worth_then"] / both["pieces_then"] * both["pieces_now"]).sum()
    return math.sqrt(new_at_old * new_at_new), len(both)
