"""What the base keeps of cards, statuses, taggers and models: a row a change, none is ever taken away."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from audit.errors import UsageError
from audit.knowledge.base.file import File
from audit.knowledge.base.frames import frame, held, now, told, values
from audit.knowledge.card import Card

if TYPE_CHECKING:
    import pandas as pd

CARDS = ("id", "version", "hash", "status", "kind", "owner", "recorded_at", "recorded_by")
STATUSES = ("id", "status", "evidence", "as_of", "recorded_at", "recorded_by")
QUALITY = ("technique", "n", "positives", "precision", "recall", "f1", "f1_low", "f1_high", "method")


def put_cards(file: File, cards: Iterable[Card], by: str) -> dict[str, int]:
    """Numbers of cards: added, changed, same as their last version."""
    counts = {"added": 0, "changed": 0, "same": 0}
    with file.writing() as base:
        for card in cards:
            content = _json(card.model_dump(mode="json", exclude_none=True))
            digest = _hash(content)
            last = base.execute("SELECT hash FROM cards WHERE card_id = ? ORDER BY id DESC LIMIT 1", (card.id,)).fetchone()
            if last and last[0] == digest:
                counts["same"] += 1
                continue
            base.execute("INSERT INTO cards (card_id, hash, version, status, kind, owner, content, recorded_at, recorded_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                         (card.id, digest, card.version, card.status, card.kind, held(card.owner), content, now(), by))
            counts["changed" if last else "added"] += 1
    return counts


def cards(file: File) -> tuple[Card, ...]:
    """The last version of every card, by id."""
    with file.reading() as base:
        rows = base.execute("SELECT content FROM cards WHERE id IN (SELECT max(id) FROM cards GROUP BY card_id) ORDER BY card_id").fetchall()
    return tuple(Card.model_validate(_bare(json.loads(content))) for (content,) in rows)


def _bare(tree: dict[str, Any]) -> dict[str, Any]:
    """A card as its file has it: the language of a pattern is told by where it stands."""
    for spoken in (tree["patterns"], tree["opportunity"]["patterns"]):
        for lang, lines in spoken.items():
            spoken[lang] = [{name: value for name, value in one.items() if name != "lang"} for one in lines]
    return tree


def card_history(file: File, name: str | None) -> pd.DataFrame:
    """Every version of a card, or of all, in the order of recording."""
    where, given = ("WHERE card_id = ?", [name]) if name is not None else ("", [])
    with file.reading() as base:
        rows = base.execute(f"SELECT card_id, version, hash, status, kind, owner, recorded_at, recorded_by FROM cards {where} ORDER BY card_id, id", given).fetchall()
    return _whole(frame(rows, CARDS), "version")


def put_status(file: File, name: str, status: str, evidence: Mapping[str, Any], as_of: dt.date | str, by: str) -> bool:
    """Whether it is another status or other evidence than the last that was recorded."""
    day = str(as_of.date() if isinstance(as_of, dt.datetime) else as_of)
    try:
        dt.date.fromisoformat(day)
    except ValueError:
        raise UsageError("errors.bad_date", value=day, option="as_of") from None
    row = (held(status), _json(evidence), day)
    with file.writing() as base:
        last = base.execute("SELECT status, evidence, as_of FROM statuses WHERE card_id = ? ORDER BY id DESC LIMIT 1", (name,)).fetchone()
        if last == row:
            return False
        base.execute("INSERT INTO statuses (card_id, status, evidence, as_of, recorded_at, recorded_by) VALUES (?, ?, ?, ?, ?, ?)", (name, *row, now(), by))
    return True


def statuses(file: File, name: str | None, every: bool) -> pd.DataFrame:
    """The last status of every card, or with `every` all there were; `evidence` is a dict."""
    where = [] if every else ["id IN (SELECT max(id) FROM statuses GROUP BY card_id)"]
    given = [] if name is None else [name]
    where += ["card_id = ?"] if given else []
    with file.reading() as base:
        rows = base.execute(f"SELECT card_id, status, evidence, as_of, recorded_at, recorded_by FROM statuses {'WHERE ' + ' AND '.join(where) if where else ''} ORDER BY card_id, id", given).fetchall()
    return frame([(*row[:2], json.loads(row[2]), *row[3:]) for row in rows], STATUSES)


def put_quality(file: File, quality: pd.DataFrame) -> int:
    """How many techniques have other figures than before."""
    rows, changed = list(zip(*values(quality, QUALITY), strict=True)), 0
    with file.writing() as base:
        for row in rows:
            last = base.execute(f"SELECT {_quoted(QUALITY)} FROM quality WHERE technique = ? ORDER BY id DESC LIMIT 1", (row[0],)).fetchone()
            if last != row:
                base.execute(f"INSERT INTO quality ({_quoted(QUALITY)}, recorded_at) VALUES ({', '.join('?' * (len(row) + 1))})", (*row, now()))
                changed += 1
    return changed


def quality(file: File) -> pd.DataFrame:
    """The last figures of every technique."""
    with file.reading() as base:
        rows = base.execute(f"SELECT {_quoted(QUALITY)} FROM quality WHERE id IN (SELECT max(id) FROM quality GROUP BY technique) ORDER BY technique").fetchall()
    return frame(rows, QUALITY)


def put_model(file: File, technique: str, model: Mapping[str, Any]) -> bool:
    """Whether it is another model than the last."""
    content = _json(model)
    with file.writing() as base:
        last = base.execute("SELECT hash FROM models WHERE technique = ? ORDER BY id DESC LIMIT 1", (technique,)).fetchone()
        if last and last[0] == _hash(content):
            return False
        base.execute("INSERT INTO models (technique, hash, content, recorded_at) VALUES (?, ?, ?, ?)", (technique, _hash(content), content, now()))
    return True


def models(file: File) -> dict[str, dict[str, Any]]:
    """Technique → its last model."""
    with file.reading() as base:
        rows = base.execute("SELECT technique, content FROM models WHERE id IN (SELECT max(id) FROM models GROUP BY technique) ORDER BY technique").fetchall()
    return {told(technique): json.loads(content) for technique, content in rows}


def _json(content: Any) -> str:
    """JSON that says the same in the same bytes; half characters are escaped in it."""
    return json.dumps(content, sort_keys=True, allow_nan=False, default=str)


def _hash(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _whole(table: pd.DataFrame, name: str) -> pd.DataFrame:
    return table.assign(**{name: table[name].astype("int64")})
