"""The search for zones in one metric: expectation, tests, and the slices taken so far."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from audit.zones.accepted import Candidate, Zone
from audit.zones.base import Base
from audit.zones.cells import aggregate, on_grid
from audit.zones.cohorts import follow
from audit.zones.dimensions import Factor, is_price_list
from audit.zones.measures import Measure, Units
from audit.zones.model import Model
from audit.zones.scan import Scan, scan
from audit.zones.slices import Combination, combinations_of

MERGE = 100_000  # units from which on cells do not tell cohorts apart
PRICE_LIST_R2 = 0.25  # a dimension that explains this much of the cheque is a price list
RECENT = "\x00recent"  # the dimension of a search against the own past; no header is called so


@dataclass
class Search:
    """The scan of one measure over one base, with the zones taken so far."""

    measure: Measure
    base: Base
    depth: int = 2
    since: float | None = None  # of a search against the own past: the day number from which on units are recent
    zones: list[Zone] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.units = Units(self.measure, self.base)
        self.merged = len(self.units.rows) > MERGE
        self.cells = aggregate(self.base.factors if self.merged else self.factors, self.units.rows, self.units.y)
        self.cohort = np.zeros(len(self.base.period.labels))  # of merged cells: effect of each cohort
        self.tested = 0
        self.combos: list[Combination] = []
        self.weights = np.empty(0)  # of the bound on false zones, one a slice in the order of the scan
        self.least = 0.0
        self.skew: float | None = None
        self.model: Model | None = None

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The dimensions and the cohort."""
        return (*self.base.factors, self.base.period)

    def eta(self, positions: np.ndarray) -> np.ndarray:
        """Linear predictor of single units, their own cohort included."""
        assert self.model is not None
        cell = self.cells.of_row[positions]
        if not self.merged:
            return self.model.eta[cell]
        return self.model.eta[cell] - self.model.offset[cell] + self.cohort[self.base.period.codes[self.units.rows[positions]]]

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Linear predictor of any rows of the base."""
        model = self.model
        assert model is not None
        effects = model.solve()
        eta = effects[0] + self.cohort[self.base.period.codes[rows]]
        for at, item in enumerate(self.cells.factors):
            eta += effects[model.starts[at]:model.starts[at + 1]][item.codes[rows]]
        for i, zone in enumerate(self.zones):
            eta[self.base.within(zone.at, zone.levels, rows)] += effects[model.starts[-1] + i]
        return eta

    @property
    def measurable(self) -> bool:
        """Whether there is enough to compare at all."""
        return self.cells.n.sum() >= 2 * self.measure.min_n and np.ptp(self.units.y) > 0

    @property
    def unit_variance(self) -> float:
        """Variance of one unit on the scale of the model."""
        assert self.model is not None
        return float(np.average(self.model.variance, weights=self.cells.n))

    def start(self) -> None:
        """Fit the expectation and list the slices."""
        self.model = Model(self.cells, self.measure.family).fit()
        if self.merged:
            self.cohort = follow(self.model, self.cells, self.units.y, self.base.period.codes[self.units.rows], len(self.cohort))
        names = [at for at, item in enumerate(self.base.factors) if item.usable.sum() > 1 and item.name not in self.base.held]
        combos = combinations_of(self.cells, names, self.depth, self.measure.min_n, self._events if self.measure.family == "share" else None)
        if self.since is not None:
            last = len(self.base.factors) - 1
            combos = [combo.only(1, 1) for combo in combos if len(combo.at) == 2 and combo.at[1] == last]
        self.combos = [combo for combo in combos if not self._by_nature(combo)]
        self.tested = sum(len(combo) for combo in self.combos)
        self.smear = self.units.smear(self.model.eta, self.cells.n)
        self.least = self.units.least(self.units.value())

    def _events(self, at: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Events and non-events of each cell that are expected if a level of one factor were like its peers; of several factors by their main effects."""
        model = self.model
        assert model is not None
        mean = model.mean()
        if len(at) == 1:
            first = model.starts[at[0]]
            mean = model.mean(model.eta - model.solve()[first:model.starts[at[0] + 1]][model.codes[at[0]]])
        return self.cells.n * mean, self.cells.n * (1 - mean)

    def _by_nature(self, combo: Combination) -> bool:
        """Whether all slices of a combination only restate a price list."""
        if self.measure.scale != "money" or len(combo.at) > 1:
            return False
        item = self.base.factors[combo.at[0]]
        return is_price_list(item.kind) or self._explained(combo.at[0]) > PRICE_LIST_R2

    def _explained(self, at: int) -> float:
        """Share of the variance of the outcome that lies between the levels of a factor."""
        size = len(self.base.factors[at].labels)
        n = np.bincount(self.cells.codes[at], self.cells.n, size)
        total = np.bincount(self.cells.codes[at], self.cells.sum1, size)
        mean = self.cells.sum1.sum() / n.sum()
        between = (n * (total / np.maximum(n, 1) - mean) ** 2).sum()
        whole = self.cells.sum2.sum() - n.sum() * mean**2
        return float(between / whole) if whole > 0 else 0.0

    # -- one step -------------------------------------------------------------------------------------

    def look(self) -> None:
        """Test all slices against the present expectation."""
        assert self.model is not None
        self.scan: Scan = scan(self.model, self.combos, scale=self.measure.scale, sign=self.measure.sign, third=self._third())
        big = self._gaps(self.scan) >= self.least
        taken = {(zone.at, zone.levels) for zone in self.zones}
        fresh = np.array([(self.combos[c].at, tuple(self.combos[c].levels[i])) not in taken
                          for c, i in zip(self.scan.combo, self.scan.item, strict=True)], dtype=bool) if taken else True
        self.open = big & fresh

    def _third(self) -> np.ndarray:
        """Third cumulant of the score of each cell."""
        model, n = self.model, self.cells.n
        assert model is not None
        if self.measure.family == "share":
            p = model.mean()
            return n * p * (1 - p) * (1 - 2 * p)
        if self.skew is None:
            self.skew = self._skewness()
        skew = self.skew
        return n * skew / model.variance**1.5

    def _skewness(self) -> float:
        """Skewness of the residuals of single units."""
        assert self.model is not None
        cell = self.cells.of_row
        residual = on_grid((self.units.y - self.model.eta[cell]) / np.sqrt(self.model.variance[cell]))
        square, cube = on_grid(residual**2).sum() / len(cell), on_grid(residual**3).sum() / len(cell)
        return float(np.clip(cube / max(square, 1e-12) ** 1.5, -5, 5))

    def _gaps(self, found: Scan) -> np.ndarray:
        """Size of each slice's gap in the metric's unit, roughly (for the least that matters)."""
        if self.measure.family == "share":
            mean = self.model.mean() * self.cells.n  # type: ignore[union-attr]
            base = np.concatenate([combo.total(mean) / combo.n for combo in self.combos])
            odds = np.exp(np.clip(found.effect, -9, 9)) * base / (1 - base)
            # the fitted mean holds part of the effect already: take the larger reading
            inverse = base / (1 - base) * np.exp(-np.clip(found.effect, -9, 9))
            return np.maximum(np.abs(odds / (1 + odds) - base), np.abs(inverse / (1 + inverse) - base))
        return np.abs(self.units.moved(found.effect))

    def best(self, worse: bool) -> Candidate | None:
        """The clearest slice left in one direction, p against its weight."""
        p = self.scan.worse if worse else self.scan.better
        rows = np.flatnonzero(self.open)
        if not len(rows):
            return None
        weight = self.weights[rows]
        order = np.lexsort((-np.abs(self.scan.z[rows]), p[rows] / weight))
        row = int(rows[order[0]])
        return Candidate(float(p[row]), float(weight[order[0]]), float(self.scan.z[row]), row, worse)

    def mask(self, row: int) -> np.ndarray:
        """Cells of a row of the scan."""
        return self.combos[self.scan.combo[row]].place == self.scan.item[row]

    def single(self, factor: int, level: int) -> int | None:
        """Row of the scan that holds one level of one factor."""
        for number, combo in enumerate(self.combos):
            if combo.at == (factor,):
                rows = np.flatnonzero(self.scan.combo == number)
                match = rows[combo.levels[self.scan.item[rows], 0] == level]
                return int(match[0]) if len(match) else None
        return None

    def take(self, candidate: Candidate) -> None:
        """Accept a slice: give it its own effect in the expectation and fit again."""
        assert self.model is not None
        combo, item = self.combos[self.scan.combo[candidate.row]], int(self.scan.item[candidate.row])
        levels = tuple(int(level) for level in combo.levels[item])
        self.zones.append(Zone(combo.at, levels, combo.place == item, candidate.worse, candidate.p, candidate.weight))
        self.refit()

    def refit(self) -> None:
        """Fit the expectation anew with the zones that are taken."""
        assert self.model is not None
        model = self.model
        model.zones = [zone.mask for zone in self.zones]
        model.dropped = {(zone.at[0], zone.levels[0]) for zone in self.zones if len(zone.at) == 1}
        model.fit()

    # -- what others read -----------------------------------------------------------------------------

    def inner(self, zone: Zone) -> list[Zone]:
        """Zones inside `zone` that are worse (better) still: where it is worst, not causes of their own."""
        mine = set(zip(zone.at, zone.levels, strict=True))
        return [one for one in self.zones if one.worse is zone.worse and mine < set(zip(one.at, one.levels, strict=True))]

    @property
    def outer(self) -> list[Zone]:
        """Zones that lie in no other one of the same direction."""
        inside = {id(part) for zone in self.zones for part in self.inner(zone)}
        return [zone for zone in self.zones if id(zone) not in inside]

    def own(self, zone: Zone) -> np.ndarray:
        """Of each cell the effect of `zone` with what lies inside it."""
        effect = zone.effect * zone.mask
        for part in self.inner(zone):
            effect = effect + part.effect * part.mask
        return effect

    def without(self, zone: Zone, positions: np.ndarray) -> np.ndarray:
        """Linear predictor of single units without the effect of `zone` and what lies inside it."""
        return self.eta(positions) - self.own(zone)[self.cells.of_row[positions]]

    def factors_of(self, zone: Zone) -> tuple[Factor, ...]:
        """The factors that a zone names."""
        return tuple(self.base.factors[at] for at in zone.at)
