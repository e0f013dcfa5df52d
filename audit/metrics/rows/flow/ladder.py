"""Pipelines as ordered stages, and how rows of a stage are named in VALUES."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.bases.stages import Stage
from audit.metrics.count import cells
from audit.metrics.declare.metric import Ask


def cut(ask: Ask) -> list[tuple[str, ...]]:
    """Slices of deals that are asked for within each stage."""
    plain = [tuple(name for name in one if name not in ("stage", "pipeline")) for one in ask.slices]
    return list(dict.fromkeys(one for one in plain if one))


def lines(bases: Bases) -> list[tuple[str | None, list[Stage]]]:
    """(pipeline, its ordered open stages), pipelines without any left out."""
    found = [(pipeline, bases.stages.open_ones(pipeline)) for pipeline in bases.stages.pipelines]
    return [(pipeline, stages) for pipeline, stages in found if stages]


def keys(bases: Bases, pipeline: str | None, stage: str, by: str = "", group: str = "") -> dict[str, str]:
    """`by` and `group` of a stage row: the pipeline is named where there are several."""
    names, labels = ["stage"], [stage]
    if len(lines(bases)) > 1:
        names, labels = ["pipeline", *names], [pipeline or cells.EMPTY, *labels]
    if by:
        names, labels = [by, *names], [group, *labels]
    return {"by": "×".join(names), "group": " × ".join(labels)}


def of_pipeline(table: ir.Table, pipeline: str | None, bases: Bases) -> ir.Table:
    """Rows of one pipeline; with a single pipeline of no name all rows are its."""
    return table.filter(lies_in(table.pipeline, pipeline, bases))


def lies_in(column: ir.Value, pipeline: str | None, bases: Bases) -> ir.BooleanValue:
    """Whether a row's pipeline is this one; with a single pipeline of no name it always is."""
    if pipeline is None:
        return ibis.literal(True) if len(bases.stages.pipelines) == 1 else column.isnull()
    return column == pipeline
