"""Who bought, and whether for the first time."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases


def purchases(bases: Bases) -> ir.Table:
    """One row a won deal with a known client and date: `_first` marks the client's first, `_new` a first year."""
    d = bases.deals.filter(lambda t: (t.semantic == "won") & t.client_id.notnull() & t.won_at.notnull())
    start = d.won_at.min().over(ibis.window(group_by=d.client_id))
    place = ibis.row_number().over(ibis.window(group_by=d.client_id, order_by=[d.won_at, d.deal_id]))
    known = (d.is_repeat == "repeat").fill_null(False)
    d = d.mutate(_start=start, _place=place)
    d = d.mutate(_known=ibis.ifelse(known & (d._place == 0), 1, 0))  # the CRM knew the client before its first deal here
    old = d._known.max().over(ibis.window(group_by=d.client_id)) == 1
    fresh = (d.won_at < d._start + ibis.interval(days=365)) & ~old
    return d.mutate(_first=(d._place == 0) & (d._known == 0), _new=fresh, _one=ibis.literal(1))
