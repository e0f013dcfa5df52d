"""Cells that are nothing but digits and one mark, read for a whole column at once by their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from audit.intake.parse import column

if TYPE_CHECKING:
    import pyarrow as pa

# written forms of one reading only: a part of three digits is not among them, for it may be thousands
OTHER, WHOLE, DOT, COMMA = 0, 1, 2, 3
_SPACED = r"^-?[0-9]{1,3}(?:[ \x{00a0}\x{202f}][0-9]{3})+,[0-9]{1,2}$"


def kinds(array: pa.Array) -> np.ndarray:
    """Of every cell: `WHOLE` for -?digits, `DOT` or `COMMA` for -?digits, a mark and one, two or more than three digits, else `OTHER`."""
    data, offsets = column.text_bytes(array)
    begins, sizes = offsets[:-1], np.diff(offsets)
    at = np.flatnonzero(data - 48 > 9)  # of bytes: whatever is no digit
    owner = _owners(at, offsets)
    letter = data[at]
    minus, mark = (letter == 45) & (at == begins[owner]), (letter == 46) | (letter == 44)
    signed, marks = (np.bincount(owner[chosen], minlength=len(sizes)) for chosen in (minus, mark))
    digits = sizes - signed - marks
    found = np.where((marks == 0) & (digits > 0), WHOLE, OTHER).astype("int8")
    holder, place = owner[mark], at[mark]
    after = offsets[holder + 1] - place - 1
    good = (marks[holder] == 1) & (after > 0) & (after != 3) & (digits[holder] > after)
    found[holder[good]] = np.where(letter[mark][good] == 46, DOT, COMMA)
    found[owner[~minus & ~mark]] = OTHER
    return found


def _owners(at: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """The cell in which each of some bytes stands."""
    cells = len(offsets) - 1
    if len(at) == cells and (at >= offsets[:-1]).all() and (at < offsets[1:]).all():  # one a cell, as of amounts with two decimals
        return np.arange(cells)
    return np.searchsorted(offsets, at, side="right") - 1


def spaced(array: pa.Array, kinds: np.ndarray) -> np.ndarray:
    """Where one of the other cells has thousands apart and a comma: 1 234 567,89."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = kinds == OTHER
    if found.any():
        found[found] = np.asarray(pc.match_substring_regex(array.filter(pa.array(found)), _SPACED))
    return found


def written(array: pa.Array, mark: str | None) -> tuple[np.ndarray, np.ndarray]:
    """(numbers, positions of cells that need a careful reading and are NaN) under decimal `mark`; without one every cell by its own mark."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = kinds(array)
    known = (found == WHOLE) | ((found == DOT) & (mark != ",")) | ((found == COMMA) & (mark != "."))
    if mark != ".":
        apart = spaced(array, found)
        if apart.any():
            known |= apart
            array = pc.replace_substring_regex(array, r"[ \x{00a0}\x{202f}]", "")
        if apart.any() or (found == COMMA).any():
            array = _with_dots(array)
    if known.all():
        return pc.cast(array, pa.float64()).to_numpy(zero_copy_only=False).copy(), np.zeros(0, dtype="int64")
    values = np.full(len(array), np.nan)
    values[known] = pc.cast(array.filter(pa.array(known)), pa.float64()).to_numpy()
    return values, np.flatnonzero(~known)


def _with_dots(array: pa.Array) -> pa.Array:
    """The cells with a dot for every comma."""
    import pyarrow as pa

    data, offsets = column.text_bytes(array)
    data = np.where(data == 44, np.uint8(46), data)
    return pa.LargeStringArray.from_buffers(len(array), pa.py_buffer(np.ascontiguousarray(offsets)), pa.py_buffer(data))
