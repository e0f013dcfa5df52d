"""Moves of the reported months and what each changed of the chance to win."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.count import periods
from audit.metrics.rows.flow.moves import people_moves
from audit.metrics.rows.flow.reach import chances, worth


def reported_from(bases: Bases) -> dt.datetime:
    """Progress is shown from this day on; what a stage is worth is learnt from the time before it."""
    number = periods.number(bases.as_of, "month") - bases.client.rules.progress_months + 1
    return dt.datetime.combine(periods.start(number, "month"), dt.time())


def trained(bases: Bases) -> dict[tuple[str | None, str], float]:
    """P(win | reached the stage) by what was known before the reported months."""
    return chances(bases, reported_from(bases))


def steps(bases: Bases) -> ir.Table:
    """Moves by people in the reported months with `gain`: the chance to win after the move less the chance before it."""
    t, found = bases.rows_of(people_moves), bases.rows_of(trained)
    t = t.filter((t["at"] >= ibis.literal(reported_from(bases))) & ~(t.first & (t.is_truncated | t.is_unseen)))

    def valued(semantic: ir.Value, pipeline: ir.Value, stage: ir.Value) -> ir.Value:
        return ibis.cases((semantic == "won", 1.0), (semantic == "lost", 0.0), else_=worth(pipeline, stage, found, bases))

    before = ibis.ifelse(t.first, 0.0, valued(t.prev_semantic, t.prev_pipeline, t.prev_stage))
    t = t.mutate(gain=valued(t.semantic, t.pipeline, t.stage) - before)
    return t.filter(t.gain.notnull())
