"""Columns that hold one date a stage: when a deal entered it, when it left."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import pandas as pd

from audit.intake import parse
from audit.intake.ask.mapping import Answers
from audit.intake.text import lexicon
from audit.intake.typed.part import Part, note

_SLOT = re.compile(r"(\{stage\}|\{pipeline\})")
_NOT_STAGES = re.compile(r"^(current[ _]stage|текущ\w+ (?:этап|стади\w+)|by|кем|кто)$", re.I)


@dataclass(frozen=True)
class StageDate:
    """What one header says: a stage, its pipeline where named, and whether its date is of entering or of leaving."""

    header: str
    stage: str
    pipeline: str | None
    left: bool


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """`Date entered "{stage} ({pipeline})"` as a pattern; case, spaces and underscores are alike outside the slots."""
    parts = []
    for piece in _SLOT.split(text):
        if piece in ("{stage}", "{pipeline}"):
            parts.append(f"(?P<{piece[1:-1]}>.+)" if piece == "{stage}" else r"(?P<pipeline>[^()]*(?:\([^()]*\)[^()]*)*)")
        else:
            quoted = "".join(r"[\s_\u00a0]+" if char in " _" else r"[\"“”„«»']" if char == '"' else re.escape(char) for char in piece)
            parts.append(quoted)
    return re.compile("".join(parts), re.I)


def read_headers(headers: list[str], own: dict[str, tuple[str, ...]]) -> list[StageDate]:
    """The headers that hold stage dates, by the patterns of the shape first, then those known for every file.

    >>> read_headers(['Date entered "Contract Sent (Sales Pipeline)"', "hs_v2_date_exited_closedwon", "Дата перехода: Замер", "Close Date"], {})
    ... # doctest: +NORMALIZE_WHITESPACE
    [StageDate(header='Date entered "Contract Sent (Sales Pipeline)"', stage='Contract Sent', pipeline='Sales Pipeline', left=False),
     StageDate(header='hs_v2_date_exited_closedwon', stage='closedwon', pipeline=None, left=True),
     StageDate(header='Дата перехода: Замер', stage='Замер', pipeline=None, left=False)]
    """
    known = lexicon()["stage_dates"]
    found = []
    for header in headers:
        for kind in ("entered", "left"):
            said = next((match for text in (*own.get(kind, ()), *known[kind]) if (match := _pattern(text).fullmatch(header.strip()))), None)
            if said and not _NOT_STAGES.match(said["stage"].strip()):
                pipeline = said.groupdict().get("pipeline")
                found.append(StageDate(header, said["stage"].strip(), pipeline.strip() if pipeline else None, kind == "left"))
                break
    return found


def moves(part: Part, dated: list[StageDate], orders: dict[str, str | None], zone: str, answers: Answers) -> pd.DataFrame:
    """One row an entry of a deal into a stage, of the columns that hold one date a stage."""
    told: dict[tuple[str | None, str], dict[bool, pd.Series]] = {}
    for found in dated:
        parsed = parse.parse_dates(part.source.cells[found.header], orders[found.header], zone)
        part.used[found.header] = found.header
        note(part, found.header, parsed, "time")
        told.setdefault((found.pipeline, found.stage), {})[found.left] = parsed.values
        answers.decided("stage_dates", part.source.label, found.header, f"{found.stage} ({found.pipeline})" if found.pipeline else found.stage, "header")
    frames = []
    for (pipeline, stage), dates in told.items():
        if False in dates:
            entered = dates[False][dates[False].notna()]
            left = dates[True].reindex(entered.index) if True in dates else pd.Series(pd.NaT, index=entered.index, dtype=entered.dtype)
            frames.append(pd.DataFrame({"_pos": entered.index, "to_stage": stage, "pipeline_id": pipeline, "entered_at": entered.to_numpy(),
                                        "left_at": left.to_numpy()}).astype({"to_stage": "str", "pipeline_id": "str"}))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
