"""Bands of the amount of a deal: three of about equally many deals, so that units are compared with their like."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.count import cells

NAMES = ("small", "middle", "large")


def cuts(bases: Bases) -> tuple[float, ...]:
    """The amounts up to which a third and two thirds of the deals with an amount reach; fewer where they coincide."""
    bins = cells.money_bin(bases.deals.amount_base)
    known = bases.deals.filter(bases.deals.amount_base > 0)
    frame = bases.rows(known.group_by(bin=bins).agg(n=known.count())).sort_values("bin")
    if not len(frame):
        return ()
    reached = frame["n"].cumsum() / frame["n"].sum()
    return tuple(dict.fromkeys(float(frame["bin"][reached >= share - 1e-12].iloc[0]) for share in (1 / 3, 2 / 3)))


def band(amount: ir.Value, bases: Bases) -> ir.Value:
    """small, middle or large; empty where there is no amount."""
    ends = bases.rows_of(cuts)
    steps = [(cells.money_bin(amount) <= end, name) for end, name in zip(ends, NAMES, strict=False)]
    known = ibis.cases(*steps, else_=NAMES[len(steps)]) if steps else ibis.literal(NAMES[0])
    return ibis.ifelse(amount > 0, known, ibis.null("string"))


def banded(bases: Bases) -> ir.Table:
    """All deals at the as-of day with their `band`."""
    return bases.deals.mutate(band=band(bases.deals.amount_base, bases))
