"""Moves of deals from stage to stage, one row a move, made once from the visits."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import dated, yes
from audit.metrics.rows.flow.ladder import lies_in, lines

_KEPT = ("deal_id", "client", "pipeline", "stage", "rank", "semantic", "prev_stage", "prev_rank", "prev_semantic", "prev_pipeline",
         "at", "first", "by_robot", "is_truncated", "is_unseen", "owner", "team", "deal_owner", "deal_team", "deal_created_at",
         "deal_closed_at", "deal_semantic", "source", "channel", "segment", "region", "product", "industry", "is_repeat", "amount_base")
NEEDS = ("stage_history.entered_at", "stage_history.to_stage", "stages.ord", "deals.semantic")


def moves(bases: Bases) -> ir.Table:
    """One row a recorded entry of a deal into a stage, and one a closing that the history has no record of.

    `owner` and `team` are of the person who moved it (rule: credit at the time), `deal_owner` of its owner now. 0/1 each:
    `entry` (the deal's first stage), `forward` (a later stage of the pipeline or winning), `back`, `skipped` (forward past
    an ordered stage), `lost`, and `late` (in the last `rules.week_end_hours` of the working week or after it).
    """
    v = bases.visits.mutate(client=ibis.coalesce(ibis._.client_id, ibis._.deal_id), deal_owner=ibis._.owner, deal_team=ibis._.team)
    entered = v.mutate(at=v.entered_at, first=v.prev_semantic.isnull(), owner=v.mover, team=v.mover_team)
    last = {pipeline: len(stages) for pipeline, stages in lines(bases)}
    closed = v.filter(v.closes)
    top = [(lies_in(closed.pipeline, name, bases), number) for name, number in last.items()]
    ends = [(lies_in(closed.pipeline, s.pipeline, bases) & (closed.next_semantic == s.semantic), s.name)
            for s in bases.stages.all if s.semantic != "open"]
    named = ibis.cases(*ends, else_=closed.next_semantic) if ends else closed.next_semantic
    rank = ibis.cases(*top, else_=ibis.null("int64")) if top else ibis.null("int64")
    closed = closed.mutate(
        at=closed.left_at, first=ibis.literal(False), prev_stage=closed.stage, prev_rank=closed["rank"], prev_semantic=closed.semantic,
        prev_pipeline=closed.pipeline, semantic=closed.next_semantic, stage=named, by_robot=ibis.literal(False),
        rank=ibis.ifelse(closed.next_semantic == "won", rank, ibis.null("int64")))
    t = ibis.union(entered.select(*_KEPT), closed.filter(closed.prev_semantic == "open").select(*_KEPT))
    same = (t.pipeline == t.prev_pipeline).fill_null(True) & ~t.first & (t.prev_semantic == "open")
    ahead = same & (t["rank"] > t.prev_rank).fill_null(False) & t.semantic.isin(["open", "won"])
    return t.mutate(
        entry=yes(t.first & ~t.is_truncated & ~t.is_unseen), forward=yes(ahead),
        back=yes(same & (t.semantic == "open") & (t["rank"] < t.prev_rank)),
        skipped=yes(ahead & (t["rank"] > t.prev_rank + 1)), lost=yes(same & (t.semantic == "lost")), late=_late(t["at"], bases))


def people_moves(bases: Bases) -> ir.Table:
    """Moves made by people, robots left out."""
    t = bases.rows_of(moves)
    return t.filter(~t.by_robot)


def acted(bases: Bases) -> ir.Table:
    """One row an action done by a person and a deal it is of: `_deal`, kind, `at`; noted on the client, it is of each of its deals."""
    a = bases.activities
    a = a.filter(a.done_at.notnull() & ~a.is_auto)
    direct = a.filter((a.entity == "deal").fill_null(True) & a.entity_id.notnull()).select(_deal="entity_id", kind="kind", at="done_at")
    if not bases.tables.has("deals.client_id", "activities.entity"):
        return direct
    own = bases.deals.filter(bases.deals.client_id.notnull()).select(_id="deal_id", _client="client_id")
    noted = a.filter(a.entity == "client").mutate(_of=ibis.coalesce(ibis._.client_id, ibis._.entity_id))
    return ibis.union(direct, noted.inner_join(own, noted._of == own._client).select(_deal="_id", kind="kind", at="done_at"))


def _late(at: ir.Value, bases: Bases) -> ir.Value:
    """1 in the last hours of the working week and until the next begins; empty for a mere date."""
    hours, week = bases.client.working_hours, ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    last = max(week.index(day) for day in hours.days)
    closing = int(hours.end[:2]) * 3_600 + int(hours.end[3:]) * 60
    begins = last * 86_400 + closing - int(bases.client.rules.week_end_hours * 3_600)
    # 1970-01-01 was a Thursday
    second = (at.epoch_seconds().cast("int64") + 3 * 86_400) % (7 * 86_400)
    return ibis.ifelse(dated(at), ibis.null("int8"), yes(second >= begins))
