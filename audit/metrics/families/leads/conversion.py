"""Conversion of leads and win rates: M06, M08."""

from __future__ import annotations

import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.declare.common import (
    DEAL_SLICES,
    LEAD_SLICES,
    LEADS_CLOSED,
    MIN_N,
    arrivals,
    converted,
    deals,
    is_closed,
    is_decided,
    lead_events,
    leads,
    one,
    within,
    won,
    won_amount,
)
from audit.metrics.declare.metric import Metric
from audit.metrics.rows.results import checks

_LEADS = ("leads.created_at", "leads.converted_at|leads.deal_id|leads.semantic|deals.lead_id")
_CLOSED = ("deals.semantic", "deals.closed_at|deals.won_at")


def _converted_in_time(t: ir.Table, b: Bases) -> ir.Value:
    return yes(t.is_converted & within(t.created_at, t.converted_at, b.client.rules.conversion_days))


def _undecided(t: ir.Table, b: Bases) -> ir.Value:
    return yes(~(t.is_converted | is_decided(t, b).fill_null(False)))


def _won_in_time(t: ir.Table, b: Bases) -> ir.Value:
    return yes((t.semantic == "won") & within(t.created_at, t.closed_at, b.client.rules.win_days))


def _usual(t: ir.Table, b: Bases) -> ir.BooleanValue:
    """Closed deals of an amount that 99 % of them do not exceed."""
    return is_closed(t, b) & (t.amount_base <= b.rows_of(checks.largest_closed)).fill_null(False)


METRICS = (
    Metric(
        id="lead_conversion", card="M06", kind="share", unit="share", better="higher", basis="cohort", table="leads",
        rows=arrivals, at="created_at", needs=_LEADS, where=None, numerator=_converted_in_time, denominator=one, compute=None,
        matures_days="conversion_days", min_n=MIN_N, slices=(*LEAD_SLICES, "hour", "weekday", "shift"), counter="lead_junk_share",
        whose="client_id", source="converted within rules.conversion_days ÷ leads created",
    ),
    Metric(
        id="lead_conversion_period", card="M06", kind="ratio", unit="share", better="higher", basis="period",
        table="leads", rows=lead_events, at="event_at", needs=_LEADS, where=None, numerator="went",
        denominator="came", compute=None, matures_days=0, min_n=MIN_N, slices=LEAD_SLICES,
        counter="lead_conversion", whose="client_id", source="conversions in the period ÷ leads created in the period; can exceed 1",
    ),
    Metric(
        id="lead_conversion_closing", card="M06", kind="share", unit="share", better="higher", basis="closing",
        table="leads", rows=leads, at="closed_at", needs=(*_LEADS, *LEADS_CLOSED), where=is_decided, numerator=converted, denominator=one,
        compute=None, matures_days=0, min_n=MIN_N, slices=LEAD_SLICES, counter="lead_junk_share",
        whose="client_id", source="converted ÷ (converted + junk + lost) among leads closed in the period",
    ),
    Metric(
        id="lead_conversion_ever", card="M06", kind="share", unit="share", better="higher", basis="cohort", table="leads",
        rows=arrivals, at="created_at", needs=_LEADS, where=None, numerator=converted, denominator=one, compute=None,
        matures_days=0, min_n=MIN_N, slices=(*LEAD_SLICES, "hour", "weekday", "shift"), counter="lead_junk_share", undecided=_undecided,
        whose="client_id", source="converted so far ÷ leads created; a period is final when none of its leads is undecided",
    ),
    Metric(
        id="win_rate", card="M08", kind="share", unit="share", better="higher", basis="closing", table="deals", rows=deals,
        at="closed_at", needs=(*_CLOSED, "deals.semantic=lost"), where=is_closed, numerator=won, denominator=one, compute=None, matures_days=0,
        min_n=MIN_N, slices=DEAL_SLICES, counter="open_older_than_p90", whose="client_id", source="won ÷ (won + lost) by closing date",
    ),
    Metric(
        id="win_rate_cohort", card="M08", kind="share", unit="share", better="higher", basis="cohort", table="deals",
        rows=deals, at="created_at", needs=(*_CLOSED, "deals.created_at", "deals.semantic=lost"), where=None, numerator=_won_in_time,
        denominator=one, compute=None, matures_days="win_days", min_n=MIN_N, slices=DEAL_SLICES, counter="avg_check",
        whose="client_id", source="won within rules.win_days ÷ deals created",
    ),
    Metric(
        id="win_rate_value", card="M08", kind="ratio", unit="share", better="higher", basis="closing", table="deals",
        rows=deals, at="closed_at", needs=(*_CLOSED, "deals.amount_base|deals.amount", "deals.amount of lost deals"), where=is_closed,
        numerator=won_amount, denominator="amount_base", compute=None, matures_days=0, min_n=MIN_N, slices=DEAL_SLICES,
        counter="win_rate", whose="client_id", source="Σ amount won ÷ Σ amount closed; lost deals without an amount are not in it",
    ),
    Metric(
        id="win_rate_value_usual", card="M08", kind="ratio", unit="share", better="higher", basis="closing", table="deals",
        rows=deals, at="closed_at", needs=(*_CLOSED, "deals.amount_base|deals.amount", "deals.amount of lost deals"), where=_usual,
        numerator=won_amount, denominator="amount_base", compute=None, matures_days=0, min_n=MIN_N, slices=DEAL_SLICES,
        counter="win_rate_value", whose="client_id", source="the same without the deals above P99 of the amounts of all closed deals",
    ),
)
