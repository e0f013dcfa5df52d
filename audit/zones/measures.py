"""The metrics that zones are sought in: which units, which outcome, and how effects turn back into the metric's unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from audit.zones.base import Base

MINUTES_5 = 5 / 1440


@dataclass(frozen=True)
class Measure:
    """One metric as zones see it. `sign` +1: higher is better. `least` is the minimum important difference."""

    id: str
    card: str
    table: str
    family: str  # share | level
    scale: str  # share | money | days | leads: which natural spread and prior apply
    sign: int
    unit: str
    least: float  # share of the mean; shares of deals also stop at `least_abs`
    least_abs: float
    needs: tuple[str, ...]
    min_n: int
    outcome: Callable[[Base], tuple[np.ndarray, np.ndarray]]  # (row numbers, outcome y)


def _decided(base: Base) -> tuple[np.ndarray, np.ndarray]:
    rows = np.flatnonzero(base.decided)
    return rows, base.won[rows].astype(float)


def _checks(base: Base) -> tuple[np.ndarray, np.ndarray]:
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero(base.won & (base.amount > 0))
    return rows, clipped(np.log(base.amount[rows]))


def _cycles(base: Base) -> tuple[np.ndarray, np.ndarray]:
    """Days from creation to winning, of cohorts old enough that nine of ten wins had time to happen."""
    length = base.closed - base.created
    with np.errstate(invalid="ignore"):
        good = base.won & np.isfinite(length) & (length >= (MINUTES_5 if base.clock else 0))
        if good.any():
            age = base.end - base.created
            ripe = good & (age >= np.quantile(length[good], 0.9))
            good = ripe if ripe.sum() >= 0.5 * good.sum() else good
    rows = np.flatnonzero(good)
    return rows, clipped(np.log1p(length[rows]))


def _revenue(base: Base) -> tuple[np.ndarray, np.ndarray]:
    """Revenue of each decided deal, the largest two per cent of cheques cut, in units of the mean."""
    rows = np.flatnonzero(base.decided)
    amount = np.where(base.won[rows], np.nan_to_num(base.amount[rows]), 0.0)
    positive = amount[amount > 0]
    if not len(positive):
        return rows[:0], amount[:0]
    amount = np.clip(amount, 0, np.quantile(positive, 0.98))
    return rows, amount / amount.mean()


def _converted(base: Base) -> tuple[np.ndarray, np.ndarray]:
    """Whether a lead became a deal, of leads old enough that nine of ten conversions had time to happen."""
    wait = base.closed - base.created
    with np.errstate(invalid="ignore"):
        seen = wait[base.won & np.isfinite(wait) & (wait >= 0)]
    horizon = min(float(np.quantile(seen, 0.9)), 90.0) if len(seen) else 30.0
    rows = np.flatnonzero(base.end - base.created >= horizon)
    with np.errstate(invalid="ignore"):
        y = base.won[rows] & ~(wait[rows] > horizon)
    return rows, y.astype(float)


def clipped(y: np.ndarray) -> np.ndarray:
    """`y` with values further than six robust deviations from the median pulled in (slips of the pen)."""
    if not len(y):
        return y
    middle = np.median(y)
    reach = 6 * 1.4826 * np.median(np.abs(y - middle))
    return np.clip(y, middle - reach, middle + reach) if reach > 0 else y


MEASURES: tuple[Measure, ...] = (
    Measure("win_rate", "M08", "deals", "share", "share", 1, "share", 0.15, 0.03,
            ("deals.semantic",), 20, _decided),
    Measure("avg_check", "M29", "deals", "level", "money", 1, "money", 0.05, np.inf,
            ("deals.semantic", "deals.amount"), 20, _checks),
    Measure("cycle_days", "M17", "deals", "level", "days", -1, "days", 0.10, np.inf,
            ("deals.semantic", "deals.created_at", "deals.closed_at"), 20, _cycles),
    Measure("revenue_per_lead", "M05", "deals", "level", "money", 1, "money", 0.10, np.inf,
            ("deals.semantic", "deals.amount"), 50, _revenue),
    Measure("lead_conversion", "M06", "leads", "share", "leads", 1, "share", 0.15, 0.03,
            ("leads.created_at", "leads.converted_at"), 30, _converted),
)
BY_ID = {measure.id: measure for measure in MEASURES}


class Units:
    """The outcome of one measure and its way back from the linear scale of the model to the metric's unit."""

    def __init__(self, measure: Measure, base: Base):
        self.measure, self.base = measure, base
        self.rows, self.y = measure.outcome(base)
        self.raw = self._raw()

    def _raw(self) -> np.ndarray:
        """The metric of one unit in its own unit."""
        base, rows = self.base, self.rows
        if self.measure.id == "avg_check":
            return base.amount[rows]
        if self.measure.id == "cycle_days":
            return np.maximum(base.closed[rows] - base.created[rows], 0)
        if self.measure.id == "revenue_per_lead":
            return np.where(base.won[rows], np.nan_to_num(base.amount[rows]), 0.0)
        return self.y

    def value(self, inside: np.ndarray | slice = slice(None)) -> float:
        """The plain value of the metric over some of the units: a median for days, else a mean."""
        some = self.raw[inside]
        if not len(some):
            return float("nan")
        return float(np.median(some)) if self.measure.id == "cycle_days" else float(np.sum(some) / len(some))

    def back(self, eta: np.ndarray, n: np.ndarray, smear: float) -> float:
        """Expected metric of units whose linear predictors are `eta`."""
        total = n.sum()
        if self.measure.family == "share":
            return float((n / (1 + np.exp(-eta))).sum() / total)
        if self.measure.id == "avg_check":
            return float(smear * (n * np.exp(eta)).sum() / total)
        if self.measure.id == "cycle_days":
            return float(smear * np.exp((n * eta).sum() / total) - 1)
        return float(smear * (n * eta).sum() / total)

    def smear(self, eta: np.ndarray, n: np.ndarray) -> float:
        """Factor from the typical to the plain value (Duan 1983): makes the whole come out right."""
        if self.measure.family == "share" or not len(self.raw):
            return 1.0
        plus = 1 if self.measure.id == "cycle_days" else 0
        return (self.value() + plus) / (self.back(eta, n, 1.0) + plus)

    def least(self, mean: float) -> float:
        """Minimum important difference in the metric's unit around `mean`."""
        return min(self.measure.least_abs, self.measure.least * abs(mean))
