"""Values of planned closings, amounts and owners since when: the log of their changes, and what they were before their first change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from audit.intake.tables import people
from audit.intake.tables.finish import NOW, column

if TYPE_CHECKING:
    from audit.intake.tables.build import Build

AGREED = 0.95  # of the deals of the log that are to end where the deals stand now, so that what it does not name can be believed to have stood
OLD = {"expected_close_on": "old_date", "amount": "old_amount", "owner_id": "old_owner"}
_KIND = {"expected_close_on": NOW, "amount": "float64", "owner_id": "str"}
_KEY = ["deal_id", "field", "changed_at"]


def complete(build: Build) -> pd.DataFrame:
    """`field_history` with the value that each field had before the first change that a log of changes tells of.

    A log of values (without the one before) tells the first one itself. A log of changes names only what changed: a deal that it
    does not name has stood as it stands now. Where that cannot be believed, the log would tell of the moved deals alone, and its
    rows are refused (`no_first_values`).
    """
    rows = build.tables["field_history"]
    for name, source in (("changed_by", "changed_by"), ("old_owner", "old_owner"), ("owner_id", "owner_then")):
        if source in rows:
            rows[name] = _people(build, rows[source])
    kept = []
    for field, old in OLD.items():
        mine = _planned(build, rows[rows["field"] == field]) if field == "expected_close_on" else rows[rows["field"] == field]
        told = [int(place) for place in mine["_part"].unique() if old in build.parts[int(place)].used]
        if not told:
            kept.append(mine)
            continue
        now = _present(build, field)
        if not _agrees(mine, field, now):
            gone = mine["_part"].isin(told)
            for place, group in mine[gone].groupby("_part"):
                build.parts[int(place)].refuse(group["_pos"].to_numpy(), "no_first_values")
            kept.append(mine[~gone])
            continue
        first = _first(build, mine, field, now, _span(build, told))
        part = build.parts[told[0]]
        build.mapping.answers.decided("opening_value", part.source.label, part.used[old], len(first), "value_before_first_change")
        kept += [first, mine]
    return pd.concat([frame for frame in kept if len(frame)] or kept[:1], ignore_index=True).sort_values(_KEY, kind="stable").reset_index(drop=True)


def _people(build: Build, told: pd.Series) -> pd.Series:
    """Ids of people whom a log knows by id or by name; who is in neither keeps what the log says."""
    known = told.isin(build.users.rows)
    found = people.match(build.users, None, told.mask(known), create=False, renames=build.mapping.users)
    return pd.Series(found.ids.to_numpy(), index=told.index, dtype="str").fillna(told)


def _planned(build: Build, rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` less those of fields that a log knows by a number alone and that do not end where the planned closings of deals stand now."""
    if "field_ref" not in rows:
        return rows
    ref = rows["field_ref"].fillna(column(rows, "old_field_ref", "str"))
    now, fields = _present(build, "expected_close_on"), {str(one): rows[ref == one] for one in sorted(ref.dropna().unique())}
    good = [one for one, mine in fields.items() if _agrees(mine, "expected_close_on", now)]
    best = max(good, key=lambda one: fields[one]["deal_id"].nunique(), default=None)
    gone = ref.notna() & (ref != best) if best is not None else ref.notna()
    for place, group in rows[gone].groupby("_part"):
        build.parts[int(place)].refuse(group["_pos"].to_numpy(), "other_kind")
    return rows[~gone]


def _present(build: Build, field: str) -> pd.Series:
    """Deal → value of the field now; of a closed deal whose one date of closing was its plan before, that date."""
    deals = build.tables["deals"].drop_duplicates("deal_id").set_index("deal_id")
    if field != "expected_close_on":
        return column(deals, field, _KIND[field])
    return column(deals, "expected_close_on", NOW).fillna(column(deals, "planned_last", NOW)).dt.normalize()


def _agrees(mine: pd.DataFrame, field: str, now: pd.Series) -> bool:
    """Whether nearly all deals of the log stand now where it left them."""
    last = mine.sort_values("changed_at", kind="stable").drop_duplicates("deal_id", keep="last").set_index("deal_id")[field]
    here = now.reindex(last.index)
    both = last.notna() | here.notna()
    same = (last - here).abs() < 0.005 if field == "amount" else last == here
    return bool(both.any() and (same | (last.isna() & here.isna()))[both].mean() >= AGREED)


def _span(build: Build, places: list[int]) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The first and the last moment that the files of these parts tell of, in records of other kinds too."""
    files = {id(build.parts[place].whole or build.parts[place].source) for place in places}
    parts = [part for part in build.parts if id(part.whole or part.source) in files]
    moments = pd.concat([part.frame[name] for part in parts for name in ("entered_at", "changed_at") if name in part.frame])
    return moments.min(), moments.max()


def _first(build: Build, mine: pd.DataFrame, field: str, now: pd.Series, span: tuple[pd.Timestamp, pd.Timestamp]) -> pd.DataFrame:
    """The value at the creation of every deal, or at the beginning of the log where the deal is older."""
    begun, ended = span
    deals = build.tables["deals"].drop_duplicates("deal_id").set_index("deal_id")
    alive = deals[(deals["created_at"] <= ended) & ~(column(deals, "closed_at", NOW) < begun)]
    since = alive["created_at"].clip(lower=begun)
    one = mine.sort_values("changed_at", kind="stable").drop_duplicates("deal_id").set_index("deal_id")
    named = since.index.isin(one.index)
    value = now.reindex(since.index).where(~named, column(one, OLD[field], _KIND[field]).reindex(since.index))
    good = value.notna() & ~(since >= one["changed_at"].reindex(since.index))
    return pd.DataFrame({"deal_id": since.index[good], "field": field, "changed_at": since[good].array, field: value[good].array}).astype({"deal_id": "str", "field": "str"})
