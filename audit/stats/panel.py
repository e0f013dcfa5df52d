"""The effect of a change on a panel of units (sellers, teams, shops) by periods, with the uncertainty between units, however few."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from audit.stats.estimate import Student, student
from audit.stats.groups import few_means

GROUPS = 40  # of units left out at a time
STAYS = np.linspace(0, 1, 21)  # parts of a unit's level before that may stay after


class Panel(NamedTuple):
    """Cells of units (rows) by periods (columns): mean outcome `y` (NaN where nothing was seen), `weight` of the cell, `treated` 0/1."""

    y: np.ndarray
    weight: np.ndarray
    treated: np.ndarray

    @property
    def ever(self) -> np.ndarray:
        """Units that the change reaches."""
        return np.asarray(self.treated.any(1))

    @property
    def common(self) -> bool:
        """Whether the change starts in one period for all whom it reaches, and stays."""
        starts = self.treated[self.ever]
        return bool(len(starts)) and bool((starts == starts[0]).all())

    def without(self, units: np.ndarray) -> Panel:
        """The same less the units marked true."""
        return Panel(self.y[~units], self.weight[~units], self.treated[~units])


def collapsed(panel: Panel) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(mean before, mean after, reached) of every unit with both, for a change that starts at once."""
    after = panel.treated[panel.ever][0].astype(bool)
    seen = np.where(np.isfinite(panel.y), panel.weight, 0.0)
    values = np.nan_to_num(panel.y)
    with np.errstate(divide="ignore", invalid="ignore"):
        before = (values * seen)[:, ~after].sum(1) / seen[:, ~after].sum(1)
        later = (values * seen)[:, after].sum(1) / seen[:, after].sum(1)
    kept = np.isfinite(before) & np.isfinite(later)
    return before[kept], later[kept], panel.ever[kept]


def difference(before: np.ndarray, after: np.ndarray, reached: np.ndarray) -> Student | None:
    """Difference in differences of unit means with Student's t between units; None with fewer than two others.

    The spread is pooled while either side has fewer than five units, else each side has its own (Welch).
    Donald & Lang (2007), Rev. Econ. Stat. 89:221–233.

    >>> one = difference(np.array([1., 2, 3, 4]), np.array([3., 4.2, 3, 4.1]), np.array([True, True, False, False]))
    >>> round(one.value, 2), int(one.dfs[0])
    (2.05, 2)
    """
    change = after - before
    return few_means(change[reached], change[~reached])


def _told(value: float, error: float, df: float) -> Student | None:
    return student(value, error, df) if error > 0 else None


def adjusted(before: np.ndarray, after: np.ndarray, reached: np.ndarray) -> Student | None:
    """The same with each unit's level before as a covariate: what regression to the mean alone would bring is not counted.

    Units chosen for being bad come back by themselves; given the level before, the choice says nothing more. The part of the level that stays lies
    between none (chance made it: half of the prior weight) and all (the units are so); every part on a grid is weighted by how well it fits within
    both sides. A free slope rests on the others alone, and one unit far below them would lean on a line that few have drawn. Needs five units.
    Senn (2006), Statistics in Medicine 25:4334–4344; Angrist & Pischke (2009), Mostly Harmless Econometrics, 5.4, for the ends.
    """
    n = len(before)
    found = [few_means(*sides) for sides in _apart(before, after, reached)] if n >= 5 else []
    kept = [one for one in found if one is not None]
    if len(kept) < len(STAYS):
        return None
    left = np.array([sum(float(((side - side.mean()) ** 2).sum()) for side in sides) for sides in _apart(before, after, reached)])
    weight = -0.5 * (n - 2) * np.log(left) + np.where(STAYS == 0, np.log(len(STAYS) - 1), 0.0)
    share = np.exp(weight - weight.max())
    values, errors, dfs = (np.concatenate([getattr(one, name) for one in kept]) for name in ("values", "errors", "dfs"))
    return Student(values, errors, dfs, share / share.sum())


def _apart(before: np.ndarray, after: np.ndarray, reached: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """(changed, other units): the mean after less each part of STAYS of the mean before."""
    return [(rest[reached], rest[~reached]) for rest in after - STAYS[:, None] * before]


class Imputed(NamedTuple):
    """`value` (mean over treated cells), `expected` of every cell without the change (NaN where it cannot be told), and the part `carried` by each unit."""

    value: float
    expected: np.ndarray
    carried: np.ndarray


def imputed(panel: Panel) -> Imputed | None:
    """The mean effect over the treated cells by imputation; None where it cannot be told.

    Unit and period effects are estimated on untreated cells only, so no unit that is already changed is a control and no weight is
    negative. Treated cells whose unit or period has no untreated cell are left out. `carried` adds up to one: the share of each unit in the
    variance of the value, were the noise of all cells alike. Borusyak, Jaravel & Spiess (2024), REStud 91:3253–3285.
    """
    seen = np.isfinite(panel.y)
    clean = seen & (panel.treated == 0)
    known = clean.any(1)[:, None] & clean.any(0)[None, :]
    told = seen & (panel.treated == 1) & known
    if not told.any():
        return None
    from scipy.linalg import lstsq

    units, periods = np.nonzero(clean)
    root = np.sqrt(panel.weight[units, periods])
    lines = _effects(units, periods, panel.y.shape)
    on_units, on_periods = np.nonzero(told)
    aim = _effects(on_units, on_periods, panel.y.shape).T @ (panel.weight[told] / panel.weight[told].sum())
    gram = (lines * root[:, None] ** 2).T @ lines
    solved = lstsq(gram, np.column_stack([lines.T @ (root**2 * panel.y[units, periods]), aim]), cond=1e-10, check_finite=False)[0]
    g = len(panel.y)
    expected = solved[:g, 0][:, None] + np.concatenate([[0.0], solved[g:, 0]])[None, :]
    weight = panel.weight[told] / panel.weight[told].sum()
    carried = np.bincount(units, (root**2 * (lines @ solved[:, 1])) ** 2, g) + np.bincount(on_units, weight**2, g)
    return Imputed(float(weight @ (panel.y[told] - expected[told])), np.where(known, expected, np.nan), carried / carried.sum())


def _effects(units: np.ndarray, periods: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Dummies of every unit and of every period but the first, a line a cell."""
    g, t = shape
    lines = np.zeros((len(units), g + t - 1))
    lines[np.arange(len(units)), units] = 1
    late = periods > 0
    lines[np.nonzero(late)[0], g + periods[late] - 1] = 1
    return lines


def staggered(panel: Panel) -> Student | None:
    """The mean effect over the treated cells with leave-one-unit-out errors; None where fewer than four units allow it.

    Degrees of freedom by how evenly units carry the spread (Satterthwaite), at most G − 1; beyond 40 units they are left out in 40 groups.
    Bell & McCaffrey (2002), Survey Methodology 28:169–181; Efron & Stein (1981), Ann. Stat. 9:586–596.
    """
    whole = imputed(panel)
    groups = np.arange(len(panel.y)) % GROUPS
    left = [imputed(panel.without(groups == group)) for group in range(int(groups.max(initial=-1)) + 1)]
    values = np.array([one.value for one in left if one is not None])
    g = len(values)
    if whole is None or g < max(4, len(left) - 1):
        return None
    error = np.sqrt((g - 1) / g * ((values - values.mean()) ** 2).sum())
    return _told(whole.value, float(error), max(1.0, min(g - 1, 1 / (whole.carried**2).sum() - 1)))
