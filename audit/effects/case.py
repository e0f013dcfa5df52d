"""What is compared: one table's columns as arrays, and the design that they make."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from audit.errors import Phrase
from audit.stats.estimate import Estimate

Column = Any  # an array, None where the column was not named
KINDS = ("rate", "money", "count", "value", "duration")
EMPTY = ("", "na", "n/a", "nan", "null", "none", "-", "–")  # as programs write a cell without a value
DAY, WEEK, MONTH, QUARTER, STEP = "day", "week", "month", "quarter", "step"
PER_YEAR = {DAY: 365.25, WEEK: 365.25 / 7, MONTH: 12.0, QUARTER: 4.0}


def skewed(y: np.ndarray) -> bool:
    """Whether values have a long upper tail (skewness over 1), whatever unit they are measured in."""
    some = y if len(y) <= 100_000 else y[:: len(y) // 100_000]
    spread = some.std()
    return bool(spread > 0 and (((some - some.mean()) / spread) ** 3).mean() > 1)


class Mix(NamedTuple):
    """What rows are made of: `kinds` (kinds, p) numbers, `of` (n,) the kind of each row, `names` (p,)."""

    kinds: np.ndarray
    of: np.ndarray
    names: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """Rows to compare. Arrays are as long as `y`; None where the column was not named.

    `time` is datetime64[ns] or a float; `group` 0/1; `treated` 0/1; `unit` codes 0…; `mix` what rows are made of; `controls` (n, c) numbers;
    `event` 0/1 for durations. `at` is the first changed point, on the scale of `time`.
    """

    outcome: str
    kind: str
    y: np.ndarray
    better: str = "higher"
    time: Column = None
    at: Any = None  # datetime64 or float
    group: Column = None
    treated: Column = None
    unit: Column = None
    units: tuple[str, ...] = ()
    mix: Mix | None = None
    controls: Column = None
    control_names: tuple[str, ...] = ()
    event: Column = None
    season: float | None = None
    inflation: float | None = None

    @property
    def flags(self) -> bool:
        """Whether the outcome is 0 or 1 in every row."""
        return bool(((self.y == 0) | (self.y == 1)).all())

    @property
    def dated(self) -> bool:
        """Whether `time` is a calendar."""
        return self.time is not None and np.issubdtype(self.time.dtype, np.datetime64)

    @property
    def after(self) -> np.ndarray:
        """Rows at or after the change."""
        if self.group is not None:
            return self.group == 1
        if self.treated is not None:
            on = self.treated == 1
            return on if self.at is None or self.time is None else on & (self.time >= self.at)
        return self.time >= self.at

    @property
    def sizes(self) -> tuple[int, int]:
        """(rows before, rows after); of a panel those of the units that the change reaches."""
        after = self.after
        if self.treated is None or self.unit is None:
            return int((~after).sum()), int(after.sum())
        reached = np.isin(self.unit, np.unique(self.unit[after]))
        return int((reached & ~after).sum()), int(after.sum())


class Found(NamedTuple):
    """What a method found; `needs` says what is lacking where there is no estimate."""

    estimate: Estimate | None
    before: float = float("nan")
    value: float = float("nan")
    points: pd.DataFrame | None = None
    needs: Phrase | None = None
    controlled: bool = False  # a group that the change does not reach stands beside
    free: bool = False  # the effect has no course that was thought of


@dataclass(frozen=True)
class Series:
    """A series with even steps: `y`, `starts` of its points, rows `behind` each, place of the first changed one (`cut`)."""

    y: np.ndarray
    starts: np.ndarray
    behind: np.ndarray
    cut: int
    step: str
    controls: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    dropped: int = 0  # last points that are not whole

    @property
    def season(self) -> float | None:
        """Points in a year; None for a series without dates."""
        return PER_YEAR.get(self.step)
