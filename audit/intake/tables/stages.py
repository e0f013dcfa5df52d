"""Stages of deals: one spelling, a meaning (open, won, lost) and an order each, inferred openly or asked."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.intake.ask.mapping import Mapping
from audit.intake.outcome import clean_stage, outcome, rank
from audit.intake.tables.coded import coded, combinations, mapped, spread
from audit.intake.tables.finish import column
from audit.intake.text import name_key

if TYPE_CHECKING:
    from audit.intake.tables.codes import Codes

Meanings = dict[tuple[str | None, str], str]  # (pipeline, stage) → open, won or lost
SIGNS = ("won", "semantic", "closed_flag", "close_date", "closed_at")  # what a deal's own row says of its end
FINAL = {"won": 1, "lost": 2}
OWN_FUNNEL = 3  # so many usual stages of a CRM must be met before its usual order counts


def stage_key(name: str) -> str:
    """The form in which stage names are compared: no number, no picture, no case."""
    return name_key(clean_stage(name)[0])


def one_spelling(stages: pd.Series, mapping: Mapping, file: str, header: str) -> tuple[pd.Series, dict[str, int]]:
    """(stages under one spelling each, order hints from leading numbers): the spelling met most often wins."""
    counts = counted(stages)
    spelling: dict[str, str] = {}
    hints: dict[str, int] = {}
    variants: dict[str, list[str]] = {}
    for raw in counts.index:
        clean, hint = clean_stage(raw)
        key = stage_key(raw)
        spelling.setdefault(key, clean)
        variants.setdefault(spelling[key], []).append(raw)
        if hint is not None:
            hints.setdefault(spelling[key], hint)
    for chosen, raws in variants.items():
        if len(raws) > 1:
            mapping.answers.decided("stage_spelling", file, header, {chosen: raws}, "same_after_cleaning")
    return mapped(stages, {raw: spelling[stage_key(raw)] for raw in counts.index}), hints


def counted(texts: pd.Series) -> pd.Series:
    """Rows of every distinct text, the most frequent first."""
    codes, unique = coded(texts)
    return pd.Series(np.bincount(codes[codes >= 0], minlength=len(unique)), index=pd.Index(unique, dtype="str")).sort_values(ascending=False, kind="stable")


def meanings_of(deals: pd.DataFrame, mapping: Mapping, codes: Codes, file: str, all_open: bool = False) -> Meanings:
    """(pipeline, stage) → open, won or lost.

    By mapping.yml, then the dictionary of stages, then words of open stages, then the outcome columns of the deals
    themselves, then other known words, then dates of closing: a stage none of whose deals is closed is open. What stays unclear is asked.
    With `all_open` no stage is an end: such systems keep the outcome apart.
    """
    known: Meanings = {}
    unclear: list[tuple[str | None, str]] = []
    where = column(deals, "pipeline_id")
    where = where.mask(where == "") if "" in coded(where)[1].tolist() else where
    signs = deals[[name for name in SIGNS if name in deals]]
    at, (places, names) = combinations(len(deals), where, deals["stage_id"])
    for number, (place, stage) in enumerate(zip(places, names, strict=True)):
        pipeline = place or None
        if stage is None:
            continue
        answer = mapping.answers.get("stage", file, stage)
        if answer in ("open", "won", "lost"):
            known[pipeline, stage] = str(answer)
        elif (fixed := by_mapping(mapping, pipeline, stage)) is not None:
            known[pipeline, stage] = fixed
        elif (told := codes.told(pipeline, stage, lambda entry: entry.meaning)) is not None:
            known[pipeline, stage] = told
        elif all_open or (word_says := outcome(stage)) == "open":  # where the outcome has its own column, deals end in the stage they had reached
            known[pipeline, stage] = "open"
        elif (column_says := _by_column(signs[at == number])) is not None:
            known[pipeline, stage] = column_says
        elif word_says is not None:
            known[pipeline, stage] = word_says
        else:
            unclear.append((pipeline, stage))
    for pipeline, stage in unclear:
        rows = signs[np.isin(at, [number for number, name in enumerate(names) if name == stage])]
        closed = _closed_share(rows)
        if closed == 0 or (closed is None and "won" in known.values()):
            known[pipeline, stage] = "open"
            mapping.answers.decided("stage", file, stage, "open", "no_closed_deals" if closed == 0 else "others_are_final")
        else:
            known[pipeline, stage] = "lost" if "lost" not in known.values() else "open"
            mapping.answers.ask("stage", file, stage, [f"{len(rows)}"], known[pipeline, stage], ("open", "won", "lost"), "unknown_stage")
    return known


def by_mapping(mapping: Mapping, pipeline: str | None, stage: str) -> str | None:
    """What mapping.yml says a stage means: its own entry, else one for any pipeline, else what all entries of the name agree on."""
    key = stage_key(stage)
    said = {_text(entry.get("pipeline")): str(entry["semantic"]) for entry in mapping.stages if entry.get("semantic") and stage_key(str(entry.get("stage"))) == key}
    if pipeline in said or None in said:
        return said.get(pipeline) or said[None]
    return next(iter(said.values())) if len(set(said.values())) == 1 else None


def meant(known: Meanings, pipeline: str | None, stage: str) -> str | None:
    """The meaning of a stage in its pipeline, else the one that it has in all of them."""
    if (pipeline, stage) in known:
        return known[pipeline, stage]
    said = {meaning for (_, name), meaning in known.items() if name == stage}
    return said.pop() if len(said) == 1 else None


def looked_up(deals: pd.DataFrame, known: Meanings) -> pd.Series:
    """The meaning of the stage of every deal."""
    codes, (places, names) = combinations(len(deals), column(deals, "pipeline_id"), deals["stage_id"])
    values = [known.get((place or None, stage or "")) for place, stage in zip(places, names, strict=True)]
    return spread(values, codes, deals.index)


def _by_column(rows: pd.DataFrame) -> str | None:
    """What most deals of the stage say by their own outcome column, when nearly all agree."""
    if "won" in rows and rows["won"].notna().any():
        flags = rows["won"].dropna()
        if flags.all():
            return "won"
        closed = _closed_share(rows)
        return "lost" if not flags.any() and closed == 1 else "open" if not flags.any() and closed == 0 else None
    if "semantic" in rows and rows["semantic"].notna().any():
        counts = rows["semantic"].value_counts(normalize=True)
        return str(counts.index[0]) if counts.iloc[0] >= 0.9 else None
    return None


def _closed_share(rows: pd.DataFrame) -> float | None:
    """Share of deals with a sign of being closed; None when the source gives no sign."""
    if "closed_flag" in rows and rows["closed_flag"].notna().any():
        return float(rows["closed_flag"].fillna(False).astype(bool).mean())
    for name in ("close_date", "closed_at"):
        if name in rows:
            return float(rows[name].notna().mean())
    return None


def ordered(stages: Meanings, mapping: Mapping, codes: Codes, preset: tuple[str, ...], hints: dict[str, int], seen: Counter) -> pd.DataFrame:
    """The stages table: (pipeline, stage) → meaning, put in order.

    By mapping.yml, the dictionary of stages, the preset, leading numbers, the usual place of the words; won and lost come last.
    """
    fixed = {(_text(entry.get("pipeline")), stage_key(str(entry.get("stage")))): entry["order"] for entry in mapping.stages if entry.get("order") is not None}
    kept = {pair: fixed.get((pair[0], stage_key(pair[1])), fixed.get((None, stage_key(pair[1])))) for pair in stages}
    last = {pipeline: max([order for (home, stage), order in kept.items() if home == pipeline and order is not None and stages[home, stage] == "open"], default=None)
            for pipeline, _ in stages}
    by_preset = {stage_key(stage): place for place, stage in enumerate(preset)}
    if sum(1 for stage in {stage_key(stage) for _, stage in stages} if stage in by_preset) < OWN_FUNNEL:
        by_preset = {}  # one usual name among stages of the client's own says nothing of its place
    rows = []
    for (pipeline, stage), semantic in stages.items():
        key = stage_key(stage)
        own, top = kept[pipeline, stage], last[pipeline]
        if own is not None:
            place, why = (-1, float(own)), "mapping"
        else:
            value, why = next(((float(value), why) for value, why in (
                (codes.told(pipeline, stage, lambda entry: entry.sort), "stages_file"), (by_preset.get(key), "preset"), (hints.get(stage), "number"), (rank(stage), "words"),
            ) if value is not None), (1000.0 - seen[stage] / 1e9, "unknown"))
            # a stage that is new since the order was fixed comes after the open ones, not after the final ones
            place = (FINAL.get(semantic, 0), value) if top is None or semantic in FINAL else (-1, top + value / 1e6)
        rows.append({"pipeline_id": pipeline, "stage_id": stage, "name": stage, "semantic": semantic, "place": place, "why": why,
                     "max_days": codes.told(pipeline, stage, lambda entry: entry.max_days)})
    frame = pd.DataFrame(rows, columns=["pipeline_id", "stage_id", "name", "semantic", "place", "why", "max_days"])
    frame["max_days"] = frame["max_days"].astype("float64")
    frame = frame.sort_values(["pipeline_id", "place", "stage_id"], kind="stable", na_position="first").reset_index(drop=True)
    frame["ord"] = frame.groupby("pipeline_id", dropna=False).cumcount() + 1
    return frame


def _text(value: object) -> str | None:
    return None if value in (None, "") else str(value)
