"""What share of the deals that reach a stage goes further, the undecided accounted for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import finish
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.flow.ladder import cut, keys, lines
from audit.metrics.rows.flow.reach import counted, incidence, passages, reaches
from audit.stats import intervals


def values(metric: Metric, bases: Bases, ask: Ask, only: Callable[[ir.Table, Bases], ir.BooleanValue] | None = None) -> pd.DataFrame:
    """VALUES by stage: the Aalen–Johansen incidence of going further at the end of its curve, of all deals or of those of `only`."""
    records = []
    for pipeline, stages in lines(bases):
        wide = bases.rows_of(reaches)[pipeline]
        wide = wide if only is None else wide.filter(only(wide, bases))
        for at, stage in enumerate(stages):
            frame = counted(bases, passages(wide, f"_f{at}", f"_f{at + 1}", bases.end), cut(ask))
            for (by, group), rows in frame.groupby(["by", "group"], sort=False):
                records.append(keys(bases, pipeline, stage.name, by, group) | _last(rows))
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


def _last(rows: pd.DataFrame) -> dict[str, Any]:
    """The incidence where the curve ends; NaN where nobody is decided."""
    curve = incidence(rows)
    n, went = int(rows["_rows"].sum()), int(rows["went"].sum())
    decided = went + rows["fell"].sum()
    if decided == 0:
        return {"value": np.nan, "n": n}
    low, high = (curve.low[-1], curve.high[-1]) if 0 < curve.value[-1] < 1 else (float(x) for x in intervals.wilson(went, decided))
    return {"value": curve.value[-1], "low": low, "high": high, "n": n}
