"""Outcomes and closing dates of deals, and their stages in order."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.intake.outcome import outcome
from audit.intake.tables import history, order, stages
from audit.intake.tables.coded import combinations
from audit.intake.tables.finish import NOW, column
from audit.intake.typed.part import Part

if TYPE_CHECKING:
    from audit.intake.tables.build import Build


def decide(build: Build, part: Part, frame: pd.DataFrame) -> pd.DataFrame:
    """Outcome of every deal of a part: by its won flag, its outcome word, its stage; then its closing dates.

    One column for planned and actual closing is the actual one of closed deals and the plan of open ones.
    """
    label, header = part.source.label, part.used.get("stage_id", "")
    hints: dict[str, int] = {}
    known: dict[tuple[str | None, str], str] = {}
    if "stage_id" in frame:
        frame["stage_id"], hints = stages.one_spelling(frame["stage_id"], build.mapping, label, header)
        # a planned date of open deals is no sign of an end
        signs = frame.drop(columns="close_date", errors="ignore") if part.shape.planned_close else frame
        known = stages.meanings_of(signs, build.mapping, build.codes, label, part.shape.open_stages)
    semantic = column(frame, "semantic")
    if "won" in frame:
        flag = frame["won"]
        done = _done(part, frame)
        said = pd.Series(np.select([flag.eq(True).fillna(False), flag.eq(False).fillna(False) & done], ["won", "lost"], "open"), index=frame.index)
        told_by_flag = flag.eq(True).fillna(False) | column(frame, "closed_flag", "boolean").notna() if part.shape.planned_close else flag.notna()
        semantic = said.astype("str").where(told_by_flag, semantic)
    if known:
        semantic = semantic.fillna(stages.looked_up(frame, known))
    if "stage_id" in frame or "won" in frame or semantic.notna().any():  # else nobody has said that a deal is open
        semantic = semantic.fillna("open")
    frame["semantic"] = semantic
    done = frame["semantic"].isin(["won", "lost"])
    both = column(frame, "close_date", NOW)
    own = column(frame, "closed_at", NOW)
    early = int((own.notna() & ~done).sum())
    if early:
        part.warnings["open_with_close_date"] += early
    closed = own.fillna(both).where(done)
    if "stage_changed_at" in frame:
        closed = closed.fillna(frame["stage_changed_at"].where(done))
    frame["closed_at"] = closed
    frame["expected_close_on"] = column(frame, "expected_close_on", NOW).fillna(both.where(~done))
    if part.shape.planned_close:
        frame["planned_last"] = both  # a log of changes tells what it was before
    frame["won_at"] = column(frame, "won_at", NOW).fillna(closed).where(frame["semantic"] == "won")
    missing = int((done & closed.isna()).sum())
    if missing:
        part.warnings["no_closed_at"] += missing
    part.stage_hints = hints
    part.stage_meanings = known
    return frame


def _done(part: Part, frame: pd.DataFrame) -> pd.Series:
    """Which deals their own row calls closed: by a flag, else by a date of closing that is no plan."""
    if "closed_flag" in frame:
        return frame["closed_flag"].fillna(False).astype(bool)
    dates = column(frame, "closed_at", NOW)
    return (dates if part.shape.planned_close else column(frame, "close_date", NOW).fillna(dates)).notna()


def stage_table(build: Build) -> None:
    """`stages` of everything that deals and histories name, and the kind of every move by their order."""
    deals, past = build.tables.get("deals"), build.tables.get("stage_history")
    if deals is None or "stage_id" not in deals:
        return
    known: dict[tuple[str | None, str], str] = {}
    hints: dict[str, int] = {}
    preset: tuple[str, ...] = ()
    for part in build.parts:
        known.update(part.stage_meanings)
        hints.update(part.stage_hints)
        preset = preset or part.shape.stages
    _, (places, names) = combinations(len(deals), column(deals, "pipeline_id"), deals["stage_id"])
    frames = [pd.DataFrame({"stage_id": pd.Series(names, dtype="str"), "pipeline_id": pd.Series(places, dtype="str")})]
    if past is not None:
        past["pipeline_id"] = column(past, "pipeline_id")
        of_deals = past[past["entity"] == "deal"]
        frames.append(of_deals[["to_stage", "pipeline_id"]].rename(columns={"to_stage": "stage_id"}))
        home = column(of_deals, "from_pipeline").fillna(column(of_deals, "_before")).fillna(of_deals["pipeline_id"])
        frames.append(of_deals[["from_stage"]].rename(columns={"from_stage": "stage_id"}).assign(pipeline_id=home))
    met = pd.concat(frames, ignore_index=True).dropna(subset=["stage_id"])
    pairs: dict[tuple[str | None, str], str] = {}
    for pipeline, stage in met.drop_duplicates()[["pipeline_id", "stage_id"]].itertuples(index=False):
        where = None if pd.isna(pipeline) else pipeline
        pairs[where, stage] = stages.meant(known, where, stage) or stages.by_mapping(build.mapping, where, stage) or build.codes.told(
            where, stage, lambda entry: entry.meaning) or outcome(stage) or "open"
    _told_only(build, pairs)
    table = stages.ordered(pairs, build.mapping, build.codes, preset, hints, Counter(stages.counted(deals["stage_id"]).to_dict()))
    table, unordered = order.settled(table, build.mapping)
    build.tables["stages"] = table
    asked = {question["column"] for question in build.mapping.answers.questions if question["kind"] == "stage"}
    build.mapping.stages = [{"pipeline": row.pipeline_id if isinstance(row.pipeline_id, str) else None, "stage": row.stage_id, "semantic": row.semantic,
                             "order": None if (row.pipeline_id if isinstance(row.pipeline_id, str) else "") in unordered else row.ord}
                            for row in table.itertuples() if row.stage_id not in asked]
    guessed = [row.stage_id for row in table.itertuples() if row.why in ("words", "unknown") and row.semantic == "open"]
    if guessed:
        build.mapping.answers.decided("stage_order", "", "", guessed, "usual_order")
    if past is not None:
        history.moves(past, table)


def _told_only(build: Build, pairs: dict[tuple[str | None, str], str]) -> None:
    """Stages of the dictionary in which no deal has been, of pipelines that have deals."""
    here = {pipeline for pipeline, _ in pairs}
    spelled = {stages.stage_key(name): name for _, name in pairs}
    told = {entry.pipeline for entry in build.codes.entries}
    alone = next(iter(here)) if len(here) == 1 and len(told) == 1 else None
    for entry in build.codes.entries:
        pipeline = entry.pipeline if entry.pipeline in here else alone
        if pipeline in here:
            name = spelled.get(stages.stage_key(entry.name), stages.clean_stage(entry.name)[0])
            pairs.setdefault((pipeline, name), stages.by_mapping(build.mapping, pipeline, name) or entry.meaning)
