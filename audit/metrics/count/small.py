"""Metrics of small tables: rows in pandas, a value for every asked slice and period."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases, frames
from audit.metrics.count import finish, periods
from audit.metrics.count.cells import EMPTY
from audit.metrics.declare.metric import Ask, Metric
from audit.stats import intervals, survival


def cells_of(frame: pd.DataFrame, ask: Ask, at: str = "") -> Iterator[tuple[dict, pd.DataFrame]]:
    """(keys of VALUES, rows) of every asked slice and period; `at` dates rows, undated ones count in the whole history only."""
    for one in dict.fromkeys([(), *(s for s in ask.slices if set(s) <= set(frame.columns))]):
        named = frame.assign(**{f"_{i}": frame[name].astype(object).where(frame[name].notna(), EMPTY) for i, name in enumerate(one)})
        for period in ("all", *(ask.periods if at else ())):
            days = [None] * len(named) if period == "all" else [frames.day_of(day) for day in named[at]]
            numbers = [0 if period == "all" else -1 if day is None else periods.number(day, period) for day in days]
            dated = named.assign(_p=numbers)
            dated = dated if period == "all" else dated[frames.mask(day is not None for day in days)]
            for labels, rows in dated.groupby(["_p", *(f"_{i}" for i in range(len(one)))], sort=True):
                key: dict = {"by": "×".join(one), "group": " × ".join(str(label) for label in labels[1:]), "period": period}
                if period != "all":
                    key |= {"period_start": periods.start(labels[0], period), "period_end": periods.end(labels[0], period)}
                yield key, rows


def told(metric: Metric, bases: Bases, frame: pd.DataFrame, ask: Ask, at: str, value: Callable[[pd.DataFrame], dict]) -> pd.DataFrame:
    """VALUES of a metric from `value` of the rows of each cell."""
    return finish.made(metric, bases, [key | value(rows) for key, rows in cells_of(frame, ask, at)] or [{"value": np.nan, "n": 0}])


def mean(rows: pd.DataFrame) -> dict:
    """Mean of `x` with Student's interval and sums: of so few values the skewness is not known."""
    from scipy.special import stdtrit

    x = np.sort(rows["x"].to_numpy(dtype=float))
    spread = x.var(ddof=1) if len(x) > 1 else 0.0
    half = stdtrit(len(x) - 1, 0.975) * np.sqrt(spread / len(x)) if spread > 1e-12 * max(x.mean() ** 2, 1e-300) else np.nan
    return {"value": x.mean(), "low": x.mean() - half, "high": x.mean() + half, "n": len(x), "sum_num": x.sum(), "sum_den": len(x),
            "sum_num2": (x**2).sum(), "sum_numden": x.sum(), "sum_den2": len(x)}


def half(rows: pd.DataFrame) -> dict:
    """Kaplan–Meier median of `time`, censored where `x` does not hold."""
    curve = survival.kaplan_meier(rows["time"], rows["x"], ~rows["x"].astype(bool))
    value, low, high = survival.km_quantile(curve, 0.5)
    return {"value": value, "low": low, "high": high, "n": len(rows)}


def share(rows: pd.DataFrame) -> dict:
    """Share of rows in which `x` holds, Wilson."""
    hit, n = int(rows["x"].sum()), len(rows)
    low, high = intervals.wilson(hit, n)
    return {"value": hit / n, "low": float(low), "high": float(high), "n": n, "sum_num": hit, "sum_den": n, "sum_num2": hit,
            "sum_numden": hit, "sum_den2": n}


def count(rows: pd.DataFrame) -> dict:
    """Number of rows in which `x` holds, exact Poisson."""
    hit = int(rows["x"].sum())
    low, high = intervals.poisson(hit)
    return {"value": hit, "low": float(low), "high": float(high), "n": hit, "sum_num": hit}
