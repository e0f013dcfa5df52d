"""A table that a department keeps by hand: its true rows, the flawed ones among them, and what must become of each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from audit.samples import recipe as r
from audit.samples.dice import works
from audit.samples.text import plain_csv

Cell = str | float | dt.date | None
Row = dict[str, Cell]
Facts = dict[str, tuple[str, str]]  # key of a sentence of TRUTH.md → (planted, as it came out)
DAY = dt.timedelta(days=1)


@dataclass(slots=True)
class Sheet:
    """One file of one table.

    `rows` hold the truth, `flawed` the rows that `refused` counts by reason; `merged` rows of people are known from
    another file, a row of `merged` is no loss. `blocks` is a row over the header (header → block).
    """

    page: str
    head: tuple[str, ...]
    rows: list[Row]
    flawed: list[Row] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    merged: int = 0
    above: list[str] = field(default_factory=list)
    blocks: dict[str, str] = field(default_factory=dict)

    def cells(self) -> list[list[Cell]]:
        """Header and body; the flawed rows stand evenly among the others, a totals row stays last."""
        body, step = list(self.rows), max(1, len(self.rows) // (len(self.flawed) + 1))
        for number, row in enumerate(self.flawed, start=1):
            last = row.get(self.head[0]) == "Итого"
            body.insert(len(body) if last else number * step + number - 1, row)
        blocks: list[list[Cell]] = [[self.blocks.get(name) for name in self.head]] if self.blocks else []
        return [*blocks, list(self.head), *([row.get(name) for name in self.head] for row in body)]

    @property
    def count(self) -> int:
        """Rows of the file below its header."""
        return len(self.rows) + len(self.flawed)

    def csv(self) -> bytes:
        """The sheet as a text file with semicolons, dates and decimals as Russian offices write them."""
        return plain_csv([[_plain(cell) for cell in row] for row in self.cells()], ";", bom=True)


def _plain(cell: Cell) -> str:
    if isinstance(cell, dt.datetime):
        return f"{cell:%d.%m.%Y %H:%M}"
    if isinstance(cell, dt.date):
        return f"{cell:%d.%m.%Y}"
    return "" if cell is None else str(cell).replace(".", ",") if isinstance(cell, float) else str(cell)


def number(cell: Cell) -> float:
    """A cell that is known to hold a number."""
    assert isinstance(cell, float | int)
    return float(cell)


def day_of(cell: Cell) -> dt.date:
    """A cell that is known to hold a day."""
    assert isinstance(cell, dt.date)
    return cell


def workdays(first: dt.date, last: dt.date) -> list[dt.date]:
    """Working days of the company from `first` to `last`, both included."""
    return [day for day in (first + DAY * n for n in range((last - first).days + 1)) if works(day)]


def later(day: dt.date, days: int) -> dt.date:
    """The working day that is `days` working days after `day`; with 0 the first working day from `day` on."""
    while not works(day):
        day += DAY
    for _ in range(days):
        day += DAY
        while not works(day):
            day += DAY
    return day


def between(first: dt.date, last: dt.date) -> int:
    """Working days after `first` up to `last`."""
    return len(workdays(first + DAY, last))


def sellers(day: dt.date) -> list[r.Seller]:
    """Sellers employed on `day`, in order of the recipe."""
    return [one for one in r.SELLERS if one.works(day)]


def percent(part: float, whole: float) -> str:
    """A share as TRUTH.md writes it."""
    return f"{100 * part / whole:.1f}%"
