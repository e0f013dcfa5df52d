"""Which open deals stand in their stage longer than winners did."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import days
from audit.metrics.count import cells
from audit.metrics.rows.flow import bands
from audit.stats import intervals

_FEW_WINNERS = 10  # below it a stage's own P90 says nothing and stages are pooled


def norms(bases: Bases) -> dict[tuple[str | None, str], float]:
    """(pipeline, stage) → days that nine of ten later winners did not exceed there, or the stage's own max_days."""
    v = bases.visits
    past = v.filter((v.semantic == "open") & (v.deal_semantic == "won") & v.left_at.notnull() & ~v.is_unseen)
    past = past.mutate(_days=days(past.entered_at, past.left_at))
    sums = {"_rows": past.count(), "_x": cells.exact_days(past._days)}
    part = cells.collect(bases, past, "", [("pipeline", "stage")], (), sums, {"_bin": cells.duration_bin(past._days)}, 200)[0]
    pooled = _p90(part, part.by == "")
    found = {}
    for stage in bases.stages.all:
        if stage.semantic == "open":
            mine = (part.by != "") & (part.group == f"{stage.pipeline or cells.EMPTY} × {stage.name}")
            enough = part.sums["_rows"][mine].sum() >= _FEW_WINNERS
            limit = stage.max_days if stage.max_days is not None else _p90(part, mine) if enough else pooled
            if limit == limit:
                found[stage.pipeline, stage.name] = limit
    return found


def _p90(part: cells.Rolled, rows: np.ndarray) -> float:
    counted = part.sums["_rows"][rows]
    if not counted.sum():
        return float("nan")
    inside = part.sums["_x"][rows] / counted
    return float(intervals.quantile(np.zeros(len(counted)), inside, counted, 0.9)[0][0])


def standing(bases: Bases) -> ir.Table:
    """One row an open deal in its present stage, with `is_stuck` and the `band` of its amount; where its entry was not seen, it stands there at least so long."""
    v = bases.visits
    now = v.filter((v.deal_semantic == "open") & v.left_at.isnull())
    now = now.mutate(band=bands.band(now.amount_base, bases))
    age = days(now.entered_at, ibis.literal(bases.end))
    pairs = []
    for (pipeline, stage), limit in bases.rows_of(norms).items():
        same = (now.stage == stage) & (now.pipeline.isnull() if pipeline is None else now.pipeline == pipeline)
        pairs.append((same & (age > limit), True))
    return now.mutate(is_stuck=ibis.cases(*pairs, else_=False) if pairs else ibis.literal(False))
