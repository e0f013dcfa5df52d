"""Leads and deals that were given up without cause: M02."""

from __future__ import annotations

from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases, worktime
from audit.metrics.bases.shape import dated, told_beside, yes
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Metric, Row
from audit.metrics.rows.leads import touches

_SLICES = {"leads": ("owner", "team", "source", "channel", "segment", "loss_reason"),
           "deals": ("owner", "team", "source", "channel", "segment", "pipeline", "loss_reason")}
_LOST = {"leads": ("leads.created_at", "leads.closed_at", "leads.semantic=lost or junk"),
         "deals": ("deals.created_at", "deals.closed_at", "deals.semantic=lost")}
_COVERED = {"leads": (*touches.NEEDS, "contacts of converted leads"), "deals": (*touches.NEEDS, "contacts of won deals")}


def lost_leads(bases: Bases) -> ir.Table:
    """One row a lead closed as lost or junk; see `_judged`."""
    t = bases.leads
    return _judged(t.filter(t.semantic.isin(["lost", "junk"])), bases, "leads", "lead_id", touches.of_leads)


def lost_deals(bases: Bases) -> ir.Table:
    """One row a lost deal; see `_judged`."""
    t = bases.deals
    return _judged(t.filter(t.semantic == "lost"), bases, "deals", "deal_id", touches.of_deals)


def _judged(t: ir.Table, bases: Bases, name: str, key: str, touched: Callable[[Bases], ir.Table]) -> ir.Table:
    """Lost units with `untalked`: no two-way contact before closing (of units older than the log of actions nobody knows: these are not `judged`),

    `hasty`: closed within rules.hasty_close_hours of work after creation, `unexplained`: without a loss reason, and
    `wrong`: any of these. A flag whose data are lacking is not raised.
    """
    none = ibis.null("timestamp(6)")
    if bases.tables.has(*touches.NEEDS):
        side = bases.rows_of(touched)
        begins = touches.log_begins(bases, side)
        t = told_beside(t, side, key, lambda t: _unsaid(t, t._two_way, begins, bases, name))
    else:
        t = t.mutate(_first=none, _two_way=none, **_unsaid(t, none, none, bases, name))
    t = worktime.business_minutes(t, bases, "created_at", "closed_at", "_lived")
    timed = ~dated(t.created_at) & ~dated(t.closed_at) & (t.closed_at >= t.created_at)
    hasty = (timed & (t._lived < 60 * bases.client.rules.hasty_close_hours)).fill_null(False)
    return t.mutate(hasty=hasty, wrong=t.untalked | hasty | t.unexplained)


def _unsaid(t: ir.Table, talked: ir.Value, begins: ir.Value, bases: Bases, name: str) -> dict[str, ir.Value]:
    """Whether nobody talked to the client before the closing, and whether no reason is given."""
    until = ibis.ifelse(dated(t.closed_at), t.closed_at + ibis.interval(days=1), t.closed_at + ibis.interval(seconds=1))
    until = ibis.coalesce(until, ibis.literal(bases.end))  # nobody knows when it was closed
    judged = (t.created_at >= begins).fill_null(False)
    return {"judged": judged, "untalked": judged & ~(talked < until).fill_null(False),
            "unexplained": t.loss_reason.isnull() & ibis.literal(bases.tables.has(f"{name}.loss_reason"))}


def _flag(name: str) -> Row:
    def value(t: ir.Table, _: Bases) -> ir.Value:
        return yes(t[name])

    return value


def _judged_by_contact(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return t.judged


def _share(metric_id: str, name: str, flag: str, needs: tuple[str, ...], source: str) -> Metric:
    """One share of lost units that carry a flag."""
    return Metric(
        id=f"{metric_id}_{name}", card="M02", kind="share", unit="share", better="lower", basis="closing", table=name,
        rows=lost_leads if name == "leads" else lost_deals, at="closed_at", needs=(*_LOST[name], *needs),
        where=_judged_by_contact if flag == "untalked" else None,
        numerator=_flag(flag), denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=_SLICES[name],
        counter="leaking_leads" if name == "leads" else "leaking_deals", source=source,
    )


def _of(name: str) -> tuple[Metric, ...]:
    what = "leads closed as lost or junk" if name == "leads" else "lost deals"
    return (
        _share("wrongly_closed", name, "wrong", _COVERED[name],
               f"{what} without a two-way contact, closed within rules.hasty_close_hours of work or without a reason ÷ {what}; "
               "shown where at least rules.covered_share of successful units have a contact on record"),
        _share("closed_untalked", name, "untalked", _COVERED[name], f"{what} without a two-way contact before closing ÷ {what}, those older than the log of actions left out"),
        _share("closed_hastily", name, "hasty", (), f"{what} within rules.hasty_close_hours of work after creation ÷ {what}"),
        _share("closed_unexplained", name, "unexplained", (f"{name}.loss_reason",), f"{what} without a loss reason ÷ {what}"),
    )


def _listed(name: str, key: str) -> Callable[[Bases], pd.DataFrame]:
    def rows(bases: Bases) -> pd.DataFrame:
        """Units that were wrongly closed, the latest first."""
        t = bases.rows_of(lost_leads if name == "leads" else lost_deals)
        t = t.filter(t.wrong).select(key, "owner", "source", "created_at", "closed_at", "loss_reason", "untalked", "hasty", "unexplained")
        return bases.rows(t).sort_values(["closed_at", key], ascending=[False, True])

    return rows


def _listing(name: str, key: str) -> Listing:
    return Listing(
        id=f"wrongly_closed_{name}", card="M02", needs=(*_LOST[name], *_COVERED[name]),
        columns=(key, "owner", "source", "created_at", "closed_at", "loss_reason", "untalked", "hasty", "unexplained"),
        rows=_listed(name, key), source="lost without a two-way contact, at once or without a reason",
    )


METRICS = (*_of("leads"), *_of("deals"))
LISTINGS = (_listing("leads", "lead_id"), _listing("deals", "deal_id"))
