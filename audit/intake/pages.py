"""Tables of HTML pages, which some systems export under the name of a workbook."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from audit.intake import sniff


def html_encoding(path: Path) -> str:
    """The encoding that a page names itself, else the sniffed one."""
    said = re.search(rb"charset=[\"']?([\w-]+)", path.read_bytes()[:4096], re.I)
    if said:
        try:
            "".encode(said.group(1).decode())
            return said.group(1).decode().lower()
        except LookupError:
            pass
    return sniff.encoding(path)


class _Grid(HTMLParser):
    """Rows of the tables of a page; scripts and styles are dropped."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.cell: list[str] | None = None
        self.deaf = 0

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "style"):
            self.deaf += 1
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self._close()
            self.cell = []
        elif tag == "br" and self.cell is not None:
            self.cell.append("\n")

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self.deaf = max(self.deaf - 1, 0)
        elif tag in ("td", "th", "tr", "table"):
            self._close()

    def handle_data(self, data):
        if self.cell is not None and not self.deaf:
            self.cell.append(data)

    def _close(self):
        if self.cell is not None:
            if not self.rows:
                self.rows.append([])
            self.rows[-1].append("".join(self.cell).strip())
            self.cell = None


def html_rows(text: str) -> list[list[str]]:
    """The rows of every table of an HTML page, entities decoded."""
    parser = _Grid()
    parser.feed(text)
    parser.close()
    return [row for row in parser.rows if row]
