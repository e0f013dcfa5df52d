"""What is said of single rows of a large table, two bytes a row: a dict of positions would take fifty times as much."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, MutableMapping
from typing import TypeVar

import numpy as np
import pandas as pd

T = TypeVar("T", bound=Hashable)


class Marks(MutableMapping[int, T]):
    """Position of a row → what is said of it, in the order of rows; few different things are said of many rows.

    >>> marks = Marks({3: "torn"})
    >>> marks[1] = "total"
    >>> marks.positions().tolist(), marks.kinds(), 2 in marks
    ([1, 3], {'torn': 1, 'total': 1}, False)
    """

    def __init__(self, found: Mapping[int, T] | None = None):
        self._codes = np.zeros(0, dtype="uint16")  # of a row: 0 for nothing, else the place of what is said in `_said`
        self._said: list[T] = []
        self._known: dict[T, int] = {}
        self.update(found or {})

    def __getitem__(self, position: int) -> T:
        code = self._codes[position] if 0 <= position < len(self._codes) else 0
        if not code:
            raise KeyError(position)
        return self._said[code - 1]

    def __setitem__(self, position: int, said: T) -> None:
        self._reach(position)
        self._codes[position] = self._code(said)

    def __delitem__(self, position: int) -> None:
        self[position]
        self._codes[position] = 0

    def __iter__(self) -> Iterator[int]:
        return iter(self.positions().tolist())

    def __len__(self) -> int:
        return int(np.count_nonzero(self._codes))

    def positions(self, said: T | None = None) -> np.ndarray:
        """The rows of which anything is said, or just `said`, in their order."""
        return np.flatnonzero(self._codes if said is None else self._codes == self._known.get(said, -1))

    def kinds(self) -> dict[T, int]:
        """What is said → of how many rows."""
        times = np.bincount(self._codes, minlength=1)
        return {said: int(n) for said, n in zip(self._said, times[1:], strict=False) if n}

    def at(self, positions: np.ndarray | pd.Index) -> np.ndarray:
        """Of which of these rows anything is said."""
        if isinstance(positions, pd.RangeIndex) and positions.step == 1 and positions.start >= 0:  # a whole table, without a number a row
            found = np.zeros(len(positions), dtype=bool)
            mine = self._codes[positions.start : positions.stop] > 0
            found[: len(mine)] = mine
            return found
        positions = np.asarray(positions)
        inside = positions < len(self._codes)
        return inside & (self._codes[np.where(inside, positions, 0)] > 0) if len(self._codes) else np.zeros(len(positions), dtype=bool)

    def change(self, positions: np.ndarray, new: Callable[[T | None], T]) -> None:
        """Say of each of these rows what `new` makes of what was said of it."""
        if not len(positions):
            return
        self._reach(int(np.max(positions)))
        before = self._codes[positions]
        for code in np.unique(before).tolist():
            self._codes[positions[before == code]] = self._code(new(self._said[code - 1] if code else None))

    def taken(self, rows: np.ndarray) -> Marks[T]:
        """The marks of a table whose every row is the one of `rows` here."""
        made: Marks[T] = Marks()
        made._said, made._known = list(self._said), dict(self._known)
        inside = rows < len(self._codes)
        made._codes = np.where(inside, self._codes[np.where(inside, rows, 0)], 0).astype("uint16") if len(self._codes) else made._codes
        return made

    def without(self, rows: np.ndarray) -> Marks[T]:
        """A copy that says nothing of these rows."""
        left = np.arange(len(self._codes))
        left[rows[rows < len(left)]] = len(left)  # a row beyond the last has no mark
        return self.taken(left)

    def _code(self, said: T) -> int:
        if said not in self._known:
            self._said.append(said)
            self._known[said] = len(self._said)
        return self._known[said]

    def _reach(self, position: int) -> None:
        """Room for a row, and half as much again for those to come."""
        if position >= len(self._codes):
            self._codes = np.concatenate([self._codes, np.zeros(position + 1 + position // 2 - len(self._codes), dtype="uint16")])
