"""Looks into a workbook before it is opened: what would not fit into memory, and cells without a value."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CELLS = 40_000_000  # of the rectangle around all cells of a sheet, which is held in memory as a whole
PART, RATIO, WHOLE = 50_000_000, 200, 3_000_000_000  # bytes of a part, how much denser than packed, bytes of all parts
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml$")
_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')
_BLANK = re.compile(rb'</f>(?:<v\s*/>|<v></v>)?</c>|<c [^>]*\bt="e"')
_CHUNK = 4_000_000


@dataclass
class Package:
    """What is wrong with a workbook as a whole, and how many cells hold an error or a formula without its value."""

    problem: str | None = None
    blank: int = 0


def look(path: Path) -> Package:
    """The state of a zipped workbook; nothing is said of other workbooks and of damaged ones."""
    found = Package()
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            if sum(part.file_size for part in parts) > WHOLE or any(part.file_size > max(PART, RATIO * part.compress_size) for part in parts):
                return Package("inflated")
            for part in parts:
                if _SHEET.search(part.filename):
                    _sheet(package, part, found)
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError, EOFError, ValueError):
        return Package()
    return found


def _sheet(package: zipfile.ZipFile, part: zipfile.ZipInfo, found: Package) -> None:
    first, last, width = 1_048_577, 0, 0
    for chunk in _chunks(package, part):
        for cell in _CELL.finditer(chunk):
            row = int(cell[2])
            first, last, width = min(first, row), max(last, row), max(width, _column(cell[1]))
        found.blank += sum(1 for _ in _BLANK.finditer(chunk))
    if (last - first + 1) * width > CELLS:
        found.problem = "far_cell"


def _chunks(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Pieces of a part that end between two cells, so that no cell is cut or read twice."""
    rest = b""
    with package.open(part) as file:
        while piece := file.read(_CHUNK):
            piece = rest + piece
            cut = piece.rfind(b"<c ") if len(piece) < 4 * _CHUNK else len(piece)
            cut = cut if cut > 0 else len(piece)
            rest = piece[cut:]
            yield piece[:cut]
    yield rest


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
