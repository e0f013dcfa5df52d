"""Whole text columns at a glance, by their bytes: which cells need no careful reading, without a Python step a cell."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from audit.intake.text import words

FEW = 0.2  # below this share of distinct cells reading each distinct text once is quickest
_SAMPLE, _PIECE = 20_000, 1 << 18  # a piece of bytes stays in the processor's own memory
# beginnings of characters among which are blanks that are no plain space, and what follows them then
_WIDE = {0xC2: {0x85: b"", 0xA0: b""}, 0xE1: {0x9A: b"\x80"}, 0xE2: {0x80: bytes((*range(0x80, 0x8C), 0xA8, 0xA9, 0xAF)), 0x81: b"\x9f"},
         0xE3: {0x80: b"\x80"}, 0xEF: {0xBB: b"\xbf"}}


def once(cells: pd.Series) -> tuple[pd.Series, np.ndarray | None]:
    """(the different texts of a categorical column, which of them every cell has); any other column as it is, and None."""
    if cells.dtype != "category":
        return cells, None
    codes, texts = cells.cat.codes.to_numpy(), pd.Series(cells.cat.categories, dtype="str")
    used = np.zeros(len(texts), dtype=bool)
    used[codes] = True
    return (texts, codes) if used.all() else (texts[used].reset_index(drop=True), (np.cumsum(used) - 1)[codes])


def unpacked(cells: pd.Series) -> pd.Series:
    """A column with a text a cell, whether it was categorical or not."""
    if cells.dtype != "category":
        return cells
    texts, codes = cells.cat.categories.astype("str").array, cells.cat.codes.to_numpy()
    return pd.Series(texts.take(codes) if len(texts) else pd.array([""] * len(cells), dtype="str"), index=cells.index, name=cells.name)


def arrow(cells: pd.Series):
    """The arrow array behind a text column, one chunk, nulls as empty texts."""
    import pyarrow as pa
    import pyarrow.compute as pc

    array = pa.array(unpacked(cells).array)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks() if array.num_chunks != 1 else array.chunk(0)
    if not pa.types.is_large_string(array.type):
        array = array.cast(pa.large_string())
    return pc.fill_null(array, "") if array.null_count else array


def arrow_with_nulls(cells: pd.Series):
    """The arrow array behind a text column as it is."""
    import pyarrow as pa

    array = pa.array(cells.array)
    return (array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array).cast(pa.large_string())


def text_bytes(array) -> tuple[np.ndarray, np.ndarray]:
    """(bytes of all cells, where each cell begins and the last ends) of an arrow array of texts."""
    import pyarrow as pa

    small = pa.types.is_string(array.type) or pa.types.is_binary(array.type)
    offsets = np.frombuffer(array.buffers()[1], dtype="int32" if small else "int64")[array.offset : array.offset + len(array) + 1]
    data = np.frombuffer(array.buffers()[2], dtype="uint8") if array.buffers()[2] is not None else np.zeros(0, dtype="uint8")
    begin, end = (int(offsets[0]), int(offsets[-1])) if len(offsets) else (0, 0)
    return data[begin:end], offsets - begin


def many_texts(cells: pd.Series) -> bool:
    """Whether most cells of a large column differ, so that reading each distinct text once saves little."""
    if len(cells) < _SAMPLE or cells.dtype == "category":
        return False
    sample = cells.iloc[:: len(cells) // _SAMPLE]
    return sample.nunique() > len(sample) * FEW


def untouched(array) -> np.ndarray:
    """Where a cell is its own clean form: one line, single spaces, no entity or tag, no placeholder; blank cells are not."""
    data, offsets = text_bytes(array)
    starts, lengths = offsets[:-1], np.diff(offsets)
    sure = lengths > 0
    if not len(data):
        return sure
    at = _loud(data)
    if len(at):
        sure[np.searchsorted(offsets, at, side="right") - 1] = False
    filled = np.flatnonzero(lengths > 0)
    begins, sizes = starts[filled], lengths[filled]
    first, last = data[begins], data[begins + sizes - 1]
    second = np.where(sizes > 1, data[np.minimum(begins + 1, len(data) - 1)], 0)
    longest, heads = _placeholders()
    sure[filled[(first == 32) | (last == 32) | (first == 39) | ((sizes <= longest) & heads[first, second])]] = False
    return sure


def _loud(data: np.ndarray) -> np.ndarray:
    """Places of bytes at which a cell may need cleaning."""
    found = []
    for start in range(0, len(data), _PIECE):
        piece = data[start : start + _PIECE]
        loud = piece < 32
        for mark in b"&<*":
            loud |= piece == mark
        blank = piece == 32
        loud[1:] |= blank[1:] & blank[:-1]
        loud[0] |= blank[0] and start > 0 and data[start - 1] == 32
        for first, tails in _WIDE.items():
            at = np.flatnonzero(piece == first)
            if len(at):
                loud[at[_followed(data, at + start, tails)]] = True
        found.append(np.flatnonzero(loud) + start)
    return np.concatenate(found)


def _followed(data: np.ndarray, at: np.ndarray, tails: dict[int, bytes]) -> np.ndarray:
    """Whether one of `tails` (second byte → third bytes, none where a character has two) follows the bytes at `at`."""
    found = np.zeros(len(at), dtype=bool)
    second = data[at + 1]  # text is valid UTF-8: a first byte is never the last
    for byte, third in tails.items():
        mine = np.flatnonzero(second == byte)
        if not len(mine):
            continue
        found[mine] = np.isin(data[at[mine] + 2], np.frombuffer(third, dtype="uint8")) if third else True
    return found


@cache
def _placeholders() -> tuple[int, np.ndarray]:
    """(bytes of the longest placeholder, pairs of first bytes that placeholders have)."""
    known = [form.encode() for word in words("empty") for form in (word, word.upper(), word.capitalize())]
    heads = np.zeros((256, 256), dtype=bool)
    heads[ord("_")] = True  # the normal form drops lines at the ends
    for form in known:
        if len(form) > 1:
            heads[form[0], form[1]] = True
        heads[form[0], [0, ord("_")] if form[0] < 128 else 0] = True
    return max(map(len, known)) + 4, heads


def matrix(array, size: int) -> tuple[np.ndarray, np.ndarray]:
    """(positions of the cells of `size` bytes, their bytes as a matrix, a row a cell)."""
    data, offsets = text_bytes(array)
    mine = np.flatnonzero(np.diff(offsets) == size)
    if len(mine) == len(array):
        return mine, data.reshape(-1, size)
    return mine, data[offsets[mine][:, None] + np.arange(size)]
