"""What several families share: bases, conditions and declared slices."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases, worktime
from audit.metrics.bases.shape import yes

DEAL_SLICES = ("owner", "team", "source", "channel", "segment", "region", "product", "pipeline", "industry", "is_repeat")
LEAD_SLICES = ("owner", "team", "source", "channel", "segment", "region", "is_repeat")
LEADS_CLOSED = ("leads.closed_at|leads.converted_at", "leads.semantic=lost or junk", "leads.closed_at of lost leads")  # shares of the leads closed
MIN_N = 10  # below it a value is shown raw, without an interval
MISSED = "running plan not met yet with days left"  # what is lacking where no plan needs anything more


def deals(bases: Bases) -> ir.Table:
    """All deals at the as-of day."""
    return bases.deals


def leads(bases: Bases) -> ir.Table:
    """All leads at the as-of day."""
    return bases.leads


def arrivals(bases: Bases) -> ir.Table:
    """All leads at the as-of day with `hour`, `weekday` and `shift` of their arrival."""
    return worktime.arrived(bases.leads, bases, "created_at")


def lead_events(bases: Bases) -> ir.Table:
    """Two kinds of dated rows of one table: a lead that came and a lead that was converted, by `event_at`, `came` and `went`."""
    t = bases.leads
    came = t.mutate(event_at=t.created_at, came=ibis.literal(1), went=ibis.literal(0))
    gone = t.filter(t.is_converted)
    gone = gone.mutate(event_at=gone.converted_at, came=ibis.literal(0), went=ibis.literal(1))
    return ibis.union(came, gone)


def won(table: ir.Table, _: Bases) -> ir.Value:
    """1 for a won deal."""
    return yes(table.semantic == "won")


def won_amount(table: ir.Table, _: Bases) -> ir.Value:
    """The amount of a won deal, 0 of another one with an amount."""
    return ibis.ifelse(table.semantic == "won", table.amount_base, ibis.ifelse(table.amount_base.notnull(), 0.0, None))


def converted(table: ir.Table, _: Bases) -> ir.Value:
    """1 for a lead that became a deal."""
    return yes(table.is_converted)


def is_decided(table: ir.Table, _: Bases) -> ir.BooleanValue:
    """Converted, junk and lost leads only."""
    return table.semantic.isin(["converted", "junk", "lost"])


def is_won(table: ir.Table, _: Bases) -> ir.BooleanValue:
    """Won deals only."""
    return table.semantic == "won"


def is_closed(table: ir.Table, _: Bases) -> ir.BooleanValue:
    """Won and lost deals only."""
    return table.semantic != "open"


def is_open(table: ir.Table, _: Bases) -> ir.BooleanValue:
    """Open deals only."""
    return table.semantic == "open"


def one(_: ir.Table, __: Bases) -> ir.Value:
    """1 for every row."""
    return ibis.literal(1)


def within(start: ir.Value, end: ir.Value, days: int) -> ir.BooleanValue:
    """Whether `end` came at most `days` days after `start`; an end before the start counts as at once."""
    seconds = end.epoch_seconds() - start.epoch_seconds()
    return (seconds <= days * 86_400).fill_null(False)
