"""Tables of HTML pages, which some systems export under the name of a workbook."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

from audit.intake.read import sniff


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


class _Grid(HTMLParser):
    """Rows of the tables of a page, merged cells spread over their places; scripts and styles are dropped."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.cell: list[str] | None = None
        self.span = (1, 1)  # columns and rows of the open cell
        self.below: dict[int, tuple[str, int]] = {}  # column → text and number of rows that a cell above still covers
        self.deaf = 0

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "style"):
            self.deaf += 1
        elif tag == "tr":
            self._close()
            self._covered()
            self.rows.append([])
        elif tag in ("td", "th"):
            self._close()
            self.cell = []
            given = dict(attrs)
            self.span = _size(given.get("colspan")), _size(given.get("rowspan"))
        elif tag == "br" and self.cell is not None:
            self.cell.append("\n")

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self.deaf = max(self.deaf - 1, 0)
        elif tag in ("td", "th", "tr", "table"):
            self._close()
        if tag == "table":
            self._covered()
            self.below.clear()

    def handle_data(self, data):
        if self.cell is not None and not self.deaf:
            self.cell.append(data)

    def unknown_decl(self, data):
        """Declarations that only some programs write say nothing about the table."""

    def parse_marked_section(self, i, report=1):
        """Sections such as `<![if …]>` are passed over, known or not."""
        end = self.rawdata.find(">", i)
        return end + 1 if end >= 0 else -1

    def close(self):
        super().close()
        self._close()
        self._covered()

    def _close(self):
        if self.cell is None:
            return
        if not self.rows:
            self.rows.append([])
        self._covered()
        text, (columns, rows) = "".join(self.cell).strip(), self.span
        for place in range(columns):
            if rows > 1:
                self.below[len(self.rows[-1])] = text if not place else "", rows - 1
            self.rows[-1].append(text if not place else "")
        self.cell = None

    def _covered(self):
        """Places of the current row that a cell above covers, up to the next free one; they repeat its text."""
        row = self.rows[-1] if self.rows else []
        while (held := self.below.get(len(row))) and held[1] and row is not None:
            text, left = held
            self.below[len(row)] = text, left - 1
            row.append(text)


def _size(text: str | None) -> int:
    return min(max(int(text), 1), 1000) if text and text.isdecimal() else 1


def html_rows(pieces: Iterable[str]) -> list[list[str]]:
    """The rows of every table of an HTML page given in pieces, entities decoded.

    OverflowError when a text without a tag is longer than a line of a table can be.
    """
    parser = _Grid()
    for piece in pieces:
        parser.feed(piece)
        if len(parser.rawdata) > sniff.LINE_LIMIT:
            raise OverflowError
    if parser.rawdata.startswith("<!--"):
        parser.rawdata = ""  # a comment that never ends: the rest of the page is in it, as browsers have it
    parser.close()
    return [row for row in parser.rows if row]
