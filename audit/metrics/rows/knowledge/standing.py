"""What the data say of each technique: how often it was called for and used, by how many, and what it changes."""

from __future__ import annotations

import ibis
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.rows.knowledge import rollout, tags
from audit.stats import strata

ENOUGH, SELLERS = 10, 3  # situations and sellers from which a technique is a candidate
_ROLLED = ["technique", "rollout", "rollout_low", "rollout_high", "holds"]
STATUSES = ("draft", "candidate", "proven", "claimed", "retired")


def counts(bases: Bases) -> pd.DataFrame:
    """One row a technique, seller, stage, segment and band with counts of outcomes; see `tags.strata`."""
    keys = ["technique", "owner", "stage", "segment", "band"]
    return bases.rows(bases.rows_of(tags.strata)).sort_values(keys).reset_index(drop=True)


def compared(frame: pd.DataFrame, outcome: str, odds: bool = False) -> strata.Compared:
    """Share of `outcome` (step or won) with the technique less that without it, within strata of seller, stage, segment and
    amount: what a good seller does better anyway does not count for the technique."""
    test = strata.odds_ratio if odds else strata.risk_difference
    return test(*(frame[f"{outcome}_{name}"].to_numpy() for name in ("hits1", "n1", "hits0", "n0")))


def register(bases: Bases) -> pd.DataFrame:
    """One row a technique: kb_id, technique, `said` (status in the knowledge base), called, uses, sellers, effect with low, high
    and `units` (association, points of the next-step rate; of the win rate where no stages are known), the same of its roll-out
    (`rollout`, rollout_low, rollout_high) and `status`.

    draft → candidate (10 situations, 3 sellers) → proven (a candidate whose interval lies above 0, made of twenty
    situations that have their like with and without it, or that of its roll-out
    does, with a placebo of nothing, where the first does not lie below 0); claimed: the knowledge base calls it proven, the
    data do not; retired.
    """
    t = bases.rows_of(tags.items).filter(lambda one: tags.is_technique(one, bases))
    frame = bases.rows(t.select("kb_id", "technique", "stage", said="status")).sort_values(["technique", "kb_id"])
    told = bases.tables.has("technique_tags.at")
    frame = frame.merge(_uses(bases) if told else _unused(), on="kb_id", how="left")
    for name in ("called", "uses", "sellers"):
        frame[name] = frame[name].fillna(0).astype(int)
    found = _effects(bases) if told and not bases.lacks("technique_tags.opportunity", "deals", "technique_tags.deal_id", "technique_tags without use") else {}
    for name in ("value", "low", "high", "units"):
        frame[{"value": "effect"}.get(name, name)] = [getattr(found.get(one, strata.NOTHING), name) for one in frame["technique"]]
    known = told and not bases.lacks(*rollout.NEEDS)
    frame = frame.merge(bases.rows_of(rollout.proven) if known else pd.DataFrame(columns=_ROLLED).astype({"technique": object}), on="technique", how="left")
    frame["status"] = [_status(row) for row in frame.itertuples()]
    return frame.reset_index(drop=True)


def _uses(bases: Bases) -> pd.DataFrame:
    t = bases.rows_of(tags.situations)
    return bases.rows(t.group_by("kb_id").agg(called=t.called.sum(), uses=t.used.sum(), sellers=t.owner.nunique(where=t.called == 1)))


def _unused() -> pd.DataFrame:
    return pd.DataFrame({"kb_id": pd.Series(dtype=object), "called": pd.Series(dtype=float), "uses": pd.Series(dtype=float), "sellers": pd.Series(dtype=float)})


def _effects(bases: Bases) -> dict[str, strata.Compared]:
    frame = bases.rows_of(counts)
    outcome = "step" if frame[["step_n0", "step_n1"]].to_numpy().sum() else "won"
    return {str(name): compared(rows, outcome) for name, rows in frame.groupby("technique")}


def _status(row) -> str:
    if row.said == "retired":
        return "retired"
    candidate = row.called >= ENOUGH and row.sellers >= SELLERS
    if candidate and ((row.low > 0 and row.units >= 2 * ENOUGH) or (row.holds == 1 and not row.high < 0)):
        return "proven"
    return "claimed" if row.said == "proven" else "candidate" if candidate else "draft"


def agreement(bases: Bases) -> pd.DataFrame:
    """Situations that a person and a rule or model both tagged: counts by (human, machine) verdict on the use, 0/1."""
    t = bases.rows_of(tags.situations).filter(lambda one: one.object_id.notnull() & (one.called == 1))
    keys = {"kb_id": t.kb_id, "object": t.object.fill_null(""), "object_id": t.object_id}
    human = t.filter(t.tagged_by == "human").group_by(**keys).agg(human=ibis._.used.max())
    machine = t.filter(t.tagged_by.isin(["rule", "model"])).group_by(**keys).agg(machine=ibis._.used.max())
    both = human.inner_join(machine, ["kb_id", "object", "object_id"])
    return bases.rows(both.group_by("human", "machine").agg(n=both.count(), one=yes(both.human == both.machine).sum()))
