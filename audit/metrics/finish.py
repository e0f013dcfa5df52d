"""Sums → rows of VALUES: value, interval, status."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from audit.metrics import periods
from audit.metrics.bases import Bases
from audit.metrics.cells import Rolled
from audit.metrics.metric import QUANTILE, Metric
from audit.schema.results import INCOMPLETE, NOT_MEASURABLE, OK, PERIODS, PROVISIONAL, TOO_FEW, VALUES
from audit.stats import intervals

COLUMNS = list(VALUES.names)
DAY = dt.timedelta(days=1)
_NO_COUNT = ("count", "sum", "figure")  # kinds whose value has no denominator that could be too small
_SUM_MIN_N = 10  # a sum over fewer amounts has no interval worth printing


def rows(
    metric: Metric, bases: Bases, rolled: Rolled, sums: dict[str, np.ndarray], young: np.ndarray
) -> pd.DataFrame:
    """VALUES of an additive metric from sums named num, den, num2, num3, numden, den2, n (where they apply).

    `young` marks rows of the whole history in which no unit is mature yet.
    """
    frame = framed(metric, bases, rolled)
    value, low, high, n = _measured(metric, sums)
    frame = frame.assign(value=value, low=low, high=high, n=n.astype(np.int64), young=young)
    for name in ("num", "den", "num2", "numden", "den2"):
        frame[f"sum_{name}"] = sums.get(name, np.full(len(frame), np.nan))
    return judged(metric, bases, frame)


def framed(metric: Metric, bases: Bases, rolled: Rolled) -> pd.DataFrame:
    """The keys of VALUES for rolled cells."""
    as_of = bases.as_of
    if rolled.period != "all":
        numbers, place = np.unique(rolled.number, return_inverse=True)
        starts = np.array([periods.start(number, rolled.period) for number in numbers], dtype=object)[place]
        ends = np.array([periods.end(number, rolled.period) for number in numbers], dtype=object)[place]
    else:
        starts = np.full(len(rolled.by), as_of if metric.basis == "snapshot" else rolled.first, dtype=object)
        ends = np.full(len(rolled.by), as_of + DAY, dtype=object)
    return pd.DataFrame({
        "metric": metric.id, "period": rolled.period, "period_start": pd.Series(starts, dtype=object),
        "period_end": pd.Series(ends, dtype=object), "basis": metric.basis, "by": rolled.by, "group": rolled.group,
    })


def _measured(metric: Metric, s: dict[str, np.ndarray]) -> tuple[np.ndarray, ...]:
    """(value, low, high, n) of one kind."""
    nothing = np.full(len(s["num"]), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        if metric.kind == "share":
            return s["num"] / s["den"], *intervals.wilson(s["num"], s["den"]), s["den"]
        if metric.kind == "count":
            ends = intervals.poisson(s["num"]) if metric.basis != "snapshot" else (nothing, nothing)
            return s["num"], *ends, s["num"]
        if metric.kind == "sum":
            low, high = intervals.total(s["num"], s["num2"], s["num3"])
            shown = (s["n"] >= _SUM_MIN_N) & (metric.basis != "snapshot")
            return s["num"], np.where(shown, low, np.nan), np.where(shown, high, np.nan), s["n"]
        if metric.kind == "mean":
            return s["num"] / s["den"], *intervals.mean(s["den"], s["num"], s["num2"], s["num3"]), s["den"]
        if metric.kind == "ratio":
            ends = intervals.ratio(s["n"], s["num"], s["den"], s["num2"], s["numden"], s["den2"])
            return s["num"] / s["den"], *ends, s["n"]
        return s["num"], nothing, nothing, s["n"]


def judged(metric: Metric, bases: Bases, frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` with its `status`; values of too few units keep no interval, units without any are dropped."""
    end = bases.as_of + DAY
    late = end - metric.maturity(bases)
    n = frame["n"].to_numpy()
    status = np.full(len(frame), OK, dtype=object)
    dated = (frame["period"] != "all").to_numpy()
    ends = frame["period_end"].to_numpy(dtype=object)
    if dated.any() and metric.basis != "snapshot":
        status[dated] = np.where(ends[dated] > end, INCOMPLETE, status[dated])
        if metric.matures_days:
            status[dated] = np.where(ends[dated] > late, PROVISIONAL, status[dated])
    if "young" in frame:
        status[frame["young"].to_numpy(dtype=bool)] = PROVISIONAL
    if metric.kind not in _NO_COUNT:
        few = n < metric.min_n
        status[few] = TOO_FEW
        frame.loc[few, ["low", "high"]] = np.nan
        keep = (n > 0) | ((frame["by"] == "") & ~dated).to_numpy()
    else:
        keep = np.ones(len(frame), dtype=bool)
    return frame.assign(status=status)[COLUMNS][keep]


def quantiles(metric: Metric, bases: Bases, rolled: Rolled) -> pd.DataFrame:
    """VALUES of a quantile metric from counted bins; a bin stands at the mean of its values."""
    counted = rolled.sums["_rows"]
    assert rolled.unit is not None
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = np.where(counted > 0, rolled.sums["_x"] / counted, 0.0)
    value, low, high, n = intervals.quantile(rolled.unit, inside, counted, QUANTILE[metric.kind])
    frame = framed(metric, bases, rolled.heads()).assign(value=value, low=low, high=high, n=n)
    totals = np.bincount(rolled.unit, weights=rolled.sums["_x"], minlength=len(frame))
    frame = frame.assign(sum_num=totals, sum_den=n.astype(float), sum_num2=np.nan, sum_numden=np.nan, sum_den2=np.nan)
    return judged(metric, bases, frame)


def zero_filled(rolled: Rolled, last: int) -> Rolled:
    """Every period of the whole from its first to `last`, the empty ones with sums of nothing."""
    whole = rolled.by == ""
    if rolled.period == "all" or not whole.any():
        return rolled
    have = rolled.number[whole]
    missing = np.setdiff1d(np.arange(have.min(), max(have.max(), last) + 1, periods.step(rolled.period)), have)
    blank = np.full(len(missing), "", dtype=object)
    sums = {name: np.concatenate([array, np.zeros(len(missing))]) for name, array in rolled.sums.items()}
    number = np.concatenate([rolled.number, missing])
    by, group = np.concatenate([rolled.by, blank]), np.concatenate([rolled.group, blank])
    return Rolled(rolled.period, by, group, number, sums, rolled.first)


def lacking(metric: Metric, lacks: list[str]) -> pd.DataFrame:
    """The one row of a metric that cannot be measured."""
    row = dict.fromkeys(COLUMNS, np.nan) | {
        "metric": metric.id, "period": "all", "period_start": None, "period_end": None, "basis": metric.basis, "by": "",
        "group": "", "n": 0, "status": NOT_MEASURABLE + ", ".join(lacks),
    }
    return pd.DataFrame([row], columns=COLUMNS)



def is_lacking(frame: pd.DataFrame) -> bool:
    """Whether a metric's rows only say that it cannot be measured."""
    return bool(frame["status"].str.startswith(NOT_MEASURABLE).all())


def ordered(frames: list[pd.DataFrame], slices: dict[str, list[str]]) -> pd.DataFrame:
    """One frame in the order of VALUES: metrics as given, coarse periods first, the whole before its `slices`.

    Groups keep the order in which a metric gives them (stages in their order, levels by name).
    """
    typed = [frame.astype({"n": "int64"}) for frame in frames if len(frame)]
    whole = pd.concat([_typed(frame) for frame in typed], ignore_index=True)
    rank = {name: at for at, name in enumerate(PERIODS)}
    place = {}
    for metric, by in whole[["metric", "by"]].drop_duplicates().itertuples(index=False):
        known = slices.get(metric, [])
        place[metric, by] = ("" if not by else f"{known.index(by):03d}" if by in known else f"~{by}")
    keys = pd.DataFrame({
        "metric": pd.factorize(whole["metric"])[0], "period": whole["period"].map(rank).to_numpy(),
        "by": [place[pair] for pair in zip(whole["metric"], whole["by"], strict=True)],
        "start": whole["period_start"].map(lambda day: day.toordinal() if day else 0).to_numpy(),
    })
    order = keys.sort_values(["metric", "period", "by", "start"], kind="stable").index
    return whole.loc[order].reset_index(drop=True)


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    numbers = [name for name in COLUMNS if name.startswith("sum_") or name in ("value", "low", "high")]
    return frame[COLUMNS].astype(dict.fromkeys(numbers, "float64"))


def made(metric: Metric, bases: Bases, records: list[dict]) -> pd.DataFrame:
    """VALUES of a metric that computes its rows itself.

    A record has `value` and `n`, and where they differ from the whole history without interval: `by`, `group`,
    `low`, `high`, `period`, `period_start`, `period_end`, `young`, and sums.
    """
    start = bases.as_of if metric.basis == "snapshot" else bases.first_day
    blank = dict.fromkeys(COLUMNS, np.nan) | {
        "metric": metric.id, "period": "all", "period_start": start, "period_end": bases.as_of + DAY,
        "basis": metric.basis, "by": "", "group": "", "n": 0, "young": False,
    }
    frame = pd.DataFrame([blank | record for record in records], columns=[*COLUMNS, "young"])
    for name in ("period_start", "period_end"):
        frame[name] = pd.Series([record.get(name, blank[name]) for record in records], dtype=object)
    return judged(metric, bases, frame)
