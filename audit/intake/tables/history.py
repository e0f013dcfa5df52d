"""History of stages from whatever tells it: logs of changes, one date a stage, snapshots of earlier runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.intake.tables import finish, join, people, stages
from audit.intake.tables.codes import BESIDE
from audit.intake.tables.finish import NOW, column
from audit.intake.tables.snapshots import differences

if TYPE_CHECKING:
    from audit.intake.tables.build import Build

NO_FILE = -1  # the part of rows that no file of today gave
AGREED = 0.95
BULK = 50  # so many units moved in one second were not moved by hand
UNIT = ["entity", "entity_id"]
SOON = pd.Timedelta(minutes=5)  # a first record this long after the creation is the creation


def names(build: Build, frame: pd.DataFrame) -> pd.DataFrame:
    """Entries into stages under the spellings that deals use."""
    deals = build.tables.get("deals")
    spelled = {stages.stage_key(name): name for name in column(deals, "stage_id").dropna().unique()} if deals is not None else {}
    for target in ("to_stage", "from_stage"):
        if target in frame:
            known = {name: spelled.get(stages.stage_key(name), stages.clean_stage(name)[0]) for name in frame[target].dropna().unique()}
            frame[target] = frame[target].map(known).astype("str")
    return frame


def from_dates(build: Build) -> pd.DataFrame | None:
    """Entries that date columns of deals tell, of the rows that became deals; the rows themselves are counted as deals."""
    deals, found = build.tables.get("deals"), []
    if deals is None:
        return None
    for place, part in enumerate(build.parts):
        if len(part.moves):
            ids = deals.loc[deals["_part"] == place].set_index("_pos")["deal_id"]
            own = part.moves[part.moves["_pos"].isin(ids.index)]
            rows = own.assign(entity="deal", entity_id=own["_pos"].map(ids).astype("str"), origin="date_columns", _part=place, _derived=True)
            found.append(names(build, rows))
    return pd.concat(found, ignore_index=True) if any(len(rows) for rows in found) else None


def complete(build: Build, logged: pd.DataFrame | None) -> pd.DataFrame | None:
    """`stage_history` of all origins: a deal takes dates of stages only where no log tells of it, snapshots only where neither does.

    Refuses repeated records and records of no change; gives the stage before, the moment of leaving, and what is
    truncated or moved in bulk. Of several entries of one second the source's order decides.
    """
    frames: list[pd.DataFrame] = []
    if logged is not None:
        told = _people(build, _pipelines(build, logged.assign(_derived=False)))
        frames += [openings(build, told), told]
    for more in (from_dates(build), from_snapshots(build)):
        if more is not None:
            known = {unit for frame in frames if len(frame) for unit in frame.loc[frame["entity"] == "deal", "entity_id"]}
            frames.append(_pipelines(build, more[~more["entity_id"].isin(known)]))
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return None
    rows = pd.concat(frames, ignore_index=True)
    rows["origin"] = column(rows, "origin").fillna("crm_history")
    rows = _once(build, rows)
    _flags(build, rows)
    return rows


def openings(build: Build, logged: pd.DataFrame) -> pd.DataFrame:
    """The entry at creation of deals made since a log of changes began: into the stage before their first change.

    Such a log says what changed and never where a deal began. A deal that it does not name has stood where it is since
    its creation; that is believed when the last records of nearly all others agree with their deals.
    """
    deals = build.tables.get("deals")
    said = logged[(logged["entity"] == "deal") & column(logged, "from_stage").notna()]
    if deals is None or not len(said):
        return pd.DataFrame()
    own = deals[deals["created_at"].between(said["entered_at"].min(), _end(build, said))]
    mine = logged[logged["entity"] == "deal"].sort_values("entered_at", kind="stable")
    first = mine.drop_duplicates("entity_id").set_index("entity_id")
    first = first[column(first, "from_stage").notna()]
    born = own.set_index("deal_id")["created_at"].reindex(first.index)
    first = first[born <= first["entered_at"]]
    found = pd.DataFrame({"entity_id": first.index, "to_stage": first["from_stage"].array, "entered_at": born[first.index].array, "_part": first["_part"].array,
                          "pipeline_id": column(first, "from_pipeline").fillna(column(first, "pipeline_id")).array})
    last = mine.drop_duplicates("entity_id", keep="last").set_index("entity_id")["to_stage"]
    now = deals.set_index("deal_id")["stage_id"].reindex(last.index) if "stage_id" in deals else pd.Series(dtype="str")
    if len(now.dropna()) and (now == last)[now.notna()].mean() >= AGREED:
        still = own[~own["deal_id"].isin(mine["entity_id"]) & (own["semantic"] == "open") & own["stage_id"].notna()]
        found = pd.concat([found, pd.DataFrame({
            "entity_id": still["deal_id"].array, "to_stage": still["stage_id"].array, "entered_at": still["created_at"].array,
            "pipeline_id": column(still, "pipeline_id").array, "_part": int(said["_part"].iloc[0])})], ignore_index=True)
    if len(found):
        for place, group in found.groupby("_part"):
            build.mapping.answers.decided("opening_stage", build.parts[int(place)].source.label, "from_stage", len(group), "stage_before_first_change")
    return found.assign(entity="deal", origin="crm_history", move_code="1", _derived=True, _pos=-1)


def _end(build: Build, said: pd.DataFrame) -> pd.Timestamp:
    """The moment up to which the logs tell: that of their last record, of other kinds too, which are refused as rows of the history."""
    last = [column(build.parts[place].frame, "entered_at", NOW).max() for place in said["_part"].unique()]
    return max(moment for moment in (said["entered_at"].max(), *last) if not pd.isna(moment))


def from_snapshots(build: Build) -> pd.DataFrame | None:
    """What moved between the snapshots of earlier runs; on record, as the true moments lie between the runs."""
    deals = build.tables.get("deals")
    rows = differences(build.snapshots, deals) if deals is not None else None
    if rows is None or not len(rows):
        return None
    for name, words in build.mapping.values.items():
        for target in (name, *BESIDE.get(name, ())):
            if target in rows:
                rows[target] = rows[target].replace(words)
    days = [f"{day:%Y-%m-%d}" for day in sorted(build.snapshots["as_of"].unique())]
    build.mapping.answers.decided("snapshot_diff", "snapshots/", "stage_history", f"{days[0]} … {days[-1]}", "moment_between_runs")
    return names(build, rows.assign(_part=NO_FILE, _pos=-1, _derived=True))


# -- what a row says --------------------------------------------------------------------------------------


def _pipelines(build: Build, rows: pd.DataFrame) -> pd.DataFrame:
    """The pipeline of every entry: its own where the client's deals or dictionaries know it, else that of the deal now."""
    deals = build.tables.get("deals")
    if deals is None:
        return rows
    if "_part" in rows and not column(rows, "_derived", "bool").all():
        part = build.parts[int(rows["_part"].iloc[0])]
        of_deals = rows[rows["entity"] == "deal"]
        join.report(build, part, "entity_id", "deals.deal_id", of_deals["entity_id"], deals["deal_id"])
    if "pipeline_id" not in deals:
        return rows
    own = column(rows, "pipeline_id")
    mine = rows["entity_id"].where(rows["entity"] == "deal").map(deals.set_index("deal_id")["pipeline_id"]).astype("str")
    met = set(deals["pipeline_id"].dropna())
    moved = column(rows, "move_code") == "5"
    own = own.replace({} if own.isin(met).any() else _learnt(build, rows, own, mine))
    # one pipeline of the deals among them shows that both files write pipelines alike
    real = own.notna() & (own.isin(met).any() | own.isin([one for one in own.dropna().unique() if build.codes.knows(one)]))
    rows["pipeline_id"] = own.where(real | moved, mine.fillna(own)).fillna(mine)
    return rows


def _learnt(build: Build, rows: pd.DataFrame, codes: pd.Series, mine: pd.Series) -> dict[str, str]:
    """Code of a pipeline → its name, where the last records of nearly all deals with the code are in one pipeline now.

    Only where the history has several pipelines: a single one is that of the deals anyway.
    """
    codes = codes.mask(codes.isin([one for one in codes.dropna().unique() if build.codes.knows(one)]))
    if codes.nunique() < 2:
        return {}
    last = pd.DataFrame({"unit": rows["entity_id"], "at": rows["entered_at"], "code": codes, "name": mine}).dropna()
    last = last.sort_values("at", kind="stable").drop_duplicates("unit", keep="last")
    found = {}
    for code, names_of in last.groupby("code")["name"]:
        share = names_of.value_counts(normalize=True)
        if share.iloc[0] >= 0.95:
            found[str(code)] = str(share.index[0])
    if len(set(found.values())) < len(found):
        return {}
    if found:
        build.mapping.answers.decided("pipeline_code", build.parts[int(rows["_part"].iloc[0])].source.label, "pipeline_id", found, "last_record_of_deals")
    return found


def _people(build: Build, rows: pd.DataFrame) -> pd.DataFrame:
    """`changed_by` by the id that the other files give a name; what nobody knows stays as it is."""
    if "changed_by" in rows:
        known = rows["changed_by"].isin(build.users.rows)
        found = people.match(build.users, None, rows["changed_by"].mask(known), create=False, renames=build.mapping.users)
        rows["changed_by"] = pd.Series(found.ids.to_numpy(), index=rows.index, dtype="str").fillna(rows["changed_by"])
    return rows


# -- rows in order ----------------------------------------------------------------------------------------


def _once(build: Build, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows in order with `from_stage` and `left_at`; records that several files repeat and those of no change are refused."""
    said = column(rows, "from_stage")
    before = column(rows, "from_pipeline")
    same = (said == rows["to_stage"]) & (before.isna() | (before == column(rows, "pipeline_id")))
    rows = _refused(build, rows, same, "no_change")
    rows["_own"] = column(rows, "from_stage")
    rows["pipeline_id"] = column(rows, "pipeline_id")
    rows["_unit"] = rows.groupby(UNIT, sort=True).ngroup()  # a number is compared faster than two texts
    if rows.loc[~rows["_derived"], "_part"].nunique() > 1:
        key = ["_unit", "entered_at", "to_stage", "pipeline_id"]
        number = rows.groupby([*key, "_part"], dropna=False).cumcount()
        rows = _refused(build, rows, rows.assign(_n=number).duplicated([*key, "_n"], keep="first"), "repeated_move")
    rows = rows.sort_values(["_unit", "entered_at"], kind="stable").reset_index(drop=True)
    group = rows.groupby("_unit", sort=False)
    last = group["to_stage"].shift(1)
    rows["_run"] = (last != rows["to_stage"]).fillna(True).cumsum()  # the pipeline last known while the stage stays
    place = rows.groupby(["_unit", "_run"], sort=False)["pipeline_id"].ffill().groupby(rows["_unit"], sort=False).shift(1)
    place = place.where(rows["_run"] == rows["_run"].shift(1))
    rows = rows.drop(columns="_run")
    stayed = (last == rows["to_stage"]) & ((place == rows["pipeline_id"]) | place.isna() | rows["pipeline_id"].isna())
    rows = _refused(build, rows, stayed.fillna(False), "no_change").reset_index(drop=True)
    group = rows.groupby("_unit", sort=False)
    derived = group["to_stage"].shift(1)
    gap = rows["_own"].notna() & derived.notna() & (rows["_own"] != derived)
    _counted(build, rows, gap, "history_gap")
    rows["from_stage"] = rows["_own"].fillna(derived)
    rows["_before"] = group["pipeline_id"].shift(1)
    told = column(rows, "left_at", NOW)
    rows["left_at"] = group["entered_at"].shift(-1)
    rows["left_at"] = rows["left_at"].fillna(told.where(told >= rows["entered_at"]))
    return rows


def _refused(build: Build, rows: pd.DataFrame, bad: pd.Series, reason: str) -> pd.DataFrame:
    """Rows without the bad ones, which go to quarantine; those that date columns gave are only counted."""
    bad = bad.fillna(False).astype(bool)
    for place, group in rows[bad & ~rows["_derived"]].groupby("_part"):
        build.parts[int(place)].refuse(group["_pos"].to_numpy(), reason)
    _counted(build, rows, bad & rows["_derived"], reason)
    return rows[~bad].copy() if bad.any() else rows


def _counted(build: Build, rows: pd.DataFrame, mask: pd.Series, name: str) -> None:
    for place, n in rows.loc[mask.fillna(False).astype(bool), "_part"].value_counts().items():
        if place != NO_FILE:
            build.parts[int(place)].warnings[name] += int(n)


def _flags(build: Build, rows: pd.DataFrame) -> None:
    """`is_truncated` of first records that are not the beginning, `is_bulk` of moves made for many units in one second."""
    first = ~rows.duplicated("_unit")
    born = column(rows, "_", NOW)
    for entity, table in (("deal", "deals"), ("lead", "leads")):
        if table in build.tables:
            units = build.tables[table].set_index(f"{entity}_id")["created_at"]
            born = born.fillna(finish.looked(rows["entity_id"].where(rows["entity"] == entity), units))
    begun = column(rows, "move_code") == "1"
    whole = (rows["entered_at"].dt.normalize() == rows["entered_at"]) | (born.dt.normalize() == born)
    late = (rows["entered_at"] - born > SOON).mask(whole, rows["entered_at"].dt.normalize() > born.dt.normalize())
    rows["is_truncated"] = first & ~begun & (late | rows["_own"].notna())
    sure = column(rows, "bulk_flag", "boolean").fillna(False).astype(bool)
    timed = rows["entered_at"].dt.normalize() != rows["entered_at"]
    together = rows.groupby(["_part", "entered_at"])["_unit"].transform("nunique") >= BULK
    rows["is_bulk"] = sure | (timed & together)
    _counted(build, rows, rows["is_truncated"], "truncated_history")
    _counted(build, rows, rows["is_bulk"], "bulk_moves")


def moves(past: pd.DataFrame, table: pd.DataFrame) -> None:
    """create, forward, back, skip, final or pipeline_change of every record, by the order of stages of its pipeline."""
    place = table.drop_duplicates(["pipeline_id", "stage_id"]).set_index(["pipeline_id", "stage_id"])

    def looked(stage: str, what: str) -> pd.Series:
        keys = pd.DataFrame({"pipeline_id": past["pipeline_id"].astype("object"), "stage_id": past[stage].astype("object")})
        return keys.merge(place[what].rename(what).reset_index(), how="left", on=["pipeline_id", "stage_id"])[what].set_axis(past.index)

    there, here = looked("to_stage", "ord"), looked("from_stage", "ord")
    # a source that says itself what a record is (3: into a final stage) is right for leads too, whose statuses are in no table of stages
    final = looked("to_stage", "semantic").isin(["won", "lost"]) | (column(past, "move_code") == "3").fillna(False)
    before = column(past, "from_pipeline").fillna(column(past, "_before"))
    changed = (column(past, "move_code") == "5") | (before.notna() & past["pipeline_id"].notna() & (before != past["pipeline_id"]))
    step = there - here
    truncated = past["from_stage"].isna() & ~final & past["is_truncated"]
    kind = np.select([changed, final, past["from_stage"].isna(), step == 1, step > 1, step < 0],
                     ["pipeline_change", "final", "create", "forward", "skip", "back"], default="forward")
    # a history that begins in the middle has no record of creation
    past["move"] = pd.Series(kind, index=past.index, dtype="str").mask(truncated)


def stage_at(build: Build) -> None:
    """`stage_id_at_time` of actions on deals: the stage in which the deal was at the moment of the action."""
    actions, past = build.tables.get("activities"), build.tables.get("stage_history")
    if actions is None or past is None or "entity" not in actions:
        return
    when = column(actions, "done_at", NOW)
    for name in ("started_at", "created_at", "due_at"):
        when = when.fillna(column(actions, name, NOW))
    units = past[past["entity"] == "deal"][["entity_id", "entered_at", "to_stage"]].sort_values("entered_at", kind="stable")
    mine = pd.DataFrame({"entity_id": actions["entity_id"].where(actions["entity"] == "deal"), "at": when}).dropna().sort_values("at", kind="stable")
    if len(units) and len(mine):
        joined = pd.merge_asof(mine.reset_index(), units, left_on="at", right_on="entered_at", by="entity_id").set_index("index")
        actions["stage_id_at_time"] = joined["to_stage"].reindex(actions.index).astype("str")


