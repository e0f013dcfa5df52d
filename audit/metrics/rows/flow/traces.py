"""Closed deals held against the agreed order of stages: which rule each broke, and at which stage."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import told_beside, yes
from audit.metrics.rows.flow.ladder import lines
from audit.metrics.rows.flow.moves import moves
from audit.metrics.rows.flow.proofs import ACTIONS, demanded, proven

RULES = ("skip", "back", "unproven")


def traces(bases: Bases) -> ir.Table:
    """One row a closed deal whose history is whole: `at` (closing), slices, 0/1 `skips`, `backs`, `unproven`, `follows`.

    `skips`: a stage of its pipeline passed over, or not begun with the first. `unproven`: left a stage without the action
    that its exit criterion demands. Moves of robots are moves here.
    """
    t = bases.rows_of(moves)
    begun_late = yes(_begun_late(t))
    t = t.filter(t.deal_semantic.isin(["won", "lost"]))
    whole = t.group_by(deal_id=t.deal_id).agg(
        at=t.deal_closed_at.max(), owner=t.deal_owner.max(), team=t.deal_team.max(), segment=t.segment.max(), is_repeat=t.is_repeat.max(),
        pipeline=t.pipeline.max(), skips=ibis.greatest(t.skipped.max(), begun_late.max()), backs=t.back.max(),
        _cut=yes(t.is_truncated | t.is_unseen).max(), _entries=t.entry.max())
    whole = whole.filter((whole._cut == 0) & (whole._entries == 1))
    missing = _missing(bases)
    if missing is not None:
        p = missing.group_by(_deal=missing.deal_id).agg(_missing=missing.count())
        whole = told_beside(whole, p, "deal_id")
        whole = whole.mutate(unproven=yes(whole._missing.notnull())).drop("_missing")
    else:
        whole = whole.mutate(unproven=ibis.literal(0))
    return whole.mutate(follows=yes((whole.skips == 0) & (whole.backs == 0) & (whole.unproven == 0)))


def _begun_late(t: ir.Table) -> ir.BooleanValue:
    return (t.entry == 1) & (t.semantic == "open") & (t["rank"] > 0)


def _missing(bases: Bases) -> ir.Table | None:
    """Moves by people out of a stage without the action that it demands; None where no stage demands any."""
    if not (bases.tables.has(*ACTIONS) and demanded(bases)):
        return None
    p = bases.rows_of(proven)
    return p.filter(p.is_bound & (p.evidenced == 0))


def faults(bases: Bases) -> ir.Table:
    """One row a deal of `traces`, rule of RULES that it broke and stage: `at` (closing) and slices of the deal, `rule`, `stage`.

    skip: the stage passed over; back: the stage from which the deal returned to an earlier one; unproven: the stage left without its action.
    """
    t, missing = bases.rows_of(moves), _missing(bases)
    back = t.filter(t.back == 1)
    parts = [_skipped(t, bases), back.select("deal_id", stage="prev_stage", rule=ibis.literal("back"))]
    if missing is not None:
        parts.append(missing.select("deal_id", stage="prev_stage", rule=ibis.literal("unproven")))
    both = ibis.union(*parts).distinct().rename(_deal="deal_id")
    whole = bases.rows_of(traces).select("deal_id", "at", "owner", "team", "segment", "is_repeat", "pipeline")
    return whole.inner_join(both, whole.deal_id == both._deal).drop("_deal")


def _skipped(t: ir.Table, bases: Bases) -> ir.Table:
    """Every stage that a move passed over, or that lies before the one with which the deal began."""
    import pyarrow as pa

    stages = [(pipeline or "", stage.rank, stage.name) for pipeline, found in lines(bases) for stage in found]
    columns = {"_pipe": pa.string(), "_at": pa.int64(), "_name": pa.string()}
    side = ibis.memtable(pa.table({name: pa.array([row[at] for row in stages], kind) for at, (name, kind) in enumerate(columns.items())}))
    t = t.filter((t.skipped == 1) | _begun_late(t).fill_null(False))
    only = len(bases.stages.pipelines) == 1 and bases.stages.pipelines[0] is None
    t = t.select("deal_id", "rank", _from=ibis.ifelse(t.entry == 1, -1, t.prev_rank), _of=ibis.literal("") if only else t.pipeline.fill_null(""))
    passed = t.inner_join(side, [t._of == side._pipe, t._from < side._at, t["rank"] > side._at])
    return passed.select("deal_id", stage="_name", rule=ibis.literal("skip"))
