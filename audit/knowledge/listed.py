"""Cards given as rows (a frame, a file, an Ibis table, dicts): what lacks is filled in, every mistake told with its row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from pydantic import ValidationError

from audit.errors import Phrase, UsageError
from audit.knowledge.card import LANGUAGES, Card
from audit.settings import said

_LINES = re.compile(r"[\n;]")
_KEPT = ("kind", "stage", "speaker", "status", "owner", "version", "confidence")


def of_frame(frame: pd.DataFrame) -> tuple[Card, ...]:
    """Cards of a table: `id` and `patterns` (several: a line each, or `;`), beside them `language` (else Cyrillic is Russian, Latin English)
    or, in place of `patterns`, columns `ru`, `en`, `bg`; if there `title`, kind, stage, speaker, status, owner, version, confidence.

    UsageError for lacking columns and for rows that are no card.
    """
    frame = frame.rename(columns=lambda name: str(name).strip().lower())
    if "id" not in frame or not {"patterns", *LANGUAGES} & {*frame.columns}:
        raise UsageError("knowledge.card_table", columns=", ".join(map(str, frame.columns[:12])) or "–")
    rows = frame.astype("object").where(frame.notna(), None).to_dict("records")
    return of_dicts({str(name): value for name, value in row.items()} for row in rows)


def of_dicts(rows: Iterable[Mapping[str, Any]]) -> tuple[Card, ...]:
    """Cards of dicts, whole as in a card's file or as the rows of a table; UsageError with row and key of the first that is none."""
    found: dict[str, Card] = {}
    for number, row in enumerate(rows, 1):
        try:
            card = Card.model_validate(_tree(dict(row)))
        except ValidationError as problem:
            told = tuple(Phrase("knowledge.card_key", {"key": ".".join(map(str, one["loc"])), "said": said(one)}) for one in problem.errors(include_url=False)[:5])
            raise UsageError("knowledge.card_row", row=number, problems=told) from None
        if card.id in found:
            raise UsageError("knowledge.card_row", row=number, problems=(Phrase("knowledge.card_again", {"id": card.id}),))
        found[card.id] = card
    return tuple(found.values())


def _tree(row: dict[str, Any]) -> dict[str, Any]:
    """The keys of a card; a name, a reason and an owner are made where none is given."""
    if isinstance(row.get("patterns"), Mapping):
        spoken, rest = row["patterns"], row
    else:
        spoken = _spoken(row)
        rest = {name: row[name] for name in _KEPT if row.get(name) not in (None, "")}
        rest |= {"id": row.get("id")} if row.get("id") is not None else {}
    title = str(row.get("title") or row.get("id") or "–")
    told = {lang: title for lang in LANGUAGES if lang in spoken} or {"en": title}
    return {"names": told, "what": told, "why": told, "stage": "any", "owner": "–", "version": 1} | rest | {"patterns": spoken}


def _spoken(row: Mapping[str, Any]) -> dict[str, list[str]]:
    """The patterns of a row by language."""
    found = {lang: _several(row[lang]) for lang in LANGUAGES if row.get(lang)}
    lang = str(row.get("language") or "").strip().lower()[:2]
    for line in _several(row.get("patterns")):
        own = lang or ("ru" if re.search("[а-яё]", line, re.I) else "en")
        found.setdefault(own, []).append(line)
    return found


def _several(cell: Any) -> list[str]:
    if isinstance(cell, list | tuple):
        return [str(one) for one in cell]
    return [] if cell is None else [line.strip() for line in _LINES.split(str(cell)) if line.strip()]
