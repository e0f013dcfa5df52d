"""A reviewed workbook read back into labels, whoever saved or sorted it; what cannot be read is told by its cell."""

from __future__ import annotations

import datetime as dt
import json
import os
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from audit.errors import Phrase, UnreadableError, UsageError
from audit.intake.read.returned import grids as cells_of
from audit.knowledge.learn.book import ANSWERS, COLUMNS, FIRST, MACHINE, MARK, MARKER, digest
from audit.knowledge.learn.quality import RANDOM
from audit.words import LANGUAGES, Words

LABELS = ("text_id", "technique", "present", "by", "at", "drawn", "weight", "tagged", "comment")
_NAMED = 5  # cells that an error names
Grid = list[list[Any]]


class _Question(NamedTuple):
    """What a row of the book asked, by its hidden sheet."""

    text_id: Any
    technique: str
    drawn: str
    tagged: bool
    size: int
    digest: str


class _Line(NamedTuple):
    """A row of the sheet: its number as the spreadsheet shows it and its cells as text."""

    number: int
    cells: dict[str, str]


def read_review(path: str | os.PathLike, by: str | None = None) -> pd.DataFrame:
    """Labels of a book of `review_book`: `text_id`, `technique`, `present`, `by`, `at` and beside them `drawn` (random or uncertain), `weight`, `tagged`, `comment`.

    `by`: who answered, else the cell for it, else the file's name. `at`: when the file was saved. `weight`: texts that a row drawn at random stands for
    (those of its technique, tagged or not, over the rows of it answered yes or no); 0 for the others. `frame[frame["present"] != frame["tagged"]]`
    are the differences from the tagger. `frame.attrs["notes"]`: phrases about what is missing: rows without an answer, unsure, deleted; `frame.attrs["texts"]`: id → what was shown of it, masked.
    Raises UsageError for a file that is not there, answers that are none, rows unknown or twice, and rows whose text is no longer their own (one column sorted
    alone); UnreadableError for what is no such book. Errors name the cells.
    """
    file = Path(path)
    if not file.is_file():
        raise UsageError("errors.file_missing", path=path)
    grids = cells_of(file, "learn.not_review")
    asked = _asked(grids.pop(MACHINE, []), file)
    name, lines, letters = _found(grids, file)
    _check(lines, letters, asked, file, name)
    known = {line.cells["row"]: (line, _answer(line.cells["answer"])) for line in lines}
    marker = by or _cell(grids[name], *MARKER) or file.stem
    frame = _labels(known, asked, marker, dt.datetime.fromtimestamp(int(file.stat().st_mtime), dt.UTC).replace(tzinfo=None))
    frame.attrs["texts"] = {asked[number].text_id: line.cells["text"] for number, (line, _) in known.items()}
    answers = [answer for _, answer in known.values()]
    told = {"unanswered": answers.count(""), "unsure": answers.count("unsure"), "deleted": len(asked) - len(known)}
    frame.attrs["notes"] = [Phrase(f"learn.review.{kind}", {"n": n}) for kind, n in told.items() if n]
    return frame


def _asked(grid: Grid, path: Path) -> dict[str, _Question]:
    """Number of a row → what it asked."""
    if _cell(grid, 0, 1) != MARK:
        raise UnreadableError("learn.not_review", path=path)
    found = {}
    for row in range(FIRST, len(grid)):
        number, text_id, technique, drawn, tagged, size, own = (_cell(grid, row, at) for at in range(7))
        found[number] = _Question(json.loads(text_id), technique, drawn, tagged == "1", int(size), own)
    return found


def _found(grids: dict[str, Grid], path: Path) -> tuple[str, list[_Line], dict[str, str]]:
    """The sheet with the questions, its rows and the letters of its columns."""
    for name, grid in grids.items():
        for at in range(min(len(grid), 40)):
            columns = {_headings()[head]: place for place in range(len(grid[at])) if (head := _fold(_cell(grid, at, place))) in _headings()}
            if {"row", "text", "technique", "answer"} <= set(columns):
                lines = [_Line(row + 1, {one: _cell(grid, row, columns[one]) if one in columns else "" for one in COLUMNS}) for row in range(at + 1, len(grid))]
                return name, [line for line in lines if any(line.cells.values())], {one: _letter(place) for one, place in columns.items()}
    raise UnreadableError("learn.not_review", path=path)


def _check(lines: list[_Line], letters: dict[str, str], asked: dict[str, _Question], path: Path, sheet: str) -> None:
    """Every row is one of the book's, once, with the text and technique it had, and its answer can be read."""
    counts: dict[str, int] = {}
    for line in lines:
        counts[line.cells["row"]] = counts.get(line.cells["row"], 0) + 1
    wrong = {
        "unknown_rows": [f"{letters['row']}{line.number}" for line in lines if line.cells["row"] not in asked],
        "rows_twice": [f"{letters['row']}{line.number}" for line in lines if counts[line.cells["row"]] > 1],
        "other_text": [f"{letters['text']}{line.number}" for line in lines if (one := asked.get(line.cells["row"])) and one.digest != digest(line.cells["text"], line.cells["technique"])],
        "bad_answers": [f"{letters['answer']}{line.number} „{line.cells['answer'][:30]}“" for line in lines if _answer(line.cells["answer"]) is None],
    }
    for kind, cells in wrong.items():
        if cells:
            named = ", ".join(cells[:_NAMED]) + (" …" if len(cells) > _NAMED else "")
            raise UsageError(f"learn.{kind}", cells=named, n=len(cells), file=path.name, sheet=sheet, answers=tuple(Phrase(f"learn.book.answer.{one}") for one in ANSWERS))


def _labels(known: dict[str, tuple[_Line, str | None]], asked: dict[str, _Question], marker: str, at: dt.datetime) -> pd.DataFrame:
    sure = {number: answer == "yes" for number, (_, answer) in known.items() if answer in ("yes", "no")}
    answered: dict[tuple[str, bool], int] = {}
    for number in sure:
        one = asked[number]
        answered[one.technique, one.tagged] = answered.get((one.technique, one.tagged), 0) + (one.drawn == RANDOM)
    rows = [(asked[number].text_id, asked[number].technique, present, marker, at, asked[number].drawn,
             asked[number].size / answered[asked[number].technique, asked[number].tagged] if asked[number].drawn == RANDOM else 0.0,
             asked[number].tagged, known[number][0].cells["comment"]) for number, present in sure.items()]
    frame = pd.DataFrame(rows, columns=list(LABELS))
    return frame.astype({"technique": "str", "present": bool, "by": "str", "at": "datetime64[us]", "drawn": "str", "weight": float, "tagged": bool, "comment": "str"})


@cache
def _headings() -> dict[str, str]:
    """Heading in any language → column."""
    return {_fold(Words(lang)(f"learn.book.column.{name}")): name for lang in LANGUAGES for name in COLUMNS}


@cache
def _answers() -> dict[str, str]:
    """Answer as people write it in any language → yes, no, unsure."""
    told = {_fold(word): one for lang in LANGUAGES for one in ANSWERS for word in (Words(lang)(f"learn.book.answer.{one}"), *Words(lang)(f"learn.book.also.{one}").split(", "))}
    return {"": "", **told}


def _answer(cell: str) -> str | None:
    """yes, no, unsure, nothing, or None for what is no answer."""
    return _answers().get(_fold(cell))


def _fold(text: str) -> str:
    return " ".join(text.casefold().replace("ё", "е").split()).rstrip(".!")


def _cell(grid: Grid, row: int, at: int) -> str:
    """A cell as text; a whole number without its point."""
    value = grid[row][at] if row < len(grid) and at < len(grid[row]) else ""
    if isinstance(value, bool):
        return "+" if value else "-"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else "" if value is None else str(value).strip()


def _letter(place: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return xl_col_to_name(place)
