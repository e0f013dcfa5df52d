"""The rows of one part in canonical columns, each table by its own rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from audit.intake.tables import finish, history, links, outcomes, owed, plain
from audit.intake.tables.finish import column
from audit.schema import BY_NAME

if TYPE_CHECKING:
    from audit.intake.tables.build import Build
    from audit.intake.typed.part import Part


def finished(build: Build, part: Part, frame: pd.DataFrame) -> pd.DataFrame:
    """Canonical columns from helper columns."""
    table = part.table or ""
    if table == "activities":
        return finish.activities(frame, _ids(build, "deals"), _ids(build, "leads"), _titles(build))
    if table == "plans":
        frame, bad = finish.plans(frame)
        part.refuse(bad, "bad_date")
        whole = len(frame)
        frame = finish.summed(frame)
        part.merged += whole - len(frame)
    elif table == "receivables":
        frame = finish.receivables(owed.dated(part, owed.finish(part, frame), build.mapping.answers), part.source.above, part.shape.as_of_above)
    elif table == "norms":
        frame["basis"] = column(frame, "basis").fillna("client")
        frame["per"] = column(frame, "per").fillna("day")
    elif table == "leads":
        strange = finish.unknown_statuses(frame)
        told = {word: finish.OF_LEADS[build.codes.meanings[word]] for word in strange if word in build.codes.meanings}
        if told:
            frame["semantic"] = column(frame, "semantic").fillna(frame["status"].map(told).astype("str"))
        for word in strange:
            if word not in told:
                build.mapping.answers.decided("lead_status", part.source.label, part.used.get("status", ""), word, "unknown_is_open")
        frame = finish.leads(frame)
    elif table == "deals":
        frame = outcomes.decide(build, part, frame)
    elif table == "stage_history":
        # a report may know deals by their name only
        frame["entity_id"] = column(frame, "entity_id").fillna(column(frame, "entity_name").map(_titles(build)).astype("str"))
        frame = history.names(build, frame)
    elif table == "users":
        frame = finish.users(frame)
        # a file of people without ids takes the ids that other files give their names
        ids = {name: build.users.find(name) for name in frame["name"].dropna().unique()}
        frame["user_id"] = frame["name"].map(ids).astype("str").where(frame["user_id"] == frame["name"]).fillna(frame["user_id"])
    elif table == "clients":
        frame = finish.clients(frame)
    elif table == "field_history":
        frame["deal_id"] = column(frame, "deal_id").fillna(column(frame, "entity_name").map(_titles(build)).astype("str"))
    elif table in links.TABLES:
        frame = plain.finished(part, frame)
    for needed in BY_NAME[table].columns if table else ():
        if needed.required and needed.name not in frame:
            frame[needed.name] = column(frame, needed.name, finish.DTYPE.get(needed.kind, "str"))
    return frame


def _ids(build: Build, table: str) -> set[str]:
    return set(build.tables[table][BY_NAME[table].key[0]].dropna()) if table in build.tables else set()


def _titles(build: Build) -> dict[str, str]:
    """Title → id of deals whose title is their own."""
    deals = build.tables.get("deals")
    if deals is None or "title" not in deals:
        return {}
    own = deals[deals["title"].notna() & ~deals["title"].duplicated(keep=False)]
    return dict(zip(own["title"], own["deal_id"], strict=True))
