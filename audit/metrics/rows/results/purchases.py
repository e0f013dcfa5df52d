"""Who bought, and whether for the first time."""

from __future__ import annotations

import datetime as dt
from functools import partial

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import told_beside
from audit.metrics.count import history
from audit.metrics.rows.hygiene.identity import named
from audit.schema.results import PERIODS


def purchases(bases: Bases) -> ir.Table:
    """One row a won deal with a known client and date, duplicate records of a client taken as one (`who`).

    `_first` marks the client's first, `_second` its second, `_new` a first year, `_logo` the calendar month of the first,
    `_line` a known client's calendar month of the first deal of a product line, and `part` of new money it is: `logo` or `line`.
    """
    d = bases.deals.filter(lambda t: (t.semantic == "won") & t.client_id.notnull() & t.won_at.notnull())
    d = with_line(named(d, bases), bases)
    start = d.won_at.min().over(ibis.window(group_by=d.who))
    place = ibis.row_number().over(ibis.window(group_by=d.who, order_by=[d.won_at, d.deal_id]))
    line = d.won_at.min().over(ibis.window(group_by=[d.who, d._what]))
    known = (d.is_repeat == "repeat").fill_null(False)
    d = d.mutate(_start=start, _place=place, _line_start=line)
    d = d.mutate(_known=ibis.ifelse(known & (d._place == 0), 1, 0))  # the CRM knew the client before its first deal here
    old = d._known.max().over(ibis.window(group_by=d.who)) == 1
    fresh = (d.won_at < d._start + ibis.interval(days=365)) & ~old
    month = d.won_at.truncate("M")
    logo = (month == d._start.truncate("M")) & ~old
    widened = (month == d._line_start.truncate("M")) & d._what.notnull() & ~logo
    return d.mutate(_first=(d._place == 0) & (d._known == 0), _second=(d._place == 1) & ~old, _new=fresh, _logo=logo, _line=widened,
                    _one=ibis.literal(1), part=part(logo, widened)).drop("_what")


def _buyers(period: str, bases: Bases) -> ir.Table:
    """Of every client its first purchase in each period (of the whole history: from `burnt_in` on), with the slices and the age of the client then."""
    t = bases.rows_of(purchases)
    t = history.firsts(t, period, "who", "won_at", "deal_id", bases, bases.rows_of(burnt_in))
    kept = [name for name in bases.slices("deals") if name in t.columns]
    return t.select(*kept, "won_at", "_new", "_one")


BUYERS = {period: partial(_buyers, period) for period in PERIODS}


def part(logo: ir.BooleanValue, widened: ir.BooleanValue) -> ir.Value:
    """Which part of new money a row is: of a new client, or of a known one who took something new; empty where it is neither."""
    return ibis.cases((logo.fill_null(False), "logo"), (widened.fill_null(False), "line"), else_=ibis.null("string"))


def with_line(t: ir.Table, bases: Bases) -> ir.Table:
    """`t` with `_what`: the product line of its product where lines of deals tell one, else the product."""
    if not bases.tables.has("deal_products.product", "deal_products.product_line"):
        return t.mutate(_what=t["product"])
    lines = bases.full("deal_products").filter(lambda rows: rows["product"].notnull() & rows.product_line.notnull())
    side = lines.group_by(_product="product").agg(_of=lines.product_line.min())
    return told_beside(t, side, "product", lambda t: {"_what": ibis.coalesce(t._of, t["product"])}).drop("_of")


def burnt_in(bases: Bases) -> dt.date:
    """From this day a first purchase in the data is the client's first: history began long enough before."""
    first = bases.rows(bases.deals.agg(day=bases.deals.won_at.min()))["day"].iloc[0]
    if pd.isna(first):
        return bases.as_of
    month = first.year * 12 + first.month - 1 + bases.client.rules.new_client_burn_in_months
    return dt.date(month // 12, month % 12 + 1, 1 if first.day == 1 else min(first.day, 28))
