"""An estimate with its uncertainty: one Student's t or a mixture of several, or ends that were found by trying."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LEVEL = 0.95


@dataclass(frozen=True)
class Student:
    """A mixture of Student's t: `values` with standard `errors`, `dfs` and `weights` that add up to one; plain t is a mixture of one."""

    values: np.ndarray
    errors: np.ndarray
    dfs: np.ndarray
    weights: np.ndarray

    @property
    def value(self) -> float:
        """The mean of the mixture."""
        return float(self.weights @ self.values)

    @property
    def error(self) -> float:
        """Standard deviation of the mixture, the t parts taken as normal."""
        return float(np.sqrt(self.weights @ (self.errors**2 + (self.values - self.value) ** 2)))

    @property
    def p_value(self) -> float:
        """Two-sided: twice the smaller part on one side of zero."""
        below = self._below(0.0)
        return float(min(1.0, 2 * min(below, 1 - below)))

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """The ends that leave (1 − level) / 2 on each side."""
        tail = (1 - level) / 2
        return self._quantile(tail), self._quantile(1 - tail)

    def times(self, scale: float) -> Student:
        """The same in units `scale` times as large."""
        return Student(self.values * scale, self.errors * scale, self.dfs, self.weights)

    def less(self, shift: float) -> Student:
        """The same with every value lower by `shift`."""
        return Student(self.values - shift, self.errors, self.dfs, self.weights)

    def _below(self, x: float) -> float:
        from scipy.special import stdtr

        return float(self.weights @ stdtr(self.dfs, (x - self.values) / self.errors))

    def _quantile(self, p: float) -> float:
        from scipy.optimize import brentq
        from scipy.special import stdtrit

        ends = self.values + self.errors * stdtrit(self.dfs, p)
        kept = ends[self.weights > 0]
        low, high = float(kept.min()), float(kept.max())
        if high - low <= 1e-9 * (abs(low) + abs(high) + 1e-300):
            return (low + high) / 2
        return float(brentq(lambda x: self._below(x) - p, low - 1e-9 * abs(low), high + 1e-9 * abs(high), xtol=1e-12 * (high - low)))


@dataclass(frozen=True)
class Ends:
    """A value with its 95 % ends and two-sided p-value; other levels stretch each side by the ratio of normal quantiles."""

    value: float
    low: float
    high: float
    p_value: float

    @property
    def error(self) -> float:
        """The half width of the interval over 1.96."""
        return (self.high - self.low) / (2 * 1.959964)

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """The ends at `level`."""
        from scipy.special import ndtri

        by = float(ndtri(0.5 + level / 2) / ndtri(0.5 + LEVEL / 2))
        return self.value - by * (self.value - self.low), self.value + by * (self.high - self.value)


@dataclass(frozen=True)
class Between:
    """The truth lies between what two estimates take for granted: the interval holds both of theirs, the value is their middle."""

    one: Student
    other: Student

    @property
    def value(self) -> float:
        """The middle of the two."""
        return (self.one.value + self.other.value) / 2

    @property
    def error(self) -> float:
        """The half width of the interval over 1.96."""
        low, high = self.interval()
        return (high - low) / (2 * 1.959964)

    @property
    def p_value(self) -> float:
        """The larger of both; 1 where they point apart."""
        return max(self.one.p_value, self.other.p_value) if self.one.value * self.other.value > 0 else 1.0

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """From the lower of both lower ends to the upper of both upper ends."""
        ends = [each.interval(level) for each in (self.one, self.other)]
        return min(low for low, _ in ends), max(high for _, high in ends)


Estimate = Student | Ends | Between


def student(value: float, error: float, df: float) -> Student:
    """One Student's t.

    >>> [round(x, 3) for x in student(1.0, 0.5, 10).interval()]
    [-0.114, 2.114]
    """
    return Student(np.array([value], float), np.array([error], float), np.array([df], float), np.ones(1))


def mixture(values: np.ndarray, errors: np.ndarray, df: float, log_weights: np.ndarray) -> Student:
    """A mixture from weights on the logarithmic scale; parts below a millionth are left out."""
    weights = np.exp(log_weights - log_weights.max())
    weights /= weights.sum()
    kept = weights > 1e-6
    return Student(values[kept], errors[kept], np.full(int(kept.sum()), float(df)), weights[kept] / weights[kept].sum())
