"""Promised closings and what became of them: M42."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir

from audit.metrics import bands
from audit.metrics.bases import Bases
from audit.metrics.claims import claims, pushes, waiting
from audit.metrics.common import DEAL_SLICES, MIN_N, deals, is_open, one
from audit.metrics.metric import Metric
from audit.metrics.shape import days, told_beside, yes


def _age(t: ir.Table, b: Bases) -> ir.Value:
    return days(t.first_at, ibis.literal(b.end)) - 1


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


_SNAPS = ("deal_snapshots.expected_close_on", "deals.semantic")
_OVER = (*_SNAPS, "deals.closed_at|deals.won_at", "deal_snapshots of months that are over")
_SLICES = ("owner", "team", "stage", "band")

METRICS = (
    Metric(
        id="slipped_share", card="M42", kind="share", unit="share", better="lower", basis="period", table="deal_snapshots", rows=claims,
        at="month", needs=_OVER, where="is_over", numerator="is_slipped", denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=_SLICES,
        counter="close_date_filled", source="deals still open after the month for which they were planned ÷ deals ever planned for it",
    ),
    Metric(
        id="claim_hit_rate", card="M42", kind="share", unit="share", better="higher", basis="period", table="deal_snapshots", rows=claims,
        at="month", needs=_OVER, where="is_over", numerator="is_hit", denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=_SLICES,
        counter="close_date_filled", source="deals won by the end of the month for which they were planned ÷ deals ever planned for it",
    ),
    Metric(
        id="push_count", card="M42", kind="mean", unit="count", better="lower", basis="snapshot", table="deal_snapshots", rows=pushes, at="",
        needs=_SNAPS, where=None, numerator="pushes", denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=_SLICES,
        counter="close_date_filled", source="moves of the planned closing to a later month ÷ deals seen with a date at two runs or more",
    ),
    Metric(
        id="claim_age", card="M42", kind="median", unit="days", better="lower", basis="snapshot", table="deal_snapshots", rows=waiting, at="",
        needs=_SNAPS, where=None, numerator=_age, denominator=None, compute=None, matures_days=0, min_n=MIN_N, slices=_SLICES,
        counter="close_date_filled", source="days since the first run that saw a planned closing, median of open deals",
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
