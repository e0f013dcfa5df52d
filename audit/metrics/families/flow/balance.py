"""Whether what is in work agrees with what came and went: M15."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import days
from audit.metrics.declare.common import MIN_N, deals, one
from audit.metrics.declare.metric import Metric, Row
from audit.metrics.rows.flow.moves import NEEDS, moves

_SLICES = ("owner", "team", "pipeline", "segment")
_DATED = ("deals.semantic", "deals.created_at", "deals.closed_at|deals.won_at")


def came(t: ir.Table) -> ir.BooleanValue:
    """Into work: a deal's first open stage, or an open stage after it was closed."""
    return (t.semantic == "open") & (t.first | t.prev_semantic.isin(["won", "lost"]).fill_null(False))


def went(t: ir.Table) -> ir.BooleanValue:
    """Out of work: from an open stage to winning or losing."""
    return t.semantic.isin(["won", "lost"]) & (t.prev_semantic == "open").fill_null(False)


def flows(bases: Bases) -> ir.Table:
    """Moves into work and out of it by the history, credited to the deal's owner."""
    t = bases.rows_of(moves)
    t = t.filter(came(t) | went(t))
    return t.select("at", "pipeline", "segment", owner=t.deal_owner, team=t.deal_team, step=ibis.ifelse(came(t), 1, -1))


def ledger(bases: Bases) -> ir.Table:
    """What deals say of work (+1 created, −1 closed) and, with the other sign, what their history says."""
    names = ("at", "owner", "team", "pipeline", "segment", "step")
    d = bases.deals
    born = d.mutate(at=d.created_at, step=ibis.literal(1, "int64"))
    dead = d.filter(d.semantic != "open").mutate(at=ibis.greatest(d.closed_at, ibis.coalesce(d.created_at, d.closed_at)), step=ibis.literal(-1, "int64"))
    told = bases.rows_of(flows)
    told = told.mutate(step=-told.step.cast("int64"))
    return ibis.union(born.select(*names), dead.select(*names), told.select(*names))


def _in(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return t.step == 1


def _out(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return t.step == -1


def _begins(bases: Bases) -> ir.Value:
    start = max(bases.end - dt.timedelta(days=bases.client.rules.flow_days), dt.datetime.combine(bases.first_day, dt.time()))
    return ibis.literal(start).cast("timestamp(6)")


def _open_days(t: ir.Table, b: Bases) -> ir.Value:
    """Days of the window during which the deal was in work."""
    until = ibis.coalesce(t.closed_at, ibis.literal(b.end).cast("timestamp(6)"))
    return ibis.greatest(days(ibis.greatest(t.created_at, _begins(b)), until), 0.0)


def _closed_days(t: ir.Table, b: Bases) -> ir.Value:
    """The whole duration of a deal that closed in the window, else nothing."""
    return ibis.ifelse((t.closed_at >= _begins(b)).fill_null(False), ibis.greatest(days(t.created_at, t.closed_at), 0.0), 0.0)


def _born(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return t.created_at.notnull()


def _count(metric_id: str, where: Row, counter: str, source: str) -> Metric:
    return Metric(
        id=metric_id, card="M15", kind="count", unit="count", better="neutral", basis="period", table="deals", rows=flows, at="at",
        needs=NEEDS, where=where, numerator=one, denominator=None, compute=None, matures_days=0, min_n=MIN_N, slices=_SLICES,
        counter=counter, source=source,
    )


METRICS = (
    _count("work_came", _in, "flow_residual", "deals that entered their first open stage, or an open stage after closing, by the history"),
    _count("work_went", _out, "flow_residual", "deals that left the open stages by winning or losing"),
    Metric(
        id="flow_residual", card="M15", kind="figure", unit="count", better="band", basis="period", table="deals", rows=ledger, at="at",
        needs=(*NEEDS, *_DATED), where=None, numerator="step", denominator=None, compute=None, matures_days=0, min_n=MIN_N,
        slices=_SLICES, counter="deals_in_work",
        source="change of deals in work by their dates − (entries − exits by the stage history); 0 where the two agree",
    ),
    Metric(
        id="flow_little", card="M15", kind="ratio", unit="share", better="band", basis="snapshot", table="deals", rows=deals, at="",
        needs=_DATED, where=_born, numerator=_open_days, denominator=_closed_days, compute=None, matures_days=0, min_n=MIN_N,
        slices=_SLICES, counter="open_older_than_p90",
        source="mean deals in work ÷ (closings a day × mean days of a closed deal) over rules.flow_days, Little's law; over 1 work piles up",
    ),
)
