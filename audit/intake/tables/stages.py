"""Stages of deals: one spelling, a meaning (open, won, lost) and an order each, inferred openly or asked."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from audit.intake.mapping import Mapping
from audit.intake.tables.outcome import clean_stage, outcome, rank
from audit.intake.text import name_key

FINAL = {"won": 1, "lost": 2}


def stage_key(name: str) -> str:
    """The form in which stage names are compared: no number, no picture, no case."""
    return name_key(clean_stage(name)[0])


def one_spelling(stages: pd.Series, mapping: Mapping, file: str, column: str) -> tuple[pd.Series, dict[str, int]]:
    """(stages under one spelling each, order hints from leading numbers): the spelling met most often wins."""
    counts = stages.dropna().value_counts()
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
            mapping.answers.decided("stage_spelling", file, column, {chosen: raws}, "same_after_cleaning")
    return stages.map({raw: spelling[stage_key(raw)] for raw in counts.index}).astype("str"), hints


def meanings_of(deals: pd.DataFrame, mapping: Mapping, told: dict[str, str], file: str, column: str) -> dict[str, str]:
    """Stage → open, won or lost.

    By mapping.yml, then the stages file (`told`), then words of open stages, then the outcome columns of the deals
    themselves, then other known words, then dates of closing: a stage none of whose deals is closed is open. What stays unclear is asked.
    """
    fixed = {stage_key(str(entry.get("stage"))): str(entry["semantic"]) for entry in mapping.stages if entry.get("semantic")}
    known: dict[str, str] = {}
    unclear: list[str] = []
    for stage in deals["stage_id"].dropna().unique():
        rows = deals[deals["stage_id"] == stage]
        answer = mapping.answers.get("stage", file, stage)
        if answer in ("open", "won", "lost"):
            known[stage] = str(answer)
        elif stage_key(stage) in fixed:
            known[stage] = fixed[stage_key(stage)]
        elif stage_key(stage) in told:
            known[stage] = told[stage_key(stage)]
        elif (word_says := outcome(stage)) == "open":  # where the outcome has its own column, deals end in the stage they had reached
            known[stage] = "open"
        elif (column_says := _by_column(rows)) is not None:
            known[stage] = column_says
        elif word_says is not None:
            known[stage] = word_says
        else:
            unclear.append(stage)
    for stage in unclear:
        rows = deals[deals["stage_id"] == stage]
        closed = _closed_share(rows)
        if closed == 0 or (closed is None and "won" in known.values()):
            known[stage] = "open"
            mapping.answers.decided("stage", file, stage, "open", "no_closed_deals" if closed == 0 else "others_are_final")
        else:
            known[stage] = "lost" if "lost" not in known.values() else "open"
            mapping.answers.ask("stage", file, stage, [f"{len(rows)}"], known[stage], ("open", "won", "lost"), "unknown_stage")
    return known


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
    for column in ("close_date", "closed_at"):
        if column in rows:
            return float(rows[column].notna().mean())
    return None


def ordered(stages: dict[tuple[str | None, str], str], mapping: Mapping, sort: dict[str, float], preset: tuple[str, ...],
            hints: dict[str, int], seen: Counter) -> pd.DataFrame:
    """The stages table: (pipeline, stage) → meaning, put in order.

    By mapping.yml, the stages file, the preset, leading numbers, the usual place of the words; won and lost come last.
    """
    fixed = {(_text(entry.get("pipeline")), stage_key(str(entry.get("stage")))): entry["order"] for entry in mapping.stages if entry.get("order") is not None}
    by_preset = {stage_key(stage): place for place, stage in enumerate(preset)}
    rows = []
    for (pipeline, stage), semantic in stages.items():
        key = stage_key(stage)
        own = fixed.get((pipeline, key))
        if own is not None:
            place, why = (-1, float(own)), "mapping"
        else:
            value, why = next(((float(value), why) for value, why in (
                (sort.get(key), "stages_file"), (by_preset.get(key), "preset"), (hints.get(stage), "number"), (rank(stage), "words"),
            ) if value is not None), (1000.0 - seen[stage] / 1e9, "unknown"))
            place = (FINAL.get(semantic, 0), value)
        rows.append({"pipeline_id": pipeline, "stage_id": stage, "name": stage, "semantic": semantic, "place": place, "why": why})
    frame = pd.DataFrame(rows, columns=["pipeline_id", "stage_id", "name", "semantic", "place", "why"])
    frame = frame.sort_values(["pipeline_id", "place", "stage_id"], kind="stable", na_position="first").reset_index(drop=True)
    frame["ord"] = frame.groupby("pipeline_id", dropna=False).cumcount() + 1
    return frame


def _text(value: object) -> str | None:
    return None if value in (None, "") else str(value)
