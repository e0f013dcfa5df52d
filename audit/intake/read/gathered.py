"""Columns of texts gathered piece by piece as Arrow parses a file: bytes of a page to UTF-8, texts that repeat themselves kept once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.intake.parse.column import FEW, text_bytes

if TYPE_CHECKING:
    import pyarrow as pa

NEWS = 0.05  # share of new texts in the second half of a sample from which a column does not repeat itself
MOST = 20_000  # different texts up to which reading each once by itself is quick


def gatherer(sample: pa.Array, encoding: str, times: float) -> Texts | Repeats:
    """What gathers a column that is about `times` as long as its `sample`."""
    if _repeating(sample):
        return Repeats(encoding)
    data, _ = text_bytes(sample)
    wide = int(_sizes(encoding)[data].sum()) if encoding != "utf-8" else len(data)
    return Texts(encoding, int(times * len(sample)), int(times * wide))


def _repeating(sample: pa.Array) -> bool:
    """Whether the second half of a sample hardly shows a text that the first has not."""
    import pyarrow.compute as pc

    half = len(sample) // 2
    before, whole = len(pc.unique(sample.slice(0, half))), len(pc.unique(sample))
    return whole - before <= NEWS * half and whole <= FEW * len(sample)


class Growing:
    """An array that grows at its end. Room that is never written to costs no memory."""

    def __init__(self, dtype: str, room: int):
        self._values, self.size = np.empty(max(room, 1), dtype=dtype), 0

    def add(self, values: np.ndarray) -> None:
        """Further values."""
        if self.size + len(values) > len(self._values):
            wider = np.empty((self.size + len(values)) * 3 // 2, dtype=self._values.dtype)
            wider[: self.size] = self._values[: self.size]
            self._values = wider
        self._values[self.size : self.size + len(values)] = values
        self.size += len(values)

    def whole(self) -> np.ndarray:
        """What was added."""
        return self._values[: self.size]


class Texts:
    """A column whose cells differ, written one after another as UTF-8; `rows` and `size` in bytes are what it may come to."""

    def __init__(self, encoding: str, rows: int, size: int):
        self._encoding, self._data, self._ends = encoding, Growing("uint8", size), Growing("int64", rows + 1)
        self._ends.add(np.zeros(1, dtype="int64"))

    def add(self, piece: pa.Array) -> None:
        """Further cells, of bytes in the encoding."""
        data, ends = text_bytes(piece)
        start = self._data.size
        if self._encoding != "utf-8" and len(data) and data.max() > 127:
            sizes = np.zeros(len(data) + 1, dtype="int64")
            np.cumsum(_sizes(self._encoding)[data], out=sizes[1:])
            ends, data = sizes[ends], np.frombuffer(data.tobytes().decode(self._encoding).encode(), dtype="uint8")
        self._data.add(data)
        self._ends.add(ends[1:] + np.int64(start))

    def series(self) -> pd.Series:
        """The column; nothing can be added afterwards."""
        import pyarrow as pa

        array = pa.LargeStringArray.from_buffers(self._ends.size - 1, pa.py_buffer(self._ends.whole()), pa.py_buffer(self._data.whole()))
        return pd.Series(array.to_pandas(), dtype="str")


class Repeats:
    """A column whose cells repeat each other: every different text once, and which of them every cell has."""

    def __init__(self, encoding: str):
        self._encoding: str = encoding
        self._known: dict[bytes | str, int] = {}
        self._codes: list[np.ndarray] = []

    def add(self, piece: pa.DictionaryArray) -> None:
        """Further cells, as codes of texts of their own."""
        known = self._known
        codes = np.array([known.setdefault(text, len(known)) for text in piece.dictionary.to_pylist()], dtype="int32")
        codes = codes[piece.indices.to_numpy()]
        self._codes.append(codes.astype("int8") if len(known) <= 127 else codes)

    def series(self) -> pd.Series:
        """The column, categorical; plain where it has too many different texts for that."""
        texts = [text.decode(self._encoding) if isinstance(text, bytes) else text for text in self._known]
        codes = np.concatenate(self._codes) if self._codes else np.zeros(0, dtype="int8")
        words = pd.array(texts, dtype="str")
        if len(texts) > min(FEW * len(codes), MOST):
            return pd.Series(words.take(codes))
        return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(words)))


@cache
def _sizes(encoding: str) -> np.ndarray:
    """How many bytes every byte of a page takes in UTF-8."""
    return np.array([len(bytes([byte]).decode(encoding, "replace").encode()) for byte in range(256)], dtype="uint8")
