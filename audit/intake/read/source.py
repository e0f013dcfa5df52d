"""One table of one file as text cells, a row a record, and what is wrong with its shape."""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

import numpy as np
import pandas as pd

from audit.intake.away import put_away
from audit.intake.read import printed, service
from audit.intake.read.grid import PACK, Grid
from audit.intake.read.header import SEARCHED, find_header, is_total, names
from audit.intake.read.marks import Marks
from audit.intake.read.spare import Spare

COLUMNS = 4_000  # no system exports more fields of a record; a wider file is keyed by values
EXACT = 2.0**53  # whole numbers up to here are exact in a spreadsheet's cell


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
    faults: Marks[str] = field(default_factory=Marks)  # position → reason to quarantine
    spare: Spare = field(default_factory=Spare)  # cells beyond the header
    torn: set[int] = field(default_factory=set)  # lines with an unclosed quote that are on their way to `faults`
    warnings: Counter = field(default_factory=Counter)
    above: str = ""  # text over the header
    problem: str | None = None
    member: str | None = None  # its name inside an archive
    checks: list[dict] = field(default_factory=list)  # what the file says of itself, and what was found
    modified: str | None = None  # day of the file's last change, as ISO text
    outside: bool = False  # a link that leads out of the workspace

    @property
    def label(self) -> str:
        """The file, with its sheet where there are several."""
        return f"{self.file} [{self.sheet}]" if self.sheet else self.file

    def put_away(self, folder: Path) -> None:
        """Keep the cells of a large table in a file of `folder` from now on."""
        self.cells = put_away(self.cells, folder)


class Unreadable(Exception):
    """A file that is no table; `args[0]` is the reason code."""


def shaped(source: Source, records: Iterator[tuple[int, list]], aliases: frozenset[str]) -> Source:
    """Fill `source` from its records: header, rows, faults."""
    filled = (record for record in records if any(str(cell).strip() for cell in record[1]))
    head = []
    for record in islice(filled, SEARCHED + 1):
        if len(record[1]) > COLUMNS:
            source.problem = "too_many_columns"
            return source
        head.append(record)
    if not head:
        source.problem = "empty"
        return source
    at, count = find_header([row for _, row in head], aliases)
    heads = names([row for _, row in head[at : at + count]], count)
    source.header_row = head[at][0]
    source.above = "\n".join(" ".join(str(cell) for cell in row if str(cell).strip()) for _, row in head[:at])
    width, numbers, short = len(heads), array("q"), array("q")
    rows = Grid(PACK if source.kind == "text" else sys.maxsize)
    for number, row in chain(head[at + count :], filled):
        place = len(rows)
        if len(row) > width:
            if any(str(cell).strip() for cell in row[width:]):
                source.spare.add(place, [str(cell) for cell in row[width:]])
                source.faults[place] = "too_many_cells"
            row = row[:width]
        if len(row) < width:
            short.append(place)
            row = [*row, *[""] * (width - len(row))]
        if number in source.torn:
            source.torn.remove(number)
            source.faults[place] = "broken_quote"
        elif is_total(row):
            source.faults[place] = "total_row"
        rows.append(row)
        numbers.append(number)
    source.rows = np.array(numbers, dtype="int64")
    service.mark_foot(source, rows)
    if source.kind == "excel" or service.grouped(heads) or printed.may_be(source, heads):
        loose = rows.rows()
        del rows
        heads = printed.unfold(source, service.finish(source, heads, loose), loose)
        columns = _columns(source, heads, loose)
    else:
        columns = zip(heads, rows.columns(width), strict=True)
    source.warnings.update({"short_row": n} if (n := sum(source.faults.get(place) != "total_row" for place in short)) else {})
    # a nameless column without a single text is the work of a trailing separator
    cells = {name: column for name, column in columns if not (name.startswith("column_") and _blank(column))}
    source.headers = list(cells)
    source.cells = pd.DataFrame(cells, columns=source.headers, copy=False)
    return source


def _blank(column: pd.Series) -> bool:
    return not any(text.strip() for text in column.unique())


def _columns(source: Source, heads: list[str], grid: list[list]) -> Iterator[tuple[str, pd.Series]]:
    """(name, column) of rows in lists; each is let go as soon as its texts are made."""
    columns = list(zip(*grid, strict=True)) if grid else [()] * len(heads)
    grid.clear()
    for at, name in enumerate(heads):
        column, columns[at] = columns[at], ()
        yield name, _cells(source, name, column)


def _cells(source: Source, name: str, column: tuple) -> pd.Series:
    """One column as text; cells that were numbers are kept beside as numbers."""
    if source.kind != "excel":
        return pd.Series(column, dtype="str")
    floats = np.array([cell if isinstance(cell, float) else np.nan for cell in column], dtype="float64")
    if not np.isnan(floats).all():
        source.numbers[name] = floats
    return pd.Series([_number_text(cell) if isinstance(cell, float) else cell for cell in column], dtype="str")


def _number_text(number: float) -> str:
    """A number cell as text; a whole number beyond 2^53 has lost digits and is written in powers of ten, so that no id is made of it.

    >>> _number_text(12.0), _number_text(0.5), _number_text(1234567890123456789.0)
    ('12', '0.5', '1.2345678901234568e+18')
    """
    if number.is_integer():
        return str(int(number)) if abs(number) <= EXACT else f"{number:.16e}"
    return repr(number)
