"""Columns of large tables in a file of their own, so that memory holds only those that are at work."""

from __future__ import annotations

import mmap
import tempfile
import weakref
from collections.abc import Callable
from io import BufferedRandom
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import pyarrow as pa

LARGE = 1_000_000  # cells from which columns are worth a file
_EDGE = 64  # bytes to whose multiples buffers are laid
_places: weakref.WeakKeyDictionary[mmap.mmap, tuple[int, int]] = weakref.WeakKeyDictionary()  # file in use → where it begins and ends in memory

Made = Callable[[mmap.mmap], pd.Series]


def put_away(frame: pd.DataFrame, folder: Path | None) -> pd.DataFrame:
    """The frame with the columns of texts, numbers and moments in a file of `folder` that has no name: the system removes it with the last of them.

    A page of a column comes into memory when it is looked at and goes with `let_go`. Columns that lie in a file already, of other types,
    or all of them together fewer than LARGE cells stay where they are; no column can be changed in place.
    """
    fresh = [at for at in range(frame.shape[1]) if _kept(frame.iloc[:, at])]
    if folder is None or len(fresh) * len(frame) < LARGE:
        return frame
    with tempfile.TemporaryFile(dir=folder, prefix=".columns.") as file:
        made = {at: _written(frame.iloc[:, at], file) for at in fresh}
        file.flush()
        lying = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    begin = np.frombuffer(lying, dtype="uint8").ctypes.data
    _places[lying] = begin, begin + len(lying)
    columns = {name: made[at](lying).set_axis(frame.index) if at in made else frame.iloc[:, at] for at, name in enumerate(frame)}
    return pd.DataFrame(columns, index=frame.index, copy=False)


def let_go() -> None:
    """Pages of all files that were looked at leave memory until they are looked at again."""
    advice = getattr(mmap, "MADV_DONTNEED", None)  # not on Windows
    if advice is not None:
        for lying in list(_places):
            lying.madvise(advice)


def _kept(cells: pd.Series) -> bool:
    """Whether a column can be put away and is not yet."""
    address: int | None = None
    if cells.dtype == "category":
        address = cells.cat.codes.to_numpy().ctypes.data
    elif cells.dtype == "str":
        chunks = getattr(cells.array.__arrow_array__(), "chunks", None)
        address = chunks[0].buffers()[1].address if chunks and len(chunks) == 1 else 0
    elif isinstance(cells.dtype, np.dtype) and cells.dtype.kind in "fiMb":
        address = cells.to_numpy().ctypes.data
    return address is not None and not any(begin <= address < end for begin, end in _places.values())


def _written(cells: pd.Series, file: BufferedRandom) -> Made:
    """Write a column; how it is made of the file afterwards."""
    if cells.dtype == "str":
        return _texts(cells, file)
    if cells.dtype == "category":
        codes, words = _numbers(cells.cat.codes.to_numpy(), file), cells.cat.categories
        return lambda lying: pd.Series(pd.Categorical.from_codes(codes(lying), categories=words))
    numbers = _numbers(cells.to_numpy(), file)
    return lambda lying: pd.Series(numbers(lying), copy=False)


def _numbers(values: np.ndarray, file: BufferedRandom) -> Callable[[mmap.mmap], np.ndarray]:
    place, kind, size = _laid(np.ascontiguousarray(values).view("uint8"), file), values.dtype, len(values)
    return lambda lying: np.frombuffer(lying, dtype=kind, count=size, offset=place)


def _texts(cells: pd.Series, file: BufferedRandom) -> Made:
    import pyarrow as pa
    import pyarrow.compute as pc

    from audit.intake.parse.column import arrow_with_nulls, text_bytes

    array = arrow_with_nulls(cells)
    data, ends = text_bytes(array)
    nulls = _laid(np.frombuffer(pc.is_valid(array).buffers()[1], dtype="uint8"), file) if array.null_count else None
    places, size = (nulls, _laid(ends.view("uint8"), file), _laid(data, file)), len(array)
    sizes = (size + 7) // 8, ends.nbytes, len(data)
    empty = array.null_count

    def made(lying: mmap.mmap) -> pd.Series:
        whole = pa.py_buffer(lying)
        buffers: list[pa.Buffer | None] = [whole.slice(place, long) if place is not None else None for place, long in zip(places, sizes, strict=True)]
        return pd.Series(pa.Array.from_buffers(pa.large_string(), size, buffers, empty).to_pandas(), dtype="str")

    return made


def _laid(data: np.ndarray, file: BufferedRandom) -> int:
    """Write bytes; where they begin."""
    if not len(data):
        return 0
    place = -(-file.tell() // _EDGE) * _EDGE
    file.seek(place)
    file.write(data.data)
    return place
