"""Sums → rows of VALUES: value, interval, status."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import periods
from audit.metrics.count.cells import Rolled
from audit.metrics.declare.metric import QUANTILE, Metric
from audit.schema.results import INCOMPLETE, NOT_MEASURABLE, OK, PERIODS, PROVISIONAL, TOO_FEW, VALUES
from audit.stats import intervals

COLUMNS = list(VALUES.names)
DAY = dt.timedelta(days=1)
Columns = dict[str, np.ndarray]  # of VALUES, and `young`
_KIND: dict[str, Any] = {name: "float64" if name.startswith("sum_") or name in ("value", "low", "high") else "int64" if name == "n" else object
                         for name in COLUMNS}
_FINAL: dict[str, Any] = {name: "str" if kind is object and not name.startswith("period_") else kind for name, kind in _KIND.items()}
_NO_COUNT = ("count", "sum", "figure")  # kinds whose value has no denominator that could be too small
_TIMES = ("days", "minutes")
NOTHING = "cases to count"  # what is lacking where a metric does not say it otherwise
_SUM_MIN_N = 10  # a sum over fewer amounts has no interval worth printing


def rows(
    metric: Metric, bases: Bases, rolled: Rolled, sums: dict[str, np.ndarray], young: np.ndarray
) -> pd.DataFrame:
    """VALUES of an additive metric from sums named num, den, num2, num3, numden, den2, n (where they apply), of clients also units, even, e2, e3.

    `young` marks rows of the whole history in which no unit is mature yet.
    """
    value, low, high, n = _measured(metric, sums)
    found = framed(metric, bases, rolled) | {"value": value, "low": low, "high": high, "n": n.astype(np.int64), "young": young}
    nothing = np.full(len(value), np.nan)
    return judged(metric, bases, found | {f"sum_{name}": sums.get(name, nothing) for name in ("num", "den", "num2", "numden", "den2")})


def framed(metric: Metric, bases: Bases, rolled: Rolled) -> Columns:
    """The keys of VALUES for rolled cells."""
    size, as_of = len(rolled.by), bases.as_of
    if rolled.period != "all":
        numbers, place = np.unique(rolled.number, return_inverse=True)
        starts = _objects([periods.start(number, rolled.period) for number in numbers])[place]
        ends = _objects([periods.end(number, rolled.period) for number in numbers])[place]
    else:
        starts = np.full(size, as_of if metric.basis == "snapshot" else rolled.first, dtype=object)
        ends = np.full(size, as_of + DAY, dtype=object)
    same = {"metric": metric.id, "period": rolled.period, "basis": metric.basis}
    return {name: np.full(size, text, dtype=object) for name, text in same.items()} | {
        "period_start": starts, "period_end": ends, "by": rolled.by, "group": rolled.group}


def _objects(values: Iterable[Any]) -> np.ndarray:
    """Values as they are: dates stay dates, texts are no numbers of numpy."""
    listed = list(values)
    found = np.empty(len(listed), dtype=object)
    found[:] = listed
    return found


def _measured(metric: Metric, s: dict[str, np.ndarray]) -> tuple[np.ndarray, ...]:
    """(value, low, high, n) of one kind."""
    nothing = np.full(len(s["num"]), np.nan)
    den = np.where(s["den"] == 0, np.nan, s["den"]) if "den" in s else nothing  # of nothing there is no rate, not an infinite one
    with np.errstate(divide="ignore", invalid="ignore"):
        if metric.kind == "share":
            size = _worth(s) if "e2" in s else s["den"]
            return s["num"] / den, *intervals.wilson(s["num"] / den * size, size), s["den"]
        if metric.kind == "count":
            ends = intervals.poisson(s["num"]) if metric.basis != "snapshot" else (nothing, nothing)
            return s["num"], *ends, s["num"]
        if metric.kind == "sum":
            low, high = intervals.total(s["num"], s["num2"], s["num3"])
            shown = (s["n"] >= _SUM_MIN_N) & (metric.basis != "snapshot")
            return s["num"], np.where(shown, low, np.nan), np.where(shown, high, np.nan), s["n"]
        if metric.kind in ("mean", "ratio") and "e2" in s:
            value = s["num"] / den
            return value, *intervals.of_units(value, den, s["units"], s["even"], s["e2"], s["e3"]), s["den" if metric.kind == "mean" else "n"]
        if metric.kind == "mean":
            return s["num"] / den, *intervals.mean(s["den"], s["num"], s["num2"], s["num3"]), s["den"]
        if metric.kind == "ratio":
            ends = intervals.ratio(s["n"], s["num"], s["den"], s["num2"], s["numden"], s["den2"])
            return s["num"] / den, *ends, s["n"]
        return s["num"], nothing, nothing, s["n"]


def _worth(s: dict[str, np.ndarray]) -> np.ndarray:
    """How many independent rows the rows of clients are worth: n ÷ design effect, which is at least 1; those of one client no more than one.

    Korn & Graubard, Survey Methodology 24 (1998) 193–201.
    """
    share = s["num"] / s["den"]
    spread = s["e2"] * (s["units"] - 1) / s["units"] / s["den"] ** 2
    effect = np.nan_to_num(spread / (share * (1 - share) / (s["den"] - 1)), nan=1.0, posinf=1.0)
    return np.where(s["units"] < 2, np.minimum(s["den"], 1.0), s["den"] / np.maximum(effect, 1.0))


def judged(metric: Metric, bases: Bases, found: Columns) -> pd.DataFrame:
    """`found` with its `status`; values of too few units keep no interval, units without any are dropped."""
    end = bases.as_of + DAY
    value, low, high, n = found["value"], found["low"].copy(), found["high"].copy(), found["n"]
    if metric.unit == "score":  # points of 100 end at 0 and 100
        low, high = np.maximum(low, np.minimum(value, 0.0)), np.minimum(high, np.maximum(value, 100.0))
    status = np.full(len(n), OK, dtype=object)
    dated = np.flatnonzero(found["period"] != "all")
    if len(dated) and metric.basis != "snapshot":
        ends = found["period_end"][dated]
        status[dated[ends > end]] = INCOMPLETE
        if metric.matures_days:
            status[dated[ends > end - metric.maturity(bases)]] = PROVISIONAL
    status[found["young"].astype(bool)] = PROVISIONAL
    keep = np.ones(len(n), dtype=bool)
    if metric.kind not in _NO_COUNT:
        few = n < metric.min_n
        status[few] = TOO_FEW
        low[few] = high[few] = np.nan
        keep = (n > 0) | ((found["by"] == "") & (found["period"] == "all"))
    return _table(found | {"low": low, "high": high, "status": status}, keep)


def _table(found: Columns, rows: np.ndarray) -> pd.DataFrame:
    """The chosen rows as a frame; texts stay plain objects until VALUES are whole, for many small frames cost more than their rows."""
    columns = {name: found[name][rows] for name in COLUMNS}
    return pd.DataFrame({name: pd.Series(column, dtype=object, copy=False) if column.dtype == object else column
                         for name, column in columns.items()}, columns=COLUMNS)


def quantiles(metric: Metric, bases: Bases, rolled: Rolled) -> pd.DataFrame:
    """VALUES of a quantile metric from counted bins; a bin stands at the mean of its values."""
    counted = rolled.sums["_rows"]
    assert rolled.unit is not None
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = np.where(counted > 0, rolled.sums["_x"] / counted, 0.0)
    value, low, high, n = intervals.quantile(rolled.unit, inside, counted, QUANTILE[metric.kind])
    found = framed(metric, bases, rolled.heads())
    totals, nothing = np.bincount(rolled.unit, weights=rolled.sums["_x"], minlength=len(n)), np.full(len(n), np.nan)
    return judged(metric, bases, found | {
        "value": value, "low": low, "high": high, "n": n, "young": np.zeros(len(n), dtype=bool), "sum_num": totals,
        "sum_den": n.astype(float), "sum_num2": nothing, "sum_numden": nothing, "sum_den2": nothing})


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


def explained(metric: Metric, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows without a value tell why, and none of them is 'ok': the whole says what is lacking (`metric.empty`), the time by which a share has come
    to an end is provisional until so many have, other rows are left out."""
    bare = frame["value"].isna().to_numpy() & ~frame["status"].str.startswith(NOT_MEASURABLE).to_numpy(dtype=bool)
    if not bare.any():
        return frame
    fine, some = (frame["status"] == OK).to_numpy(), (frame["n"] > 0).to_numpy()
    whole = ((frame["by"] == "") & (frame["period"] == "all")).to_numpy()
    awaited = bare & fine & some & (metric.kind in QUANTILE or metric.unit in _TIMES)
    lacks = bare & whole & ~awaited & (fine | (~some & bool(metric.empty)))
    status = np.where(awaited, PROVISIONAL, np.where(lacks, NOT_MEASURABLE + (metric.empty or NOTHING), frame["status"]))
    return frame.assign(status=status.astype(object))[~bare | ~fine | awaited | lacks]


def is_lacking(frame: pd.DataFrame) -> bool:
    """Whether a metric's rows only say that it cannot be measured."""
    return all(status.startswith(NOT_MEASURABLE) for status in frame["status"])


def ordered(frames: list[pd.DataFrame], slices: dict[str, list[str]]) -> pd.DataFrame:
    """One frame in the order of VALUES: metrics as given, coarse periods first, the whole before its `slices`.

    Groups keep the order in which a metric gives them (stages in their order, levels by name).
    """
    some = [frame for frame in frames if len(frame)]
    whole = {name: np.concatenate([frame[name].to_numpy(dtype=_KIND[name]) for frame in some]) for name in COLUMNS}
    metric, metrics = pd.factorize(whole["metric"])
    by, names = pd.factorize(whole["by"])
    pairs, pair = np.unique(metric * len(names) + by, return_inverse=True)
    places = [_place(names[code % len(names)], slices.get(metrics[code // len(names)], [])) for code in pairs.tolist()]
    rank = {place: at for at, place in enumerate(sorted(set(places)))}
    grain = np.array([PERIODS.index(period) for period in whole["period"]])
    start = np.array([day.toordinal() if day else 0 for day in whole["period_start"]])
    order = np.lexsort([start, np.array([rank[place] for place in places])[pair], grain, metric])
    return pd.DataFrame({name: pd.Series(column[order], dtype=_FINAL[name]) for name, column in whole.items()}, columns=COLUMNS)


def _place(by: str, known: list[str]) -> str:
    """What sorts the slices of one metric: the whole, the declared in their order, others by name."""
    return "" if not by else f"{known.index(by):03d}" if by in known else f"~{by}"


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
    found = {name: _objects(record.get(name, usual) for record in records) for name, usual in blank.items()}
    numbers = {name: found[name].astype("float64") for name, kind in _KIND.items() if kind is not object}
    return judged(metric, bases, found | numbers)
