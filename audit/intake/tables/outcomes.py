"""Outcomes and closing dates of deals, their stages in order, and the history of stages."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.intake.convert import Part
from audit.intake.tables import join, stages
from audit.intake.tables.finish import NOW, column
from audit.intake.tables.outcome import outcome

if TYPE_CHECKING:
    from audit.intake.tables.build import Build


def decide(build: Build, part: Part, frame: pd.DataFrame) -> pd.DataFrame:
    """Outcome of every deal of a part: by its won flag, its outcome word, its stage; then its closing dates.

    One column for planned and actual closing is the actual one of closed deals and the plan of open ones.
    """
    label, header = part.source.label, part.used.get("stage_id", "")
    codes = stage_codes(build)
    hints: dict[str, int] = {}
    known: dict[str, str] = {}
    if "stage_id" in frame:
        named = frame["stage_id"].replace({code: name for (code, _), name in codes.items()})
        frame["stage_id"], hints = stages.one_spelling(named, build.mapping, label, header)
        told = {stages.stage_key(name): meaning for name, meaning in _file_meanings(build).items()}
        # a planned date of open deals is no sign of an end
        signs = frame.drop(columns="close_date", errors="ignore") if part.shape.planned_close else frame
        known = stages.meanings_of(signs, build.mapping, told, label, header)
    semantic = column(frame, "semantic")
    if "won" in frame:
        flag = frame["won"]
        done = _done(part, frame)
        said = pd.Series(np.select([flag.eq(True).fillna(False), flag.eq(False).fillna(False) & done], ["won", "lost"], "open"), index=frame.index)
        told_by_flag = flag.eq(True).fillna(False) | column(frame, "closed_flag", "boolean").notna() if part.shape.planned_close else flag.notna()
        semantic = said.astype("str").where(told_by_flag, semantic)
    by_stage = column(frame, "stage_id").map(known).astype("str") if known else semantic
    semantic = semantic.fillna(by_stage)
    frame["semantic"] = semantic.fillna("open")
    done = frame["semantic"] != "open"
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


def _stage_rows(part: Part) -> pd.DataFrame:
    """Rows of a file of stages that are stages of deals, not statuses of leads or sources."""
    return part.frame[~column(part.frame, "status_group").isin(["STATUS", "SOURCE"])]


def stage_codes(build: Build) -> dict[tuple[str, str], str]:
    """(code, category) → name from files of stages; lead statuses are left out."""
    found = {}
    for part in build.parts:
        if part.table == "stages" and "stage_code" in part.frame:
            rows = _stage_rows(part)
            for code, name, category in zip(rows["stage_code"], rows["stage_id"], column(rows, "pipeline_id"), strict=True):
                found[str(code), str(category)] = str(name)
    return found


def _file_meanings(build: Build) -> dict[str, str]:
    """Stage name → meaning, where a file of stages says it; there an empty meaning is an open stage."""
    found: dict[str, str] = {}
    for part in build.parts:
        if part.table == "stages":
            rows = _stage_rows(part)
            for name, meaning in zip(rows["stage_id"], column(rows, "semantic"), strict=True):
                if isinstance(name, str):
                    found[name] = meaning if isinstance(meaning, str) else outcome(name) or "open"
    return found


def history_rows(build: Build, frame: pd.DataFrame) -> pd.DataFrame:
    """Entries into stages with the names that deals use."""
    codes = {code: name for (code, _), name in stage_codes(build).items()}
    named = frame["to_stage"].replace(codes) if codes else frame["to_stage"]
    deals = build.tables.get("deals")
    spelled = {stages.stage_key(name): name for name in column(deals, "stage_id").dropna().unique()} if deals is not None else {}
    frame["to_stage"] = named.map(lambda name: spelled.get(stages.stage_key(name), stages.clean_stage(name)[0]), na_action="ignore").astype("str")
    return frame


def history(build: Build, rows: pd.DataFrame) -> pd.DataFrame:
    """Stage before, moment of leaving and kind of every move; records of no change are dropped and counted.

    Of several entries of one second the source's order decides.
    """
    deals = build.tables.get("deals")
    if deals is not None:
        part = build.parts[int(rows["_part"].iloc[0])]
        of_deals = rows[rows["entity"] == "deal"]
        join.report(build, part, "entity_id", "deals.deal_id", of_deals["entity_id"], deals["deal_id"])
        if "pipeline_id" in deals:
            mine = rows["entity_id"].where(rows["entity"] == "deal").map(deals.set_index("deal_id")["pipeline_id"]).astype("str")
            moved = column(rows, "move_code") == "5"
            rows["pipeline_id"] = mine.where(~moved, column(rows, "pipeline_id")).fillna(column(rows, "pipeline_id"))
    rows = rows.sort_values(["entity", "entity_id", "entered_at"], kind="stable").reset_index(drop=True)
    unit = [rows["entity"], rows["entity_id"]]
    before = rows.groupby(unit, sort=False)["to_stage"].shift(1)
    same = (before == rows["to_stage"]).fillna(False).astype(bool)
    for place, group in rows[same].groupby("_part"):
        build.parts[int(place)].refuse(group["_pos"].to_numpy(), "no_change")
    rows = rows[~same].reset_index(drop=True)
    unit = [rows["entity"], rows["entity_id"]]
    rows["from_stage"] = rows.groupby(unit, sort=False)["to_stage"].shift(1)
    rows["left_at"] = rows.groupby(unit, sort=False)["entered_at"].shift(-1)
    return rows


def stage_table(build: Build) -> None:
    """`stages` of everything that deals and histories name, and the kind of every move by their order."""
    deals, past = build.tables.get("deals"), build.tables.get("stage_history")
    if deals is None or "stage_id" not in deals:
        return
    known: dict[str, str] = {}
    hints: dict[str, int] = {}
    preset: tuple[str, ...] = ()
    for part in build.parts:
        known.update(part.stage_meanings)
        hints.update(part.stage_hints)
        preset = preset or part.shape.stages
    told = _file_meanings(build)
    spelled = {stages.stage_key(name): name for name in known}
    pairs: dict[tuple[str | None, str], str] = {}
    frames = [deals[["stage_id"]].assign(pipeline_id=column(deals, "pipeline_id"))]
    if past is not None:
        frames.append(past.loc[past["entity"] == "deal", ["to_stage"]].rename(columns={"to_stage": "stage_id"}).assign(pipeline_id=column(past, "pipeline_id")))
    met = pd.concat(frames, ignore_index=True).dropna(subset=["stage_id"])
    for pipeline, stage in met.drop_duplicates()[["pipeline_id", "stage_id"]].itertuples(index=False):
        pairs[None if pd.isna(pipeline) else pipeline, stage] = known.get(stage) or told.get(stage) or outcome(stage) or "open"
    pipelines = {pipeline for pipeline, _ in pairs}
    if len(pipelines) == 1:
        for name, meaning in told.items():
            pairs.setdefault((next(iter(pipelines)), spelled.get(stages.stage_key(name), name)), meaning)
    sort = {stages.stage_key(str(name)): float(value) for part in build.parts if part.table == "stages" and "sort" in part.frame
            for name, value in _stage_rows(part)[["stage_id", "sort"]].itertuples(index=False) if pd.notna(value)}
    table = stages.ordered(pairs, build.mapping, sort, preset, hints, Counter(deals["stage_id"].dropna()))
    build.tables["stages"] = table
    asked = {question["column"] for question in build.mapping.answers.questions if question["kind"] == "stage"}
    build.mapping.stages = [{"pipeline": row.pipeline_id if isinstance(row.pipeline_id, str) else None, "stage": row.stage_id, "semantic": row.semantic, "order": row.ord}
                            for row in table.itertuples() if row.stage_id not in asked]
    guessed = [row.stage_id for row in table.itertuples() if row.why in ("words", "unknown") and row.semantic == "open"]
    if guessed:
        build.mapping.answers.decided("stage_order", "", "", guessed, "usual_order")
    if past is not None:
        _moves(past, table)


def _moves(past: pd.DataFrame, table: pd.DataFrame) -> None:
    """create, forward, back, skip, final or pipeline_change, by the order of stages."""
    place = table.drop_duplicates("stage_id").set_index("stage_id")["ord"]
    meaning = table.drop_duplicates("stage_id").set_index("stage_id")["semantic"]
    there, here = past["to_stage"].map(place), past["from_stage"].map(place)
    final = past["to_stage"].map(meaning).isin(["won", "lost"])
    step = there - here
    kind = np.select(
        [column(past, "move_code") == "5", final, past["from_stage"].isna(), step == 1, step > 1, step < 0],
        ["pipeline_change", "final", "create", "forward", "skip", "back"], default="forward")
    # a history that begins in the middle has no record of creation
    truncated = past["from_stage"].isna() & ~final & (column(past, "move_code").fillna("1") != "1")
    past["move"] = pd.Series(kind, index=past.index, dtype="str").mask(truncated)
