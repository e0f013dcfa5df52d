"""Rows of text cells as they are read: the latest as lists, the earlier ones packed by column, so that a large file stays small."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from audit.intake.memory import MANY, give_back

if TYPE_CHECKING:
    import pyarrow as pa

PACK = 5_000  # rows of a pack
_FEW = 0.2  # share of different texts up to which a column of a pack keeps each once


class Grid:
    """A growing list of rows of one width; of a large one only the last rows can be looked at one by one."""

    def __init__(self, pack: int = PACK):
        self._packed: list[list[pa.Array]] = []
        self._loose: list[list[str]] = []
        self._pack, self._size = pack, 0

    def append(self, row: list[str]) -> None:
        """One more row."""
        if len(self._loose) == 2 * self._pack:
            self._packed.append([_packed(cells) for cells in zip(*self._loose[: self._pack], strict=True)])
            del self._loose[: self._pack]
            if len(self._packed) % (MANY // self._pack) == 0:
                give_back()  # what packing took for a moment lies scattered
        self._loose.append(row)
        self._size += 1

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, place: int) -> list[str]:
        at = place - (self._size - len(self._loose))
        if at < 0:
            raise IndexError(place)
        return self._loose[at]

    def rows(self) -> list[list[str]]:
        """All rows as lists that may be changed."""
        packed = (list(row) for pack in self._packed for row in zip(*(column.to_pylist() for column in pack), strict=True))
        return [*packed, *self._loose]

    def columns(self, width: int) -> Iterator[pd.Series]:
        """Each column in turn; what has been given is let go."""
        loose = list(zip(*self._loose, strict=True)) or [()] * width
        self._loose.clear()
        for at in range(width):
            cells, loose[at] = loose[at], ()
            if not self._packed:
                yield pd.Series(cells, dtype="str")
                continue
            parts = [*(pack[at] for pack in self._packed), _packed(cells)]
            for pack in self._packed:
                pack[at] = None
            yield _joined(parts)
            parts.clear()
            give_back(self._size)


def _packed(cells: tuple[str, ...]) -> pa.Array:
    import pyarrow as pa

    array = pa.array(cells, pa.large_string())
    coded = array.dictionary_encode()
    return coded if len(coded.dictionary) <= _FEW * max(len(array), 1) else array


def _joined(parts: list[pa.Array]) -> pd.Series:
    """One column of its parts: categorical where every part keeps its texts once."""
    import pyarrow as pa

    if all(pa.types.is_dictionary(part.type) for part in parts):
        whole = pa.chunked_array(parts).unify_dictionaries().combine_chunks()
        whole = whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole
        words = pd.Index(pd.array(whole.dictionary.to_pylist(), dtype="str"))
        return pd.Series(pd.Categorical.from_codes(whole.indices.to_numpy(), categories=words))
    plain = [part.cast(pa.large_string()) if pa.types.is_dictionary(part.type) else part for part in parts]
    return pd.Series(pa.chunked_array(plain).combine_chunks().to_pandas(), dtype="str")
