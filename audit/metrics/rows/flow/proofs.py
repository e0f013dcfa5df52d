"""Which stage moves have an action with the client behind them."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import NATURAL, Bases, worktime
from audit.metrics.bases.shape import yes
from audit.metrics.rows.flow.ladder import lies_in
from audit.metrics.rows.flow.moves import acted, people_moves

ACTIONS = ("activities.entity_id", "activities.done_at|activities.started_at")


def demanded(bases: Bases) -> list[str]:
    """Kinds of actions that exit criteria name."""
    return sorted({kind for stage in bases.stages.all for kind in stage.demands})


def _seen(bases: Bases) -> ir.Table:
    """One row a deal and working day of a move with a done action with the client near it: `_d`, `_n`, 0/1 `_any` and `_<kind>` of every demanded kind.

    Tasks are notes to oneself and prove nothing. An action noted on the client counts for each of the client's deals.
    """
    both = bases.rows_of(acted, light=True)
    both = worktime.counted(both.filter((both.kind != "task").fill_null(True)), bases, "at", "_day")
    near, wanted = bases.client.rules.evidence_workdays, _forward(bases).select(_d="deal_id", _n="_day").distinct()
    # days are cut into spans as long as what is near a day, which so lies in one span or in two; rows meet by deal and span
    span = 2 * near + 1
    first, last = (wanted._n - near + span) // span, (wanted._n + near + span) // span
    around = ibis.union(wanted.mutate(_span=first), wanted.mutate(_span=last).filter(first != last))
    both = both.mutate(_near=(both._day + span) // span)
    found = around.inner_join(both, [around._d == both._deal, around._span == both._near])
    found = found.filter((found._day - found._n).abs() <= near)
    return found.group_by("_d", "_n").agg(_any=found.count(), **{f"_{kind}": yes(found.kind == kind).max() for kind in demanded(bases)})


def _forward(bases: Bases) -> ir.Table:
    """Forward moves by people with `_day`, the number of their working day."""
    t = bases.rows_of(people_moves)
    return worktime.counted(t.filter(t.forward == 1), bases, "at", "_day")


def proven(bases: Bases) -> ir.Table:
    """Forward moves by people with `evidenced`: a done action with the client within rules.evidence_workdays of it.

    Where the exit criterion of the stage left names kinds of actions, one of these; `is_bound` marks such moves.
    """
    t, seen = _forward(bases), bases.rows_of(_seen)
    t = t.left_join(seen, [t.deal_id == seen._d, t._day == seen._n]).drop("_d", "_n")
    bound = [((t.prev_stage == s.name) & lies_in(t.pipeline, s.pipeline, bases),
              ibis.or_(*(t[f"_{kind}"] == 1 for kind in s.demands))) for s in bases.stages.all if s.demands and s.semantic == "open"]
    held = ibis.cases(*bound, else_=t._any.notnull()) if bound else t._any.notnull()
    is_bound = ibis.or_(*(condition for condition, _ in bound)) if bound else ibis.literal(False)
    kept = [name for name in t.columns if name in (*NATURAL, "deal_id", "at", "prev_stage")]
    return t.select(*kept, evidenced=yes(held), is_bound=is_bound.fill_null(False))
