"""Counts a working day: months have more and fewer of them, and a count of a month tells of the calendar too."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from functools import partial

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import finish
from audit.metrics.declare.metric import Metric

Began = Callable[[Bases], dict[str, dt.date]]  # "" → the day on which what is counted began to be recorded; of a kind of it where kinds differ


def a_workday(of: Metric, metric_id: str, source: str, began: Began, counted: Began | None = None) -> Metric:
    """The metric `of`, a count, over the working days of each period; a part's number is its part of the whole's.

    `counted` tells the days from which the whole history counts it, where these are not those on which it began.
    """
    return dataclasses.replace(
        of, id=metric_id, kind="figure", where=None, numerator=None, denominator=None, compute=None, counter=of.id, source=source, of=of,
        made=partial(divided, began=began, counted=counted or began))


def divided(metric: Metric, bases: Bases, counts: pd.DataFrame, began: Began, counted: Began) -> pd.DataFrame:
    """Rows of a count over the working days of their periods, as far as they are recorded and over: `sum_num` ÷ `sum_den`.

    What happens on days off counts too; a period without a working day has no value. Status and interval are those of the count.
    """
    first, whole = bases.rows_of(began), bases.rows_of(counted)
    kinds = [group.split(" × ")[-1] if by.endswith("kind") else "" for by, group in zip(counts["by"], counts["group"], strict=True)]
    keys = list(zip(kinds, counts["period"], counts["period_start"], counts["period_end"], strict=True))
    days = {}
    for kind, period, start, until in dict.fromkeys(keys):
        since = whole.get(kind, whole[""]) if period == "all" else max(start, first.get(kind, first[""]))
        days[kind, period, start, until] = max(bases.calendar().workdays(since, min(until, bases.as_of + finish.DAY)), 0)
    size = np.array([float(days[key]) for key in keys])
    rate = counts.assign(metric=metric.id, sum_num=counts["value"].astype(float), sum_den=size, sum_num2=np.nan, sum_numden=np.nan, sum_den2=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        for name in ("value", "low", "high"):
            rate[name] = np.where(size > 0, counts[name].to_numpy(dtype=float) / size, np.nan)
    return rate[(size > 0) | (rate["period"] == "all")]


def earliest(bases: Bases, table: ir.Table, at: str) -> dict[str, dt.date]:
    """The first day of `at`, the as-of day where there is none."""
    day = bases.tables.backend.to_pyarrow(table[at].cast("date").min()).as_py()
    return {"": bases.as_of if day is None else min(day, bases.as_of)}
