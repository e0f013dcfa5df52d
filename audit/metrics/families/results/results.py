"""Results: deals, money, checks: M27, M29."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.count.workdays import a_workday, earliest
from audit.metrics.declare.common import DEAL_SLICES, MIN_N, deals, is_closed, is_won, one, won
from audit.metrics.declare.metric import Metric

_CLOSED = ("deals.semantic", "deals.closed_at|deals.won_at")
_MONEY = (*_CLOSED, "deals.amount_base|deals.amount")


def _of_won(column: str):
    """`column` of a won deal, 0 for another closed one."""

    def value(t: ir.Table, _: Bases) -> ir.Value:
        return ibis.ifelse(t.semantic == "won", t[column], 0.0)

    return value


def _with_margin(column: str):
    """`column` of won deals whose margin and amount are known."""

    def value(t: ir.Table, _: Bases) -> ir.Value:
        known = (t.semantic == "won") & t.margin.notnull() & t.amount_base.notnull()
        return ibis.ifelse(known, t[column], 0.0)

    return value


def _has_check(t: ir.Table, _: Bases) -> ir.Value:
    return ibis.ifelse((t.semantic == "won") & t.amount_base.notnull(), 1, 0)


def _began(bases: Bases) -> dict[str, dt.date]:
    return earliest(bases, bases.deals.filter(is_closed(bases.deals, bases)), "closed_at")


_WON = Metric(
    id="won_deals", card="M27", kind="count", unit="count", better="higher", basis="closing", table="deals",
    rows=deals, at="closed_at", needs=_CLOSED, where=is_closed, numerator=won, denominator=None, compute=None,
    matures_days=0, min_n=MIN_N, slices=DEAL_SLICES, counter="avg_check", source="deals won in the period",
)
METRICS = (
    _WON,
    a_workday(_WON, "won_deals_a_workday", "deals won ÷ working days of the client's calendar, from the first deal closed to the as-of day", _began),
    Metric(
        id="revenue", card="M27", kind="sum", unit="money", better="higher", basis="closing", table="deals", rows=deals,
        at="closed_at", needs=_MONEY, where=is_closed, numerator=_of_won("amount_base"), denominator=None, compute=None,
        matures_days=0, min_n=MIN_N, slices=DEAL_SLICES, counter="margin_share", source="Σ amount of deals won",
    ),
    Metric(
        id="margin", card="M27", kind="sum", unit="money", better="higher", basis="closing", table="deals", rows=deals,
        at="closed_at", needs=(*_CLOSED, "deals.margin"), where=is_closed, numerator=_of_won("margin"), denominator=None,
        compute=None, matures_days=0, min_n=MIN_N, slices=DEAL_SLICES, counter="margin_share",
        source="Σ margin of deals won; deals without a margin add nothing",
    ),
    Metric(
        id="margin_share", card="M27", kind="ratio", unit="share", better="higher", basis="closing", table="deals",
        rows=deals, at="closed_at", needs=(*_MONEY, "deals.margin"), where=is_closed, numerator=_with_margin("margin"),
        denominator=_with_margin("amount_base"), compute=None, matures_days=0, min_n=MIN_N, slices=DEAL_SLICES,
        counter="revenue", whose="client_id", source="Σ margin ÷ Σ amount of deals won whose margin is known",
    ),
    Metric(
        id="margin_known_share", card="M27", kind="share", unit="share", better="higher", basis="closing", table="deals", rows=deals,
        at="closed_at", needs=(*_CLOSED, "deals.margin"), where=is_won, numerator=lambda t, b: yes(t.margin.notnull()), denominator=one, compute=None,
        matures_days=0, min_n=MIN_N, slices=DEAL_SLICES, counter="margin", source="deals won whose margin is known ÷ deals won",
    ),
    Metric(
        id="profit", card="M27", kind="sum", unit="money", better="higher", basis="closing", table="deals", rows=deals,
        at="closed_at", needs=(*_CLOSED, "deals.profit"), where=is_closed, numerator=_of_won("profit"), denominator=None,
        compute=None, matures_days=0, min_n=MIN_N, slices=DEAL_SLICES, counter="margin_share",
        source="Σ profit of deals won; deals without a profit add nothing",
    ),
    Metric(
        id="avg_check", card="M29", kind="mean", unit="money", better="higher", basis="closing", table="deals",
        rows=deals, at="closed_at", needs=_MONEY, where=is_closed, numerator=_of_won("amount_base"),
        denominator=_has_check, compute=None, matures_days=0, min_n=MIN_N, slices=DEAL_SLICES, counter="won_deals",
        whose="client_id", source="Σ amount ÷ number of deals won with a known amount",
    ),
    Metric(
        id="median_check", card="M29", kind="median", unit="money", better="higher", basis="closing", table="deals",
        rows=deals, at="closed_at", needs=_MONEY, where=is_won, numerator="amount_base", denominator=None, compute=None,
        matures_days=0, min_n=MIN_N, slices=DEAL_SLICES, counter="won_deals",
        source="median amount of deals won, from amounts to four significant digits",
    ),
)
