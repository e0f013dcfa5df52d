"""Who bought, and whether for the first time."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.identity import named


def purchases(bases: Bases) -> ir.Table:
    """One row a won deal with a known client and date, duplicate records of a client taken as one (`who`).

    `_first` marks the client's first, `_second` its second, `_new` a first year, `_logo` the calendar month of the first,
    `_line` a known client's calendar month of the first deal of a product.
    """
    d = bases.deals.filter(lambda t: (t.semantic == "won") & t.client_id.notnull() & t.won_at.notnull())
    d = named(d, bases)
    start = d.won_at.min().over(ibis.window(group_by=d.who))
    place = ibis.row_number().over(ibis.window(group_by=d.who, order_by=[d.won_at, d.deal_id]))
    line = d.won_at.min().over(ibis.window(group_by=[d.who, d["product"]]))
    known = (d.is_repeat == "repeat").fill_null(False)
    d = d.mutate(_start=start, _place=place, _line_start=line)
    d = d.mutate(_known=ibis.ifelse(known & (d._place == 0), 1, 0))  # the CRM knew the client before its first deal here
    old = d._known.max().over(ibis.window(group_by=d.who)) == 1
    fresh = (d.won_at < d._start + ibis.interval(days=365)) & ~old
    month = d.won_at.truncate("M")
    logo = (month == d._start.truncate("M")) & ~old
    widened = (month == d._line_start.truncate("M")) & d["product"].notnull() & ~logo
    return d.mutate(_first=(d._place == 0) & (d._known == 0), _second=(d._place == 1) & ~old, _new=fresh, _logo=logo, _line=widened,
                    _one=ibis.literal(1))


def burnt_in(bases: Bases) -> dt.date:
    """From this day a first purchase in the data is the client's first: history began long enough before."""
    first = bases.rows(bases.deals.agg(day=bases.deals.won_at.min()))["day"].iloc[0]
    if pd.isna(first):
        return bases.as_of
    month = first.year * 12 + first.month - 1 + bases.client.rules.new_client_burn_in_months
    return dt.date(month // 12, month % 12 + 1, 1 if first.day == 1 else min(first.day, 28))
