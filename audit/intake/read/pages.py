"""Tables of HTML pages, which some systems export under the name of a workbook."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from pathlib import Path

from audit.intake.read import markup, sniff
from audit.intake.read.source import Unreadable

SPREAD = 1_000_000  # cells that merged ones may become beyond one for every cell of the page
TEXTS = 100_000  # distinct texts that are kept once
_SPAN = re.compile(r"\b(col|row)span\s*=\s*[\"']?\s*(\d{1,9})", re.I)


def html_encoding(path: Path) -> str:
    """The encoding that a page names itself, else the sniffed one."""
    said = re.search(rb"charset=[\"']?([\w-]+)", _beginning(path), re.I)
    if said:
        try:
            b"a".decode(said.group(1).decode(), "replace")
            return said.group(1).decode().lower()
        except (LookupError, UnicodeError):
            pass
    return sniff.encoding(path)


def _beginning(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(4096)


class _Grid:
    """Rows of the tables of a page, merged cells spread over their places."""

    def __init__(self) -> None:
        self.row: list[str] | None = None
        self.cell: list[str] | None = None
        self.span = (1, 1)  # columns and rows of the open cell
        self.below: dict[int, tuple[str, int]] = {}  # column → text and number of rows that a cell above still covers
        self.spare = SPREAD  # cells that merged ones may still become
        self.met: dict[str, str] = {}  # texts are kept once: columns of words hold few

    def rows(self, found: Iterable[markup.Token]) -> Iterator[list[str]]:
        """Every row once the next one begins."""
        for name, attributes, text in found:
            if name == markup.CELL:
                self._open(attributes)
                self.cell = [text]
                self._close()
            elif name == markup.TEXT:
                if self.cell is not None:
                    self.cell.append(text)
            elif name in ("td", "th"):
                self._open(attributes)
            elif name in ("/td", "/th", "/tr", "/table"):
                self._close()
                if name == "/table":
                    self._covered()
                    self.below.clear()
            elif name == "tr":
                self._close()
                self._covered()
                if self.row:
                    yield self.row
                self.row = []
            elif name == "br" and self.cell is not None:
                self.cell.append("\n")
        self._close()
        self._covered()
        if self.row:
            yield self.row

    def _open(self, attributes: str) -> None:
        self._close()
        self.cell, self.span = [], _span(attributes) if "span" in attributes.lower() else (1, 1)

    def _close(self) -> None:
        if self.cell is None:
            return
        if self.row is None:
            self.row = []
        self._covered()
        text = "".join(self.cell)
        text = (unescape(text) if "&" in text else text).strip()
        if len(self.met) < TEXTS:
            text = self.met.setdefault(text, text)
        self.cell, (columns, rows) = None, self.span
        if rows > 1:
            self.below.update((len(self.row) + place, (text if not place else "", rows - 1)) for place in range(columns))
        self.row.append(text)
        if columns > 1:
            self._spend(columns - 1)
            self.row += [""] * (columns - 1)
        self.spare += 1

    def _covered(self) -> None:
        """Places of the current row that a cell above covers, up to the next free one; they repeat its text."""
        row = self.row
        while row is not None and self.below and (held := self.below.get(len(row))) and held[1]:
            text, left = held
            self._spend(1)
            self.below[len(row)] = text, left - 1
            row.append(text)

    def _spend(self, cells: int) -> None:
        """Unreadable once merged cells have become far more than the page has."""
        self.spare -= cells
        if self.spare < 0:
            raise Unreadable("inflated")


def _span(attributes: str) -> tuple[int, int]:
    """(columns, rows) that a cell takes by its attributes, a thousand at most."""
    said = {name.lower(): min(max(int(number), 1), 1000) for name, number in reversed(_SPAN.findall(attributes))}
    return said.get("col", 1), said.get("row", 1)


def html_rows(pieces: Iterable[str]) -> Iterator[list[str]]:
    """The rows of every table of an HTML page given in pieces, entities decoded; empty ones left out.

    OverflowError when a text without a tag is longer than a line of a table can be, Unreadable when merged cells
    would become more than `SPREAD` cells and one more for every cell of the page.
    """
    return _Grid().rows(markup.tokens(pieces))
