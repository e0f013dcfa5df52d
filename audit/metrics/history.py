"""Sums over rows of which the early ones cannot be told new from old: the data begin later than the business."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics import cells, finish, periods
from audit.metrics.bases import Bases
from audit.metrics.metric import Ask, Metric, said

_FAR = 1e10  # see additive


def since(metric: Metric, bases: Bases, ask: Ask, rows: ir.Table, ready: dt.date) -> pd.DataFrame:
    """VALUES of a count, sum, share or ratio; the whole is of rows from the day `ready` on, and what lies before it is provisional."""
    enough = bases.as_of >= ready
    after = rows.filter(rows[metric.at] >= ibis.literal(dt.datetime.combine(ready, dt.time())))
    frames = []
    for part_of, wanted in ((after if enough else rows, ()), (rows, ask.periods)):
        for part in cells.collect(bases, part_of, metric.at, ask.slices, wanted, _sums(metric, part_of, bases)):
            if (part.period == "all") == (not wanted):
                if metric.kind in ("count", "sum") and wanted:
                    part = finish.zero_filled(part, periods.number(bases.as_of, part.period))
                frames.append(_framed(metric, bases, part, ready, enough))
        if not ask.periods:
            break
    found = pd.concat(frames, ignore_index=True)
    return found[(found["by"] != "part") | (found["group"] != cells.EMPTY)]  # rows that are no part of the sum


def _sums(metric: Metric, rows: ir.Table, bases: Bases) -> dict[str, ir.Value]:
    assert metric.numerator is not None
    num = said(metric.numerator, rows, bases).cast("float64").fill_null(0.0)
    whole = said(metric.denominator, rows, bases) if metric.denominator else num
    den = (rows._one if isinstance(whole, ir.Scalar) else whole).cast("float64").fill_null(0.0)
    return {"_rows": rows.count(), "some": ibis.ifelse(num != 0, 1, 0).sum(), "num": cells.exact(num), "den": cells.exact(den),
            "num2": cells.exact(num * num), "num3": cells.exact(num.clip(-_FAR, _FAR) ** 3), "numden": cells.exact(num * den),
            "den2": cells.exact(den * den)}


def _framed(metric: Metric, bases: Bases, part: cells.Rolled, ready: dt.date, enough: bool) -> pd.DataFrame:
    if part.period == "all":
        young = np.full(len(part.by), not enough)
    else:
        young = np.array([periods.start(number, part.period) < ready for number in part.number], dtype=bool)
    sums = {name: array for name, array in part.sums.items() if name != "_rows"}
    if metric.kind == "count":
        sums = {"num": sums["num"]}
    sums["n"] = part.sums["_rows"] if metric.kind != "sum" else part.sums["some"]
    return finish.rows(metric, bases, part, sums, young)
