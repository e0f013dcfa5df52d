"""The search: words and filters → utterances, the best first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from audit.errors import UsageError
from audit.knowledge.base.file import File
from audit.knowledge.base.frames import frame, held, micros, told
from audit.knowledge.base.query import asked, parsed
from audit.knowledge.base.snippet import snippet

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("rank", "text_id", "case_id", "deal_id", "owner", "outcome", "at", "speaker", "snippet", "techniques", "marks")
FILTERS = {"owner": "r.owner", "outcome": "r.outcome", "speaker": "u.speaker", "stage": "r.stage", "segment": "r.segment", "kind": "r.kind", "language": "coalesce(u.language, r.language)"}
_AT = "coalesce(u.at, r.at, r.started_at)"
_SELECT = f"""SELECT {{rank}}, u.text_id, c.case_id, r.deal_id, r.owner, r.outcome, {_AT}, u.speaker, u.text,
(SELECT group_concat(technique, ', ') FROM (SELECT DISTINCT t.technique FROM tagged t WHERE t.utterance = u.id AND t.ended IS NULL ORDER BY t.technique))
FROM {{source}} JOIN cases c ON c.id = u.case_no JOIN revisions r ON r.case_no = c.id AND r.latest = 1 WHERE {{where}} ORDER BY {{order}} LIMIT ?"""
MOST = 1_000_000_000  # results that are asked for; SQLite takes no endless number
_NONE: tuple[str, list[Any]] = ("", [])


def search(file: File, query: str, filters: Mapping[str, Any], technique: Any, since: Any, until: Any, limit: int) -> pd.DataFrame:
    """See `Base.search`."""
    if limit < 1:
        raise UsageError("base.bad_limit", limit=limit)
    parts = parsed(query)
    if query.strip() and not parts:  # signs only: no text has such words
        return frame([], COLUMNS)
    must, never = asked(parts)
    where, given = ["u.until IS NULL"], list[Any]()
    if must is not None:
        where.insert(0, "words MATCH ?")
        given.append(must)
    if never is not None:
        where.append("u.id NOT IN (SELECT rowid FROM words WHERE words MATCH ?)")
        given.append(never)
    for condition, some in (*_chosen(filters), _tagged(technique), _times(since, until)):
        where += [condition] if condition else []
        given += some
    sql = _SELECT.format(rank="-bm25(words)" if must else "NULL", source="words JOIN utterances u ON u.id = words.rowid" if must else "utterances u", where=" AND ".join(where),
                         order="bm25(words), c.case_id, u.turn, u.text_id" if must else f"{_AT} DESC, c.case_id, u.turn, u.text_id")
    with file.reading() as base:
        rows = base.execute(sql, [*given, min(limit, MOST)]).fetchall()
    return frame([_row(row, parts) for row in rows], COLUMNS)


def _row(row: tuple, parts: list) -> tuple:
    shown, marks = snippet(told(row[8]), parts)
    return (*row[:8], shown, told(row[9]) or "", tuple(marks))


def _chosen(filters: Mapping[str, Any]) -> list[tuple[str, list[Any]]]:
    """Conditions of the filters that were given; one of several values suffices."""
    told_ = [(FILTERS[name], _several(value)) for name, value in filters.items() if value is not None]
    return [(f"{column} IN ({_places(some)})", some) for column, some in told_]


def _tagged(technique: Any) -> tuple[str, list[Any]]:
    if technique is None:
        return _NONE
    some = _several(technique)
    return f"EXISTS (SELECT 1 FROM tagged t WHERE t.utterance = u.id AND t.ended IS NULL AND t.technique IN ({_places(some)}))", some


def _times(since: Any, until: Any) -> tuple[str, list[Any]]:
    conditions, given = list[str](), list[Any]()
    for name, moment, sign in (("since", since, ">="), ("until", until, "<=")):
        if moment is not None:
            conditions.append(f"{_AT} {sign} ?")
            given.append(_moment(name, moment))
    return " AND ".join(conditions), given


def _moment(name: str, moment: dt.datetime | dt.date | str) -> int | None:
    try:
        return micros(moment, end=name == "until")
    except (ValueError, TypeError):
        raise UsageError("errors.bad_date", value=moment, option=name) from None


def _several(value: Any) -> list[Any]:
    return [held(one) for one in ([value] if isinstance(value, str) or not isinstance(value, Iterable) else value)]


def _places(some: list[Any]) -> str:
    return ", ".join("?" * len(some))
