"""Looks into a workbook before it is opened: what would not fit into memory, and cells without a value."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audit.intake.read.binary_sheet import reach

CELLS = 40_000_000  # of the rectangles around all cells of the sheets, which are held in memory as a whole
PART, RATIO, WHOLE = 50_000_000, 200, 3_000_000_000  # bytes of a part, how much denser than packed, bytes of all parts
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml$")
_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')
_TAG = re.compile(rb"<(?:\w+:)?c[\s/>]")
# any spelling of a cell or a row: prefixes, other quotes, other order of attributes, places left out
_ODD = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])([^>]*)")
_PLACE = re.compile(rb"\sr\s*=\s*[\"']\s*\+?([A-Za-z]*)(\d*)")
_NAMED = re.compile(rb"<(?:\w+:)?sheet\s")
_COUNTED = re.compile(rb"[cC]ount\s*=\s*[\"']\s*\+?(\d{7,})")
_BLANK = re.compile(rb'</f>(?:<v\s*/>|<v></v>)?</c>|<c [^>]*\bt="e"')
_OPEN = re.compile(rb"<(?:\w+:)?(table-row|table-cell|covered-table-cell|table)(?=[\s/>])([^>]*)")
_REPEATED = re.compile(rb"number-(rows|columns)-repeated\s*=\s*[\"']\s*\+?(\d+)")
_CHUNK = 4_000_000


@dataclass
class Package:
    """What is wrong with a workbook as a whole, and how many cells hold an error or a formula without its value."""

    problem: str | None = None
    blank: int = 0
    cells: int = 0  # of all rectangles so far


def look(path: Path) -> Package:
    """The state of a zipped workbook; nothing is said of other workbooks and of damaged ones."""
    found = Package()
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            if sum(part.file_size for part in parts) > WHOLE or any(part.file_size > max(PART, RATIO * part.compress_size) for part in parts):
                return Package("inflated")
            pages = named = 0
            for part in parts:
                if part.filename == "content.xml":
                    _open_document(package, part, found)
                elif part.filename.endswith(".bin"):
                    _binary(package, part, found)
                else:
                    inside = _part(package, part, found)
                    pages, named = pages + inside, max(named, _names(package, part))
            if found.cells > CELLS:
                found.problem = "far_cell"
            elif pages and named > pages:
                found.problem = "damaged_workbook"  # several sheets of one part
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError, EOFError, ValueError):
        return Package()
    return found


def _names(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """How many sheets a list of them names."""
    if not part.filename.startswith("xl/") or part.filename.count("/") > 1 or part.file_size > PART:
        return 0
    return len(_NAMED.findall(package.read(part)))


def _part(package: zipfile.ZipFile, part: zipfile.ZipInfo, found: Package) -> bool:
    """Count the cells of a part, whatever its name; whether it is a sheet. Counts that the part cannot hold are damage."""
    first, last, width = 1 << 40, 0, 0
    row = column = 0  # of cells that do not say their place
    for chunk in _chunks(package, part):
        if any(int(number) > part.file_size for number in _COUNTED.findall(chunk)):
            found.problem = "damaged_workbook"
        plain = [(int(at), _column(letters)) for letters, at in set(_CELL.findall(chunk))]
        if len(_TAG.findall(chunk)) != len(_CELL.findall(chunk)):
            plain = []
            for kind, said in _ODD.findall(chunk):
                place = _PLACE.search(b" " + said)
                if kind == b"row":
                    row, column = int(place[2]) if place and place[2] else row + 1, 0
                    continue
                at = int(place[2]) if place and place[2] else max(row, 1)
                column = _column(place[1].upper()) if place and place[1] else column + 1
                plain.append((at, column))
        if plain:
            first, last, width = min(first, min(plain)[0]), max(last, max(plain)[0]), max(width, max(at for _, at in plain))
        found.blank += sum(1 for _ in _BLANK.finditer(chunk)) if _SHEET.search(part.filename) else 0
    found.cells += max(last - first + 1, 0) * width
    return width > 0 or bool(_SHEET.search(part.filename))


def _binary(package: zipfile.ZipFile, part: zipfile.ZipInfo, found: Package) -> None:
    """Count the cells of a part of a binary workbook; more texts than the part has bytes are damage."""
    with package.open(part) as file:
        inside = reach(file)
    if inside.claimed > part.file_size:
        found.problem = "damaged_workbook"
    found.cells += inside.cells


def _open_document(package: zipfile.ZipFile, part: zipfile.ZipInfo, found: Package) -> None:
    """Count the cells of an OpenDocument spreadsheet, repeated ones as often as they are; empty ones at the end count for nothing."""
    rows = last = width = at = 0
    times = 1
    for chunk in _chunks(package, part):
        for kind, said in _OPEN.findall(chunk):
            told = {name: int(number) for name, number in _REPEATED.findall(said)}
            if kind == b"table":
                found.cells, rows, last, width, at, times = found.cells + last * width, 0, 0, 0, 0, 1
            elif kind == b"table-row":
                times, at = told.get(b"rows", 1), 0
                rows += times
            else:
                at += told.get(b"columns", 1)
                if b"value" in said or b"formula" in said or not said.rstrip().endswith(b"/"):
                    last, width = rows, max(width, at)
    found.cells += last * width


def _chunks(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Pieces of a part that end between two cells, so that no cell is cut or read twice."""
    rest = b""
    with package.open(part) as file:
        while piece := file.read(_CHUNK):
            piece = rest + piece
            cut = max(piece.rfind(b"<c "), piece.rfind(b"<", 0, -1) if b"<c " not in piece else -1) if len(piece) < 4 * _CHUNK else len(piece)
            cut = cut if cut > 0 else len(piece)
            rest = piece[cut:]
            yield piece[:cut]
    yield rest


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
