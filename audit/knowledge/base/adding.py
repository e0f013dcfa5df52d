"""Cases into the base: what is new, what has changed (a new revision, the old one stays), what is the same."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from audit.errors import UsageError, nearest
from audit.knowledge.base.file import File
from audit.knowledge.base.frames import frame, held, now, told, values
from audit.knowledge.base.index import Indexed, indexed
from audit.knowledge.base.schema import CASE

if TYPE_CHECKING:
    import pandas as pd

CASES = ("case_id", *CASE)
TEXTS = ("text_id", "case_id", "turn", "speaker", "speaker_name", "text", "at", "language")
SAID = ("text_id", "turn", "speaker", "speaker_name", "text", "at", "language")
ORIGIN = {"file", "sha256"}  # where a case was read from does not make it another one
BATCH = 20_000  # utterances written at once, so that other writers need not wait long
_TEXT, _LANGUAGE = SAID.index("text"), SAID.index("language")
HISTORY = ("case_id", "revision", "latest", "hash", "recorded_at", *CASE)


class Case(NamedTuple):
    """One case: its id, columns, utterances in order, and the digest of all of it but the origin."""

    case_id: str | bytes
    columns: tuple
    said: list[tuple]
    hash: str


def add(file: File, cases: pd.DataFrame, texts: pd.DataFrame) -> dict[str, int]:
    """Numbers of cases: added, changed, same. A case is written whole or not at all, many in one go."""
    counts = {"added": 0, "changed": 0, "same": 0}
    batch, size = list[Case](), 0
    for one in _each(cases, texts):
        batch.append(one)
        size += len(one.said) + 1
        if size >= BATCH:
            _write(file, batch, counts)
            batch, size = [], 0
    _write(file, batch, counts)
    return counts


def _each(cases: pd.DataFrame, texts: pd.DataFrame) -> Iterator[Case]:
    """The cases of the frames, checked: each once, every utterance with its case."""
    _need(cases, "cases", ("case_id",))
    _need(texts, "texts", ("text_id", "case_id", "turn", "text"))
    ids, rows = values(cases, ("case_id",))[0], list(zip(*values(cases, CASE), strict=True))
    _once(ids, "cases", "case_id")
    columns = values(texts, TEXTS)
    _once(columns[0], "texts", "text_id")
    of = dict[Any, list[tuple]]({name: [] for name in ids})
    for text_id, case_id, *rest in zip(*columns, strict=True):
        if case_id not in of or rest[0] is None or rest[3] is None:
            raise UsageError("base.stray_text", text_id=told(text_id), case_id=told(case_id))
        of[case_id].append((text_id, *rest))
    for name, row in zip(ids, rows, strict=True):
        said = sorted(of[name], key=lambda one: one[1])
        yield Case(name, row, said, _digest(row, said))


def _need(frame: pd.DataFrame, table: str, columns: tuple[str, ...]) -> None:
    for name in columns:
        if name not in frame:
            raise UsageError("base.no_column", table=table, name=name, nearest=nearest(name, list(map(str, frame.columns)), 1) or "–")


def _once(ids: list, table: str, column: str) -> None:
    seen: set = set()
    for one in ids:
        if one is None or one in seen:
            raise UsageError("base.bad_id", table=table, column=column, id="–" if one is None else told(one))
        seen.add(one)


def _digest(row: tuple, said: list[tuple]) -> str:
    content = [[told(value) for name, value in zip(CASE, row, strict=True) if name not in ORIGIN], [[told(value) for value in one] for one in said]]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _write(file: File, batch: list[Case], counts: dict[str, int]) -> None:
    """Write the cases of a batch that are new or other than they were; words are looked up before others have to wait."""
    with file.reading() as base:
        fresh = [one for one in batch if _latest(base, one.case_id)[2] != one.hash]
        known = {one.case_id: _said_now(base, one.case_id) for one in fresh}
    words = {said: indexed(told(said[_TEXT]), told(said[_LANGUAGE])) for one in fresh for said in one.said if said not in known[one.case_id]}
    counts["same"] += len(batch) - len(fresh)
    if fresh:
        with file.writing() as base:
            rows = _Rows(base, words)
            for one in fresh:
                counts[rows.take(one)] += 1
            rows.insert()


def _latest(base: sqlite3.Connection, case_id: Any) -> tuple[int | None, int, str]:
    """(number of the case, its last revision, its digest)."""
    row = base.execute("SELECT c.id, r.revision, r.hash FROM cases c JOIN revisions r ON r.case_no = c.id AND r.latest = 1 WHERE c.case_id = ?", (case_id,)).fetchone()
    return row or (None, 0, "")


def _said_now(base: sqlite3.Connection, case_id: Any) -> dict[tuple, int]:
    """What the case says now, utterance → its number."""
    rows = base.execute(f"SELECT u.id, {', '.join(f'u.{name}' for name in SAID)} FROM utterances u JOIN cases c ON c.id = u.case_no WHERE c.case_id = ? AND u.until IS NULL", (case_id,))
    return {tuple(row[1:]): row[0] for row in rows}


class _Rows:
    """The rows of one transaction."""

    def __init__(self, base: sqlite3.Connection, words: dict[tuple, Indexed]):
        self._base, self._words, self._now = base, words, now()
        self._next = base.execute("SELECT coalesce(max(id), 0) + 1 FROM utterances").fetchone()[0]
        self._said: list[tuple] = []
        self._index: list[tuple] = []

    def take(self, one: Case) -> str:
        """Note a case: added, changed or (another writer was quicker) same. What it says as before keeps its tags and labels."""
        number, revision, digest = _latest(self._base, one.case_id)
        if digest == one.hash:
            return "same"
        if number is None:
            number = self._base.execute("INSERT INTO cases (case_id) VALUES (?)", (one.case_id,)).lastrowid
        self._base.execute("UPDATE revisions SET latest = 0 WHERE case_no = ? AND latest = 1", (number,))
        row = (number, revision + 1, 1, one.hash, self._now, *one.columns)
        self._base.execute(f"INSERT INTO revisions VALUES ({', '.join('?' * len(row))})", row)
        before = _said_now(self._base, one.case_id) if revision else {}
        kept = set(one.said)
        gone = [(revision, place) for said, place in before.items() if said not in kept]
        self._base.executemany("UPDATE utterances SET until = ? WHERE id = ?", gone)
        self._base.executemany("DELETE FROM words WHERE rowid = ?", [(place,) for _, place in gone])
        for said in one.said:
            if said not in before:
                self._say(number, revision + 1, said)
        return "changed" if revision else "added"

    def _say(self, number: int | None, revision: int, said: tuple) -> None:
        text_id, *rest = said
        if self._base.execute("SELECT 1 FROM utterances WHERE text_id = ? AND until IS NULL", (text_id,)).fetchone():
            raise UsageError("base.bad_id", table="texts", column="text_id", id=told(text_id))
        self._said.append((self._next, text_id, number, revision, *rest))
        index = self._words.get(said) or indexed(told(said[_TEXT]), told(said[_LANGUAGE]))
        self._index.append((self._next, *index))
        self._next += 1

    def insert(self) -> None:
        """Write the utterances noted."""
        self._base.executemany("INSERT INTO utterances (id, text_id, case_no, since, turn, speaker, speaker_name, text, at, language) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self._said)
        self._base.executemany("INSERT INTO words (rowid, said, lemmas, lemmas_bg) VALUES (?, ?, ?, ?)", self._index)


# -- back out ------------------------------------------------------------------------------------------


def cases(file: File) -> pd.DataFrame:
    """The cases as they are now, by id."""
    with file.reading() as base:
        rows = base.execute(f"SELECT c.case_id, {', '.join(f'r.{name}' for name in CASE)} FROM cases c JOIN revisions r ON r.case_no = c.id AND r.latest = 1 ORDER BY c.case_id").fetchall()
    return frame(rows, CASES)


def people(file: File) -> list[str]:
    """Names of sellers and speakers of the cases as they are now."""
    with file.reading() as base:
        rows = base.execute("SELECT owner FROM revisions WHERE latest = 1 AND owner IS NOT NULL UNION SELECT speaker_name FROM utterances WHERE until IS NULL AND speaker_name IS NOT NULL ORDER BY 1").fetchall()
    return [told(row[0]) for row in rows]


def texts(file: File, case_id: str | None, revision: int | None) -> pd.DataFrame:
    """Utterances by case and turn: as they are now, or of a case in one of its revisions."""
    when, given = "u.until IS NULL", list[Any]()
    if revision is not None:
        when, given = "u.since <= ? AND coalesce(u.until, ?) >= ?", [revision] * 3
    if case_id is not None:
        when, given = f"c.case_id = ? AND {when}", [held(case_id), *given]
    with file.reading() as base:
        rows = base.execute(f"SELECT u.text_id, c.case_id, u.turn, u.speaker, u.speaker_name, u.text, u.at, u.language FROM utterances u JOIN cases c ON c.id = u.case_no "
                            f"WHERE {when} ORDER BY c.case_id, u.turn, u.text_id", given).fetchall()
    return frame(rows, TEXTS)


def history(file: File, case_id: str | None) -> pd.DataFrame:
    """Every revision that a case, or any, ever had."""
    when, given = ("WHERE c.case_id = ?", [held(case_id)]) if case_id is not None else ("", [])
    with file.reading() as base:
        rows = base.execute(f"SELECT c.case_id, r.revision, r.latest, r.hash, r.recorded_at, {', '.join(f'r.{name}' for name in CASE)} "
                            f"FROM revisions r JOIN cases c ON c.id = r.case_no {when} ORDER BY c.case_id, r.revision", given).fetchall()
    return frame(rows, HISTORY)
