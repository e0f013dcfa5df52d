"""Tables of cases (csv, xlsx, parquet …) → talks; books of proposals whose cells are their words; lists that say what files are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from audit.intake.parse.column import unpacked
from audit.intake.read import Source, read_table
from audit.knowledge.cases.clean import tidy
from audit.knowledge.cases.records import Record, talks_of
from audit.knowledge.cases.said import Found, Refused, Said, Talk
from audit.knowledge.cases.vocabulary import field_words, fields

_LIST = re.compile(r"^(?:manifest|манифест|опись|опис)\b", re.I)


def talks_in(path: Path, found: Found, zone: str, known: frozenset[str], *, document: bool) -> list[Talk]:
    """The talks of every sheet that has a column of words; a sheet without one is a `document`, or refused."""
    talks: list[Talk] = []
    sources = read_table(path, field_words())
    for number, source in enumerate(sources):
        if source.problem:
            raise Refused(source.problem)
        if "text" in fields(source.headers):
            made = talks_of(list(_sound(source, found)), found, zone, known, rows_are_cases=True)
        elif document:
            made = _document(source, found)
        else:
            found.refuse(None, "no_text_column", ", ".join(map(str, source.headers)))
            continue
        for said in (said for talk in made for said in talk.said):
            said.sheet = number
        talks += made
    return _joined(talks)


def _joined(talks: list[Talk]) -> list[Talk]:
    """The talks, those that several sheets call alike as one."""
    found: dict[str, Talk] = {}
    for place, talk in enumerate(talks):
        first = found.setdefault(talk.fields.get("case_id") or f"\n{place}", talk)
        if first is not talk:
            first.said += talk.said
            first.fields = {**talk.fields, **first.fields}
    return list(found.values())


def is_list(path: Path) -> bool:
    """Whether a file is by its name the list that says what the other files are."""
    return bool(_LIST.match(path.stem)) and path.suffix.lower() in (".csv", ".tsv", ".xlsx", ".xls", ".ods")


def listed(path: Path, found: Found) -> list[tuple[int, dict[str, str]]]:
    """(row, field → value) of a list of files. Refused when it names no files."""
    rows: list[tuple[int, dict[str, str]]] = []
    for source in read_table(path, field_words()):
        if source.problem:
            raise Refused(source.problem)
        named = fields(source.headers)
        if "file" not in named:
            raise Refused("no_file_column")
        for row, record in _sound(source, found):
            rows.append((row, {name: tidy(str(record[header]), found.notes) for name, header in named.items() if record.get(header)}))
    return rows


def _sound(source: Source, found: Found) -> Iterator[Record]:
    """The filled rows of a sheet; rows of a broken shape are refused."""
    cells = {name: unpacked(source.cells[name]).tolist() for name in source.headers}
    for note in ("broken_text", "no_value"):
        if source.warnings[note]:
            found.notes[note] += source.warnings[note]
    for place in range(len(source.cells)):
        record = {name: column[place] for name, column in cells.items()}
        row, fault = int(source.rows[place]), source.faults.get(place)
        if fault:
            found.refuse(row, fault, " | ".join(str(value) for value in record.values() if value))
        else:
            yield row, record


def _document(source: Source, found: Found) -> list[Talk]:
    """A sheet as a document: its header and every row as a line of filled cells."""
    rows = [(source.header_row, {str(place): name for place, name in enumerate(source.headers)}), *_sound(source, found)]
    said = []
    for row, record in rows:
        words = tidy(" | ".join(str(value).strip() for value in record.values() if isinstance(value, str) and value.strip()), found.notes)
        if words:
            said.append(Said(row, words))
        else:
            found.refuse(row, "empty")
    return [Talk(said, kind="proposal", own=source.sheet)] if said else []
