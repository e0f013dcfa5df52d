"""Rates within the client groups that matter most: M12."""

from __future__ import annotations

import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.declare.common import (
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
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.flow import onward
from audit.metrics.rows.results.buyers import deals_by_worth
from audit.metrics.rows.results.priorities import is_priority

_CLOSED = ("deals.semantic", "deals.closed_at|deals.won_at")
_DEALS = (*_CLOSED, "deals.segment|clients.segment", "deals.semantic=lost", "deals.segment of lost deals",
          "priority segments")
_LEADS = ("leads.created_at", "leads.converted_at|leads.deal_id|leads.semantic|deals.lead_id", "leads.segment of lost leads", "priority segments")


def _closed(t: ir.Table, b: Bases) -> ir.BooleanValue:
    return is_closed(t, b) & is_priority(t, b)


def _decided(t: ir.Table, b: Bases) -> ir.BooleanValue:
    return is_decided(t, b) & is_priority(t, b)


def _onward(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Incidence of going further from each stage, of deals of these groups."""
    return onward.values(metric, bases, ask, is_priority)


def _won_in_time(t: ir.Table, b: Bases) -> ir.Value:
    return yes((t.semantic == "won") & within(t.created_at, t.closed_at, b.client.rules.win_days))


def _converted_in_time(t: ir.Table, b: Bases) -> ir.Value:
    return yes(t.is_converted & within(t.created_at, t.converted_at, b.client.rules.conversion_days))


def _by_worth(name: str, slices: tuple[str, ...], needs: tuple[str, ...], source: str) -> Metric:
    return Metric(
        id=name, card="M12", kind="share", unit="share", better="higher", basis="closing", table="deals", rows=deals_by_worth, at="closed_at",
        needs=(*_CLOSED, "deals.client_id", "deals.created_at", "deals.semantic=lost", *needs),
        where=is_closed, numerator=won, denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=slices, counter="win_rate", whose="client_id", source=source)


METRICS = (
    Metric(
        id="priority_win_rate", card="M12", kind="share", unit="share", better="higher", basis="closing", table="deals", rows=deals,
        at="closed_at", needs=_DEALS, where=_closed, numerator=won, denominator=one, compute=None, matures_days=0, min_n=MIN_N,
        slices=("segment", "industry", "owner", "team"), counter="win_rate",
        whose="client_id", source="won ÷ (won + lost) of the segments in priority_segments of client.yml; where none is named, of the fewest segments that give "
               "four fifths of the margin won",
    ),
    Metric(
        id="priority_win_rate_cohort", card="M12", kind="share", unit="share", better="higher", basis="cohort", table="deals", rows=deals,
        at="created_at", needs=(*_DEALS, "deals.created_at"), where=is_priority, numerator=_won_in_time, denominator=one, compute=None,
        matures_days="win_days", min_n=MIN_N, slices=("segment", "industry", "owner", "team"), counter="priority_win_rate",
        whose="client_id", source="won within rules.win_days ÷ deals created, of these segments",
    ),
    Metric(
        id="priority_win_rate_value", card="M12", kind="ratio", unit="share", better="higher", basis="closing", table="deals", rows=deals,
        at="closed_at", needs=(*_DEALS, "deals.amount_base|deals.amount", "deals.amount of lost deals"), where=_closed, numerator=won_amount,
        denominator="amount_base", compute=None, matures_days=0, min_n=MIN_N, slices=("segment", "industry", "owner", "team"),
        counter="priority_win_rate", whose="client_id", source="Σ amount won ÷ Σ amount closed, of these segments; lost deals without an amount are not in it",
    ),
    Metric(
        id="priority_stage_conversion", card="M12", kind="share", unit="share", better="higher", basis="cohort", table="deals", rows=deals, at="",
        needs=(*_DEALS, "stage_history.entered_at", "stage_history.to_stage", "stages.ord"), where=None, numerator=None, denominator=None,
        compute=_onward, matures_days=0, min_n=MIN_N, slices=("stage", "owner×stage", "segment×stage"), counter="stage_conversion_incidence",
        source="Aalen–Johansen incidence of reaching a later stage, as stage_conversion_incidence, of these segments",
    ),
    _by_worth("win_rate_by_worth", ("cell", "owner×cell"), ("deals.amount_base|deals.amount",), "won ÷ (won + lost) by closing date, by A, B, C of the client by the money won in the "
              "calendar year before the deal was created"),
    _by_worth("win_rate_by_size", ("band", "owner×band"), ("deals.amount_base|deals.amount", "deals.amount of lost deals"),
              "the same by size of the deal: thirds of all deals by amount"),
    _by_worth("win_rate_by_rfm", ("rfm",), ("deals.amount_base|deals.amount",), "the same by recency, frequency and money of the client's purchases in "
              "the calendar year before the deal was created: thirds of the year's buyers, 3 is best, none for who bought nothing in it"),
    _by_worth("win_rate_by_recency", ("recency", "owner×recency"), (), "the same by the client's last purchase before the deal was created: within 365 days, "
              "longer ago, none; where history began less than rules.new_client_burn_in_months before, none is not known"),
    Metric(
        id="win_rate_by_need", card="M12", kind="share", unit="share", better="higher", basis="closing", table="deals", rows=deals, at="closed_at",
        needs=(*_CLOSED, "deals.need", "deals.semantic=lost", "deals.need of lost deals"), where=is_closed, numerator=won, denominator=one, compute=None,
        matures_days=0, min_n=MIN_N, slices=("need", "owner×need"), counter="win_rate", whose="client_id", source="won ÷ (won + lost) by closing date, by what the client needs",
    ),
    Metric(
        id="priority_lead_conversion", card="M12", kind="share", unit="share", better="higher", basis="cohort", table="leads", rows=arrivals,
        at="created_at", needs=_LEADS, where=is_priority, numerator=_converted_in_time, denominator=one, compute=None,
        matures_days="conversion_days", min_n=MIN_N, slices=("segment", "owner", "team"), counter="priority_win_rate",
        whose="client_id", source="converted within rules.conversion_days ÷ leads created, of these segments",
    ),
    Metric(
        id="priority_lead_conversion_period", card="M12", kind="ratio", unit="share", better="higher", basis="period", table="leads",
        rows=lead_events, at="event_at", needs=_LEADS, where=is_priority, numerator="went", denominator="came", compute=None, matures_days=0,
        min_n=MIN_N, slices=("segment", "owner", "team"), counter="priority_lead_conversion",
        whose="client_id", source="conversions in the period ÷ leads created in the period, of these segments; can exceed 1",
    ),
    Metric(
        id="priority_lead_conversion_closing", card="M12", kind="share", unit="share", better="higher", basis="closing", table="leads", rows=leads,
        at="closed_at", needs=(*_LEADS, *LEADS_CLOSED), where=_decided, numerator=converted, denominator=one,
        compute=None, matures_days=0, min_n=MIN_N, slices=("segment", "owner", "team"), counter="priority_lead_conversion",
        whose="client_id", source="converted ÷ (converted + junk + lost) among leads closed in the period, of these segments",
    ),
)
