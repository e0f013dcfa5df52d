"""Items of the knowledge base, the situations in which they were called for, and what came next."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import told_beside, yes
from audit.metrics.count.cells import EMPTY
from audit.metrics.declare.common import within
from audit.metrics.rows.flow import bands

_SURE = 0.5  # confidence from which a tag says that a technique was used; a person who did not hear it writes 0
_OF_DEAL = {"segment": "string", "amount_base": "float64", "deal_semantic": "string", "deal_closed_at": "timestamp(6)"}


def items(bases: Bases) -> ir.Table:
    """One row an item of the knowledge base known at `as_of`; `technique` is a title that tells namesakes apart."""
    t = bases.each("kb_items", "kb_id")
    t = t.filter(t.created_at.isnull() | (t.created_at < ibis.literal(bases.end)))
    twins = t.group_by("title").agg(_twins=t.count())
    t = t.left_join(twins, "title").drop("title_right")
    named = ibis.ifelse(t._twins > 1, t.title + " (" + t.kb_id + ")", t.title)
    return t.mutate(technique=ibis.coalesce(named, t.kb_id), status=t.status.fill_null("draft"),
                    stage=bases.stages.label_alone(t.stage_id)).drop("_twins")


def is_live(t: ir.Table, _: Bases) -> ir.BooleanValue:
    """Items that are not retired."""
    return t.status != "retired"


def is_technique(t: ir.Table, _: Bases) -> ir.BooleanValue:
    """Items of the kind technique, or of no kind."""
    return t.kind.fill_null("technique") == "technique"


def situations(bases: Bases) -> ir.Table:
    """One row a tag: `technique`, `author_id`, owner, team, the deal's segment, amount `band` and outcome, `called` (the
    situation called for the technique) and `used` as 0/1, and the `stage` in which the deal then stood with its end
    `left_at` and whether it went `forward`."""
    t = bases.full("technique_tags")
    t = t.filter(t.at < ibis.literal(bases.end))
    side = bases.rows_of(items).select(_kb="kb_id", technique="technique", author_id="author_id")
    t = t.inner_join(side, t.kb_id == side._kb).drop("_kb")
    t = t.mutate(called=yes(t.opportunity), used=ibis.ifelse(ibis.coalesce(t.is_used, t.confidence >= _SURE, True), 1, 0))
    t = _with_people(t, bases)
    if bases.tables.has("deals", "technique_tags.deal_id"):
        d = bases.deals
        deals = d.select(_deal="deal_id", segment="segment", amount_base="amount_base", deal_semantic="semantic", deal_closed_at="closed_at")
        t = told_beside(t, deals, "deal_id")
    else:
        t = t.mutate(**{name: ibis.null(kind) for name, kind in _OF_DEAL.items()})
    return _with_stage(t.mutate(band=bands.band(t.amount_base, bases) if bases.tables.has("deals") else ibis.null("string")), bases)


def _with_people(t: ir.Table, bases: Bases) -> ir.Table:
    if not bases.tables.has("users"):
        return t.mutate(owner=t.user_id, team=ibis.null("string"))
    side = bases.users.select(_user="user_id", owner="owner", team="team", _robot="is_system")
    t = t.left_join(side, t.user_id == side._user)
    t = t.filter(~t._robot.fill_null(False))
    return t.mutate(owner=ibis.coalesce(t.owner, t.user_id)).drop("_user", "_robot")


def _with_stage(t: ir.Table, bases: Bases) -> ir.Table:
    """The visit during which each tag was set."""
    if not bases.tables.has("stage_history.entered_at", "stage_history.to_stage", "deals", "technique_tags.deal_id"):
        return t.mutate(stage=ibis.null("string"), entered_at=ibis.null("timestamp(6)"), left_at=ibis.null("timestamp(6)"), forward=0)
    v = bases.visits.filter(bases.visits.semantic == "open")
    ahead = (v.next_ord > v.ord).fill_null(False) & (v.next_semantic.fill_null("open") == "open")
    v = v.select(_visited="deal_id", stage="stage", entered_at="entered_at", left_at="left_at",
                 forward=yes(ahead | (v.next_semantic == "won")))
    inside = t.select("tag_id", "deal_id", "at").inner_join(v, t.deal_id == v._visited)
    inside = inside.filter((inside.at >= inside.entered_at) & (inside.left_at.isnull() | (inside.at < inside.left_at)))
    place = ibis.row_number().over(ibis.window(group_by=inside.tag_id, order_by=inside.entered_at))
    inside = inside.mutate(_place=place).filter(lambda one: one._place == 0)
    inside = inside.select(_tag="tag_id", stage="stage", entered_at="entered_at", left_at="left_at", forward="forward")
    return told_beside(t, inside, "tag_id")


def landmarks(bases: Bases) -> ir.Table:
    """One row a technique, deal and visit to a stage: the first situation there that called for the technique.

    `used` is told at that moment, and what follows is counted from it for a fixed time, so that a long deal has no
    more chances to have used a technique than a short one (no immortal time). `step`: the deal went forward within
    rules.technique_step_days; `won`: it was won within rules.win_days; empty while that time is not over.
    """
    t, rules, end = bases.rows_of(situations), bases.client.rules, ibis.literal(bases.end)
    t = t.filter((t.called == 1) & t.deal_id.notnull())
    order = [t["at"], yes(t.tagged_by != "human"), t.tag_id]  # a person's word before a machine's
    place = ibis.row_number().over(ibis.window(group_by=[t.kb_id, t.deal_id, t.entered_at], order_by=order))
    t = t.mutate(_place=place).filter(lambda one: one._place == 0)

    def over(days: int) -> ir.BooleanValue:
        return t["at"] + ibis.interval(days=days) < end

    moved = (t.forward == 1) & within(t["at"], t.left_at, rules.technique_step_days)
    won = (t.deal_semantic == "won") & within(t["at"], t.deal_closed_at, rules.win_days)
    blank = ibis.null("int8")
    step = ibis.ifelse(t.entered_at.notnull() & over(rules.technique_step_days), yes(moved), blank)
    # a situation tagged after the deal was closed tells nothing of what came of it
    live = t.deal_closed_at.isnull() | (t.deal_closed_at >= t["at"])
    return t.mutate(step=step, won=ibis.ifelse(t.deal_semantic.notnull() & live & over(rules.win_days), yes(won), blank))


def strata(bases: Bases) -> ir.Table:
    """One row a technique, seller, stage, segment and band of amount: counts of `landmarks` with and without it."""
    t = bases.rows_of(landmarks)
    keys = {name: t[name].fill_null(EMPTY) for name in ("technique", "owner", "stage", "segment", "band")}
    sums = {}
    for outcome in ("step", "won"):
        for used in (1, 0):
            one = (t.used == used) & t[outcome].notnull()
            sums[f"{outcome}_n{used}"] = yes(one).sum()
            sums[f"{outcome}_hits{used}"] = yes(one & (t[outcome] == 1)).sum()
    return t.group_by(**keys).agg(**sums)
