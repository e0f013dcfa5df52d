"""Which columns of plain tables name people or rows of other tables, and how names become ids there."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pandas as pd

from audit.intake.tables import join, people
from audit.intake.text import name_key
from audit.schema import BY_NAME

if TYPE_CHECKING:
    from audit.intake.tables.build import Build
    from audit.intake.typed.part import Part

# tables a person keeps by hand, in an order in which each finds what it names
TABLES = ("calendar", "contacts", "deal_products", "proposals", "forecasts", "meetings", "deviations", "qa_reviews", "competences", "dev_items",
          "control_log", "absences", "kb_items", "technique_tags", "surveys", "deal_snapshots", "field_history", "growth_actions")
PEOPLE = ("user_id", "reviewer_id", "assessor_id", "facilitator_id", "detected_by", "action_owner", "author_id")
# column → table that it names, and the column by which people name a row of it instead of its id
UNITS = {"deal_id": ("deals", "title"), "source_deal_id": ("deals", "title"), "meeting_id": ("meetings", None), "kb_id": ("kb_items", "title")}
OBJECTS = {"deal": "deals", "call": "activities", "proposal": "proposals"}
_BETWEEN = re.compile(r"\s*[,;\n]\s*")


def linked(build: Build, table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of a plain table with ids of people and units; names that nobody knows are in `joins`, repeated keys are refused."""
    done = []
    for place, group in rows.groupby("_part", sort=True):
        part, frame = build.parts[int(place)], group.copy()
        for column in (name for name in PEOPLE if name in frame):
            frame[column] = persons(build, part, column, frame[column], frame["_pos"])
        if "scope_id" in frame and "scope" in frame:
            person = frame["scope"] == "user"
            frame["scope_id"] = persons(build, part, "scope_id", frame["scope_id"].where(person), frame["_pos"]).fillna(frame["scope_id"])
        if "attendees_json" in frame:
            frame["attendees_json"] = _attendees(build, part, frame["attendees_json"])
        for column in (name for name in UNITS if name in frame and BY_NAME[table].key != (name,)):
            frame[column] = _units(build, part, column, frame[column], frame["_pos"])
        if "object_id" in frame and "object" in frame:
            for word, target in OBJECTS.items():
                if target in build.tables:
                    mine = join.once_a_line(part, frame.loc[frame["object"] == word, "object_id"].dropna(), frame["_pos"])
                    join.report(build, part, "object_id", f"{target}.{BY_NAME[target].key[0]}", mine, build.tables[target][BY_NAME[target].key[0]])
        done.append(frame)
    return _once(build, table, pd.concat(done, ignore_index=True)) if done else rows


def persons(build: Build, part: Part, column: str, cells: pd.Series, places: pd.Series | None = None) -> pd.Series:
    """Ids of people named by id or name; a new name is a new person, told where a file of people is there, once a line of the file."""
    known = cells.isin(list(build.users.rows))
    found = people.match(build.users, cells.where(known).astype("str"), cells.where(~known).astype("str"), renames=build.mapping.users)
    if found.missing or found.ambiguous:
        names = [row["name"] for key, row in build.users.rows.items() if key not in found.missing]
        told = (cells if places is None else join.once_a_line(part, cells, places)).value_counts()
        lost = {name: int(told.get(name, times)) for name, times in {**found.missing, **found.ambiguous}.items()}
        join.broken(build, part, column, "users.name", lost, 0, names)
    return pd.Series(found.ids.to_numpy(), index=cells.index, dtype="str")


def _attendees(build: Build, part: Part, cells: pd.Series) -> pd.Series:
    """Lists of names as JSON lists of ids."""
    names = sorted({name for text in cells.dropna().unique() for name in _BETWEEN.split(str(text)) if name})
    listed = pd.Series(names, dtype="str")
    ids = dict(zip(names, persons(build, part, "attendees_json", listed), strict=True)) if names else {}
    return cells.map(lambda text: json.dumps([ids[name] for name in _BETWEEN.split(str(text)) if name], ensure_ascii=False), na_action="ignore").astype("str")


def _units(build: Build, part: Part, column: str, cells: pd.Series, places: pd.Series) -> pd.Series:
    """Ids of rows of another table, also where cells say their own title; what the table lacks is reported."""
    target, title = UNITS[column]
    rows = build.tables.get(target)
    if rows is None:
        return cells
    key = BY_NAME[target].key[0]
    strange = cells.notna() & ~cells.isin(rows[key])
    if title and title in rows and strange.any():
        named = rows[rows[title].notna()]
        keys = named[title].map(name_key)
        own = ~keys.duplicated(keep=False)
        by_title = dict(zip(keys[own], named.loc[own, key], strict=True))
        titles = cells[strange].map(name_key).map(by_title).dropna()
        cells = titles.reindex(cells.index).fillna(cells).astype("str")
    join.report(build, part, column, f"{target}.{key}", join.once_a_line(part, cells.dropna(), places), rows[key])
    return cells


def _once(build: Build, table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The first row of every key; an answer without a name is a person of its own."""
    key = [name for name in BY_NAME[table].key if name in rows]
    if table == "deal_products" or not key:
        return rows
    again = rows.duplicated(key, keep="first")
    if "user_id" in key:
        again &= rows["user_id"].notna()
    for place, group in rows[again].groupby("_part"):
        build.parts[int(place)].refuse(group["_pos"].to_numpy(), "duplicate_row")
    return rows[~again].reset_index(drop=True)
