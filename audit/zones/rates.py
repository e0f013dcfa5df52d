"""Counts over an exposure as zones see them: one row a seller and month, the number a full-time working day."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.zones.base import Base, cohorts, day_number, days
from audit.zones.dimensions import factor
from audit.zones.measures import Measure

if TYPE_CHECKING:
    from audit.metrics.bases import Bases
    from audit.metrics.declare.metric import Metric

LEAST_DAYS = 5.0  # working days below which a month of a seller says nothing of the usual
MIN_N = 4  # months of a slice


def rate(metric: Metric, bases: Bases) -> tuple[Measure, Base] | None:
    """The metric as a measure over months of sellers; None where there are none.

    A quasi-Poisson test: the variance is not that of a count but what months of one seller show, so calls that come in bursts are no evidence; how
    much sellers differ by nature is estimated between them. Roles are held fixed, a head is not compared with sellers.
    Source: McCullagh & Nelder (1989), Generalized Linear Models, §6.2.
    """
    from audit.metrics.families.activities.productivity import RATES, monthly

    top, bottom = RATES[metric.id]
    frame = bases.rows_of(monthly)
    return of_months(metric, frame.assign(n=frame[top], size=frame[bottom]), bases.as_of)


def of_months(metric: Metric, frame: pd.DataFrame, as_of: dt.date) -> tuple[Measure, Base] | None:
    """The same of a frame with a row a seller and month: owner, team, role, start, n (the count), size (its exposure)."""
    frame = frame[frame["size"] >= LEAST_DAYS].reset_index(drop=True)
    every = (factor("owner", frame["owner"]), factor("team", frame["team"]), factor("role", frame["role"], "process"))
    factors = tuple(item for item in every if item.usable.sum() > 1)
    if not len(frame) or not factors:
        return None
    y = (frame["n"] / frame["size"]).to_numpy(dtype=float)
    at = days(pd.to_datetime(frame["start"]))
    measure = Measure(metric.id, metric.card, metric.table, "level", "mean", "score", 1 if metric.better == "higher" else -1, metric.unit, 0.15, np.inf,
                      metric.needs, MIN_N, _own, priced=False)
    nothing = np.full(len(y), np.nan)
    return measure, Base(metric.table, at, at, y > 0, np.ones(len(y), dtype=bool), nothing, factors, cohorts(at, day_number(as_of) + 1), as_of,
                         has_amount=False, own=y, file="")


def _own(base: Base) -> tuple[np.ndarray, np.ndarray]:
    assert base.own is not None
    return np.arange(len(base.own)), base.own
