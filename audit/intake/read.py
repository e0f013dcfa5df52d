"""A file to tables of text cells: every row kept, with its number and what is wrong with its shape."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

import numpy as np
import pandas as pd

from audit.intake import packed, sniff
from audit.intake.fast import kept_columns, line_numbers, regular_cells
from audit.intake.header import SEARCHED, find_header, is_total, names
from audit.intake.pages import html_encoding, html_rows
from audit.intake.text import norm

RECORD_LINES = 500  # a quoted cell longer than this many lines is an unclosed quote


@dataclass
class Source:
    """One table of one file: text cells by header, a row a record of the source."""

    file: str
    kind: str
    sheet: str | None = None
    encoding: str | None = None
    separator: str | None = None
    header_row: int = 1
    headers: list[str] = field(default_factory=list)
    cells: pd.DataFrame = field(default_factory=pd.DataFrame)
    numbers: dict[str, np.ndarray] = field(default_factory=dict)  # cells that were numbers, not text
    rows: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype="int64"))  # line or row number in the file
    faults: dict[int, str] = field(default_factory=dict)  # position → reason to quarantine
    spare: dict[int, list[str]] = field(default_factory=dict)  # cells beyond the header
    torn: set[int] = field(default_factory=set)  # lines with an unclosed quote
    warnings: Counter = field(default_factory=Counter)
    above: str = ""  # text over the header
    problem: str | None = None
    outside: bool = False  # a link that leads out of the workspace

    @property
    def label(self) -> str:
        """The file, with its sheet where there are several."""
        return f"{self.file} [{self.sheet}]" if self.sheet else self.file


class Unreadable(Exception):
    """A file that is no table; `args[0]` is the reason code."""


def read_table(path: Path | str, aliases: frozenset[str] = frozenset(), encoding: str | None = None,
               separator: str | None = None) -> list[Source]:
    """The tables of a file: one for a text file, one a filled sheet for a workbook.

    Never raises for what is in the file: an unreadable one comes back with its `problem`.
    """
    path = Path(path)
    what = sniff.kind(path)
    if what in ("binary", "empty"):
        return [Source(path.name, what, problem=what)]
    try:
        if what == "excel":
            return _workbook(path, aliases)
        if what == "parquet":
            return [_parquet(path)]
        if what == "html":
            encoding = encoding or html_encoding(path)
            with open(path, encoding=encoding, errors="replace") as file:
                grid = html_rows(iter(lambda: file.read(1_000_000), ""))
            return [_shaped(Source(path.name, what, encoding=encoding), iter(enumerate(grid, 1)), aliases)]
        return [_text(path, aliases, encoding, separator)]
    except UnicodeError:
        return [Source(path.name, what, encoding=encoding, problem="wrong_encoding")]
    except OverflowError:
        return [Source(path.name, what, encoding=encoding, problem="line_too_long")]
    except Unreadable as why:
        return [Source(path.name, what, encoding=encoding, problem=str(why))]


# -- text ------------------------------------------------------------------------------------------------


def _text(path: Path, aliases: frozenset[str], encoding: str | None, separator: str | None) -> Source:
    encoding = encoding or sniff.encoding(path)
    with open(path, encoding=encoding, errors="replace", newline="") as file:
        head = _beginning(file)
        first = head.split("\n", 1)[0].strip().strip('"')
        named = first[4:5] if first.lower().startswith("sep=") else ""
        separator = separator or named or sniff.separator(head)
        file.seek(0)
        source = Source(path.name, "text", encoding=encoding, separator=separator)
        first_record = next(csv.reader([head.split("\n", 1)[0].rstrip("\r")], delimiter=separator), [])
        if not named and sum(norm(cell) in aliases for cell in first_record) >= 3:
            cells = regular_cells(path, encoding, separator, first_record)
            if cells is not None:
                source.cells = kept_columns(cells)
                source.headers, source.rows = list(source.cells.columns), line_numbers(cells)
                return source
        records = _records(file, separator, source)
        return _shaped(source, islice(records, 1 if named else 0, None), aliases)


def _beginning(file: io.TextIOBase) -> str:
    """The first lines, as many as show the separator."""
    parts, size = [], 0
    for line in islice(_lines(file), 400):
        parts.append(line)
        size += len(line)
        if size > 1_000_000:
            break
    return "".join(parts)


def _lines(file: io.TextIOBase, source: Source | None = None) -> Iterator[str]:
    """Physical lines without zero bytes; Unreadable at one longer than a table can have, before it fills the memory."""
    while line := file.readline(sniff.LINE_LIMIT):
        if len(line) == sniff.LINE_LIMIT:
            raise Unreadable("line_too_long")
        if "\x00" in line:
            line = line.replace("\x00", "")
            if source is not None:
                source.warnings["broken_text"] += 1
        yield line


def _records(file: io.TextIOBase, separator: str, source: Source) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of every record; a line with an unclosed quote comes alone, the next ones are saved."""
    csv.field_size_limit(max(sniff.LINE_LIMIT, csv.field_size_limit()))
    pending: deque[str] = deque()
    lines, taken, at = _lines(file, source), [], 1

    def feed() -> Iterator[str]:
        while True:
            line = pending.popleft() if pending else next(lines, None)
            if line is None:
                return
            taken.append(line)
            if len(taken) > RECORD_LINES or sum(map(len, taken[1:])) > sniff.LINE_LIMIT:
                raise csv.Error("unclosed quote")
            yield line

    reader = csv.reader(feed(), delimiter=separator)
    while True:
        taken.clear()
        try:
            row = next(reader, None)
            broken = row is not None and len(taken) > 1 and "".join(taken).count('"') % 2 == 1
        except csv.Error:
            row, broken = [], True
        if row is None:
            return
        if any("\ufffd" in line for line in taken):
            source.warnings["broken_text"] += 1
        if broken:
            pending.extendleft(reversed(taken[1:]))
            del taken[1:]
            row = taken[0].rstrip("\r\n").split(separator)
            source.torn.add(at)
            reader = csv.reader(feed(), delimiter=separator)
        yield at, row
        at += max(len(taken), 1)


# -- workbooks, parquet, HTML ----------------------------------------------------------------------------


def _workbook(path: Path, aliases: frozenset[str]) -> list[Source]:
    from python_calamine import CalamineError, CalamineWorkbook

    package = packed.look(path)
    if package.problem:
        raise Unreadable(package.problem)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
        grids = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except (CalamineError, ValueError, OSError) as why:
        raise Unreadable("damaged_workbook") from why
    filled = {name: grid for name, grid in grids.items() if any(cell not in ("", None) for row in grid for cell in row)}
    if not filled:
        return [Source(path.name, "excel", problem="empty")]
    found: list[Source] = []
    for name, grid in filled.items():
        records = ((at, [_plain(cell) for cell in row]) for at, row in enumerate(grid, 1))
        found.append(_shaped(Source(path.name, "excel", sheet=name if len(filled) > 1 else None), records, aliases))
    if package.blank:
        found[0].warnings["no_value"] += package.blank  # of the whole workbook: a part of it is not known by its sheet's name
    return found


def _plain(cell: object) -> str | float:
    """A workbook cell as text, or as a number when it is one."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return float(cell)
    if isinstance(cell, dt.timedelta):
        return cell.total_seconds()
    return cell.isoformat(" ") if isinstance(cell, dt.datetime) else str(cell)


def _parquet(path: Path) -> Source:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as why:
        raise Unreadable("damaged_parquet") from why
    heads = names([table.column_names], 1)
    cells, numbers = {}, {}
    for head, column in zip(heads, table.columns, strict=True):
        kind = column.type
        if pa.types.is_dictionary(kind):
            column = column.cast(kind.value_type)
            kind = column.type
        if pa.types.is_nested(kind) or pa.types.is_binary(kind):
            raise Unreadable("nested_parquet")
        if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            numbers[head] = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        cells[head] = column.cast(pa.string()).to_pandas().astype("str").fillna("")
    frame = pd.DataFrame(cells, columns=heads)
    return Source(path.name, "parquet", headers=heads, cells=frame, numbers=numbers, rows=np.arange(1, len(frame) + 1))


# -- header and cells ------------------------------------------------------------------------------------


def _shaped(source: Source, records: Iterator[tuple[int, list]], aliases: frozenset[str]) -> Source:
    """Fill `source` from its records: header, rows, faults."""
    filled = (record for record in records if any(str(cell).strip() for cell in record[1]))
    head = list(islice(filled, SEARCHED + 1))
    if not head:
        source.problem = "empty"
        return source
    at, count = find_header([row for _, row in head], aliases)
    heads = names([row for _, row in head[at : at + count]], count)
    source.header_row = head[at][0]
    source.above = "\n".join(" ".join(str(cell) for cell in row if str(cell).strip()) for _, row in head[:at])
    width, numbers = len(heads), []
    grid: list[list] = []
    for number, row in chain(head[at + count :], filled):
        place = len(grid)
        if len(row) > width:
            if any(str(cell).strip() for cell in row[width:]):
                source.spare[place] = [str(cell) for cell in row[width:]]
                source.faults[place] = "too_many_cells"
            row = row[:width]
        elif len(row) < width:
            source.warnings["short_row"] += 1
            row = [*row, *[""] * (width - len(row))]
        if number in source.torn:
            source.faults[place] = "broken_quote"
        elif is_total(row):
            source.faults[place] = "total_row"
        grid.append(row)
        numbers.append(number)
    source.rows = np.array(numbers, dtype="int64")
    columns = list(zip(*grid, strict=True)) if grid else [()] * width
    cells = {}
    for name, column in zip(heads, columns, strict=True):
        if name.startswith("column_") and not any(str(cell).strip() for cell in column):
            continue
        cells[name] = _cells(source, name, column)
    source.headers = list(cells)
    source.cells = pd.DataFrame(cells, columns=source.headers)
    return source


def _cells(source: Source, name: str, column: tuple) -> pd.Series:
    """One column as text; cells that were numbers are kept beside as numbers."""
    if source.kind != "excel":
        return pd.Series(column, dtype="str")
    floats = np.array([cell if isinstance(cell, float) else np.nan for cell in column], dtype="float64")
    if not np.isnan(floats).all():
        source.numbers[name] = floats
    return pd.Series([_number_text(cell) if isinstance(cell, float) else cell for cell in column], dtype="str")


def _number_text(number: float) -> str:
    return str(int(number)) if number.is_integer() and abs(number) < 1e18 else repr(number)
