"""Which stage moves have an action with the client behind them."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from audit.metrics import worktime
from audit.metrics.bases import NATURAL, Bases
from audit.metrics.ladder import lies_in
from audit.metrics.moves import acted, people_moves
from audit.metrics.shape import yes

ACTIONS = ("activities.entity_id", "activities.done_at|activities.started_at")


def actions(bases: Bases) -> ir.Table:
    """One row a deal and working day with a done action with the client: `_deal`, `_day`, 0/1 `_<kind>` of every demanded kind.

    Tasks are notes to oneself and prove nothing. An action noted on the client counts for each of the client's deals.
    """
    both = bases.rows_of(acted)
    both = both.filter((both.kind != "task").fill_null(True))
    both = worktime.counted(both, bases, "at", "_day").filter(lambda t: t._day.notnull())
    kinds = {f"_{kind}": yes(both.kind == kind).max() for kind in demanded(bases)}
    return both.group_by("_deal", "_day").agg(_any=both.count(), **kinds)


def demanded(bases: Bases) -> list[str]:
    """Kinds of actions that exit criteria name."""
    return sorted({kind for stage in bases.stages.all for kind in stage.demands})


def proven(bases: Bases) -> ir.Table:
    """Forward moves by people with `evidenced`: a done action with the client within rules.evidence_workdays of it.

    Where the exit criterion of the stage left names kinds of actions, one of these; `is_bound` marks such moves.
    """
    t = bases.rows_of(people_moves)
    t = worktime.counted(t.filter(t.forward == 1), bases, "at", "_day")
    side = bases.rows_of(actions)
    near = bases.client.rules.evidence_workdays
    names = ["_any", *(f"_{kind}" for kind in demanded(bases))]
    spread = ibis.union(*(side.select(_d="_deal", _n=side._day + step, **{name: side[name] for name in names})
                          for step in range(-near, near + 1))) if near else side.rename(_d="_deal", _n="_day")
    spread = spread.group_by("_d", "_n").agg(**{name: spread[name].max() for name in names})
    t = t.left_join(spread, [t.deal_id == spread._d, t._day == spread._n]).drop("_d", "_n")
    bound = [((t.prev_stage == s.name) & lies_in(t.pipeline, s.pipeline, bases),
              ibis.or_(*(t[f"_{kind}"] == 1 for kind in s.demands))) for s in bases.stages.all if s.demands and s.semantic == "open"]
    seen = ibis.cases(*bound, else_=t._any.notnull()) if bound else t._any.notnull()
    is_bound = ibis.or_(*(condition for condition, _ in bound)) if bound else ibis.literal(False)
    kept = [name for name in t.columns if name in (*NATURAL, "deal_id", "at")]
    return t.select(*kept, evidenced=yes(seen), is_bound=is_bound.fill_null(False))
