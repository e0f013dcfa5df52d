"""Large regular text files by Arrow's reader; anything irregular is left to the careful reader."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from audit.intake.read.header import is_total, names

LARGE = 2_000_000  # bytes; below this the careful reader is quick enough
_CHUNK = 4_000_000


def regular_cells(path: Path, encoding: str, separator: str, head: list[str]) -> pd.DataFrame | None:
    """Text cells of a file whose first record is the header `head`, a line a record, all of one width; else None.

    None also where a cell holds a line break, a zero byte or a damaged character, a row is blank, or a row may be a total: those need a look at each row.
    """
    import pyarrow as pa
    import pyarrow.compute as compute
    import pyarrow.csv as pc

    if path.stat().st_size < LARGE or encoding not in ("utf-8", "utf-8-sig", "cp1251") or len(head) < 2:
        return None
    places = [str(place) for place in range(len(head))]
    try:
        table = pc.read_csv(
            path,
            read_options=pc.ReadOptions(column_names=places, skip_rows=1, encoding="utf-8" if encoding == "utf-8-sig" else encoding),
            parse_options=pc.ParseOptions(delimiter=separator, ignore_empty_lines=False, newlines_in_values=True),
            convert_options=pc.ConvertOptions(column_types=dict.fromkeys(places, pa.string()), strings_can_be_null=False),
        )
    except (pa.ArrowException, UnicodeDecodeError, ValueError):
        return None
    if not _line_a_record(path, len(table)):
        return None
    first = table.column("0").combine_chunks()
    if compute.any(compute.equal(compute.utf8_trim_whitespace(first), "")).as_py() or any(is_total([text, *[""] * len(head)]) for text in _worded(first)):
        return None
    frame = table.to_pandas()
    frame.columns = names([head], 1)
    return frame


def _line_a_record(path: Path, records: int) -> bool:
    """Whether the file has a line for the header and each record, and no damaged or zero character; bytes are only counted."""
    breaks, returns, pairs, last = 0, 0, 0, b""
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            if b"\x00" in chunk or b"\xef\xbf\xbd" in last[-2:] + chunk:
                return False
            breaks, returns, pairs = breaks + chunk.count(b"\n"), returns + chunk.count(b"\r"), pairs + chunk.count(b"\r\n")
            pairs += last.endswith(b"\r") and chunk.startswith(b"\n")
            last = chunk
    return returns == pairs and breaks + (not last.endswith(b"\n")) == records + 1


def _worded(first) -> list[str]:
    """The different short first cells that begin with no digit, among which a total would be."""
    import pyarrow.compute as pc

    short = first.filter(pc.and_(pc.less(pc.utf8_length(first), 80), pc.invert(pc.match_substring_regex(first, "^[0-9]"))))
    return pc.unique(short).to_pylist()


def kept_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame without nameless columns that are wholly blank, as a trailing separator makes them."""
    blank = [name for name in frame if name.startswith("column_") and not frame[name].str.strip().any()]
    return frame.drop(columns=blank)


def line_numbers(frame: pd.DataFrame) -> np.ndarray:
    """The line of each record when each is one line under a one-line header."""
    return np.arange(2, len(frame) + 2, dtype="int64")
