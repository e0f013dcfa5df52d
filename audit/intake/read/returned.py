"""A workbook of ours that came back from people: all its cells, whoever saved it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from audit.errors import UnreadableError
from audit.intake.read import packed


def grids(path: Path, problem: str, rows: int | None = None) -> dict[str, list[list[Any]]]:
    """Sheet → its cells from A1 on, at most `rows` of each; UnreadableError with the code `problem` for what is no workbook or does not fit into memory."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        if packed.look(path).problem:
            raise UnreadableError(problem, path=path)
        book = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
        return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=rows) for name in book.sheet_names}
    except (CalamineError, ValueError, OSError):
        raise UnreadableError(problem, path=path) from None
    except BaseException as why:
        if type(why).__name__ != "PanicException":  # calamine gives up so on numbers beyond any sheet; it is no Exception
            raise
        raise UnreadableError(problem, path=path) from None
