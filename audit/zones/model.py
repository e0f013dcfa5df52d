"""The expected value of every cell: main effects of all dimensions, each pooled as far as its levels agree."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from audit.stats.shrink import between
from audit.zones.cells import Cells
from audit.zones.dimensions import Factor

FREE, MAX_TAU, MIN_TAU = 1e-6, 1.5, 1e-3
STILL = 0.01  # relative change of the spreads that ends their estimation


@dataclass
class Model:
    """Main-effects model of one outcome over cells; `family` is `share` (logistic) or `level` (least squares).

    `zones` are cell masks with an effect of their own. After `fit`: `eta` (fitted, linear scale), `weight`
    and `response` (working data of each cell, net of `offset`), `gram`, `moment` (normal equations) and `tau` (spread of each
    factor's levels). Source: Breslow & Clayton (1993), JASA 88 (PQL); moments of Paule & Mandel (1982).
    """

    cells: Cells
    family: str
    nuisance: tuple[tuple[Factor, np.ndarray], ...] = ()
    zones: list[np.ndarray] = field(default_factory=list)
    dropped: set[tuple[int, int]] = field(default_factory=set)  # (factor, level) that a zone stands for
    tau: np.ndarray = field(default_factory=lambda: np.empty(0))
    offset: np.ndarray = field(default_factory=lambda: np.empty(0))  # known part of each cell's predictor
    _layouts: dict = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        pairs = list(zip(self.cells.factors, self.cells.codes, strict=True)) + list(self.nuisance)
        self.factors = [item for item, _ in pairs]
        self.codes = [codes for _, codes in pairs]
        sizes = [len(item.labels) for item in self.factors]
        self.starts = np.cumsum([1, *sizes])
        if not len(self.tau):
            self.tau = np.full(len(self.factors), 0.5)
        if not len(self.offset):
            self.offset = np.zeros(len(self.cells))
        self.eta = np.full(len(self.cells), self._flat())
        self.variance = np.ones(len(self.cells))  # of one unit, `level` family

    # -- layout of the columns: intercept, factor blocks, zones ---------------------------------------

    def block(self, at: int) -> np.ndarray:
        """Column numbers of factor `at`, without the levels a zone stands for."""
        return self._layout()[at][0]

    def live(self) -> np.ndarray:
        """All columns in use."""
        return self._layout()[-1][0]

    def _layout(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Of each factor its columns in use and those of all others; last all columns in use. Made once a set of zones."""
        key = (len(self.zones), frozenset(self.dropped))
        if key not in self._layouts:
            used = np.ones(self.starts[-1] + len(self.zones), dtype=bool)
            for at, level in self.dropped:
                used[self.starts[at] + level] = False
            found = []
            for first, end in zip(self.starts[:-1], self.starts[1:], strict=True):
                others = used.copy()
                others[0] = others[first:end] = False
                found.append((first + np.flatnonzero(used[first:end]), np.flatnonzero(others)))
            self._layouts[key] = [*found, (np.flatnonzero(used), np.empty(0, dtype=int))]
        return self._layouts[key]

    def penalty(self) -> np.ndarray:
        """Ridge of every column: 1/τ² for levels, next to nothing for the intercept and zones."""
        lam = np.full(self.starts[-1] + len(self.zones), FREE)
        lam[1:self.starts[-1]] = np.repeat(1 / np.maximum(self.tau, MIN_TAU) ** 2, np.diff(self.starts))
        lam[self.starts[-1]:] = 1 / 9.0  # a zone's own effect: a wide prior that only matters without any outcome
        return lam

    # -- fitting --------------------------------------------------------------------------------------

    def fit(self) -> Model:
        """Fit, estimate the spread of every factor, fit again."""
        self._iterate(8)
        self.spreads()
        self._iterate(4)
        return self

    def _flat(self) -> float:
        total, n = self.cells.sum1.sum(), self.cells.n.sum()
        if self.family == "level":
            return float(total / n) if n else 0.0
        return float(np.log((total + 0.5) / (n - total + 0.5)))

    def _iterate(self, times: int) -> None:
        for _ in range(times):
            self._linearise()
            self.gram, self.moment = self._normal()
            before, self.eta = self.eta, self.predict(self.solve())
            if np.max(np.abs(self.eta - before), initial=0.0) < 1e-4:
                break
        self._linearise()
        self.gram, self.moment = self._normal()

    def _linearise(self) -> None:
        n = self.cells.n
        if self.family == "share":
            p = self.mean()
            self.weight = n * p * (1 - p)
            self.response = self.eta - self.offset + (self.cells.sum1 - n * p) / self.weight
            return
        self._residual_variance()
        self.weight = n / self.variance
        self.response = self.cells.sum1 / n - self.offset

    def mean(self, eta: np.ndarray | None = None) -> np.ndarray:
        """Fitted mean of each cell (or that of another predictor), on the scale of the outcome."""
        eta = self.eta if eta is None else eta
        return eta if self.family == "level" else 1 / (1 + np.exp(-np.clip(eta, -9, 9)))

    def _residual_variance(self) -> None:
        """Unit variance by the factor whose levels differ most in it, pooled with all like 20 units."""
        c = self.cells
        square = np.maximum(c.sum2 - 2 * self.eta * c.sum1 + c.n * self.eta**2, 0)
        units = c.n.sum()
        pooled = square.sum() / max(units - 1, 1)
        best, gain = None, 0.0
        for at, item in enumerate(self.factors[:len(c.factors)]):
            n = np.bincount(self.codes[at], c.n, len(item.labels))
            ss = np.bincount(self.codes[at], square, len(item.labels))
            level = (ss + 20 * pooled) / (n + 20)
            better = float(-(n * np.log(np.maximum(level, 1e-12) / max(pooled, 1e-12))).sum() - 2 * len(n))
            if better > gain:
                best, gain = level[self.codes[at]], better
        floor = 1e-9 + 1e-6 * float(abs(self.eta).max(initial=1.0)) ** 2
        self.variance = np.maximum(np.full(len(c), pooled) if best is None else best, floor)

    def _normal(self) -> tuple[np.ndarray, np.ndarray]:
        """Z'WZ and Z'Wz over all columns."""
        w, wz = self.weight, self.weight * self.response
        size = self.starts[-1] + len(self.zones)
        gram, moment = np.zeros((size, size)), np.zeros(size)
        gram[0, 0], moment[0] = w.sum(), wz.sum()
        for a, item in enumerate(self.factors):
            span = slice(self.starts[a], self.starts[a + 1])
            diagonal = np.bincount(self.codes[a], w, len(item.labels))
            gram[0, span] = gram[span, 0] = diagonal
            gram[span, span] = np.diag(diagonal)
            moment[span] = np.bincount(self.codes[a], wz, len(item.labels))
            for b in range(a):
                other = slice(self.starts[b], self.starts[b + 1])
                part = crossed(self.codes[a], len(item.labels), self.codes[b], len(self.factors[b].labels), w)
                gram[span, other], gram[other, span] = part, part.T
        for i, mask in enumerate(self.zones):
            at = self.starts[-1] + i
            gram[at, :], moment[at] = self.against(mask, w), wz[mask].sum()
            gram[:, at] = gram[at, :]
        return gram, moment

    def against(self, mask: np.ndarray, w: np.ndarray) -> np.ndarray:
        """Σw of a set of cells by every column."""
        inside = w[mask]
        parts = [np.array([inside.sum()])]
        for item, codes in zip(self.factors, self.codes, strict=True):
            parts.append(np.bincount(codes[mask], inside, len(item.labels)))
        parts.append(np.array([w[mask & other].sum() for other in self.zones]))
        return np.concatenate(parts)

    def solve(self) -> np.ndarray:
        """Effects of all columns (0 for those not in use)."""
        use = self.live()
        effects = np.zeros(len(self.moment))
        effects[use] = np.linalg.solve(_ridged(self.gram[np.ix_(use, use)], self.penalty()[use]), self.moment[use])
        return effects

    def predict(self, effects: np.ndarray) -> np.ndarray:
        """Linear predictor of each cell."""
        eta = self.offset + effects[0]
        for at, codes in enumerate(self.codes):
            eta += effects[self.starts[at]:self.starts[at + 1]][codes]
        for i, mask in enumerate(self.zones):
            eta[mask] += effects[self.starts[-1] + i]
        return eta

    # -- how much levels differ -----------------------------------------------------------------------

    def levels(self, at: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(columns, effects, information matrix) of factor `at` with its own levels free, the others pooled."""
        own, other = self._layout()[at]
        rows = self.gram[other]
        rest, mixed = rows[:, other], rows[:, own]
        _ridged(rest, self.penalty()[other])
        both = np.linalg.solve(rest, np.column_stack([mixed, self.moment[other]]))
        info = self.gram[np.ix_(own, own)] - mixed.T @ both[:, :-1]
        _ridged(info, FREE + 1e-9 * info.diagonal())
        return own, np.linalg.solve(info, self.moment[own] - mixed.T @ both[:, -1]), info

    def spreads(self, rounds: int = 3) -> np.ndarray:
        """Estimate `tau` of every factor from how far its levels lie apart beyond chance."""
        for _ in range(rounds):
            before = self.tau.copy()
            for at in range(len(self.factors)):
                own, effects, info = self.levels(at)
                if len(own) < 2:
                    self.tau[at] = MIN_TAU
                    continue
                tau2, _ = between(effects, 1 / np.diag(info), np.ones((1, len(own)), dtype=bool))
                self.tau[at] = min(max(float(np.sqrt(tau2[0])), MIN_TAU), MAX_TAU)
            if np.all(np.abs(self.tau - before) <= STILL * before):
                break
        return self.tau


def _ridged(square: np.ndarray, ridge: np.ndarray) -> np.ndarray:
    """The matrix itself with `ridge` added to its diagonal."""
    np.einsum("ii->i", square)[:] += ridge
    return square


def crossed(a: np.ndarray, size_a: int, b: np.ndarray, size_b: int, w: np.ndarray) -> np.ndarray:
    """Σw by two codes: size_a × size_b."""
    return np.bincount(a * size_b + b, w, size_a * size_b).reshape(size_a, size_b)
