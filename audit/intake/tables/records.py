"""One record that a source keeps in several rows or files: merged records and their survivors, base rows and their details."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from audit.intake.tables.build import Build
    from audit.intake.typed.part import Part

_KEYS = {"deals": "deal_id", "contacts": "contact_id", "clients": "client_id", "leads": "lead_id"}
# columns of any table that may name a record of another
_NAMED = {"deals": ("deal_id", "deal_ref", "entity_ref", "other_ref"), "clients": ("client_id", "client_ref", "entity_ref", "other_ref"),
          "leads": ("lead_id", "lead_ref", "entity_ref", "other_ref"), "contacts": ("contact_id",)}


def complete(parts: list[Part]) -> None:
    """Rows of a base file whose id another file of the table describes: their cells fill the gaps there, and they are merged into it."""
    for part in parts:
        key = part.shape.complements
        if not key or key not in part.frame:
            continue
        base = part.frame[~part.reasons.at(part.frame.index)].dropna(subset=[key]).drop_duplicates(key).set_index(key)
        met: set[str] = set()
        for other in parts:
            if other is part or other.table != part.table or other.shape.complements or key not in other.frame:
                continue
            mine = other.frame[key]
            hit = mine.isin(base.index)
            met |= set(mine[hit])
            for column in base:
                values = base[column].reindex(mine).set_axis(mine.index)
                if column not in other.frame:
                    other.frame[column] = values
                elif other.frame[column].dtype == base[column].dtype:
                    other.frame[column] = other.frame[column].fillna(values)
        again = part.frame.index[part.frame[key].isin(met) & ~part.reasons.at(part.frame.index)]
        part.frame = part.frame.drop(index=again)
        part.merged += len(again)


def default_names(parts: list[Part]) -> None:
    """Names of the system's own codes; codes of stages only where no file of stages names them."""
    named = any(part.table == "stages" for part in parts)
    for part in parts:
        for column, names in part.shape.renames.items():
            if column in part.frame and not (named and column in ("stage_id", "to_stage", "from_stage")):
                part.frame[column] = part.frame[column].replace(names)


def survivors(build: Build) -> None:
    """Refuse records that were merged into others (`merged_ids` of the survivor names them) and lead what names them to the survivor."""
    for table, key in _KEYS.items():
        into: dict[str, str] = {}
        for part in build.parts:
            if "merged_ids" in part.frame and key in part.frame and part.table in (table, None):
                for own, others in part.frame.loc[part.frame["merged_ids"].notna(), [key, "merged_ids"]].itertuples(index=False):
                    # an id may carry the moment of merging after a colon
                    into.update({old: own for word in re.split(r"[;,\s]+", str(others)) if (old := word.split(":")[0]) and old != own})
        if into:
            _lead(build, table, key, {old: _last(into, old) for old in into})


def _last(into: dict[str, str], old: str) -> str:
    """The end of a chain of mergers."""
    seen = {old}
    while (new := into.get(old)) is not None and new not in seen:
        seen.add(new)
        old = new
    return old


def _lead(build: Build, table: str, key: str, into: dict[str, str]) -> None:
    for part in build.parts:
        if part.table == table and key in part.frame:
            part.refuse(part.frame.index[part.frame[key].isin(list(into))].to_numpy(), "merged_away")
        else:
            for column in _NAMED[table]:
                if column in part.frame:
                    part.frame[column] = part.frame[column].replace(into)
        if part.table == "stage_history" and "entity_id" in part.frame:
            mine = pd.Series(part.frame.get("entity", "deal"), index=part.frame.index) == table.rstrip("s")
            part.frame["entity_id"] = part.frame["entity_id"].mask(mine, part.frame["entity_id"].replace(into))

