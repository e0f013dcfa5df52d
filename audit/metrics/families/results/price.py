"""Checks without their extremes, and how far below the list price deals are sold: M29."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import factor, told_beside
from audit.metrics.count import cells
from audit.metrics.declare.common import DEAL_SLICES, MIN_N, deals, one
from audit.metrics.declare.metric import Metric
from audit.metrics.rows.results import checks

_CLOSED = ("deals.semantic", "deals.closed_at|deals.won_at")


def _paid(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return (t.semantic == "won") & (t.amount_base > 0)


def _pulled_in(t: ir.Table, b: Bases) -> ir.Value:
    most = b.rows_of(checks.largest_usual)
    return ibis.ifelse(t.amount_base > most, most, t.amount_base)


def listed(bases: Bases) -> ir.Table:
    """One row a won deal of which some line has a price and a list price: `at_list` and `below_list`, money of these lines in the base currency."""
    lines = bases.full("deal_products")
    lines = lines.filter(lines.price.notnull() & (lines.list_price > 0))
    pieces = ibis.coalesce(lines.quantity, 1.0)
    sums = {"at_list": cells.exact(pieces * lines.list_price), "below_list": cells.exact(pieces * (lines.list_price - lines.price))}
    side = lines.group_by(_deal=lines.deal_id).agg(**sums)
    won = bases.deals.filter(bases.deals.semantic == "won")
    won = won.mutate(_times=factor(won, bases, "deals"))
    return told_beside(won.semi_join(side, won.deal_id == side._deal), side, "deal_id", lambda t: {"at_list": t.at_list * t._times, "below_list": t.below_list * t._times})


METRICS = (
    Metric(
        id="check_winsorised", card="M29", kind="mean", unit="money", better="higher", basis="closing", table="deals", rows=deals,
        at="closed_at", needs=(*_CLOSED, "deals.amount_base|deals.amount"), where=_paid, numerator=_pulled_in, denominator=one, compute=None,
        matures_days=0, min_n=MIN_N, slices=DEAL_SLICES, counter="avg_check",
        whose="client_id", source="Σ min(amount, P99 of all amounts won) ÷ number of deals won with an amount above 0",
    ),
    Metric(
        id="discount_depth", card="M29", kind="ratio", unit="share", better="band", basis="closing", table="deals", rows=listed, at="closed_at",
        needs=(*_CLOSED, "deal_products.deal_id", "deal_products.price", "deal_products.list_price"), where=None,
        numerator="below_list", denominator="at_list", compute=None, matures_days=0, min_n=MIN_N, slices=DEAL_SLICES,
        counter="avg_check",
        whose="client_id", source="1 − Σ price × quantity ÷ Σ list price × quantity of won deals' lines with both; a line without a quantity is one piece",
    ),
)
