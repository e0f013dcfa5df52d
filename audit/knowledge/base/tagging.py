"""Tags and labels of texts: what rules, models and people say of them now, and what they said before."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from audit.errors import UsageError
from audit.knowledge.base.file import File
from audit.knowledge.base.frames import frame, held, now, told, values
from audit.schema.results import TAGS

if TYPE_CHECKING:
    import pandas as pd

MARKERS = ("rule", "model", "human")
BATCH = 5_000  # texts changed at once
LABELS = ("text_id", "technique", "present", "by", "at")
_TAGS = (*TAGS.names, "case_id", "turn", "at")
_HISTORY = ("text_id", "technique", "start", "end", "speaker", "tagged_by", "version", "recorded_at", "ended_at")
_NOW = """SELECT u.text_id, t.technique, t.first, t.after, u.text, t.speaker, r.tagged_by, t.confidence, c.case_id, u.turn, u.at
FROM tagged t JOIN runs r ON r.id = t.run JOIN utterances u ON u.id = t.utterance AND u.until IS NULL JOIN cases c ON c.id = u.case_no WHERE t.ended IS NULL"""
Tag = tuple[str, int, int, str | None, float]  # technique, start, end, speaker, confidence


def put_tags(file: File, tags: pd.DataFrame, by: str, version: str, texts: Iterable[str] | None) -> dict[str, int]:
    """Numbers of tags: added, ended, same. See `Base.put_tags`."""
    if by not in MARKERS:
        raise UsageError("errors.unknown_name", kind="by", name=by, nearest=", ".join(MARKERS))
    of: dict[Any, dict[Tag, Any]] = {held(one): {} for one in texts} if texts is not None else {}
    columns = values(tags, ("text_id", "technique", "start", "end", "speaker", "confidence", "quote"))
    for text_id, technique, start, end, speaker, confidence, quote in zip(*columns, strict=True):
        of.setdefault(text_id, {})[(technique, start, end, speaker, 1.0 if confidence is None else confidence)] = quote
    counts, names, run = {"added": 0, "ended": 0, "same": 0}, list(of), list[int]()
    for first in range(0, len(names), BATCH):
        with file.writing() as base:
            if not run:
                run.append(base.execute("INSERT INTO runs (tagged_by, version, recorded_at) VALUES (?, ?, ?)", (by, version, now())).lastrowid or 0)
            for name in names[first:first + BATCH]:
                _replace(base, name, of[name], run[0], (by, version), counts)
    return counts


def _replace(base: sqlite3.Connection, name: Any, said: dict[Tag, Any], run: int, who: tuple[str, str], counts: dict[str, int]) -> None:
    """What `who` says of a text from now on; what stays as it is is not written again."""
    number, text = _text(base, name)
    for (technique, start, end, *_), quote in said.items():
        if start is None or end is None or not 0 <= start <= end <= len(text) or (quote is not None and text[start:end] != told(quote)):
            raise UsageError("base.bad_quote", text_id=told(name), technique=told(technique), start=start, end=end)
    rows = base.execute("SELECT t.id, t.technique, t.first, t.after, t.speaker, t.confidence, r.version FROM tagged t JOIN runs r ON r.id = t.run "
                        "WHERE t.utterance = ? AND t.ended IS NULL AND r.tagged_by = ?", (number, who[0])).fetchall()
    before = {tuple(row[1:6]): row[0] for row in rows if row[6] == who[1]}
    gone = [row[0] for row in rows if row[6] != who[1] or tuple(row[1:6]) not in said]
    fresh = [one for one in said if one not in before]
    base.executemany("UPDATE tagged SET ended = ? WHERE id = ?", [(run, one) for one in gone])
    base.executemany("INSERT INTO tagged (utterance, technique, first, after, speaker, confidence, run) VALUES (?, ?, ?, ?, ?, ?, ?)", [(number, *one, run) for one in fresh])
    counts["added"] += len(fresh)
    counts["ended"] += len(gone)
    counts["same"] += len(said) - len(fresh)


def _text(base: sqlite3.Connection, name: Any) -> tuple[int, str]:
    """(number, text) of an utterance by its id."""
    row = base.execute("SELECT id, text FROM utterances WHERE text_id = ? AND until IS NULL", (name,)).fetchone()
    if row is None:
        raise UsageError("base.unknown_text", text_id=told(name))
    return row[0], told(row[1])


def tags(file: File, by: str | None) -> pd.DataFrame:
    """What is said now, by case, turn, place and technique."""
    given = [] if by is None else [by]
    with file.reading() as base:
        rows = base.execute(f"{_NOW}{'' if by is None else ' AND r.tagged_by = ?'} ORDER BY c.case_id, u.turn, u.text_id, t.first, t.after, t.technique, r.tagged_by", given).fetchall()
    return frame([(*row[:4], told(row[4])[row[2]:row[3]], *row[5:]) for row in rows], _TAGS)


def tag_history(file: File, text_id: str | None) -> pd.DataFrame:
    """Every tag there ever was; `ended_at` is empty for one that still holds."""
    where, given = ("WHERE u.text_id = ?", [held(text_id)]) if text_id is not None else ("", [])
    with file.reading() as base:
        rows = base.execute(f"SELECT u.text_id, t.technique, t.first, t.after, t.speaker, r.tagged_by, r.version, r.recorded_at, coalesce(e.recorded_at, n.recorded_at) "
                            f"FROM tagged t JOIN runs r ON r.id = t.run LEFT JOIN runs e ON e.id = t.ended JOIN utterances u ON u.id = t.utterance "
                            f"LEFT JOIN revisions n ON n.case_no = u.case_no AND n.revision = u.until + 1 {where} ORDER BY u.text_id, t.id", given).fetchall()
    return frame(rows, _HISTORY)


def put_labels(file: File, labels: pd.DataFrame) -> dict[str, int]:
    """Numbers of labels: added, changed, same. See `Base.put_labels`."""
    rows = list(zip(*values(labels, ("text_id", "technique", "present", "by", "at")), strict=True))
    counts = {"added": 0, "changed": 0, "same": 0}
    with file.writing() as base:
        for text_id, technique, present, marker, at in rows:
            if technique is None or marker is None or _YES.get(present) is None:
                raise UsageError("base.bad_label", text_id=told(text_id), technique=told(technique) or "–", present="–" if present is None else present)
            counts[_label(base, _text(base, text_id)[0], (technique, _YES[present], marker, at))] += 1
    return counts


_YES = {"True": 1, "False": 0, "1": 1, "0": 0, "1.0": 1, "0.0": 0}


def _label(base: sqlite3.Connection, number: int, label: tuple) -> str:
    technique, present, marker, at = label
    old = base.execute("SELECT id, present, at FROM labels WHERE utterance = ? AND technique = ? AND marker = ? AND ended IS NULL", (number, technique, marker)).fetchone()
    if old is not None and old[1:] == (present, at):
        return "same"
    moment = now()
    if old is not None:
        base.execute("UPDATE labels SET ended = ? WHERE id = ?", (moment, old[0]))
    base.execute("INSERT INTO labels (utterance, technique, present, marker, at, recorded_at) VALUES (?, ?, ?, ?, ?, ?)", (number, technique, present, marker, at, moment))
    return "changed" if old is not None else "added"


def labels(file: File) -> pd.DataFrame:
    """What people say now of texts as they are now."""
    with file.reading() as base:
        rows = base.execute("SELECT u.text_id, l.technique, l.present, l.marker, l.at FROM labels l JOIN utterances u ON u.id = l.utterance AND u.until IS NULL "
                            "JOIN cases c ON c.id = u.case_no WHERE l.ended IS NULL ORDER BY c.case_id, u.turn, u.text_id, l.technique, l.marker").fetchall()
    return frame(rows, LABELS)
