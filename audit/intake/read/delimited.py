"""Delimited text: the careful reader of any file, and the choice of the quick one for regular files."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from audit.intake.memory import give_back
from audit.intake.read import sniff
from audit.intake.read.fast import kept_columns, line_numbers, regular_cells
from audit.intake.read.source import Source, Unreadable, shaped
from audit.intake.text import norm

SHARED = 20_000  # different texts among which a repeated one is looked for
RECORD_LINES = 500  # a quoted cell longer than this many lines is an unclosed quote


def delimited(path: Path, aliases: frozenset[str], encoding: str | None, separator: str | None) -> Source:
    """The table of a text file; encoding and separator sniffed where they are not given. Unreadable when a line is too long."""
    encoding = encoding or sniff.encoding(path)
    with open(path, encoding=encoding, errors="replace", newline="") as file:
        head = _beginning(file)
        first = head.split("\n", 1)[0].strip().strip('"')
        named = first[4:5] if first.lower().startswith("sep=") else ""
        separator = separator or named or sniff.separator(head)
        file.seek(0)
        source = Source(path.name, "text", encoding=encoding, separator=separator)
        first_record = _first_record(head, separator)
        if not named and sum(norm(cell) in aliases for cell in first_record) >= 3:
            cells = regular_cells(path, encoding, separator, first_record)
            if cells is not None:
                source.cells = kept_columns(cells)
                source.headers, source.rows = list(source.cells.columns), line_numbers(cells)
                return source
        records = _records(file, separator, source)
        shaped(source, islice(records, 1 if named else 0, None), aliases)
    if len(source.rows) > SHARED:
        give_back()
    return source


def _first_record(head: str, separator: str) -> list[str]:
    """The cells of the first line, none when it is broken."""
    try:
        return next(csv.reader([head.split("\n", 1)[0].rstrip("\r")], delimiter=separator), [])
    except csv.Error:
        return []


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


def _swallows(lines: list[str], row: list[str], separator: str) -> bool:
    """Whether a record of several lines is the work of an unclosed quote: one is open at its end, or one that another line's quote
    closed before further text, while the first line alone has as many cells."""
    text = "".join(lines)
    if text.count('"') % 2 == 1:
        return True
    if lines[0].count(separator) + 1 < len(row):
        return False
    try:
        next(csv.reader(lines, delimiter=separator, strict=True), None)
    except csv.Error:
        return True
    return False


def _shared(row: list[str], known: dict[str, str]) -> list[str]:
    """The cells, those that repeat a text of `known` as that very text: most columns of a large file hold few different ones."""
    if len(known) < SHARED:
        return [known.setdefault(cell, cell) for cell in row]
    return [known.get(cell, cell) for cell in row]


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

    reader, known = csv.reader(feed(), delimiter=separator), dict[str, str]()
    while True:
        taken.clear()
        try:
            row = next(reader, None)
            broken = row is not None and len(taken) > 1 and _swallows(taken, row, separator)
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
        yield at, _shared(row, known)
        at += max(len(taken), 1)
