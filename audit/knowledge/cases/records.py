"""Records (rows of a table, messages of an export) → talks: one a conversation, its fields from the columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from audit.knowledge.cases import amounts, times
from audit.knowledge.cases.clean import tidy, words_in
from audit.knowledge.cases.labels import HEAD, starts, unfolded
from audit.knowledge.cases.said import Found, Said, Talk
from audit.knowledge.cases.vocabulary import CASE, direction, fields, is_media
from audit.knowledge.texts import role

EPOCH = 1e9  # a larger number is a Unix time, not a place in a recording
Record = tuple[int, Mapping[str, Any]]  # (row, key → value)


def talks_of(records: Sequence[Record], found: Found, zone: str, known: frozenset[str], *, rows_are_cases: bool = False) -> list[Talk]:
    """The talks of records that have a text each; a record without one is refused.

    `rows_are_cases`: without a column that tells conversations apart a row is a talk, unless rows have speakers and a deal.
    """
    named = fields(dict.fromkeys(key for _, record in records for key in record))
    apart = _apart(named, rows_are_cases)
    groups: dict[str, list[Record]] = {}
    for row, record in records:
        name = as_text(record.get(apart)) if apart else ""
        groups.setdefault(name or (f"{row}" if rows_are_cases else ""), []).append((row, record))
    whens, settled = _whens(records, named, zone, found), _settled(records, named, zone)
    talks = [_talk(name, group, named, whens, settled, found, known) for name, group in groups.items()]
    return [talk for talk in talks if talk.said]


def _apart(named: Mapping[str, str], rows_are_cases: bool) -> str | None:
    """The column by which records are of one talk."""
    if "case_id" in named:
        return named["case_id"]
    return named.get("deal_id") if rows_are_cases and "deal_id" in named and ("speaker" in named or "role" in named) else None


def as_text(value: object) -> str:
    """A value as text: whole numbers without a fraction, nothing for what is no single value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "" if value != value else str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, str):
        return value.strip() if value.isprintable() else tidy(value, Counter())
    return str(value) if isinstance(value, int) and value.bit_length() < 4096 else ""


def words_of(value: object, depth: int = 0) -> str | None:
    """The text of a message: a string, a list of pieces, or an object with one inside; None where there is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and depth < 4:
        pieces = [piece for one in value if (piece := words_of(one, depth + 1)) is not None]
        return "".join(pieces) if pieces else None
    if isinstance(value, Mapping) and depth < 4:
        inner = fields(value).get("text")
        return words_of(value[inner], depth + 1) if inner else None
    return None


def _whens(records: Sequence[Record], named: Mapping[str, str], zone: str, found: Found) -> dict[int, tuple[Any, float | None]]:
    """Row → (time, seconds since the talk began) of every record: a mark such as 00:12 or 12.5 is of the second kind, wherever it stands."""
    rows = [row for row, _ in records]
    starts, ends = ([times.clock(value) for value in _column(records, named.get(name))] for name in ("offset", "end"))
    starts = [None if start is None or start >= EPOCH else start for start in starts]
    letters = [len(words_of(value) or "") for value in _column(records, named.get("text"))]
    offsets = times.seconds(starts, ends, letters)
    written = [as_text(value) for value in _column(records, named.get("at"))]
    marks = [times.clock(text) for text in written]
    offsets = [mark if offset is None and mark is not None and mark <= times.RECORDING else offset for offset, mark in zip(offsets, marks, strict=True)]
    dates = ["" if mark is not None and mark < EPOCH else text for text, mark in zip(written, marks, strict=True)]
    moments = times.moments(dates, zone)
    found.notes["unclear_time"] += sum(bool(text) and when is None and offset is None for text, when, offset in zip(dates, moments, offsets, strict=True))
    return dict(zip(rows, zip(moments, offsets, strict=True), strict=True))


def _column(records: Sequence[Record], header: str | None) -> list:
    return [record.get(header) if header else None for _, record in records]


def _settled(records: Sequence[Record], named: Mapping[str, str], zone: str) -> dict[tuple[int, str], str]:
    """(row, field) → dates and amounts as they are to be read, each column by all of its values."""
    made: dict[tuple[int, str], str] = {}
    for name in ("decided_at", "started_at", "amount"):
        if name in named:
            cells = [as_text(value) for value in _column(records, named[name])]
            told = amounts.settled(cells) if name == "amount" else times.settled(cells, zone)
            made.update({(row, name): value for (row, _), value in zip(records, told, strict=True)})
    return made


def _talk(name: str, group: list[Record], named: Mapping[str, str], whens: dict, settled: dict, found: Found, known: frozenset[str]) -> Talk:
    talk = Talk([], own=name or None)
    speaker = named.get("speaker") or _repeated_id(group)
    differ = set[str]()
    for row, record in group:
        for one in (*CASE, "phone", "email", "seller"):
            value = settled.get((row, one)) or (as_text(record.get(named[one])) if one in named and one not in ("at", "kind") else "")
            if value and talk.fields.setdefault(one, value) != value:
                differ.add(one)
        talk.said += _said(row, record, named, speaker, whens[row], found, known)
    found.notes["fields_differ"] += len(differ)
    kinds = {as_text(record.get(named["kind"])) for _, record in group} if "kind" in named else set()
    talk.fields.update({"kind": kinds.pop()} if len(kinds) == 1 else {})
    return talk


def _repeated_id(group: list[Record]) -> str | None:
    """The key `id` where few ids repeat: they are speakers, not messages."""
    ids = [as_text(record.get("id")) for _, record in group]
    different = set(ids)
    return "id" if len(ids) >= 2 and all(ids) and len(different) * 2 <= max(len(ids), 4) and len(different) <= 8 and len(different) < len(ids) else None


def _said(row: int, record: Mapping[str, Any], named: Mapping[str, str], speaker: str | None, when: tuple, found: Found, known: frozenset[str]) -> list[Said]:
    """The utterances of one record: one, or those of a whole transcript in a cell."""
    raw = words_of(record.get(named.get("text", "")))
    words = tidy(raw, found.notes) if raw is not None else ""
    if not words or is_media(words):
        service = as_text(record.get("type")) == "service"
        found.refuse(row, "service_message" if service else "no_text", words or {key: value for key, value in record.items() if isinstance(value, str | int | float)})
        return []
    name, side = _who(record, named, speaker)
    told = as_text(record.get(named["language"])) if "language" in named else ""
    if name is None and side is None and ("\n" in words or ":" in words[:HEAD]):
        return _turns(row, words, when, known, found)
    return [Said(row, words, name, side, when[0], when[1], told or None)]


def _who(record: Mapping[str, Any], named: Mapping[str, str], speaker: str | None) -> tuple[str | None, str | None]:
    """(name, side) of who speaks in a record."""
    said = record.get(speaker) if speaker else None
    name = as_text(said if not isinstance(said, Mapping) else next((said[key] for key in ("name", "title", "display_name", "username", "email", "id") if said.get(key)), None)) or None
    part = as_text(record.get(named["role"])) if "role" in named else ""
    side = role(part) or role(name)
    if side is None and "direction" in named:
        side = direction(as_text(record.get(named["direction"])))
    return (name or part or None), side


def _turns(row: int, words: str, when: tuple, known: frozenset[str], found: Found) -> list[Said]:
    """A whole transcript in one cell: its labelled turns, or all of it."""
    lines = words.split("\n") if "\n" in words else unfolded(words)
    begun = {at: start for at, start in starts(lines, known).items() if start.name or start.mark}
    if not begun:
        return [Said(row, words, at=when[0], offset=when[1])]
    places = sorted({0, *begun})
    said = []
    for at, end in zip(places, [*places[1:], len(lines)], strict=True):
        start = begun.get(at)
        text = "\n".join([start.rest if start else lines[at], *lines[at + 1:end]]).strip()
        if not words_in(text):
            found.notes["empty_turns"] += 1
            continue
        said.append(Said(row, text, start.name if start else None, at=when[0], offset=times.clock(start.mark) if start else None))
    return said or [Said(row, words, at=when[0])]
