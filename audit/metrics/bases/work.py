"""Bases of the work itself: stage visits and actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import shape

if TYPE_CHECKING:
    from audit.metrics.bases import Bases
    from audit.metrics.bases.stages import Stages

_CARRIED = ("owner", "team", "source", "channel", "segment", "region", "product", "industry", "is_repeat", "amount_base", "client_id")


def visits(bases: Bases) -> ir.Table:
    """One row a visit of a deal to a stage; a closed deal leaves its last open stage when it closes.

    `is_truncated` marks a deal's first known record when earlier ones are not known; `is_unseen` one of these whose
    entry nobody recorded: the deal stood there when it was first looked at. `rank` is the stage's place in its
    pipeline, `prev_…` and `next_…` are of the visit before and after; `mover` moved the deal here, `by_robot` if no person. `closes`: the deal closed
    from here without a record of its own.
    """
    end, none = ibis.literal(bases.end), ibis.null("timestamp(6)")
    history = bases.full("stage_history")
    history = history.filter(((history.entity == "deal") | history.entity.isnull()) & (history.entered_at < end))
    stages = bases.stages
    deals = bases.deals
    # what is sorted is narrow: the deal's own columns come afterwards
    home = deals.select(_deal="deal_id", _pipeline="pipeline_id").distinct()
    rows = history.inner_join(home, history.entity_id == home._deal)
    pipeline = ibis.coalesce(rows.pipeline_id, rows._pipeline)
    rows = rows.select("entity_id", "to_stage", "entered_at", "left_at", "changed_by", "is_truncated", "origin", pipeline=pipeline)
    rows = rows.mutate(ord=stages.column(rows.pipeline, rows.to_stage, "ord"), code=rows.to_stage.fill_null(""))
    window = ibis.window(group_by=rows.entity_id, order_by=[rows.entered_at, rows.ord.fill_null(0), rows.to_stage])
    # codes alone are taken from the visits beside, and what the stages say of them comes afterwards
    rows = rows.mutate(next_at=rows.entered_at.lead().over(window), **{
        f"{place}_{name}": getattr(rows[name], how)().over(window) for place, how in (("next", "lead"), ("prev", "lag")) for name in ("code", "pipeline")})
    rows = rows.mutate(**_told(rows, stages, "", ("stage", "semantic", "max_days", "rank")), **_told(rows, stages, "next_", ("ord", "semantic", "rank")),
                       **_told(rows, stages, "prev_", ("stage", "semantic", "rank")))
    carried = {name: deals[name] for name in _CARRIED}
    side = deals.select(_deal="deal_id", deal_semantic="semantic", deal_closed_at="closed_at", deal_created_at="created_at", **carried)
    rows = rows.inner_join(side, rows.entity_id == side._deal)
    left = ibis.coalesce(rows.next_at, ibis.ifelse(rows.left_at < end, rows.left_at, none))
    closes = left.isnull() & rows.deal_closed_at.notnull()
    rows = rows.mutate(
        deal_id=rows.entity_id, closes=closes, is_truncated=rows.is_truncated.fill_null(False),
        is_unseen=(rows.is_truncated & (rows.origin == "snapshot_diff")).fill_null(False),
        left_at=ibis.ifelse(closes, ibis.greatest(rows.deal_closed_at, rows.entered_at), left),
        next_semantic=ibis.ifelse(closes, rows.deal_semantic, rows.next_semantic),
    )
    return _moved(rows, bases).select(
        "deal_id", "pipeline", "stage", "ord", "rank", "semantic", "max_days", "entered_at", "left_at", "next_ord", "next_rank",
        "next_semantic", "next_pipeline", "closes", "prev_rank", "prev_semantic", "prev_pipeline", "prev_stage", "deal_semantic",
        "deal_closed_at", "deal_created_at", "is_truncated", "is_unseen", "mover", "mover_team", "by_robot", *_CARRIED)


def _told(rows: ir.Table, stages: Stages, place: str, names: tuple[str, ...]) -> dict[str, ir.Value]:
    """What the stages say of the visit at `place`: itself (""), the one before ("prev_") or after ("next_"); nothing where there is none."""
    pipeline, code = rows[f"{place}pipeline"], rows[f"{place}code"].nullif("")
    said = {name: stages.label(pipeline, code) if name == "stage" else stages.column(pipeline, code, name) for name in names}
    said["semantic"] = ibis.ifelse(rows[f"{place}code"].notnull(), ibis.coalesce(said["semantic"], "open"), None)
    return {f"{place}{name}": value for name, value in said.items()}


def _moved(rows: ir.Table, bases: Bases) -> ir.Table:
    """Who entered the deal into the stage: `changed_by`, else its owner now."""
    if not bases.tables.has("users.user_id", "stage_history.changed_by"):
        return rows.mutate(mover=ibis.coalesce(rows.changed_by, rows.owner), mover_team=rows.team, by_robot=ibis.literal(False))
    side = bases.users.select(_user="user_id", _who="owner", _team="team", _robot="is_system")
    rows = rows.left_join(side, rows.changed_by == side._user)
    return rows.mutate(mover=ibis.coalesce(rows._who, rows.changed_by, rows.owner), by_robot=rows._robot.fill_null(False),
                       mover_team=ibis.ifelse(rows.changed_by.isnull(), rows.team, rows._team))


def activities(bases: Bases) -> ir.Table:
    """One row an action known at the end of the as-of day, with the seller's owner and team."""
    end, none = ibis.literal(bases.end), ibis.null("timestamp(6)")
    table = bases.full("activities")
    table = table.filter(table.created_at.isnull() | (table.created_at < end))
    done = ibis.coalesce(table.done_at, ibis.ifelse(table.kind == "task", none, table.started_at))
    table = table.mutate(done_at=ibis.ifelse(done < end, done, none), is_auto=table.is_auto.fill_null(False))
    if bases.tables.has("users", "activities.owner_id"):
        side = bases.users.select(_user="user_id", owner="owner", team="team")
        return shape.told_beside(table, side, "owner_id", lambda table: {"owner": ibis.coalesce(table.owner, table.owner_id)})
    return table.mutate(owner=table.owner_id, team=ibis.null("string"))
