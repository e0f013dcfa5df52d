"""Workbooks of spreadsheets: one source a filled sheet."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

from audit.intake.read import packed
from audit.intake.read.source import Source, Unreadable, shaped


def workbook(path: Path, aliases: frozenset[str]) -> list[Source]:
    """A source a filled sheet. Unreadable when the file is damaged or would not fit into memory."""
    from python_calamine import CalamineError, CalamineWorkbook

    package = packed.look(path)
    if package.problem:
        raise Unreadable(package.problem)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
        grids = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except (CalamineError, ValueError, OSError) as why:
        raise Unreadable("damaged_workbook") from why
    except BaseException as why:
        if type(why).__name__ != "PanicException":  # calamine gives up so on numbers beyond any sheet; it is no Exception
            raise
        raise Unreadable("damaged_workbook") from None
    filled = {name: grid for name, grid in grids.items() if any(cell not in ("", None) for row in grid for cell in row)}
    if not filled:
        return [Source(path.name, "excel", problem="empty")]
    found: list[Source] = []
    for name, grid in filled.items():
        records = ((at, [_plain(cell) for cell in row]) for at, row in enumerate(grid, 1))
        found.append(shaped(Source(path.name, "excel", sheet=name if len(filled) > 1 else None), records, aliases))
    if package.blank:
        found[0].warnings["no_value"] += package.blank  # of the whole workbook: a part of it is not known by its sheet's name
    return found


def _plain(cell: object) -> str | float:
    """A workbook cell as text, or as a number when it is one."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return float(cell)
    if isinstance(cell, dt.timedelta):
        return cell.total_seconds()
    return cell.isoformat(" ") if isinstance(cell, dt.datetime) else str(cell)
