"""The effect of a change on a panel of units (sellers, teams, shops) by periods, with the uncertainty between units, however few."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from audit.stats.estimate import Student, student
from audit.stats.groups import noisy_means

GROUPS = 40  # of units left out at a time
BY_UNITS, BY_CELLS = 0.3, 0.1  # p, by units and by cells, below which imputation and one effect for all are taken to differ
STAYS = np.linspace(0, 1, 21)  # parts of a unit's level before that may stay after


class Panel(NamedTuple):
    """Cells of units (rows) by periods (columns): mean outcome `y` (NaN where nothing was seen), `weight` of the cell, `treated` 0/1.

    `noise` is the variance of one row inside the cells of each unit, 0 where a cell is one row and cannot tell it (None: of no unit).
    """

    y: np.ndarray
    weight: np.ndarray
    treated: np.ndarray
    noise: np.ndarray | None = None

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
        return Panel(self.y[~units], self.weight[~units], self.treated[~units], None if self.noise is None else self.noise[~units])


def collapsed(panel: Panel) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(mean before, mean after, reached) of every unit with both, for a change that starts at once."""
    after = panel.treated[panel.ever][0].astype(bool)
    before, later = _means(panel, ~after), _means(panel, after)
    kept = np.isfinite(before) & np.isfinite(later)
    return before[kept], later[kept], panel.ever[kept]


def of_rows(panel: Panel) -> tuple[np.ndarray, np.ndarray]:
    """What rows alone give the variance of the mean before and of that after, of the units of `collapsed`."""
    after = panel.treated[panel.ever][0].astype(bool)
    seen = np.where(np.isfinite(panel.y), panel.weight, 0.0)
    before, later = seen[:, ~after].sum(1), seen[:, after].sum(1)
    kept = (before > 0) & (later > 0)
    noise = np.zeros(len(seen)) if panel.noise is None else panel.noise
    return noise[kept] / before[kept], noise[kept] / later[kept]


def halves(panel: Panel) -> tuple[np.ndarray, np.ndarray]:
    """(mean of the earlier half of the time before, of the later one) of every unit with both, for a change that starts at once."""
    before = np.flatnonzero(panel.treated[panel.ever][0] == 0)
    early, late = _means(panel, before[: len(before) // 2]), _means(panel, before[len(before) // 2:])
    kept = np.isfinite(early) & np.isfinite(late)
    return early[kept], late[kept]


def _means(panel: Panel, periods: np.ndarray) -> np.ndarray:
    """The mean of every unit over some periods, NaN where it was not seen."""
    seen = np.where(np.isfinite(panel.y), panel.weight, 0.0)[:, periods]
    with np.errstate(divide="ignore", invalid="ignore"):
        return (np.nan_to_num(panel.y)[:, periods] * seen).sum(1) / seen.sum(1)


def difference(panel: Panel) -> Student | None:
    """The mean change of the changed units less that of the others, by `changes_apart`."""
    before, after, reached = collapsed(panel)
    of_before, of_after = of_rows(panel)
    return changes_apart(after - before, reached, of_before + of_after)


def changes_apart(change: np.ndarray, reached: np.ndarray, noise: np.ndarray) -> Student | None:
    """Difference in differences of unit means with Student's t between units; None with fewer than two others.

    The spread is pooled while either side has fewer than five units, what their rows give (`noise`) their own; else each side has its own (Welch).
    Donald & Lang (2007), Rev. Econ. Stat. 89:221–233.

    >>> one = changes_apart(np.array([2, 2.2, 0, 0.1]), np.array([True, True, False, False]), np.zeros(4))
    >>> round(one.value, 2), int(one.dfs[0])
    (2.05, 2)
    """
    return noisy_means(change[reached], change[~reached], noise[reached], noise[~reached])


def _told(value: float, error: float, df: float) -> Student | None:
    return student(value, error, df) if error > 0 else None


def adjusted(panel: Panel) -> Student | None:
    """The same with each unit's level before as a covariate: what regression to the mean alone would bring is not counted.

    Units chosen for being bad come back by themselves; given the level before, the choice says nothing more. The part of the level that stays lies
    between none (chance made it) and all (the units are so); every part on a grid is weighted by how well it fits within both sides, and by how well
    it foretells the later half of the time before from the earlier one. A free slope rests on the others alone, and one unit far below them would lean
    on a line that few have drawn. Needs five units.
    Senn (2006), Statistics in Medicine 25:4334–4344; Angrist & Pischke (2009), Mostly Harmless Econometrics, 5.4, for the ends.
    """
    before, after, reached = collapsed(panel)
    n = len(before)
    of_before, of_after = of_rows(panel)
    found = [changes_apart(after - part * before, reached, of_after + part**2 * of_before) for part in STAYS] if n >= 5 else []
    kept = [one for one in found if one is not None]
    if len(kept) < len(STAYS):
        return None
    left = np.array([sum(float(((side - side.mean()) ** 2).sum()) for side in sides) for sides in _apart(before, after, reached)])
    weight = -0.5 * (n - 2) * np.log(left) + _stayed(*halves(panel))
    share = np.exp(weight - weight.max())
    values, errors, dfs = (np.concatenate([getattr(one, name) for one in kept]) for name in ("values", "errors", "dfs"))
    return Student(values, errors, dfs, share / share.sum())


def _stayed(early: np.ndarray, late: np.ndarray) -> np.ndarray:
    """Log likelihood of each part of STAYS by two halves of the time before: a half has twice the chance of the whole, so of part s of the whole s / (2 − s) stays."""
    left = late - (STAYS / (2 - STAYS))[:, None] * early
    squares = ((left - left.mean(1, keepdims=True)) ** 2).sum(1) if len(early) else np.zeros(len(STAYS))
    return -0.5 * (len(early) - 1) * np.log(squares) if (squares > 0).all() else np.zeros(len(STAYS))


def _apart(before: np.ndarray, after: np.ndarray, reached: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """(changed, other units): the mean after less each part of STAYS of the mean before."""
    return [(rest[reached], rest[~reached]) for rest in after - STAYS[:, None] * before]


class Imputed(NamedTuple):
    """`value` (mean over treated cells), `expected` of every cell without the change (NaN where it cannot be told), and the `pull` of every cell on the value."""

    value: float
    expected: np.ndarray
    pull: np.ndarray


def imputed(panel: Panel) -> Imputed | None:
    """The mean effect over the treated cells by imputation; None where it cannot be told.

    Unit and period effects are estimated on untreated cells only, so no unit that is already changed is a control and no weight is
    negative. Treated cells whose unit or period has no untreated cell are left out. Borusyak, Jaravel & Spiess (2024), REStud 91:3253–3285.
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
    pull = np.zeros(panel.y.shape)
    pull[told] = panel.weight[told] / panel.weight[told].sum()
    value = float(pull[told] @ (panel.y[told] - expected[told]))
    pull[units, periods] = -(root**2) * (lines @ solved[:, 1])
    return Imputed(value, np.where(known, expected, np.nan), pull)


def _effects(units: np.ndarray, periods: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Dummies of every unit and of every period but the first, a line a cell."""
    g, t = shape
    lines = np.zeros((len(units), g + t - 1))
    lines[np.arange(len(units)), units] = 1
    late = periods > 0
    lines[np.nonzero(late)[0], g + periods[late] - 1] = 1
    return lines


def two_way(panel: Panel) -> tuple[float, np.ndarray] | None:
    """(one effect for all treated cells, the pull of every cell on it) by unit and period effects; None where it cannot be told.

    Right and far less noisy than imputation where the effect is the same for all and at all times; biased where it grows, since units changed
    earlier are then controls. de Chaisemartin & D'Haultfœuille (2020), Am. Econ. Rev. 110:2964–2996.
    """
    from scipy.linalg import lstsq

    seen = np.isfinite(panel.y)
    clean = seen & (panel.treated == 0)
    units, periods = np.nonzero(seen & clean.any(1)[:, None] & clean.any(0)[None, :])
    on, weight = panel.treated[units, periods].astype(float), panel.weight[units, periods]
    lines = _effects(units, periods, panel.y.shape)
    solved = lstsq((lines * weight[:, None]).T @ lines, lines.T @ (weight * on), cond=1e-10, check_finite=False)[0]
    rest = weight * (on - lines @ solved)
    if rest @ on <= 1e-9 * weight.sum():
        return None
    pull = np.zeros(panel.y.shape)
    pull[units, periods] = rest / (rest @ on)
    return float(pull[units, periods] @ panel.y[units, periods]), pull


def staggered(panel: Panel) -> Student | None:
    """The mean effect over the treated cells with leave-one-unit-out errors; None where fewer than four units allow it.

    One effect for all (`two_way`) where imputation does not speak against it, else imputation. Degrees of freedom by how evenly units carry the spread
    (Satterthwaite), at most G − 1, and a third of them where the method was chosen by what was seen; beyond 40 units they are left out in 40 groups.
    Bell & McCaffrey (2002), Survey Methodology 28:169–181; Efron & Stein (1981), Ann. Stat. 9:586–596; Hausman (1978), Econometrica 46:1251–1271.
    """
    whole, alike = imputed(panel), two_way(panel)
    groups = np.arange(len(panel.y)) % GROUPS
    parts = [panel.without(groups == group) for group in range(int(groups.max(initial=-1)) + 1)]
    left = [(free.value, same[0] if same else np.nan) for free, same in ((imputed(one), two_way(one)) for one in parts) if free is not None]
    g = len(left)
    if whole is None or g < max(4, len(parts) - 1):
        return None
    free, same = np.array(left).T
    if alike is not None and np.isfinite(same).all() and _same(panel, whole, alike, free - same):
        return _told(alike[0], max(_spread(same), _by_rows(panel, alike[1])), max(1.0, _evenly(alike[1], g) / 3))
    return _told(whole.value, max(_spread(free), _by_rows(panel, whole.pull)), _evenly(whole.pull, g))


def _by_rows(panel: Panel, pull: np.ndarray) -> float:
    """Error that rows alone give a value on which cells pull."""
    pulled = pull != 0
    noise = np.zeros(len(pull)) if panel.noise is None else panel.noise
    return float(np.sqrt(((pull**2 * noise[:, None])[pulled] / panel.weight[pulled]).sum()))


def _same(panel: Panel, free: Imputed, alike: tuple[float, np.ndarray], left: np.ndarray) -> bool:
    """Whether imputation and one effect for all differ neither by what units (`left`: their difference without each) nor by what the noise of cells allows."""
    from scipy.special import ndtr, stdtr

    apart, units = abs(free.value - alike[0]), _spread(left)
    clean = np.isfinite(panel.y) & np.isfinite(free.expected) & (panel.treated == 0)
    freedom = clean.sum() - clean.any(1).sum() - clean.any(0).sum() + 1
    if freedom < 1 or units <= 0:
        return bool(units <= 0 and apart <= 0)
    noise = (panel.weight * (panel.y - free.expected) ** 2)[clean].sum() / freedom
    pulls = (free.pull - alike[1]) ** 2
    cells = float(np.sqrt(noise * (pulls[pulls > 0] / panel.weight[pulls > 0]).sum()))
    return bool(2 * stdtr(len(left) - 1, -apart / units) >= BY_UNITS and cells > 0 and 2 * ndtr(-apart / cells) >= BY_CELLS)


def _spread(values: np.ndarray) -> float:
    """Error of an estimate from what it is without each unit (jackknife)."""
    g = len(values)
    return float(np.sqrt((g - 1) / g * ((values - values.mean()) ** 2).sum()))


def _evenly(pull: np.ndarray, g: int) -> float:
    """Degrees of freedom of a value on which cells (units, periods) pull, were their noise alike."""
    carried = (pull**2).sum(1)
    return float(max(1.0, min(g - 1, carried.sum() ** 2 / (carried**2).sum() - 1)))
