"""A book of the plan as it came back: its lines by heading, whoever saved it, sorted or in another language."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from audit.errors import UnreadableError, UsageError
from audit.intake.read.returned import grids as cells_of
from audit.plan.book import MACHINE, MARK
from audit.plan.columns import COLUMNS, folded, headings, plain

_ENOUGH = 6  # headings by which the sheet is known
_FAR = 20_000  # rows; a plan has a hundred


class Line(NamedTuple):
    """One line of the sheet: its number as the spreadsheet shows it, and its cells by column."""

    number: int
    cells: dict[str, Any]


@dataclass(frozen=True)
class Book:
    """The lines of a book, where its columns stand, and by what it is known."""

    sheet: str
    lines: tuple[Line, ...]
    letters: dict[str, str]
    machine: dict[str, str]
    unreckoned: frozenset[str] = frozenset()  # cells whose formula nobody has worked out, or that hold an error

    def address(self, line: Line, name: str) -> str:
        """The cell as the spreadsheet names it."""
        return f"{self.letters[name]}{line.number}"

    @property
    def lacking(self) -> list[str]:
        """Columns that the client fills in, or by which a row is known, and that are not there."""
        return [column.name for column in COLUMNS if (column.open or column.name in ("action_id", "title")) and column.name not in self.letters]


def read_book(path: Path) -> Book:
    """The book at `path`. UsageError when there is no such file, UnreadableError when it is damaged or no plan of ours."""
    if not path.is_file():
        raise UsageError("errors.file_missing", path=path)
    grids = cells_of(path, "plan.damaged_book", _FAR)
    machine = _machine(grids.pop(MACHINE, []))
    for sheet, grid in grids.items():
        found = _table(grid)
        if found and machine.get("book") == MARK:
            letters, lines = found
            return Book(sheet, tuple(lines), letters, machine, _unreckoned(path))
    raise UnreadableError("plan.not_plan", path=path)


# a cell with a formula and no value beside it (a program that does not reckon has saved the book), or with an error
_BARE = re.compile(r'<c r="([A-Z]+\d+)"(?:[^>/]|/(?!>))*>(?:(?!</c>).)*?<f\b(?:(?!</c>).)*?(?:</f>|/>)\s*(?:<v\s*/>|<v></v>)?\s*</c>|<c r="([A-Z]+\d+)"(?=[^>]*\bt="e")[^>]*>', re.S)


def _unreckoned(path: Path) -> frozenset[str]:
    """Addresses of such cells on any sheet; a column that the client fills in stands on one alone."""
    with zipfile.ZipFile(path) as book:
        parts = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        return frozenset(one or other for name in parts for one, other in _BARE.findall(book.read(name).decode("utf-8", "replace")))


def _machine(grid: list[list[Any]]) -> dict[str, str]:
    """Name → value of the head of the hidden sheet, up to its first empty row."""
    found = {}
    for row in grid:
        if len(row) < 2 or row[0] in ("", None):
            break
        found[str(row[0])] = str(row[1])
    return found


def _table(grid: list[list[Any]]) -> tuple[dict[str, str], Iterator[Line]] | None:
    """Letters of the known columns and the lines below their headings; None where no row has enough of them."""
    known = headings()
    for at, row in enumerate(grid[:40]):
        places: dict[str, int] = {}
        for place, cell in enumerate(row):
            name = known.get(folded(cell))
            if name:
                places.setdefault(name, place)
        if len(places) >= _ENOUGH:
            lines = (Line(number, {name: _cell(one, place) for name, place in places.items()}) for number, one in enumerate(grid[at + 1:], at + 2))
            return {name: _letter(place) for name, place in places.items()}, lines
    return None


def _cell(row: list[Any], place: int) -> Any:
    """A cell, None when it is empty or beyond the row."""
    value = row[place] if place < len(row) else None
    return None if value is None or (isinstance(value, str) and not plain(value)) else value


def _letter(place: int) -> str:
    """The letter of a column.

    >>> _letter(0), _letter(25), _letter(26)
    ('A', 'Z', 'AA')
    """
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
