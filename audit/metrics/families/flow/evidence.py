"""Evidence behind stage moves, and whether deals follow the agreed order of stages: M19."""

from __future__ import annotations

import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import cells
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Metric, Row
from audit.metrics.rows.flow.moves import NEEDS, people_moves
from audit.metrics.rows.flow.proofs import ACTIONS, proven
from audit.metrics.rows.flow.traces import RULES, faults, traces

_SLICES = ("owner", "team", "segment", "is_repeat", "pipeline")


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


def _by_rule(bases: Bases) -> pd.DataFrame:
    """One row a rule, pipeline and stage: deals that broke it there, and what part they are of the closed deals of the pipeline; most first."""
    t, whole = bases.rows_of(faults), bases.rows_of(traces)
    frame = cells.labelled(bases, t, ("pipeline", "stage"), lambda keys: t.group_by("rule", **keys).agg(deals=t.count()))
    of = cells.labelled(bases, whole, ("pipeline",), lambda keys: whole.group_by(**keys).agg(of=whole.count()))
    frame = frame.merge(of, on="pipeline")
    frame = frame.assign(share=(frame["deals"] / frame["of"]).round(4), _rule=frame["rule"].map(RULES.index))
    return frame.sort_values(["deals", "_rule", "pipeline", "stage"], ascending=[False, True, True, True], kind="stable")


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
    Metric(
        id="algorithm_faults", card="M19", kind="count", unit="count", better="lower", basis="closing", table="deals", rows=faults, at="at", needs=NEEDS,
        where=None, numerator=one, denominator=None, compute=None, matures_days=0, min_n=MIN_N,
        slices=("rule", "stage", "rule×stage", *_SLICES, "owner×rule"), counter="algorithm_followed",
        source="closed deals × rules × stages at which they broke one: a stage passed over, a stage gone back from, a stage left without the action its "
               "exit criterion demands; a deal counts once a rule and stage",
    ),
)
LISTINGS = (
    Listing(id="algorithm_faults", card="M19", needs=NEEDS, columns=("rule", "pipeline", "stage", "deals", "of", "share"), rows=_by_rule,
            source="closed deals whose history is whole that broke a rule of the algorithm at a stage, of all such deals of the pipeline, most first"),
)
