"""Every slice that is tested: levels of one dimension and combinations of two (on demand three)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from audit.zones.cells import Cells

Events = Callable[[tuple[int, ...]], tuple[np.ndarray, np.ndarray]]
TIME = "time"
ROOM = 40_000_000  # entries of a dense combination table that memory may hold


@dataclass(frozen=True)
class Combination:
    """All kept slices of one combination of factors: `at` factor numbers, `place` slice number of each cell (−1: none)."""

    at: tuple[int, ...]
    levels: np.ndarray  # slices × len(at)
    place: np.ndarray
    n: np.ndarray

    def __len__(self) -> int:
        return len(self.n)

    def only(self, column: int, level: int) -> Combination:
        """The slices that have this level in this column."""
        keep = self.levels[:, column] == level
        number = np.where(keep, np.cumsum(keep) - 1, -1)
        return Combination(self.at, self.levels[keep], np.where(self.place >= 0, number[self.place], -1), self.n[keep])

    def total(self, values: np.ndarray) -> np.ndarray:
        """Σ values of the cells of each slice."""
        inside = self.place >= 0
        return np.bincount(self.place[inside], values[inside], len(self))


def combinations_of(cells: Cells, tested: list[int], depth: int, min_n: int, events: Events | None) -> list[Combination]:
    """Combinations of `depth` ≥ 1 of the `tested` factors with slices of at least `min_n` units.

    Hours, days of the week and ends of months combine among themselves alone: everybody's night is one cause.
    `events` gives the events and non-events of each cell (for shares) that are expected where the slice is like its peers, of which five each are
    needed. A slice with the very rows of a simpler one, and one that is nearly everything, is left out.
    """
    found: list[Combination] = []
    simpler: dict[tuple[int, ...], np.ndarray] = {}
    for size in range(1, depth + 1):
        for at in combinations(tested, size):
            if 0 < sum(cells.factors[i].kind == TIME for i in at) < size:
                continue
            made = _combination(cells, at, min_n, events(at) if events else (), simpler)
            if made is not None and len(made):
                found.append(made)
    return found


def _combination(cells: Cells, at: tuple[int, ...], min_n: int, events, simpler: dict) -> Combination | None:
    sizes = [len(cells.factors[i].labels) for i in at]
    if np.prod([float(size) for size in sizes]) > ROOM:
        return None
    code = np.zeros(len(cells), dtype=np.int64)
    for i, size in zip(at, sizes, strict=True):
        code = code * size + cells.codes[i]
    room = int(np.prod(sizes))
    n = np.bincount(code, cells.n, room)
    simpler[at] = n
    keep = (n >= min_n) & (n <= cells.n.sum() - min_n)
    for count in events:
        keep &= np.bincount(code, count, room) >= 5
    index = np.flatnonzero(keep)
    levels = np.array(np.unravel_index(index, sizes)).T.reshape(len(index), len(at))
    whole = np.ones(len(index), dtype=bool)
    for column, i in enumerate(at):
        whole &= cells.factors[i].usable[levels[:, column]]
    for part in combinations(range(len(at)), len(at) - 1) if len(at) > 1 else ():
        parent = simpler[tuple(at[p] for p in part)]
        flat = np.ravel_multi_index([levels[:, p] for p in part], [sizes[p] for p in part])
        whole &= n[index] < parent[flat]
    index, levels = index[whole], levels[whole]
    number = np.full(room, -1, dtype=np.int64)
    number[index] = np.arange(len(index))
    return Combination(at, levels, number[code], n[index])
