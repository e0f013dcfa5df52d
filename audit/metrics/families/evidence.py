"""Evidence behind stage moves, and whether deals follow the agreed order of stages: M19."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.common import MIN_N, one
from audit.metrics.metric import Metric, Row
from audit.metrics.moves import NEEDS, moves, people_moves
from audit.metrics.proofs import ACTIONS, demanded, proven
from audit.metrics.shape import told_beside, yes

_SLICES = ("owner", "team", "segment", "is_repeat", "pipeline")


def traces(bases: Bases) -> ir.Table:
    """One row a closed deal whose history is whole: `at` (closing), slices, 0/1 `skips`, `backs`, `unproven`, `follows`.

    `skips`: a stage of its pipeline passed over, or not begun with the first. `unproven`: left a stage without the action
    that its exit criterion demands. Moves of robots are moves here.
    """
    t = bases.rows_of(moves)
    begun_late = yes((t.entry == 1) & (t.semantic == "open") & (t["rank"] > 0))
    t = t.filter(t.deal_semantic.isin(["won", "lost"]))
    whole = t.group_by(deal_id=t.deal_id).agg(
        at=t.deal_closed_at.max(), owner=t.deal_owner.max(), team=t.deal_team.max(), segment=t.segment.max(), is_repeat=t.is_repeat.max(),
        pipeline=t.pipeline.max(), skips=ibis.greatest(t.skipped.max(), begun_late.max()), backs=t.back.max(),
        _cut=yes(t.is_truncated | t.is_unseen).max(), _entries=t.entry.max())
    whole = whole.filter((whole._cut == 0) & (whole._entries == 1))
    if bases.tables.has(*ACTIONS) and demanded(bases):
        p = bases.rows_of(proven)
        p = p.filter(p.is_bound & (p.evidenced == 0))
        p = p.group_by(_deal=p.deal_id).agg(_missing=p.count())
        whole = told_beside(whole, p, "deal_id")
        whole = whole.mutate(unproven=yes(whole._missing.notnull())).drop("_missing")
    else:
        whole = whole.mutate(unproven=ibis.literal(0))
    return whole.mutate(follows=yes((whole.skips == 0) & (whole.backs == 0) & (whole.unproven == 0)))


def _flag(name: str) -> Row:
    def value(t: ir.Table, _: Bases) -> ir.Value:
        return t[name]

    return value


def _between(t: ir.Table, _: Bases) -> ir.BooleanValue:
    """Moves between stages of one pipeline."""
    return (t.forward == 1) | (t.back == 1)


def _ahead(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return t.forward == 1


def _moves(metric_id: str, where: Row, flag: str, better: str, counter: str, source: str) -> Metric:
    return Metric(
        id=metric_id, card="M19", kind="share", unit="share", better=better, basis="period", table="deals", rows=people_moves,  # type: ignore[arg-type]
        at="at", needs=NEEDS, where=where, numerator=_flag(flag), denominator=one, compute=None, matures_days=0, min_n=MIN_N,
        slices=(*_SLICES, "stage"), counter=counter, source=source,
    )


def _trace(metric_id: str, flag: str, better: str, source: str, needs: tuple[str, ...] = ()) -> Metric:
    return Metric(
        id=metric_id, card="M19", kind="share", unit="share", better=better, basis="closing", table="deals", rows=traces, at="at",  # type: ignore[arg-type]
        needs=(*NEEDS, *needs), where=None, numerator=_flag(flag), denominator=one, compute=None, matures_days=0, min_n=MIN_N,
        slices=_SLICES, counter="moves_evidenced" if flag == "follows" else "algorithm_followed", source=source,
    )


METRICS = (
    Metric(
        id="moves_evidenced", card="M19", kind="share", unit="share", better="higher", basis="period", table="deals", rows=proven,
        at="at", needs=(*NEEDS, *ACTIONS), where=None, numerator=_flag("evidenced"), denominator=one, compute=None, matures_days=0,
        min_n=MIN_N, slices=(*_SLICES, "stage"), counter="comment_quality",
        source="forward moves with a done client action within rules.evidence_workdays working days ÷ forward moves by people; where "
        "the exit criterion of the stage left names kinds of actions, one of these; tasks do not count",
    ),
    _moves("moves_skipped", _ahead, "skipped", "lower", "moves_forward", "forward moves past an ordered stage ÷ forward moves"),
    _moves("moves_rework", _between, "back", "lower", "moves_forward", "moves back ÷ moves forward and back"),
    _trace("algorithm_followed", "follows", "higher",
           "closed deals that went through the stages in order, none skipped, none returned to, with the demanded actions ÷ closed deals"),
    _trace("algorithm_skips", "skips", "lower", "closed deals that passed over a stage or did not begin with the first ÷ closed deals"),
    _trace("algorithm_backs", "backs", "lower", "closed deals that returned to an earlier stage ÷ closed deals"),
    _trace("algorithm_unproven", "unproven", "lower",
           "closed deals that left a stage without the action its exit criterion demands ÷ closed deals", (*ACTIONS, "stages.exit_criterion=kinds")),
)
