"""Dictionaries of a client's system: codes of pipelines, stages and other lists to the names that people read.

A stage is known by its pipeline and its code or name together: amoCRM closes deals with 142 and 143 in every pipeline.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import pandas as pd

from audit.intake.outcome import outcome
from audit.intake.tables.coded import coded, combinations, mapped, spread
from audit.intake.tables.finish import column
from audit.intake.tables.stages import stage_key
from audit.intake.text import norm

if TYPE_CHECKING:
    from audit.intake.typed.part import Part

T = TypeVar("T")
_DEAL_GROUP = re.compile(r"^DEAL_STAGE(?:_(\d+))?$", re.I)
_GROUPS = {"STATUS": "status", "SOURCE": "source", "INDUSTRY": "industry"}  # lists of Bitrix24 that are not stages of deals
# where a pipeline or stage stands besides the column of its own name
BESIDE = {"pipeline_id": ("from_pipeline",), "stage_id": ("to_stage", "from_stage")}


@dataclass(frozen=True)
class Entry:
    """One stage of a dictionary; `pipeline` is a name where the dictionary knows it, else the code."""

    pipeline: str | None
    code: str | None
    name: str
    meaning: str
    sort: float | None = None
    max_days: float | None = None


@dataclass
class Codes:
    """All dictionaries of the client."""

    pipelines: dict[str, str] = field(default_factory=dict)  # code → name
    entries: list[Entry] = field(default_factory=list)
    lists: dict[str, dict[str, str]] = field(default_factory=dict)  # canonical column → code → name
    meanings: dict[str, str] = field(default_factory=dict)  # name of a lead's status → won, lost or open, where the list says it
    _by_word: dict[str, list[Entry]] = field(default_factory=dict)

    def pipeline(self, word: str | None) -> str | None:
        """The name of a pipeline given by code or name."""
        return None if word is None else self.pipelines.get(word, word)

    def knows(self, pipeline: str | None) -> bool:
        """Whether a dictionary names this pipeline."""
        return pipeline in self.pipelines.values()

    def found(self, pipeline: str | None, word: str) -> list[Entry]:
        """The stages that a code or name may mean: those of its pipeline, else those of any."""
        entries = self._by_word.get(word) or self._by_word.get(stage_key(word)) or []
        own = [entry for entry in entries if entry.pipeline == pipeline]
        return own or entries

    def told(self, pipeline: str | None, word: str, what: Callable[[Entry], T | None]) -> T | None:
        """What the dictionary says of a stage; None where it says nothing or pipelines disagree."""
        said = {what(entry) for entry in self.found(pipeline, word)}
        return said.pop() if len(said) == 1 else None

    def stage(self, pipeline: str | None, word: str) -> str:
        """The name of a stage given by its code; the word itself where that is a name or not known."""
        head, _, tail = word.rpartition("_")
        if head and word not in self._by_word and head in self._by_word:  # a code may carry its pipeline behind it
            return self.stage(pipeline or self.pipeline(tail), head)
        names = {entry.name for entry in self.found(pipeline, word) if entry.code == word}
        return names.pop() if len(names) == 1 else word

    def add(self, entries: Iterable[Entry]) -> None:
        """Make stages known by code and by name."""
        for entry in dict.fromkeys(entries):
            self.entries.append(entry)
            for word in dict.fromkeys((entry.code, stage_key(entry.name))):
                if word:
                    self._by_word.setdefault(word, []).append(entry)

    def translate(self, frame: pd.DataFrame, stage: str, pipeline: str) -> None:
        """Names instead of codes in the columns of a stage and its pipeline; an empty pipeline is the one that has the code alone."""
        if pipeline in frame:
            frame[pipeline] = mapped(frame[pipeline], {word: self.pipeline(word) for word in coded(frame[pipeline])[1]})
        if stage not in frame or not self.entries:
            return
        where = column(frame, pipeline)
        codes, (places, words) = combinations(len(frame), where, frame[stage])
        names, homes = [], []
        for place, word in zip(places, words, strict=True):
            names.append(self.stage(place or None, word) if word else None)
            home = {entry.pipeline for entry in self.found(None, word)} if word and not place else {None}
            homes.append(home.pop() if len(home) == 1 else None)
        frame[stage] = spread(names, codes, frame.index)
        if any(homes) and len({entry.pipeline for entry in self.entries}) > 1:
            frame[pipeline] = where.fillna(spread(homes, codes, frame.index))


def read(parts: list[Part]) -> Codes:
    """The dictionaries that the files hold: stages, pipelines and lists of codes."""
    codes = Codes()
    pairs: list[tuple[str, str]] = []
    for part in parts:
        code, name = ("pipeline_code", "pipeline_name") if part.shape.reference == "pipelines" else ("pipeline_id", "pipeline_name")
        if {code, name} <= set(part.frame) and (part.shape.reference == "pipelines" or part.table == "stages"):
            pairs += [(str(one), str(two)) for one, two in part.frame[[code, name]].dropna().itertuples(index=False)]
    named = dict(pairs)
    twice = [name for name in named.values() if list(named.values()).count(name) > 1]
    codes.pipelines = {code: f"{name} ({code})" if name in twice else name for code, name in named.items()}
    for part in parts:
        if part.table == "stages":
            codes.add(_entries(part, codes))
            _grouped(part, codes)
        elif part.shape.reference == "codes" and {"code", "code_name"} <= set(part.frame):
            _listed(part.frame, column(part.frame, "codes_of"), "code", "code_name", codes)
    return codes


def stage_rows(part: Part) -> pd.DataFrame:
    """Rows of a file of stages that are stages of deals, not statuses of leads, sources or other lists."""
    group = column(part.frame, "status_group")
    return part.frame[group.isna() | group.str.fullmatch(_DEAL_GROUP.pattern, case=False).fillna(False).astype(bool)]


def _entries(part: Part, codes: Codes) -> list[Entry]:
    """Stages of a file: an empty meaning is an open stage, unless its name says otherwise."""
    rows = stage_rows(part)
    group = column(rows, "status_group").str.extract(_DEAL_GROUP, expand=False)
    number = group.fillna("0").where(column(rows, "status_group").notna())
    pipeline = column(rows, "pipeline_id").fillna(number)
    found = []
    columns = (pipeline, column(rows, "stage_code"), rows["stage_id"], column(rows, "semantic"), column(rows, "sort", "float64"), column(rows, "max_days", "float64"))
    for home, code, name, meaning, sort, days in zip(*columns, strict=True):
        if isinstance(name, str):
            said = meaning if isinstance(meaning, str) else outcome(name) or "open"
            found.append(Entry(codes.pipeline(home if isinstance(home, str) else None), code if isinstance(code, str) else None, name, said,
                               None if pd.isna(sort) else float(sort), None if pd.isna(days) else float(days)))
    return found


def _grouped(part: Part, codes: Codes) -> None:
    """Lists of a file of statuses that are about other columns, such as sources."""
    if {"status_group", "stage_code"} <= set(part.frame):
        group = part.frame["status_group"].str.upper().map(_GROUPS).astype("str")
        _listed(part.frame, group, "stage_code", "stage_id", codes)
        mine = part.frame[group == "status"]
        codes.meanings |= {name: said for name, said in zip(mine["stage_id"], column(mine, "semantic"), strict=True) if isinstance(name, str) and isinstance(said, str)}


_WORDS = {"источник": "source", "источники": "source", "причина отказа": "loss_reason", "причины отказа": "loss_reason", "канал": "channel",
          "статус лида": "status", "статусы лидов": "status", "lead status": "status", "сегмент": "segment", "тип": "kind"}


def _listed(frame: pd.DataFrame, of: pd.Series, code: str, name: str, codes: Codes) -> None:
    rows = pd.DataFrame({"of": of, "code": frame[code], "name": frame[name]}).dropna()
    for target, group in rows.groupby("of"):
        plain = norm(target)
        codes.lists.setdefault(_WORDS.get(plain, plain.replace(" ", "_")), {}).update(zip(group["code"], group["name"], strict=True))


def apply(part: Part, codes: Codes, renames: dict[str, dict[str, str]]) -> None:
    """Names instead of codes in a part, then the renames of mapping.yml."""
    frame = part.frame
    if part.table in ("deals", "leads"):
        codes.translate(frame, "stage_id", "pipeline_id")
        codes.translate(part.moves, "to_stage", "pipeline_id")
    elif part.table == "stage_history":
        leads = (column(frame, "entity") == "lead").to_numpy(dtype=bool, na_value=False)
        status = codes.lists.get("status", {})
        mine, others = frame[leads].copy(), frame[~leads].copy()  # leads have no pipeline, and their statuses may be called as stages are
        for stage, pipeline in (("to_stage", "pipeline_id"), ("from_stage", "from_pipeline" if "from_pipeline" in frame else "pipeline_id")):
            codes.translate(others, stage, pipeline)
            if stage in mine:
                mine[stage] = mine[stage].replace(status)
        frame = part.frame = pd.concat([mine, others]).sort_index() if len(mine) else others
    if part.table in ("deals", "leads", "clients", "activities", "invoices"):
        for name, known in codes.lists.items():
            if name in frame:
                frame[name] = frame[name].replace(known)
    for target, words in renames.items():
        for name in (target, *BESIDE.get(target, ())):
            for rows in (frame, part.moves):
                if name in rows:
                    rows[name] = rows[name].replace(words)
