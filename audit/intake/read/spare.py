"""Cells that stand beyond the header, of any number of rows, at little more than their text."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping

_BETWEEN = "\x1f"


class Spare(Mapping[int, list[str]]):
    """Position of a row → its cells beyond the header; rows come in their order.

    >>> spare = Spare()
    >>> spare.add(7, ["a", "b"])
    >>> spare[7], 8 in spare
    (['a', 'b'], False)
    """

    def __init__(self) -> None:
        self._rows, self._ends, self._text = array("q"), array("q", [0]), bytearray()

    def add(self, position: int, cells: list[str]) -> None:
        """The cells of one more row."""
        self._text += _BETWEEN.join(cell.replace(_BETWEEN, " ") for cell in cells).encode("utf-8", "surrogatepass")
        self._rows.append(position)
        self._ends.append(len(self._text))

    def __getitem__(self, position: int) -> list[str]:
        at = bisect_left(self._rows, position)
        if at == len(self._rows) or self._rows[at] != position:
            raise KeyError(position)
        return self._text[self._ends[at] : self._ends[at + 1]].decode("utf-8", "surrogatepass").split(_BETWEEN)

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)
