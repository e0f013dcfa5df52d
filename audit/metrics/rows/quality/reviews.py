"""Bases of reviews by checklist: scored reviews, what they were of, blocks and items."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import frames
from audit.metrics.bases.people import with_person
from audit.metrics.bases.shape import told_beside, yes
from audit.metrics.declare.rules import rules

if TYPE_CHECKING:
    import pandas as pd

    from audit.metrics.bases import Bases

NEEDS = ("qa_reviews.reviewed_at", "qa_reviews.score", "qa_reviews.max_score")
RANDOM = (*NEEDS, "qa_reviews.sampling", "qa_reviews.sampling=random")
DEALS = (*NEEDS, "qa_reviews.sampling", "qa_reviews.object=deal")


def items(bases: Bases) -> ir.Table:
    """One row a scored item that applied, at `as_of`: its review, `got` and `best` (points × weight), `is_failed` for a critical
    item short of its best, owner, team, reviewer, version, and `unit`: what was reviewed, whoever reviewed it."""
    t = bases.full("qa_reviews")
    t = t.filter((t.reviewed_at < ibis.literal(bases.end)) & ~t.is_na.fill_null(False) & t.score.notnull() & (t.max_score > 0))
    t = _whose(t.mutate(object=t.object.fill_null("call")))
    weight = t.weight.fill_null(1.0)
    version = ibis.coalesce(t.checklist_id + " " + t.checklist_version, t.checklist_version, t.checklist_id)
    kind, person = t.object, t.user_id.fill_null("")
    t = t.mutate(got=weight * t.score, best=weight * t.max_score, part=t.score / t.max_score, version=version,
                 is_failed=(t.is_critical & (t.score < t.max_score)).fill_null(False), reviewer_id=t.reviewer_id.fill_null(""),
                 unit=kind + "|" + ibis.coalesce(t.object_id, "review " + t.review_id) + "|" + person)
    return with_person(t, bases)


def _whose(t: ir.Table) -> ir.Table:
    """`t` with what a reviewer left empty: the seller, where the other reviews of the same thing name one alone, and the review's id."""
    same = ibis.window(group_by=[t.object, t.object_id])
    one = (t.user_id.min().over(same) == t.user_id.max().over(same)) & t.object_id.notnull()
    t = t.mutate(user_id=ibis.coalesce(t.user_id, ibis.ifelse(one, t.user_id.max().over(same), ibis.null("string"))))
    said = [t.object, t.object_id.fill_null(""), t.user_id.fill_null(""), t.reviewer_id.fill_null(""), t.reviewed_at.cast("string")]
    return t.mutate(review_id=ibis.coalesce(t.review_id, ibis.literal("|").join(said)))


def scored(bases: Bases) -> ir.Table:
    """One row a review: `at`, unit, object, object_id, sampling, user, version, reviewer, `score` 0–100, `failed` (0/1).

    Score = 100 × Σ weight × points ÷ Σ weight × best points over items that applied; a failed critical item caps it.
    """
    t = bases.rows_of(items)
    cap = float(bases.client.rules.critical_fail_cap)
    first = {name: t[name].min() for name in ("unit", "object", "object_id", "sampling", "user_id", "owner", "team", "version", "reviewer_id")}
    t = t.group_by("review_id").agg(at=t.reviewed_at.min(), got=t.got.sum(), best=t.best.sum(), failed=yes(t.is_failed).max(), **first)
    t = t.filter(t.best > 0)
    score = 100.0 * t.got / t.best
    t = t.mutate(score=ibis.ifelse(t.failed > 0, ibis.least(score, cap), score).round(6))
    if bases.tables.has("users"):
        side = bases.users.select(_user="user_id", reviewer="owner")
        t = told_beside(t, side, "reviewer_id")
        return t.mutate(reviewer=ibis.coalesce(t.reviewer, t.reviewer_id))
    return t.mutate(reviewer=t.reviewer_id)


def units(bases: Bases) -> ir.Table:
    """One row a thing reviewed and a way of choosing it: the mean score of its reviewers (two digits finer than theirs: a half is
    rounded by no two engines alike), the first review's time."""
    t = bases.rows_of(scored)
    first = {name: t[name].min() for name in ("object", "object_id", "user_id", "owner", "team", "version")}
    return t.group_by("unit", "sampling").agg(at=t["at"].min(), score=t.score.mean().round(8), failed=t.failed.max(), **first)


def things(bases: Bases) -> ir.Table:
    """One row a thing reviewed, however it was chosen: the number of people among its reviewers, the first review's time."""
    t = bases.rows_of(scored)
    first = {name: t[name].min() for name in ("object", "user_id", "owner", "team", "version")}
    return t.group_by("unit").agg(at=t["at"].min(), reviewers=t.reviewer_id.nunique(where=~by_model(t, bases)), **first)


def answered(bases: Bases) -> ir.Table:
    """Calls that somebody answered; where nothing tells it, all that were held."""
    a = bases.activities
    return a.filter(a.kind.isin(["call_out", "call_in"]) & a.done_at.notnull() & ~a.is_auto & a.is_answered.fill_null(True))


def calls(bases: Bases) -> ir.Table:
    """One row an action on record that somebody reviewed: `_call`, its kind (`talk`), entity, entity_id, `called`, seconds, recorded (0/1)."""
    a = bases.activities
    a = a.select(_call="activity_id", talk="kind", entity="entity", entity_id="entity_id", called="done_at", seconds="duration_s", recorded=yes(a.record_url.notnull()))
    seen = bases.rows_of(units).filter(lambda t: t.object_id.notnull()).select(_object="object_id").distinct()
    return a.inner_join(seen, a._call == seen._object).drop("_object").distinct(on="_call", keep="first")


def heard(bases: Bases) -> ir.Table:
    """`units` with the kind of action that was reviewed (`talk`) and the `source` of the deal or lead it was about, empty where neither is on record."""
    t, none = bases.rows_of(units), ibis.null("string")
    if bases.lacks("qa_reviews.object_id", "activities.kind"):
        return t.mutate(talk=none, source=none)
    c = bases.rows_of(calls).mutate(source=none)
    for name, key in (("deals", "deal_id"), ("leads", "lead_id")):
        if bases.tables.has(f"{name}.{key}", f"{name}.source", "activities.entity_id"):
            table = bases.deals if name == "deals" else bases.leads
            side = table.select(_unit=key, _source="source")
            c = c.left_join(side, (c.entity_id == side._unit) & (c.entity == name[:-1]))
            c = c.mutate(source=ibis.coalesce(c.source, c._source)).drop("_unit", "_source")
    return told_beside(t, c.select("_call", "talk", "source"), "object_id")


def bridged(bases: Bases) -> pd.DataFrame:
    """One row a thing scored by a version of a checklist and by the version before it: `version` and `x`, new score less old one.

    Versions follow each other by their first reviews.
    """
    import pandas as pd

    t = bases.rows_of(scored).filter(lambda t: t.version.notnull())
    frame = bases.rows(t.group_by("unit", "version").agg(score=t.score.mean().round(8), first=t["at"].min()))
    first = frame.groupby("version")["first"].min().reset_index().sort_values(["first", "version"], kind="stable")
    before = dict(zip(first["version"][1:], first["version"], strict=False))
    scores = {(row.unit, row.version): row.score for row in frame.itertuples()}
    rows = [(unit, version, score - scores[unit, before[version]]) for (unit, version), score in sorted(scores.items())
            if version in before and (unit, before[version]) in scores]
    return pd.DataFrame(rows, columns=["unit", "version", "x"])


def parts(bases: Bases) -> ir.Table:
    """One row a thing reviewed, a block and an item: `part`, the mean share of the best points, and `got`, `best` of its reviewers."""
    t = bases.rows_of(items)
    first = {name: t[name].min() for name in ("object", "user_id", "owner", "team", "version")}
    return t.group_by("unit", "sampling", "block", item=t.item_id).agg(
        at=t.reviewed_at.min(), part=t.part.mean().round(6), got=t.got.mean(), best=t.best.mean(), **first)


def blocks(bases: Bases) -> ir.Table:
    """One row a thing reviewed and a block: its score 0–100, critical items as plain ones."""
    t = bases.rows_of(parts).filter(lambda t: t.block.notnull())
    first = {name: t[name].min() for name in ("object", "user_id", "owner", "team", "version")}
    t = t.group_by("unit", "sampling", "block").agg(at=t["at"].min(), got=t.got.sum(), best=t.best.sum(), **first)
    return t.filter(t.best > 0).mutate(score=lambda t: (100.0 * t.got / t.best).round(6))


def scripted(bases: Bases) -> ir.Table:
    """One row a conversation, letter or visit chosen at random whose checklist asks about the script: `kept`, the share of these items with full points.

    They are those whose block, else item, else checklist is called so (`script` in rules.yml).
    """
    t = bases.rows_of(parts)
    t = t.filter(talks(t, bases))
    for name in ("block", "item", "version"):
        mine = t.filter(t[name].isin(_called(t, name, bases)))
        if bases.tables.backend.to_pyarrow(mine.count()).as_py():
            break
    first = {name: mine[name].min() for name in ("object", "user_id", "owner", "team", "version")}
    return mine.group_by("unit").agg(at=mine["at"].min(), kept=yes(mine.part >= 1).mean().round(8), **first)


def _called(t: ir.Table, name: str, bases: Bases) -> list[str]:
    """Names in a column by which the script is known."""
    known = bases.rows(t.select(name).distinct())[name].dropna()
    return sorted(known[frames.says(known, rules()["script"])]) or [""]


def by_model(t: ir.Table, bases: Bases) -> ir.BooleanValue:
    """Reviews that a model made: its reviewer is a system user, or is called model or ai."""
    said = t.reviewer_id.lower().isin(["model", "ai"])
    if not bases.tables.has("users.is_system"):
        return said
    robots = [row.user_id for row in bases.rows(bases.users.filter(bases.users.is_system.fill_null(False)).select("user_id")).itertuples()]
    return said | t.reviewer_id.isin(robots) if robots else said


def talks(t: ir.Table, _: Bases) -> ir.BooleanValue:
    """Conversations, letters and visits chosen at random."""
    return ~t.object.isin(["deal", "lead"]) & (t.sampling == "random")


def targeted(t: ir.Table, _: Bases) -> ir.BooleanValue:
    """Conversations, letters and visits chosen because of something."""
    return ~t.object.isin(["deal", "lead"]) & (t.sampling == "targeted")


def handled(t: ir.Table, _: Bases) -> ir.BooleanValue:
    """Deals chosen at random."""
    return (t.object == "deal") & (t.sampling == "random")


def rechecked(t: ir.Table, _: Bases) -> ir.BooleanValue:
    """Closed leads chosen at random for a blind second look."""
    return (t.object == "lead") & (t.sampling == "random")
