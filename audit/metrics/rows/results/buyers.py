"""What a client had brought before a deal began, so that groups of clients are not made by the deal's own outcome."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import cells
from audit.metrics.rows.activities import rfm
from audit.metrics.rows.activities.base import A, B
from audit.metrics.rows.flow import bands
from audit.metrics.rows.results.purchases import burnt_in


def deals_by_worth(bases: Bases) -> ir.Table:
    """All deals at the as-of day with `band`, `cell` of the client: A, B, C by the money won in the calendar year before the deal was
    created, `none` for who bought nothing in it, `rfm` (the thirds of these buyers by recency, frequency and money), and `recency`: the client's last purchase before the deal lies within a `year`, is
    `older`, or there was none (`first`); empty where no client is known or the deals won do not reach back that far."""
    d = _with_recency(bases.rows_of(bands.banded), bases)
    bought = d.filter((d.semantic == "won") & d.client_id.notnull() & (d.amount_base > 0) & d.won_at.notnull())
    yearly = bought.group_by(_client=bought.client_id, _year=bought.won_at.year() + 1).agg(
        _money=cells.exact(bought.amount_base), _times=bought.count(), _last=bought.won_at.month().max())
    yearly = yearly.mutate(_rfm=rfm.thirds(yearly._last, yearly._times, yearly._money, yearly._year))
    by = yearly.group_by("_year", "_money").agg(_sum=cells.exact(yearly._money))
    before = by._sum.sum().over(ibis.cumulative_window(group_by=by._year, order_by=by._money.desc())) - by._sum
    by = by.mutate(_part=before / by._sum.sum().over(ibis.window(group_by=by._year)))
    by = by.select(_of="_year", _worth="_money", _part="_part")
    side = yearly.inner_join(by, (yearly._year == by._of) & (yearly._money == by._worth))
    side = side.select("_client", "_year", "_rfm", _cell=ibis.cases((side._part < A, "A"), (side._part < B, "B"), else_="C"))
    t = d.left_join(side, (d.client_id == side._client) & (d.created_at.year() == side._year))
    first = bases.rows(d.agg(day=d.won_at.min()))["day"].iloc[0]
    known = t.client_id.notnull() & (t.created_at.year() > (9_999 if pd.isna(first) else first.year))
    told = {name: ibis.ifelse(known, t[f"_{name}"].fill_null("none"), ibis.null("string")) for name in ("cell", "rfm")}
    return t.mutate(**told).drop("_client", "_year", "_cell", "_rfm")


def _with_recency(d: ir.Table, bases: Bases) -> ir.Table:
    known, none = d.filter(d.client_id.notnull() & d.created_at.notnull()), ibis.null("timestamp(6)")
    asked = known.select(_id="deal_id", _client="client_id", _at="created_at", _won=none, _place=ibis.literal(0))
    bought = d.filter(d.client_id.notnull() & d.won_at.notnull())
    bought = bought.select(_id=ibis.null("string"), _client="client_id", _at="won_at", _won="won_at", _place=ibis.literal(1))
    both = ibis.union(asked, bought)  # a deal won in the very moment of another's beginning was not won before it
    last = both._won.max().over(ibis.cumulative_window(group_by=both._client, order_by=[both._at, both._place]))
    both = both.mutate(_last=last)
    side = both.filter(both._place == 0).select("_id", "_last")
    t = d.left_join(side, d.deal_id == side._id)
    new = t._last.isnull() & (t.created_at >= dt.datetime.combine(bases.rows_of(burnt_in), dt.time())) & (t.is_repeat != "repeat").fill_null(True)
    recent = t._last >= t.created_at - ibis.interval(days=365)
    told = ibis.cases((t.client_id.isnull(), ibis.null("string")), (recent, "year"), (t._last.notnull(), "older"), (new, "first"), else_=ibis.null("string"))
    return t.mutate(recency=told).drop("_id", "_last")
