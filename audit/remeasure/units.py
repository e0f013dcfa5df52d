"""The units behind a metric: one row a deal, lead, call …, with its outcome, its clock and its slices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.remeasure import months
from audit.zones.base import days
from audit.zones.dimensions import factor
from audit.zones.load import LAST_DAYS, MONTH_END

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from audit.metrics.bases import Bases
    from audit.metrics.declare.metric import Metric

# what a unit has to wait for before its outcome can be compared with that of others
CLOSING, MATURE, OPEN, AT_ONCE = "closing", "mature", "open", "at_once"
LAG = 14  # days given to units whose outcome has no horizon of its own
_LEAST, _MOST, _COVERED = 7, 91, 0.75  # days within which deals are judged: so many of those decided before the change were decided by then
_ENOUGH = 30
MIX = ("source", "segment")  # what units differ in by nature
BAND = "amount_base"


@dataclass(frozen=True)
class Units:
    """Units of one metric as of one day. `frame`: `clock` (days since 1970 on which a unit begins to count), `own` (the day by which the
    metric dates it), `y` (the metric of it), slices as text, `amount` where it is known before the outcome.

    `follow`: CLOSING (deals, judged so many days after their creation), MATURE (cohorts with the metric's own horizon `wait`), OPEN
    (cohorts whose outcome may still come, `wait` days are given), AT_ONCE (nothing to wait for).
    """

    metric: Metric
    frame: pd.DataFrame
    follow: str
    wait: int

    def inside(self, scope: dict[str, str]) -> np.ndarray:
        """Which units lie in the slice."""
        found = np.ones(len(self.frame), dtype=bool)
        for name, label in scope.items():
            column = self.frame[name]
            found &= (column == (label if (column == label).any() else _spelled(label))).to_numpy()
        return found

    def horizon(self, start: dt.date) -> int:
        """Days after its clock began at which a unit is judged, for a change that starts on `start`.

        Of deals the time by which three of four of those decided before the start were decided, in whole weeks from 7 to 91 days: known
        before the change, so that every look uses the same.
        """
        if self.follow != CLOSING:
            return self.wait
        begin = months.number(start)
        age = (self.frame["own"] - self.frame["clock"]).to_numpy()
        decided = (self.frame["own"] < begin).to_numpy() & (age >= 0)
        ripe = decided & (self.frame["clock"] < begin - _MOST).to_numpy()
        chosen = age[ripe] if ripe.sum() >= _ENOUGH else age[decided]
        typical = float(np.quantile(chosen, _COVERED)) if len(chosen) else 0.0
        return int(np.clip(np.ceil(typical / 7) * 7, _LEAST, _MOST))

    def judged(self, horizon: int, until: float) -> np.ndarray:
        """Which units had `horizon` days before `until` (days since 1970); of deals those that were decided within them."""
        clock = self.frame["clock"].to_numpy()
        known = np.isfinite(clock) & (clock + horizon <= until)
        if self.follow != CLOSING:
            return known
        age = self.frame["own"].to_numpy() - clock
        return known & (age >= 0) & (age <= horizon)


def _spelled(label: str) -> str:
    """Yes and no as the other reading of a table spells them."""
    return {"true": "True", "false": "False", "True": "true", "False": "false"}.get(label, label)


def by_rows(metric: Metric) -> bool:
    """Whether the metric is told by single units with a day of their own."""
    return metric.compute is None and metric.kind in ("share", "mean", "median") and bool(metric.at)


def read(metric: Metric, bases: Bases, names: Iterable[str], since: dt.date) -> Units:
    """The units of `metric` whose clock began since that day, with the slices `names` that its rows have."""
    import ibis

    from audit.metrics.declare.metric import said

    wanted = dict.fromkeys([*names, "owner", *MIX])
    follow, wait = _followed(metric, bases)
    t: ir.Table = bases.part_of(metric.rows, lambda made: _columns(metric, made, bases, list(wanted)))
    if metric.where is not None:
        t = t.filter(said(metric.where, t, bases))
    if MONTH_END in wanted and MONTH_END not in t.columns and "created_at" in t.columns:
        t = t.mutate(**{MONTH_END: ibis.ifelse(t.created_at.truncate("M") != (t.created_at + ibis.interval(days=LAST_DAYS)).truncate("M"), "end", "rest")})
    clock = "created_at" if follow == CLOSING else metric.at
    t = t.filter(t[clock].cast("timestamp(6)") >= ibis.literal(dt.datetime.combine(since, dt.time())))
    y = said(metric.numerator, t, bases).cast("float64")  # type: ignore[arg-type]
    counted = said(metric.denominator, t, bases) if metric.denominator is not None else ibis.literal(1)
    slices = {name: t[name] for name in wanted if name in t.columns}
    known = {"amount": t[BAND].cast("float64")} if metric.table == "deals" and metric.unit != "money" and BAND in t.columns else {}
    t = t.select(_clock=t[clock], _own=t[metric.at], _y=y, _n=counted.cast("float64"), **slices, **known)
    frame = bases.rows(t.filter(t._y.notnull() & (t._n > 0)))
    return Units(metric, _typed(frame, list(slices)), follow, wait)


def _followed(metric: Metric, bases: Bases) -> tuple[str, int]:
    if metric.table == "deals" and metric.basis == "closing" and metric.at in ("closed_at", "won_at"):
        return CLOSING, 0
    if metric.basis != "cohort":
        return AT_ONCE, 0
    days_ = metric.maturity(bases).days
    return (MATURE, days_) if days_ else (OPEN, LAG)


def _columns(metric: Metric, made: ir.Table, bases: Bases, names: list[str]) -> list[str]:
    from audit.metrics.count.additive import columns
    from audit.metrics.declare.metric import Ask

    wanted = {*columns([(metric, Ask((), ()))], made, bases), *names, "created_at", BAND}
    return [name for name in made.columns if name in wanted]


def _typed(frame: pd.DataFrame, slices: list[str]) -> pd.DataFrame:
    """Numbers as numbers, slices as trimmed text in few different values, in an order that no engine decides."""
    made = {"clock": days(frame["_clock"]), "own": days(frame["_own"]), "y": frame["_y"].to_numpy(dtype=float)}
    if "amount" in frame:
        made["amount"] = frame["amount"].to_numpy(dtype=float)
    for name in slices:
        found = factor(name, frame[name])
        made[name] = pd.Categorical.from_codes(found.codes, categories=list(found.labels))
    whole = pd.DataFrame(made)
    return whole.sort_values(["clock", "own", "y", *slices], kind="stable").reset_index(drop=True)
