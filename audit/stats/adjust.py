"""Two groups of rows compared as if both were made of the same."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from audit.stats.estimate import Student, student
from audit.stats.groups import jackknifed


class _Cells(NamedTuple):
    """Rows of one group, kind (and cluster) added up: how many, Σy, Σy²; the group, kind and cluster of each cell."""

    n: np.ndarray
    sums: np.ndarray
    squares: np.ndarray
    group: np.ndarray
    kind: np.ndarray
    unit: np.ndarray


def adjusted(y: np.ndarray, group: np.ndarray, kinds: np.ndarray, of: np.ndarray, units: np.ndarray | None = None) -> Student | None:
    """Difference of means (group 1 less group 0) at the mix of group 0.

    `kinds` (k, p): covariates of each kind of row, measured before; `of` (n,): the kind of each row. Each group has its own slopes where both have
    ten rows a column. Errors: HC3, or by leaving out one cluster of `units` 0…G−1 at a time. Columns that say nothing new are left out; None where
    none is left or nothing varies. Rows of a kind have one leverage, so sums of cells give what rows would.
    Lin (2013), Ann. Appl. Stat. 7:295–318; MacKinnon & White (1985), J. Econometrics 29:305–325.
    """
    cells = _cells(y, group, of, np.zeros(len(y), dtype=int) if units is None else units, len(kinds))
    first = cells.group == 0
    x = kinds[cells.kind] - np.average(kinds[cells.kind[first]], axis=0, weights=cells.n[first])
    x = x[:, _new(np.column_stack([np.ones(len(x)), cells.group]) * np.sqrt(cells.n)[:, None], x * np.sqrt(cells.n)[:, None])]
    if not x.shape[1]:
        return None
    sizes = np.bincount(cells.group, cells.n, 2)
    own = sizes.min() >= 10 * (x.shape[1] + 1)
    design = np.column_stack([np.ones(len(x)), cells.group, x, *([x * cells.group[:, None]] if own else [])])
    weighted = design * cells.n[:, None]
    gram, aim = weighted.T @ design, design.T @ cells.sums
    if np.linalg.cond(gram) > 1e12 or sizes.sum() <= design.shape[1] + 2:
        return None
    if units is not None:
        return _left_out(cells, design, gram, aim)
    inverse = np.linalg.inv(gram)
    beta = inverse @ aim
    fit = design @ beta
    left = np.maximum(cells.squares - 2 * fit * cells.sums + cells.n * fit**2, 0)
    reach = np.minimum((design @ inverse * design).sum(1), 1 - 1e-9)
    error = float(np.sqrt(((design @ inverse[:, 1]) ** 2 * left / (1 - reach) ** 2).sum()))
    return student(float(beta[1]), error, float(sizes.sum() - design.shape[1])) if error > 0 else None


def _cells(y: np.ndarray, group: np.ndarray, of: np.ndarray, units: np.ndarray, kinds: int) -> _Cells:
    code = (units.astype(np.int64) * kinds + of) * 2 + group
    size = int(code.max()) + 1
    if size > 4 * len(y) + 1_000:  # sparse: only the combinations that occur
        known, code = np.unique(code, return_inverse=True)
        size = len(known)
    else:
        known = np.arange(size)
    n = np.bincount(code, minlength=size).astype(float)
    sums, squares = np.bincount(code, y, size), np.bincount(code, y * y, size)
    seen = n > 0
    rest, side = np.divmod(known[seen], 2)
    unit, kind = np.divmod(rest, kinds)
    return _Cells(n[seen], sums[seen], squares[seen], side, kind, unit)


def _new(head: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Places of the columns that neither the head nor earlier ones make up."""
    from scipy.linalg import qr

    rest = x - head @ np.linalg.lstsq(head, x, rcond=None)[0]
    if not x.shape[1]:
        return np.zeros(0, dtype=int)
    upper, order = qr(rest, mode="r", pivoting=True)[:2]
    size = np.abs(np.diag(upper))
    kept = order[: len(size)][size > 1e-8 * max(float(np.sqrt((x**2).sum(0).max())), 1e-300)]
    return np.sort(kept)


def _left_out(cells: _Cells, design: np.ndarray, gram: np.ndarray, aim: np.ndarray) -> Student | None:
    g = int(cells.unit.max()) + 1
    order = np.argsort(cells.unit, kind="stable")
    values = []
    for rows in np.split(order, np.searchsorted(cells.unit[order], np.arange(1, g))):
        part = design[rows]
        less = gram - (part * cells.n[rows, None]).T @ part
        if np.linalg.cond(less) < 1e12:
            values.append(np.linalg.solve(less, aim - part.T @ cells.sums[rows])[1])
    sizes = np.bincount(cells.group, cells.n, 2)
    carried = np.bincount(cells.unit, cells.n / sizes[cells.group] ** 2, g)
    return jackknifed(float(np.linalg.solve(gram, aim)[1]), np.array(values), carried) if len(values) >= g - 1 else None
