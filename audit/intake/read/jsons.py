"""JSON files: answers of APIs as they were saved, pages in a row, a record a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from audit.intake.read import sniff
from audit.intake.read.inside import HISTORY, records_inside
from audit.intake.read.records import Number, Records, scalar
from audit.intake.read.source import Source, Unreadable, shaped

LIMIT = 16_000_000  # characters of one record, and of one page that is decoded as a whole
WRAPPERS = ("result", "results", "_embedded", "data", "records", "items", "value", "response", "d", "item")
_IDS = {"id", "uid", "guid", "uuid", "vid"}
_PAGING = {"next", "total", "time", "page", "limit", "offset", "count", "start", "success", "done", "totalsize", "nextrecordsurl", "has_more",
           "hasmore", "paging", "pages", "status", "error", "_page", "_links", "_total_items", "_page_count", "additional_data", "next_page", "cursor", "meta", "links"}


def json_tables(path: Path, aliases: frozenset[str], encoding: str | None) -> list[Source]:
    """A source for every list of records. Unreadable when the file is damaged, too deep or a record too long."""
    encoding = encoding or sniff.encoding(path)
    with open(path, encoding=encoding, errors="replace") as file:
        found = _Reader(path.name, file)
        try:
            found.documents()
        except RecursionError as why:
            raise Unreadable("too_deep") from why
        sources = found.sources(aliases)
    for source in sources:
        source.encoding = encoding
    return sources


class _Damaged(Exception):
    """What follows is no JSON."""


class _Long(Exception):
    """A value that does not end within LIMIT."""


class _Text:
    """The text of a file, read on as values are taken from it."""

    def __init__(self, file: TextIO, warnings: dict[str, int]):
        self.file, self.buffer, self.at, self.ended, self.broken = file, "", 0, False, False

        def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
            made = dict(items)
            if len(made) < len(items):
                warnings["repeated_key"] = warnings.get("repeated_key", 0) + len(items) - len(made)
            return made

        def constant(_: str) -> None:
            warnings["nan"] = warnings.get("nan", 0) + 1

        self.decoder = json.JSONDecoder(object_pairs_hook=pairs, parse_int=Number, parse_float=Number, parse_constant=constant, strict=False)

    def more(self) -> None:
        piece = self.file.read(max(1_000_000, len(self.buffer) - self.at))
        self.ended = not piece
        self.broken |= "\ufffd" in piece
        self.buffer, self.at = self.buffer[self.at :] + piece, 0

    def peek(self) -> str:
        """The next character that is no space, '' at the end."""
        while True:
            while self.at < len(self.buffer) and (self.buffer[self.at] in " \t\r\n\ufeff\x1e"):
                self.at += 1
            if self.at < len(self.buffer) or self.ended:
                return self.buffer[self.at : self.at + 1]
            self.more()

    def expect(self, char: str) -> None:
        if self.peek() != char:
            raise _Damaged
        self.at += 1

    def value(self) -> object:
        """The next value."""
        self.peek()
        while True:
            try:
                value, end = self.decoder.raw_decode(self.buffer, self.at)
                if end < len(self.buffer) or self.ended:
                    self.at = end
                    return value
            except json.JSONDecodeError as why:
                # what is cut by the end of the buffer fails there, or at the start of an open string
                if self.ended or (why.pos < len(self.buffer) - 16 and not why.msg.startswith("Unterminated string")):
                    raise _Damaged from why
            if len(self.buffer) - self.at > LIMIT:
                raise _Long
            self.more()

    def rest_of_line(self) -> str:
        while (end := self.buffer.find("\n", self.at)) < 0 and not self.ended and len(self.buffer) - self.at < LIMIT:
            self.more()
        line = self.buffer[self.at : end if end >= 0 else len(self.buffer)]
        self.at += len(line)
        return line.strip()

    def holds_records(self) -> bool:
        """Whether the list that comes next holds anything but bare values."""
        while self.peek() == "[" and len(self.buffer) - self.at < 1000 and not self.ended:
            self.more()
        return self.buffer[self.at + 1 : self.at + 1000].lstrip()[:1] in ("{", "[", "]")


class _Reader:
    """The lists of records of a file by their path in it."""

    def __init__(self, name: str, file: TextIO):
        self.name = name
        self.warnings: dict[str, int] = {}
        self.text = _Text(file, self.warnings)
        self.tables: dict[str, Records] = {}
        self.grids: dict[str, list[list]] = {}

    def documents(self) -> None:
        """Every value of the file: pages, records, or one list."""
        whole = records = 0
        while char := self.text.peek():
            if char == "," and whole:
                self.text.at += 1
                continue
            try:
                if char == "[":
                    self._stream("", top=True)
                else:
                    records += self._document()
                whole += 1
            except _Damaged as why:
                if not records or records < whole:
                    raise Unreadable("damaged_json") from why
                self._table("").odd(self.text.rest_of_line(), "torn_record")  # one line of many, each a record

    def _document(self) -> bool:
        """One value that is not in a list; whether it is a record itself."""
        try:
            value = self.text.value()
        except _Long:
            if self.text.peek() != "{":
                raise Unreadable("record_too_long") from None
            self._walk("", 0)
            return False
        return self._take(value)

    def _take(self, value: object) -> bool:
        """A decoded page to its lists of records, anything else to a row; whether it was a row."""
        lists = list(_lists(value, "", 0)) if isinstance(value, dict) else []
        for path, items in lists:
            for item in items:
                self._item(path, item)
        if not lists:
            self._item("", value)
        return not lists

    def _item(self, path: str, item: object) -> None:
        if isinstance(item, dict):
            inside = records_inside(item)
            self._table(path).add({key: value for key, value in item.items() if key != HISTORY})
            for name, records in inside.items():
                self._table(f"{path}.{name}" if path else name).add_all(records)
        elif isinstance(item, list):
            self.grids.setdefault(path, []).append([scalar(cell) for cell in item])
        else:
            self._table(path).odd(scalar(item))

    def _table(self, path: str) -> Records:
        if path not in self.tables:
            self.tables[path] = Records(self.name)
        return self.tables[path]

    def _stream(self, path: str, top: bool = False) -> None:
        """A list of records, one held in memory at a time."""
        self.text.expect("[")
        while self.text.peek() not in ("]", ""):
            try:
                item = self.text.value()
            except _Long:
                raise Unreadable("record_too_long") from None
            if top and isinstance(item, dict):
                self._take(item)  # pages may be collected in a list
            else:
                self._item(path, item)
            if self.text.peek() == ",":
                self.text.at += 1
            elif self.text.peek() != "]":
                raise _Damaged
        self.text.expect("]")

    def _walk(self, path: str, depth: int) -> None:
        """A page too long to be decoded as a whole: its lists are read as they come, what else it says is passed over."""
        self.text.expect("{")
        while self.text.peek() not in ("}", ""):
            key = str(self.text.value())
            self.text.expect(":")
            inner = f"{path}.{key}" if path else key
            try:
                if self.text.peek() == "[" and self.text.holds_records():
                    self._stream(inner)
                elif self.text.peek() == "{" and depth < len(WRAPPERS) and (depth or key in WRAPPERS):
                    self._walk(inner, depth + 1)
                else:
                    self.text.value()
            except _Long:
                raise Unreadable("record_too_long") from None
            if self.text.peek() == ",":
                self.text.at += 1
        self.text.expect("}")

    def sources(self, aliases: frozenset[str]) -> list[Source]:
        """What was found, the paths as sheets where there are several."""
        found: dict[str, Source] = {path: table.source() for path, table in self.tables.items()}
        for path, grid in self.grids.items():
            found[path if path not in found else f"{path}[]"] = shaped(Source(self.name, "json"), iter(enumerate(grid, 1)), aliases)
        if not found:
            return [Source(self.name, "json", problem="empty")]
        for path, source in found.items():
            source.sheet = (path or "-") if len(found) > 1 else None
        first = next(iter(found.values()))
        first.warnings.update({**self.warnings, **({"broken_text": 1} if self.text.broken else {})})
        return list(found.values())


def _lists(page: dict, path: str, depth: int) -> Iterator[tuple[str, list]]:
    """(path, items) of the lists of records that a page wraps; nothing when it is a record itself."""
    named = {str(key).lower() for key in page} & _IDS
    plain = {str(key).lower() for key, value in page.items() if not isinstance(value, dict | list)} <= _PAGING
    for key, value in page.items():
        inner = f"{path}.{key}" if path else str(key)
        known = (key in WRAPPERS and (not named or key == "result")) or (depth > 0 and not named)
        if isinstance(value, list) and (known or (plain and not named and value and isinstance(value[0], dict))):
            if not value or isinstance(value[0], dict | list):
                yield inner, value
        elif isinstance(value, dict) and known and depth < len(WRAPPERS):
            if inside := list(_lists(value, inner, depth + 1)):
                yield from inside
            elif value and plain and key != "_embedded":
                yield inner, [value]

