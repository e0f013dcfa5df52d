"""Large regular text files by Arrow's reader; anything irregular is left to the careful reader."""

from __future__ import annotations

import io
import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.intake.memory import give_back
from audit.intake.parse.column import once
from audit.intake.read.gathered import Repeats, Texts, gatherer
from audit.intake.read.header import is_total, names

if TYPE_CHECKING:
    import pyarrow as pa

LARGE = 2_000_000  # bytes; below this the careful reader is quick enough
ROOM = 1.2  # of a column against what its sample tells of it
_CHUNK, _SAMPLE = 4_000_000, 1_000_000
_DAMAGED = {"cp1251": b"\x98", "utf-8": b"\xef\xbf\xbd"}  # what no whole text of the encoding has


class Watched(io.FileIO):
    """A file that Arrow reads, looked at on its way: whether it has quotes, zero or damaged characters."""

    def __init__(self, path: Path, damaged: bytes):
        super().__init__(path, "rb")
        self._damaged, self._last, self.quoted, self.broken = damaged, b"", False, False

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes as they are, in memory that goes when Arrow has done with them: Arrow reads ahead in a thread of its own, whose freed blocks `give_back` does not reach."""
        block = mmap.mmap(-1, _SAMPLE if size is None or size < 1 else size)
        n = self.readinto(block)
        self.quoted = self.quoted or block.find(b'"', 0, n) >= 0
        self.broken = self.broken or block.find(b"\x00", 0, n) >= 0 or block.find(self._damaged, 0, n) >= 0 or self._damaged in self._last + block[: min(n, 2)]
        self._last = block[max(n - 2, 0) : n]
        return memoryview(block)[:n]  # type: ignore[return-value]  # any bytes will do


def regular_cells(path: Path, encoding: str, separator: str, head: list[str]) -> pd.DataFrame | None:
    """Text cells of a file whose first record is the header `head`, a line a record, all of one width; else None.

    Columns of few different texts are categorical. None also where a cell holds a line break, a zero byte or a damaged character, a row is
    blank, or a row may be a total: those need a look at each row.
    """
    import pyarrow as pa

    encoding = "utf-8" if encoding == "utf-8-sig" else encoding
    if path.stat().st_size < LARGE or encoding not in _DAMAGED or len(head) < 2:
        return None
    # a page of single bytes is cut into cells as it is, and only what is not ASCII is changed to UTF-8 afterwards, a repeated text once
    kind = pa.string() if encoding == "utf-8" else pa.binary()
    file = Watched(path, _DAMAGED[encoding])
    try:
        columns = _gatherers(path, encoding, separator, [kind] * len(head))
        kinds = [pa.dictionary(pa.int32(), kind) if isinstance(column, Repeats) else kind for column in columns]
        for piece in _parsed(file, separator, kinds):
            for column, cells in zip(columns, piece.columns, strict=True):
                column.add(cells)
        made = {name: columns[at].series() for at, name in enumerate(names([head], 1))}
    except (pa.ArrowException, ValueError):
        return None
    finally:
        file.close()
    frame = pd.DataFrame(made, copy=False)
    give_back()
    # without quotes no cell can hold a line break
    if file.broken or (file.quoted and not _line_a_record(path, len(frame))) or _odd_first(frame.iloc[:, 0], len(head)):
        return None
    return frame


def _parsed(file: io.IOBase, separator: str, types: list[pa.DataType]) -> Iterator[pa.RecordBatch]:
    """The cells under the first line, a column a type, piece by piece: no more than one is in memory."""
    import pyarrow as pa
    import pyarrow.csv as pc

    places = [str(place) for place in range(len(types))]
    return pc.open_csv(
        pa.PythonFile(file, "r"),
        read_options=pc.ReadOptions(column_names=places, skip_rows=1, block_size=_SAMPLE, use_threads=False),
        parse_options=pc.ParseOptions(delimiter=separator, ignore_empty_lines=False),
        convert_options=pc.ConvertOptions(column_types=dict(zip(places, types, strict=True)), strings_can_be_null=False),
    )


def _gatherers(path: Path, encoding: str, separator: str, kinds: list[pa.DataType]) -> list[Texts | Repeats]:
    """What gathers each column, told by the first lines. ValueError when there is no whole line."""
    with open(path, "rb") as file:
        sample = file.read(_SAMPLE)
    sample = sample[: sample.rfind(b"\n") + 1]
    piece = next(iter(_parsed(io.BytesIO(sample), separator, kinds)), None)
    if piece is None:
        raise ValueError("no line")
    return [gatherer(cells, encoding, path.stat().st_size / len(sample) * ROOM) for cells in piece.columns]


def _odd_first(first: pd.Series, width: int) -> bool:
    """Whether the first column has a blank cell or one that may begin a total."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pa.array(once(first)[0].array)
    if pc.any(pc.equal(pc.utf8_trim_whitespace(texts), "")).as_py():
        return True
    short = texts.filter(pc.and_(pc.less(pc.binary_length(texts), 320), pc.invert(pc.match_substring_regex(texts, "^[0-9]"))))
    return any(is_total([text, *[""] * width]) for text in pc.unique(short).to_pylist())


def _line_a_record(path: Path, records: int) -> bool:
    """Whether the file has a line for the header and each record; bytes are only counted."""
    breaks, returns, pairs, last = 0, 0, 0, b""
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            breaks, returns, pairs = breaks + chunk.count(b"\n"), returns + chunk.count(b"\r"), pairs + chunk.count(b"\r\n")
            pairs += last.endswith(b"\r") and chunk.startswith(b"\n")
            last = chunk
    return returns == pairs and breaks + (not last.endswith(b"\n")) == records + 1


def kept_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame without nameless columns that are wholly blank, as a trailing separator makes them."""
    blank = [name for name in frame if name.startswith("column_") and not frame[name].str.strip().any()]
    return frame.drop(columns=blank) if blank else frame


def line_numbers(frame: pd.DataFrame) -> np.ndarray:
    """The line of each record when each is one line under a one-line header."""
    return np.arange(2, len(frame) + 2, dtype="int32")
