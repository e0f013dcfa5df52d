"""Deals that begin without a lead, and their way out of the stages that stand for one: M06."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.declare.common import MIN_N, one, within
from audit.metrics.declare.metric import Metric

_SLICES = ("owner", "team", "source", "channel", "segment", "pipeline", "is_repeat")


def begun(bases: Bases) -> ir.Table:
    """All deals at the as-of day with `direct`: made of no lead."""
    d = bases.deals.mutate(_made=ibis.literal(False))
    if bases.tables.has("leads.deal_id"):
        known = bases.leads.filter(bases.leads.deal_id.notnull()).select(_of="deal_id").distinct()
        d = bases.deals.left_join(known, bases.deals.deal_id == known._of)
        d = d.mutate(_made=d._of.notnull()).drop("_of")
    return d.mutate(direct=d.lead_id.isnull() & ~d._made).drop("_made")


def entrants(bases: Bases) -> ir.Table:
    """Deals without a lead that stood in the first rules.lead_stages stages of their pipeline, with `_on`: when they first went further or
    were won."""
    first, v = bases.client.rules.lead_stages, bases.visits
    side = v.group_by(_of=v.deal_id).agg(_in=v.entered_at.min(where=(v.semantic == "open") & (v["rank"] < first)),
                                         _out=v.entered_at.min(where=v["rank"] >= first))
    d = bases.rows_of(begun)
    d = d.inner_join(side, d.deal_id == side._of).filter(lambda t: t.direct & t._in.notnull()).drop("_of")
    return d.mutate(_on=ibis.least(ibis.coalesce(d._out, d.won_at), ibis.coalesce(d.won_at, d._out)))


def _direct(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t.direct)


def _went_on(t: ir.Table, b: Bases) -> ir.Value:
    return yes(t._on.notnull() & within(t.created_at, t._on, b.client.rules.conversion_days))


METRICS = (
    Metric(
        id="direct_deals_share", card="M06", kind="share", unit="share", better="neutral", basis="cohort", table="deals", rows=begun, at="created_at",
        needs=("deals.created_at", "leads.lead_id", "deals.lead_id|leads.deal_id"), where=None, numerator=_direct, denominator=one, compute=None,
        matures_days=0, min_n=MIN_N, slices=_SLICES, counter="lead_conversion",
        source="deals made of no lead ÷ deals created: of these the conversion of leads says nothing",
    ),
    Metric(
        id="entry_conversion", card="M06", kind="share", unit="share", better="higher", basis="cohort", table="deals", rows=entrants, at="created_at",
        needs=("deals.created_at", "deals.semantic", "stage_history.entered_at", "stage_history.to_stage", "stages.ord"), where=None,
        numerator=_went_on, denominator=one, compute=None, matures_days="conversion_days", min_n=MIN_N, slices=_SLICES, counter="win_rate",
        source="deals made of no lead that went beyond the first rules.lead_stages stages of their pipeline, or were won, within rules.conversion_days of "
               "their creation ÷ such deals that stood in these stages",
    ),
)
