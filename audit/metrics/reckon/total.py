"""A total that has not happened yet: deals won or not, arrivals, amounts; drawn many times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LEVEL = 0.8
_DRAWN = 100  # cells of open deals drawn one by one; what the many small ones bring together is as good as normal
_CHOSEN = 300  # new amounts of a draw chosen one by one; the sum of further ones is as good as normal


@dataclass(frozen=True, slots=True)
class Open:
    """Open deals by cell: how many, their mean amount, their chance of being won in time."""

    n: np.ndarray
    amount: np.ndarray
    chance: np.ndarray


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Deals that have yet to come: expected number, variance ÷ mean of their number, chance, amounts won (and how often each)."""

    expected: float
    dispersion: float
    chance: float
    amounts: np.ndarray
    counts: np.ndarray

    @property
    def mean_amount(self) -> float:
        """Mean amount of a won deal, 0 where none is known."""
        return float((self.amounts * self.counts).sum() / self.counts.sum()) if self.counts.sum() else 0.0


@dataclass(frozen=True, slots=True)
class Total:
    """Expected money with its 80 % interval, and the parts of it."""

    value: float
    low: float
    high: float
    pipeline: float  # from open deals
    arrivals: float
    fact: float


def total(fact: float, opened: Open, arrivals: Arrivals, wins_seen: float, seed: Sequence[int], draws: int = 2_000) -> Total:
    """Money by the end of the period: what is there, what open deals bring, what new ones bring.

    The interval holds chance (each deal is won or not, each new amount is one of the past), the unknown number of
    arrivals, and how well the level of winning is known from `wins_seen` wins.
    """
    pipeline = float((opened.n * opened.chance * opened.amount).sum())
    new = arrivals.expected * arrivals.chance * arrivals.mean_amount
    value = fact + pipeline + new
    rng = np.random.default_rng(list(seed))
    level = rng.gamma(max(wins_seen, 1.0), size=draws) / max(wins_seen, 1.0)
    drawn = np.full(draws, fact)
    drawn = drawn + _won(opened, level, rng)
    if new > 0:
        drawn = drawn + _new(arrivals, level, rng)
    low, high = (float(x) for x in np.quantile(drawn, ((1 - LEVEL) / 2, (1 + LEVEL) / 2)))
    return Total(value, min(low, value), max(high, value), pipeline, new, fact)


def _won(opened: Open, level: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Money of open deals in every draw."""
    some = np.flatnonzero(opened.chance > 0)
    spread = opened.n[some] * opened.amount[some] ** 2 * opened.chance[some] * (1 - np.minimum(opened.chance[some], 1.0))
    order = some[np.argsort(-spread, kind="stable")]
    large, small = order[:_DRAWN], order[_DRAWN:]
    chance = np.minimum(opened.chance[large][None, :] * level[:, None], 1.0)
    drawn = rng.binomial(opened.n[large].astype(np.int64)[None, :], chance) @ opened.amount[large]
    if not len(small):
        return drawn
    # mean and variance are smooth in the level: a few levels tell them all
    n, amount, levels = opened.n[small], opened.amount[small], np.linspace(level.min(), level.max(), 50)
    chances = np.minimum(opened.chance[small][None, :] * levels[:, None], 1.0)
    mean, variance = chances @ (n * amount), (chances * (1 - chances)) @ (n * amount**2)
    rest = np.interp(level, levels, mean) + np.sqrt(np.interp(level, levels, variance)) * rng.standard_normal(len(level))
    return drawn + np.maximum(rest, 0.0)


def _new(arrivals: Arrivals, level: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Money of arrivals in every draw."""
    spread = max(arrivals.dispersion - 1.0, 1e-6)
    shape = arrivals.expected / spread
    number = rng.poisson(rng.gamma(shape, spread, len(level)))
    won = rng.binomial(number, np.minimum(arrivals.chance * level, 1.0))
    few = np.minimum(won, _CHOSEN)
    share = arrivals.counts / arrivals.counts.sum()
    amounts = rng.choice(arrivals.amounts, int(few.sum()), p=share)
    money = np.bincount(np.repeat(np.arange(len(level)), few), weights=amounts, minlength=len(level))
    many = won - few
    if not many.any():
        return money
    mean = float(arrivals.amounts @ share)
    deviation = float(np.sqrt(((arrivals.amounts - mean) ** 2) @ share))
    return money + many * mean + np.sqrt(many) * deviation * rng.standard_normal(len(level))
