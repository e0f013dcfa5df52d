"""Rows → the finest cells of the chosen dimensions, with their sums; every slice is a roll-up of cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audit.zones.dimensions import Factor

GRID = 2.0**20  # sums of multiples of 1/GRID are exact, so the order of rows cannot matter


@dataclass(frozen=True)
class Cells:
    """One entry a cell: level codes of every factor, n, Σy and Σy²; `of_row` leads from rows to cells."""

    factors: tuple[Factor, ...]
    codes: tuple[np.ndarray, ...]
    n: np.ndarray
    sum1: np.ndarray
    sum2: np.ndarray
    of_row: np.ndarray

    def __len__(self) -> int:
        return len(self.n)


def on_grid(y: np.ndarray) -> np.ndarray:
    """`y` rounded to the grid on which sums are exact."""
    return np.round(np.asarray(y, dtype=float) * GRID) / GRID


def aggregate(factors: tuple[Factor, ...], rows: np.ndarray, y: np.ndarray) -> Cells:
    """Cells of the rows with indices `rows`, whose outcomes are `y`."""
    key = np.zeros(len(rows), dtype=np.int64)
    bound = 1
    for item in factors:
        if bound * len(item.labels) > 2**62:
            _, key = np.unique(key, return_inverse=True)
            bound = int(key.max(initial=0)) + 1
        key = key * len(item.labels) + item.codes[rows]
        bound *= len(item.labels)
    of_row, first = _numbered(key, bound)
    count = len(first)
    y = on_grid(y)
    return Cells(
        factors, tuple(item.codes[rows][first] for item in factors),
        np.bincount(of_row, minlength=count).astype(float),
        np.bincount(of_row, weights=y, minlength=count),
        np.bincount(of_row, weights=on_grid(y * y), minlength=count), of_row,
    )


def _numbered(key: np.ndarray, bound: int) -> tuple[np.ndarray, np.ndarray]:
    """(cell number of each row in the order of keys, one row of each cell)."""
    if bound > max(4 * len(key), 2**22):
        _, first, of_row = np.unique(key, return_index=True, return_inverse=True)
        return of_row, first
    present = np.bincount(key, minlength=bound) > 0
    number = np.cumsum(present) - 1
    of_row = number[key]
    first = np.empty(int(present.sum()), dtype=np.int64)
    first[of_row] = np.arange(len(key))
    return of_row, first
