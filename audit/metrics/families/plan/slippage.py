"""Promised closings and amounts, and what became of them: M42."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import days, told_beside, yes
from audit.metrics.declare.common import DEAL_SLICES, MIN_N, deals, is_open, one
from audit.metrics.declare.metric import Kind, Metric, Row, Rows
from audit.metrics.rows.flow import bands
from audit.metrics.rows.plan.claims import NEEDS, claims, pushes, standing, waiting, worths


def _age(t: ir.Table, b: Bases) -> ir.Value:
    return days(t.first_at, ibis.literal(b.end)) - 1


def _worth(t: ir.Table, _: Bases) -> ir.Value:
    return t.is_over & t.worth.notnull()


def _dated(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t.expected_close_on.notnull())


def promised(bases: Bases) -> ir.Table:
    """Open deals planned to close by the end of the running month, with `last_done` (last action of a person on them) and `band`."""
    month = (bases.as_of.replace(day=1) + dt.timedelta(days=31)).replace(day=1)
    d = bases.deals.mutate(band=bands.band(bases.deals.amount_base, bases))
    d = d.filter((d.semantic == "open") & (d.expected_close_on < ibis.literal(month)))
    a = bases.activities
    a = a.filter(a.done_at.notnull() & ~a.is_auto & (a.entity == "deal"))
    last = a.group_by(_deal=a.entity_id).agg(last_done=a.done_at.max())
    return told_beside(d, last, "deal_id")


def _bare(t: ir.Table, b: Bases) -> ir.Value:
    return yes(t.last_done.isnull() | (days(t.last_done, ibis.literal(b.end)) > b.client.rules.silent_days))


_TOLD = ("deal_snapshots.amount|field_history.amount", "deals.semantic", "deals.closed_at|deals.won_at", "deals.amount_base|deals.amount")
_CLOSED = (*NEEDS, "deals.closed_at|deals.won_at")
_OVER = (*_CLOSED, "planned closings of months that are over")
_BEGUN = (*_CLOSED, "planned closings as months began")
_SLICES = ("owner", "team", "stage", "band")


def _of_months(metric_id: str, rows: Rows, needs: tuple[str, ...], better: Literal["higher", "lower"], numerator: str, source: str) -> Metric:
    return Metric(
        id=metric_id, card="M42", kind="share", unit="share", better=better, basis="period", table="deals", rows=rows, at="month", needs=needs,
        where="is_over", numerator=numerator, denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=_SLICES, counter="close_date_filled",
        source=source)


def _of_amounts(metric_id: str, kind: Kind, better: Literal["band", "lower"], numerator: str, denominator: Row, counter: str, source: str) -> Metric:
    return Metric(
        id=metric_id, card="M42", kind=kind, unit="share", better=better, basis="closing", table="deals", rows=worths, at="won_at", needs=_TOLD,
        where=None, numerator=numerator, denominator=denominator, compute=None, matures_days=0, min_n=MIN_N, slices=DEAL_SLICES, counter=counter,
        whose="client_id", source=source)


METRICS = (
    _of_months("slipped_share", claims, _OVER, "lower", "is_slipped",
               "deals still open after the month for which they were planned ÷ deals ever planned for it; dates set on the day of closing promise nothing"),
    _of_months("claim_hit_rate", claims, _OVER, "higher", "is_hit",
               "deals won by the end of the month for which they were planned ÷ deals ever planned for it; dates set on the day of closing promise nothing"),
    _of_months("slipped_from_start", standing, _BEGUN, "lower", "is_slipped",
               "deals still open after the month ÷ deals open as it began and planned for it then"),
    Metric(
        id="slipped_money_share", card="M42", kind="ratio", unit="share", better="lower", basis="period", table="deals", rows=standing, at="month",
        needs=(*_BEGUN, "deals.amount_base|deals.amount"), where=_worth, numerator="slipped", denominator="worth", compute=None, matures_days=0,
        min_n=MIN_N, slices=_SLICES, counter="close_date_filled",
        whose="deal_id", source="Σ amount of the deals still open after the month ÷ Σ amount of the deals open as it began and planned for it then; amounts of that "
               "moment where they are told, else those of today, in the base currency",
    ),
    _of_amounts("won_of_told", "ratio", "band", "amount_base", "told", "claim_hit_rate",
                "Σ amount won ÷ Σ amount first told of the same deals, where one was told before the day of winning; both at the rate of the day of winning"),
    _of_amounts("won_below_told", "share", "lower", "is_less", one, "avg_check",
                "deals won for less than nine tenths of the amount first told ÷ deals won whose amount was told before the day of winning"),
    Metric(
        id="push_count", card="M42", kind="mean", unit="count", better="lower", basis="snapshot", table="deals", rows=pushes, at="",
        needs=NEEDS, where=None, numerator="pushes", denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=_SLICES,
        counter="close_date_filled", source="moves of the planned closing to a later month ÷ deals of whose dates a log tells or seen with one at two runs or more",
    ),
    Metric(
        id="claim_age", card="M42", kind="median", unit="days", better="lower", basis="snapshot", table="deals", rows=waiting, at="",
        needs=NEEDS, where=None, numerator=_age, denominator=None, compute=None, matures_days=0, min_n=MIN_N, slices=_SLICES,
        counter="close_date_filled", source="days since a planned closing was first set or seen by a run, median of open deals",
    ),
    Metric(
        id="claims_without_action", card="M42", kind="share", unit="share", better="lower", basis="snapshot", table="deals", rows=promised, at="",
        needs=("deals.expected_close_on", "deals.semantic", "activities.entity_id", "activities.done_at|activities.started_at"), where=None,
        numerator=_bare, denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=("owner", "team", "stage"),
        counter="close_date_filled", source="open deals planned to close by the end of the running month without an action for 14 days ÷ such deals",
    ),
    Metric(
        id="close_date_filled", card="M42", kind="share", unit="share", better="higher", basis="snapshot", table="deals", rows=deals, at="",
        needs=("deals.expected_close_on", "deals.semantic"), where=is_open, numerator=_dated, denominator=one, compute=None, matures_days=0,
        min_n=MIN_N, slices=DEAL_SLICES, counter="slipped_share", source="open deals with a planned closing ÷ open deals",
    ),
)
