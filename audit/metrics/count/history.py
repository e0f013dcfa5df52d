"""Sums over rows of which the early ones cannot be told new from old: the data begin later than the business."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.count import cells, finish, periods, whose
from audit.metrics.declare.metric import Ask, Metric, Rows, said

_FAR = 1e10  # see additive


def is_new(t: ir.Table, _: Bases) -> ir.Value:
    """Rows of a client within a year of its first."""
    return yes(t._new)


def is_known(t: ir.Table, _: Bases) -> ir.Value:
    """Rows of a client whose first lies further back."""
    return yes(~t._new)


def since(metric: Metric, bases: Bases, ask: Ask, rows: ir.Table, ready: dt.date) -> pd.DataFrame:
    """VALUES of a count, sum, share or ratio; the whole is of rows from the day `ready` on, and what lies before it is provisional."""
    known = _known(rows, metric.at, bases, ready)
    frames = _frames(metric, bases, ask, known, (), ready)
    frames += _frames(metric, bases, ask, rows, ask.periods, ready) if ask.periods else []
    found = pd.concat(frames, ignore_index=True)
    return found[(found["by"] != "part") | (found["group"] != cells.EMPTY)]  # rows that are no part of the sum


def once(metric: Metric, bases: Bases, ask: Ask, rows: Mapping[str, Rows], ready: dt.date) -> pd.DataFrame:
    """The same of units that count once a period: `rows` of each period as from `firsts`."""
    frames = _frames(metric, bases, ask, bases.rows_of(rows["all"]), (), ready)
    for period in ask.periods:
        frames += _frames(metric, bases, ask, bases.rows_of(rows[period]), (period,), ready)
    return pd.concat(frames, ignore_index=True)


def firsts(rows: ir.Table, period: str, unit: str, at: str, key: str, bases: Bases, ready: dt.date) -> ir.Table:
    """Of every `unit` its first row in each `period`, rows of one moment in order of `key`; of `all` its first from the day `ready` on."""
    if period == "all":
        rows = _known(rows, at, bases, ready)
    span = [rows[unit]] if period == "all" else [rows[unit], rows[at].truncate(periods.UNITS[period])]
    rows = rows.mutate(_nth=ibis.row_number().over(ibis.window(group_by=span, order_by=[rows[at], rows[key]])))
    return rows.filter(rows._nth == 0).drop("_nth")


def _known(rows: ir.Table, at: str, bases: Bases, ready: dt.date) -> ir.Table:
    """Rows from the day `ready` on; all where that day has not come."""
    return rows.filter(rows[at] >= ibis.literal(dt.datetime.combine(ready, dt.time()))) if bases.as_of >= ready else rows


def _frames(metric: Metric, bases: Bases, ask: Ask, rows: ir.Table, wanted: tuple[str, ...], ready: dt.date) -> list[pd.DataFrame]:
    """VALUES by period where some are wanted, else of the whole."""
    frames, extra = [], {}
    if metric.whose:
        rows, extra[whose.KEY] = whose.beside(rows, bases, metric.whose)
    for part in cells.collect(bases, rows, metric.at, ask.slices, wanted, _sums(metric, rows, bases), extra, whose.levels(bases)):
        if (part.period == "all") == (not wanted):
            part = whose.by_head(part, {"": metric.kind}) if metric.whose else part
            if metric.kind in ("count", "sum") and wanted:
                part = finish.zero_filled(part, periods.number(bases.as_of, part.period))
            frames.append(_framed(metric, bases, part, ready, bases.as_of >= ready))
    return frames


def _sums(metric: Metric, rows: ir.Table, bases: Bases) -> dict[str, ir.Value]:
    assert metric.numerator is not None
    num = said(metric.numerator, rows, bases).cast("float64").fill_null(0.0)
    whole = said(metric.denominator, rows, bases) if metric.denominator else num
    den = (rows._one if isinstance(whole, ir.Scalar) else whole).cast("float64").fill_null(0.0)
    return {"n": rows.count(), "some": ibis.ifelse(num != 0, 1, 0).sum(), "num": cells.exact(num), "den": cells.exact(den),
            "num2": cells.exact(num * num), "num3": cells.exact(num.clip(-_FAR, _FAR) ** 3), "numden": cells.exact(num * den),
            "den2": cells.exact(den * den)}


def _framed(metric: Metric, bases: Bases, part: cells.Rolled, ready: dt.date, enough: bool) -> pd.DataFrame:
    if part.period == "all":
        young = np.full(len(part.by), not enough)
    else:
        young = np.array([periods.start(number, part.period) < ready for number in part.number], dtype=bool)
    sums = dict(part.sums)
    if metric.kind == "count":
        sums = {"num": sums["num"]}
    sums["n"] = part.sums["n"] if metric.kind != "sum" else part.sums["some"]
    return finish.rows(metric, bases, part, sums, young)
