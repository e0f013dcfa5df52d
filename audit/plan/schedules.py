"""Schedules of a roll-out over units: which group starts when, which unit is in which group, and what each schedule can show."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from audit.stats.stagger import Components, covariance, detectable_effect, variance_of

MOST_STEPS = 6
LONGEST = 24  # months after which nobody waits for an effect


@dataclass(frozen=True)
class Rollout:
    """What a roll-out meets: `past` rows (units × months of history), `ahead` rows a month of each unit, `level` of each, `months` that it may take,
    `wait` months from a unit's start to the full effect (they tell nothing), `spread` of units and months."""

    past: np.ndarray
    ahead: np.ndarray
    level: np.ndarray
    months: int
    wait: int
    spread: Components

    @property
    def units(self) -> int:
        """How many units there are."""
        return len(self.ahead)

    def steps(self) -> range:
        """How many groups may start one after another: 1 is all at once."""
        return range(1, min(MOST_STEPS, self.units, self.months - self.wait) + 1)

    def every(self, steps: int) -> int:
        """Months between two starts."""
        return self.months // steps if steps > 1 else 0

    def variance(self, steps: int, group: np.ndarray, seen: int | None = None) -> float:
        """Variance of the effect when group 0, 1 … starts every so many months and `seen` months are over since the first start (default: all)."""
        table, starts = self._tables(steps, self.months if seen is None else seen)
        units = np.arange(self.units)
        x = (np.arange(table.shape[-1])[None, :] >= starts[group][:, None]).astype(float)
        return variance_of(table[group, units], x, None if steps > 1 else self.spread)

    def df(self, steps: int, seen: int | None = None) -> int:
        """Degrees of freedom: units are set against each other where they start apart, else months against months."""
        return self.units - 2 if steps > 1 else self.past.shape[1] + (self.months if seen is None else seen) - self.wait - 2

    def detectable(self, steps: int, group: np.ndarray, seen: int | None = None) -> float | None:
        """The least effect that shows (two-sided 0.05, power 0.8), on the scale of the outcome."""
        return detectable_effect(self.variance(steps, group, seen), self.df(steps, seen))

    def seen_after(self, steps: int, group: np.ndarray, size: float) -> int | None:
        """Months from the first start until an effect of `size` shows; None where it does not within two years."""
        shows = (seen for seen in range(self.wait + 1, LONGEST + 1) if (least := self.detectable(steps, group, seen)) is not None and least <= size)
        return next(shows, None)

    def groups(self, steps: int) -> np.ndarray:
        """The group of each unit: of equal size, volume and level, and then as the variance wants it."""
        group = balanced(self.ahead, self.level, steps)
        if steps == 1:
            return group
        best, before = self.variance(steps, group), math.inf
        while best < before * (1 - 1e-3):
            before = best
            for unit, place in _moves(self.ahead, steps):
                changed = moved(group, unit, place, self.ahead, steps)
                variance = self.variance(steps, changed)
                if variance < best:
                    group, best = changed, variance
        return group

    @cached_property
    def _tables(self):
        """Inverse covariances of every unit, were it in group 0, 1 …, and the months in which groups start."""
        return lru_cache(maxsize=64)(self._table)

    def _table(self, steps: int, seen: int) -> tuple[np.ndarray, np.ndarray]:
        history = self.past.shape[1]
        n = np.hstack([self.past, np.repeat(self.ahead[:, None], seen, axis=1)]).astype(float)
        starts = history + self.every(steps) * np.arange(steps)
        months = np.arange(n.shape[1])
        if not self.wait:
            return np.repeat(np.linalg.inv(covariance(self.spread, n))[None], steps, axis=0), starts
        told = [np.where((months >= start) & (months < start + self.wait), 0.0, n) for start in starts]
        return np.stack([np.linalg.inv(covariance(self.spread, rows)) for rows in told]), starts


def balanced(volume: np.ndarray, level: np.ndarray, steps: int) -> np.ndarray:
    """A group of each unit: `steps` units of like volume at a time go to different groups, the higher level to the group that is lowest so far."""
    group = np.zeros(len(volume), dtype=int)
    sums, sizes = [0.0] * steps, [0] * steps
    for block in _blocks(volume, steps):
        order = sorted(block, key=lambda unit: (-level[unit], unit))
        places = sorted(range(steps), key=lambda place: (sizes[place], sums[place] / max(sizes[place], 1), place))
        for unit, place in zip(order, places, strict=False):
            group[unit] = place
            sums[place] += float(level[unit])
            sizes[place] += 1
    return group


def _blocks(volume: np.ndarray, steps: int) -> list[list[int]]:
    """Units by volume, `steps` at a time."""
    order = sorted(range(len(volume)), key=lambda unit: (-volume[unit], unit))
    return [order[at:at + steps] for at in range(0, len(order), steps)]


def moved(group: np.ndarray, unit: int, place: int, volume: np.ndarray, steps: int) -> np.ndarray:
    """The groups with `unit` in `place`, and the unit of like volume that was there, if any, in the place of `unit`: balance is kept."""
    changed = group.copy()
    block = next(block for block in _blocks(volume, steps) if unit in block)
    for other in block:
        if group[other] == place:
            changed[other] = group[unit]
    changed[unit] = place
    return changed


def _moves(volume: np.ndarray, steps: int) -> Iterator[tuple[int, int]]:
    """Every unit in every group."""
    return ((unit, place) for block in _blocks(volume, steps) for unit in block for place in range(steps))
