"""Agreed changes, and what became of the metrics that they were to move."""

from __future__ import annotations

import datetime as dt
import math
from functools import cache
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import NATURAL, Bases
from audit.metrics.declare.slices import FIXED
from audit.metrics.rows.flow.waits import cycle
from audit.stats.tests import lower_quantile
from audit.words import LANGUAGES, Words

BEFORE, AFTER = 8, 4  # weeks that a comparison needs at least
_LOOKS_BACK = 26  # weeks before the start that are compared
WAITS = {"tactical": 28, "strategic": 90}  # days from the start before which nothing is judged; a strategic change waits a whole cycle at least
IMPROVED, UNCLEAR, WORSENED, EARLY = "improved", "no clear change", "worsened", "not measurable yet"
SLICE = ["slice_by", "slice_group"]  # where an action acts; empty texts: in the whole
_VERDICT = ("now", "low", "high", "attained", "verdict")
_MEASURED = ("measured_on", "verdict", "realised_gain", "realised_low", "realised_high")  # by the monthly re-measurement, where there was one


class Change(NamedTuple):
    """Weekly values before and after: means, the difference's interval."""

    before: float
    now: float
    low: float
    high: float


def actions(bases: Bases) -> ir.Table:
    """One row a proposed change as it stood at `as_of`: what was agreed, begun or done later has not happened."""
    t = bases.each("growth_actions", "action_id")
    day, none = ibis.literal(bases.as_of), ibis.null("date")
    later = (t.measured_on > day).fill_null(False)
    known = {name: ibis.ifelse(later, ibis.null(t[name].type()), t[name]) for name in _MEASURED}
    return t.mutate(**{name: ibis.ifelse(t[name] <= day, t[name], none) for name in ("agreed_at", "start_on", "done_on")}, **known)


def judged(bases: Bases) -> pd.DataFrame:
    """One row an agreed action: its columns, `overdue`, and of its metric (in the slice where it acts) the mean weekly value since the
    start `now`, the interval of its change, the part `attained` of the way from baseline to target, and a verdict in fixed words.

    A verdict says what coincided with an action, not what caused it; actions on one metric of one slice have one verdict between them.
    """
    frame = bases.rows(actions(bases)).dropna(subset=["agreed_at"]).sort_values("action_id").reset_index(drop=True)
    days = [None if pd.isna(day) else pd.Timestamp(day).date() for day in frame["due_on"]]
    frame["overdue"] = [day is not None and day < bases.as_of and pd.isna(done) for day, done in zip(days, frame["done_on"], strict=True)]
    frame[SLICE] = frame[SLICE].astype(object).where(frame[SLICE].notna(), "")
    frame["metric"] = frame["metric"].map(_metric_of).astype(object)
    weeks = _weekly(bases, frame)
    found, measured = [_verdict(row, weeks, bases) for row in frame.itertuples()], frame["verdict"]
    for at, name in enumerate(_VERDICT):
        frame[name] = [one[at] for one in found]
    frame["verdict"] = measured.astype(object).where(frame["measured_on"].notna(), frame["verdict"])
    return frame


def _metric_of(name: object) -> object:
    """The id of the metric whose id or title in any language a plan names; the name itself where there is none, or several."""
    return _called().get(_folded(name), name) if isinstance(name, str) else name


def _folded(name: str) -> str:
    return " ".join(name.split()).strip(".:").casefold()


@cache
def _called() -> dict[str, str]:
    from audit.metrics.catalogue import BY_ID

    found: dict[str, set[str]] = {}
    for words in map(Words, LANGUAGES):
        for metric in BY_ID:
            found.setdefault(_folded(words(f"metrics.{metric}.title")), set()).add(metric)
    return {title: next(iter(ids)) for title, ids in found.items() if len(ids) == 1} | {_folded(metric): metric for metric in BY_ID}


def realised(bases: Bases) -> pd.DataFrame:
    """One row a metric and slice that agreed actions have moved or not: metric, horizon, money a month `expected` and `gain` (expected × the change
    since what was before the start ÷ the way from baseline to target), `half` its interval. Actions on one metric of one slice have one gain between them, the largest that any claims.

    Actions that were re-measured by the month have the gain of that: against what was untouched, each counted once."""
    every = bases.rows_of(judged)
    measured = every["measured_on"].notna()
    return pd.concat([_measured(every[measured]), _weekly_gain(every[~measured])], ignore_index=True)


def _measured(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame[frame["realised_gain"].notna()]
    half = (frame["realised_high"] - frame["realised_low"]) / 2
    frame = frame.assign(expected=frame["expected_gain"].astype(float).fillna(0.0), gain=frame["realised_gain"].astype(float), half=half.astype(float))
    return frame[["metric", "horizon", "expected", "gain", "half"]]


def _weekly_gain(frame: pd.DataFrame) -> pd.DataFrame:
    """Of actions that were not re-measured: by their weekly values before and after the start."""
    known = (frame["verdict"] != EARLY) & frame["attained"].notna() & frame["expected_gain"].notna()
    frame = frame[known]
    way = frame["target"] - frame["baseline"]
    # from what was before, not from the baseline that somebody typed: a metric that did not move has brought nothing
    gain = (frame["expected_gain"] * (frame["low"] + frame["high"]) / 2 / way).astype(float)
    frame = frame.assign(gain=gain, half=(frame["high"] - frame["low"]) / 2 / way.abs() * frame["expected_gain"], _size=gain.abs(),
                         expected=frame["expected_gain"].astype(float))
    frame = frame.sort_values(["metric", *SLICE, "_size", "action_id"], ascending=[True, True, True, False, True], kind="stable")
    frame = frame.drop_duplicates(["metric", *SLICE])
    return frame[["metric", "horizon", "expected", "gain", "half"]].reset_index(drop=True)


def _weekly(bases: Bases, frame: pd.DataFrame) -> dict[tuple[str, str, str], pd.DataFrame]:
    """Metric, slice and label → values of whole and final weeks, for the actions of `frame` whose metric is in the catalogue and has any."""
    from audit.metrics.catalogue import BY_ID
    from audit.metrics.measure import measured

    keys = {(str(metric), by, group) for metric, by, group in frame[["metric", *SLICE]].dropna(subset="metric").itertuples(index=False, name=None)}
    known = sorted(key for key in keys if key[0] in BY_ID and BY_ID[key[0]].card != "M70" and not bases.lacks(*BY_ID[key[0]].needs))
    if not known:
        return {}
    values = measured(bases, {name for name, _, _ in known}, _slices(bases, {by for _, by, _ in known}), "week")
    rows = {(name, by, group): _of(values.rows(name, by, "week"), group) for name, by, group in known}
    # weeks of few units are noisy, not wrong: their spread is in the interval
    return {key: weeks[weeks["status"].isin(["ok", "too_few"]) & weeks["value"].notna()] for key, weeks in rows.items()}


def _slices(bases: Bases, wanted: set[str]) -> tuple[str, ...]:
    """Slices that the data still have: one of an older export is nothing that can be measured."""
    have = {*NATURAL, *FIXED, *bases.free("deals"), *bases.free("leads")}
    return tuple(sorted(by for by in wanted if by and set(by.split("×")) <= have))


def _of(weeks: pd.DataFrame, group: str) -> pd.DataFrame:
    return weeks[weeks["group"] == group]


def change(before: np.ndarray, after: np.ndarray) -> Change:
    """Difference of the means of two series of weekly values with Welch's interval."""
    difference = after.mean() - before.mean()
    parts = np.array([before.var(ddof=1) / len(before), after.var(ddof=1) / len(after)])
    error = parts.sum()
    if not error:
        return Change(before.mean(), after.mean(), difference, difference)
    df = error**2 / (parts**2 / [len(before) - 1, len(after) - 1]).sum()
    half = lower_quantile(0.975, df) * math.sqrt(error)
    return Change(before.mean(), after.mean(), difference - half, difference + half)


def _verdict(row, weeks: dict[tuple[str, str, str], pd.DataFrame], bases: Bases) -> tuple:
    from audit.metrics.catalogue import BY_ID

    nothing = (np.nan, np.nan, np.nan, np.nan, EARLY)
    start = None if pd.isna(row.start_on) else pd.Timestamp(row.start_on).date()
    key = (row.metric, row.slice_by, row.slice_group)
    if start is None or key not in weeks:
        return nothing
    frame = weeks[key]
    begun = frame["period_start"].map(lambda day: day >= start).to_numpy(dtype=bool)
    over = frame["period_end"].map(lambda day: day <= start).to_numpy(dtype=bool)
    before, after = frame["value"].to_numpy()[over][-_LOOKS_BACK:], frame["value"].to_numpy()[begun]
    wait = WAITS["tactical"] if row.horizon == "tactical" else max(WAITS["strategic"], math.ceil(np.nan_to_num(bases.rows_of(cycle))))
    early = bases.as_of < start + dt.timedelta(days=wait)
    if early or len(before) < BEFORE or len(after) < AFTER:
        return nothing
    found = change(before, after)
    way = row.target - row.baseline if pd.notna(row.target) and pd.notna(row.baseline) else np.nan
    attained = (found.now - row.baseline) / way if way else np.nan
    better = BY_ID[row.metric].better
    up, down = found.low > 0, found.high < 0
    good, bad = (down, up) if better == "lower" else (up, down)
    if better not in ("higher", "lower"):
        good = bad = False
    return found.now, found.low, found.high, attained, IMPROVED if good else WORSENED if bad else UNCLEAR
