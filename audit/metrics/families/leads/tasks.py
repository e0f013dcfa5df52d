"""Tasks that are there to calm a counter: what to look at beside lost deals, M01."""

from __future__ import annotations

import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.metric import Metric


def tasks(bases: Bases) -> ir.Table:
    """One row a task of a person."""
    t = bases.activities
    return t.filter((t.kind == "task") & ~t.is_auto)


def _is_done(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return t.done_at.notnull() & t.created_at.notnull()


def _instant(t: ir.Table, b: Bases) -> ir.Value:
    return yes(t.done_at.epoch_seconds() - t.created_at.epoch_seconds() <= b.client.rules.instant_task_seconds)


def _is_told(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return t.reschedules.notnull()


def _moved_on(t: ir.Table, b: Bases) -> ir.Value:
    return yes(t.reschedules >= b.client.rules.reschedules)


METRICS = (
    Metric(
        id="tasks_instant_share", card="M01", kind="share", unit="share", better="lower", basis="period", table="activities",
        rows=tasks, at="done_at", needs=("activities.kind", "activities.created_at", "activities.done_at"), where=_is_done,
        numerator=_instant, denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=("owner", "team"), counter="",
        source="tasks done within rules.instant_task_seconds of their creation ÷ tasks done",
    ),
    Metric(
        id="tasks_rescheduled_share", card="M01", kind="share", unit="share", better="lower", basis="cohort", table="activities",
        rows=tasks, at="created_at", needs=("activities.kind", "activities.reschedules"), where=_is_told, numerator=_moved_on,
        denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=("owner", "team"), counter="tasks_instant_share",
        source="tasks moved rules.reschedules times or more ÷ tasks of which the number of moves is known",
    ),
)
