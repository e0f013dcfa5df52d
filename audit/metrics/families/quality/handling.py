"""Quality of handling deals: judged by checklist and seen by the records, apart: M56."""

from __future__ import annotations

import dataclasses

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import told_beside, yes
from audit.metrics.count import additive
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.declare.rules import rules
from audit.metrics.rows.flow import proofs, stuck
from audit.metrics.rows.leads import leaking
from audit.metrics.rows.quality import reviews

_FIELDS = ("amount", "client_id", "source", "product", "segment")
_CHECKS = ("deals.next_activity_at", "deals.last_activity_at", "deals.expected_close_on")


PARTS = ("leads_on", "stage", "evidence", "fields")


def checked(bases: Bases) -> ir.Table:
    """One row an open deal: of each of PARTS how many checks the records allow (`<part>_of`) and how many of these it passes (`<part>_ok`).

    leads_on: the flags of a leak (M01); stage: not stuck (M21); evidence: every move forward by a person has an action behind it (M19);
    fields: the usual ones are filled with more than a placeholder (M43).
    """
    d, has = bases.rows_of(leaking.open_deals), bases.tables.has
    flags = [name for name, need in (("no_next", leaking.NEXT), ("overdue", leaking.NEXT), ("silent", leaking.DONE), ("stale_date", leaking.STALE))
             if not bases.lacks(*need)] + (["orphan"] if has("deals.owner_id", "users.user_id") else [])
    fields = [_filled(d[name]) for name in _FIELDS if has(f"deals.{name}")]
    none = ibis.literal(0)
    d = d.mutate(leads_on_of=ibis.literal(len(flags)), leads_on_ok=sum((yes(~d[name]) for name in flags), none),
                 fields_of=ibis.literal(len(fields)), fields_ok=sum(fields, none))
    d = d.mutate(stage_of=none, stage_ok=none, evidence_of=none, evidence_ok=none)
    if has("stage_history.entered_at", "stage_history.to_stage", "stages.ord"):
        now = bases.rows_of(stuck.standing)
        now = now.group_by(_deal=now.deal_id).agg(_free=yes(~now.is_stuck).min())
        d = told_beside(d, now, "deal_id")
        d = d.mutate(stage_of=yes(d._free.notnull()), stage_ok=d._free.fill_null(0)).drop("_free")
        if has(*proofs.ACTIONS):
            moved = bases.rows_of(proofs.proven)
            moved = moved.group_by(_deal=moved.deal_id).agg(_proven=moved.evidenced.min())
            d = told_beside(d, moved, "deal_id")
            d = d.mutate(evidence_of=yes(d._proven.notnull()), evidence_ok=d._proven.fill_null(0)).drop("_proven")
    return d


def _filled(column: ir.Value) -> ir.Value:
    """1 where a field says something, 0 where it is empty or holds a placeholder."""
    if not column.type().is_string():
        return yes(column.notnull())
    return yes(column.notnull() & ~column.strip().lower().isin(["", *rules()["placeholders"]]))


def recorded(bases: Bases) -> ir.Table:
    """One row an open deal: `passed` of `checks` that the records allow, all parts together."""
    d = bases.rows_of(checked)
    passed, checks = (sum((d[f"{part}_{end}"] for part in PARTS), ibis.literal(0)) for end in ("ok", "of"))
    return d.mutate(passed=passed.cast("float64"), checks=checks.cast("float64"))


def parted(bases: Bases) -> ir.Table:
    """One row an open deal and part."""
    d = bases.rows_of(checked)
    return ibis.union(*(d.select("owner", "team", "pipeline", "segment", part=ibis.literal(part), passed=d[f"{part}_ok"].cast("float64"),
                                 checks=d[f"{part}_of"].cast("float64")) for part in PARTS))


def _by_part(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Rows of each part; the parts of one deal are not independent, so they are not added up."""
    frame = additive.values([(dataclasses.replace(metric, compute=None), Ask((), (("part",), ("owner", "part")) if ("owner", "part") in ask.slices else (("part",),)))], bases)[0]
    return frame[frame["by"] != ""]


def _part(t: ir.Table, _: Bases) -> ir.Value:
    return 100.0 * t.part


def judged(bases: Bases) -> ir.Table:
    """One row a deal reviewed at random: `after` 1 where its outcome was known by the first review."""
    t = bases.rows_of(reviews.units)
    t = t.filter(reviews.handled(t, bases) & t.object_id.notnull())
    d = bases.deals.select(_deal="deal_id", _closed="closed_at")
    t = t.inner_join(d, t.object_id == d._deal)
    return t.mutate(after=yes(t._closed <= t["at"])).drop("_deal", "_closed")


METRICS = (
    Metric(
        id="deal_quality", card="M56", kind="mean", unit="score", better="higher", basis="period", table="qa_reviews", rows=reviews.units,
        at="at", needs=reviews.DEALS, where=reviews.handled, numerator="score", denominator=one, compute=None,
        matures_days=0, min_n=MIN_N, slices=("owner", "team", "version"), counter="deal_reviews_after_outcome",
        source="mean over deals reviewed at random of 100 × Σ weight × points ÷ Σ weight × best points",
    ),
    Metric(
        id="deal_quality_item", card="M56", kind="mean", unit="score", better="higher", basis="period", table="qa_reviews", rows=reviews.parts,
        at="at", needs=reviews.DEALS, where=reviews.handled, numerator=_part, denominator=one, compute=None,
        matures_days=0, min_n=MIN_N, slices=("item", "owner×item"), counter="deal_quality",
        source="mean of 100 × points ÷ best points of each item over deals reviewed at random",
    ),
    Metric(
        id="deal_quality_records", card="M56", kind="ratio", unit="share", better="higher", basis="snapshot", table="deals", rows=recorded,
        at="", needs=("deals.semantic", "|".join(_CHECKS)), where=None, numerator="passed", denominator="checks", compute=None,
        matures_days=0, min_n=MIN_N, slices=("owner", "team", "pipeline", "segment"), counter="deal_quality",
        whose="client_id", source="checks that open deals pass by their records ÷ checks that can be made: the flags of a leak, not stuck, moves with an action behind them, "
               "fields filled",
    ),
    Metric(
        id="deal_quality_part", card="M56", kind="ratio", unit="share", better="higher", basis="snapshot", table="deals", rows=parted,
        at="", needs=("deals.semantic", "|".join(_CHECKS)), where=None, numerator="passed", denominator="checks", compute=_by_part, matures_days=0,
        min_n=MIN_N, slices=("part", "owner×part"), counter="deal_quality",
        source="the same by part: leads_on (M01), stage (M21), evidence (M19), fields (M43)",
    ),
    Metric(
        id="deal_reviews_after_outcome", card="M56", kind="share", unit="share", better="lower", basis="period", table="qa_reviews",
        rows=judged, at="at", needs=(*reviews.DEALS, "qa_reviews.object_id", "deals.closed_at|deals.won_at"), where=None,
        numerator="after", denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=("owner", "team"), counter="deal_quality",
        source="deals whose outcome was known when they were reviewed ÷ deals reviewed at random",
    ),
)
