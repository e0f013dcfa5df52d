"""The metrics that zones are sought in: which units, which outcome, and how effects turn back into the metric's unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from audit.zones.base import Base

MINUTES_5 = 5 / 1440
CUT = 0.98  # of the positive amounts of `mean` links: what is beyond is cut


@dataclass(frozen=True)
class Measure:
    """One metric as zones see it. `sign` +1: higher is better. `least` is the minimum important difference.

    `link` leads from the metric of a unit to the scale of the model: `logit` of a share, `log` of money, `log1p` of days,
    `mean` (in units of the mean), `sd` (in standard deviations).
    """

    id: str
    card: str
    table: str
    family: str  # share | level
    link: str
    scale: str  # share | money | days | leads | score: which natural spread and prior apply
    sign: int
    unit: str
    least: float  # share of the mean; shares of deals also stop at `least_abs`
    least_abs: float
    needs: tuple[str, ...]
    min_n: int
    outcome: Callable[[Base], tuple[np.ndarray, np.ndarray]]  # (row numbers, the metric of each of these units)
    priced: bool = True  # has a way to money; the others are levers without a price


def _decided(base: Base) -> tuple[np.ndarray, np.ndarray]:
    rows = np.flatnonzero(base.decided)
    return rows, base.won[rows].astype(float)


def _checks(base: Base) -> tuple[np.ndarray, np.ndarray]:
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero(base.won & (base.amount > 0))
    return rows, base.amount[rows]


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
    return rows, np.maximum(length[rows], 0)


def _revenue(base: Base) -> tuple[np.ndarray, np.ndarray]:
    """Revenue of each decided deal."""
    rows = np.flatnonzero(base.decided)
    return rows, np.where(base.won[rows], np.nan_to_num(base.amount[rows]), 0.0)


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
    Measure("win_rate", "M08", "deals", "share", "logit", "share", 1, "share", 0.15, 0.03,
            ("deals.semantic",), 20, _decided),
    Measure("avg_check", "M29", "deals", "level", "log", "money", 1, "money", 0.05, np.inf,
            ("deals.semantic", "deals.amount"), 20, _checks),
    Measure("cycle_days", "M17", "deals", "level", "log1p", "days", -1, "days", 0.10, np.inf,
            ("deals.semantic", "deals.created_at", "deals.closed_at"), 20, _cycles),
    Measure("revenue_per_lead", "M05", "deals", "level", "mean", "money", 1, "money", 0.10, np.inf,
            ("deals.semantic", "deals.amount"), 50, _revenue),
    Measure("lead_conversion", "M06", "leads", "share", "logit", "leads", 1, "share", 0.15, 0.03,
            ("leads.created_at", "leads.converted_at"), 30, _converted),
)
BY_ID = {measure.id: measure for measure in MEASURES}


class Units:
    """The outcome of one measure and its way back from the linear scale of the model to the metric's unit.

    `raw` is the metric of each unit, `y` the same on the scale of the model.
    """

    def __init__(self, measure: Measure, base: Base):
        self.measure, self.base = measure, base
        self.rows, self.raw = measure.outcome(base)
        self.centre, self.size = 0.0, 1.0
        self.y = self._linear()

    def _linear(self) -> np.ndarray:
        link, raw = self.measure.link, np.asarray(self.raw, dtype=float)
        if link == "logit" or not len(raw):
            return raw
        if link in ("log", "log1p"):
            return clipped(np.log(raw) if link == "log" else np.log1p(raw))
        if link == "mean":
            positive = raw[raw > 0]
            cut = np.clip(raw, 0, np.quantile(positive, CUT)) if len(positive) else raw
            return cut / cut.mean() if len(positive) else np.zeros(len(raw))
        y = clipped(raw)
        self.centre, self.size = float(y.mean()), float(y.std()) or 1.0
        return (y - self.centre) / self.size

    def value(self, inside: np.ndarray | slice = slice(None)) -> float:
        """The plain value of the metric over some of the units: a median for days, else a mean."""
        some = self.raw[inside]
        if not len(some):
            return float("nan")
        return float(np.median(some)) if self.measure.link == "log1p" else float(np.sum(some) / len(some))

    def back(self, eta: np.ndarray, n: np.ndarray, smear: float) -> float:
        """Expected metric of units whose linear predictors are `eta`."""
        total = n.sum()
        if self.measure.link == "log1p":  # a typical length, not a mean one
            return float(smear * np.exp((n * eta).sum() / total) - 1)
        return float((n * self.each(eta, smear)).sum() / total)

    def each(self, eta: np.ndarray, smear: float) -> np.ndarray:
        """Expected metric of single units whose linear predictors are `eta`."""
        link = self.measure.link
        if link == "logit":
            return 1 / (1 + np.exp(-eta))
        if link in ("log", "log1p"):
            return smear * np.exp(eta) - (link == "log1p")
        return smear * eta if link == "mean" else self.centre + self.size * eta

    def smear(self, eta: np.ndarray, n: np.ndarray) -> float:
        """Factor from the typical to the plain value (Duan 1983): makes the whole come out right."""
        if self.measure.link in ("logit", "sd") or not len(self.raw):
            return 1.0
        plus = 1 if self.measure.link == "log1p" else 0
        return (self.value() + plus) / (self.back(eta, n, 1.0) + plus)

    def moved(self, effect):
        """What an effect on the linear scale makes of the value of the whole, as a difference in the metric's unit."""
        around, link = self.value(), self.measure.link
        if link == "logit":
            odds = around / (1 - around) * np.exp(np.clip(effect, -9, 9))
            return odds / (1 + odds) - around
        if link in ("log", "log1p"):
            return around * np.expm1(effect)
        return around * effect if link == "mean" else self.size * effect

    def variance(self, of_units: float) -> float:
        """Variance of one unit in the metric's unit; `of_units` is the one on the scale of the model."""
        around = self.value()
        if self.measure.link == "logit":
            return around * (1 - around)
        return of_units * (self.size if self.measure.link == "sd" else around) ** 2

    def least(self, mean: float) -> float:
        """Minimum important difference in the metric's unit around `mean`."""
        return min(self.measure.least_abs, self.measure.least * abs(mean))
