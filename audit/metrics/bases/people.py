"""Bases of people: the staff at the as-of day, names on tables about people, their output by month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases.frames import day_of, mask
from audit.metrics.bases.shape import told_beside

if TYPE_CHECKING:
    from audit.metrics.bases import Bases

YEAR_DAYS = 365.25


def with_person(table: ir.Table, bases: Bases, key: str = "user_id") -> ir.Table:
    """`table` with `owner` (a name that tells namesakes apart) and `team` of the person in `key`."""
    if not bases.tables.has("users"):
        return table.mutate(owner=table[key], team=ibis.null("string"))
    side = bases.users.select(_user="user_id", _owner="owner", _team="team")
    table = table.left_join(side, table[key] == side._user)
    return table.mutate(owner=ibis.coalesce(table._owner, table[key]), team=table._team).drop("_user", "_owner", "_team")


def staff(bases: Bases) -> pd.DataFrame:
    """One row a person hired by `as_of`: user_id, owner, team, role, hired_at, left_at (None while at work), leave_kind.

    Robots are no people; who leaves after `as_of` has not left.
    """
    u = bases.users.filter(~bases.users.is_system.fill_null(False))
    more = bases.each("users", "user_id").select(_user="user_id", leave_kind="leave_kind", is_manager="is_manager")
    frame = bases.rows(told_beside(u, more, "user_id")).sort_values("user_id", kind="stable")
    for name in ("hired_at", "left_at"):
        frame[name] = [day_of(day) for day in frame[name]]
    frame = frame[mask(day is None or day <= bases.as_of for day in frame["hired_at"])].reset_index(drop=True)
    frame["left_at"] = [day if day is not None and day <= bases.as_of else None for day in frame["left_at"]]
    # the last day is never before the first: such a pair is a slip, and the stay is of one day
    frame["left_at"] = [max(left, hired) if left and hired else left for hired, left in zip(frame["hired_at"], frame["left_at"], strict=True)]
    frame["leave_kind"] = frame["leave_kind"].where(frame["leave_kind"].isin(["voluntary", "initiated"]), "unknown")
    frame["is_manager"] = frame["is_manager"].fillna(False).astype(bool)
    frame["team"] = [team if isinstance(team, str) else None for team in frame["team"]]
    return frame


def known(bases: Bases) -> pd.DataFrame:
    """One row a person by user_id: owner (the name in slices), team, hired_at, left_at, is_manager; robots left out."""
    if not bases.tables.has("users.user_id"):
        return pd.DataFrame(columns=["owner", "team", "hired_at", "left_at", "is_manager"])
    more = bases.each("users", "user_id").select(_user="user_id", is_manager="is_manager")
    frame = bases.rows(told_beside(bases.users, more, "user_id"))
    frame = frame[~frame["is_system"].fillna(False).astype(bool)]
    frame = frame.assign(is_manager=frame["is_manager"].fillna(False).astype(bool))
    return frame.set_index("user_id")[["owner", "team", "hired_at", "left_at", "is_manager"]].sort_index()


def robots(bases: Bases) -> set[str]:
    """Ids of users that are no people."""
    if not bases.tables.has("users.is_system"):
        return set()
    return set(bases.rows(bases.users.filter(bases.users.is_system.fill_null(False)).select("user_id"))["user_id"])


def named(frame: pd.DataFrame, bases: Bases, column: str) -> pd.DataFrame:
    """`frame` with owner and team of the people in `column`; an id that nobody knows names itself."""
    people = bases.rows_of(known)
    return frame.assign(owner=frame[column].map(people["owner"]).fillna(frame[column]).astype(object),
                        team=frame[column].map(people["team"]).astype(object))


def month_of(day: dt.date) -> int:
    """Number of a month, from January of year 0."""
    return day.year * 12 + day.month - 1


def first_of(month: int) -> dt.date:
    """The first day of a month by its number."""
    return dt.date(month // 12, month % 12 + 1, 1)


def output(bases: Bases) -> dict[tuple[str, int], float]:
    """(user_id, number of the month) → money won in it; nothing won is not listed."""
    return _won(bases, lambda d: d.amount_base.fill_null(0.0).cast("decimal(38, 4)").sum().cast("float64"))


def wins(bases: Bases) -> dict[tuple[str, int], float]:
    """(user_id, number of the month) → deals won in it; nothing won is not listed."""
    return _won(bases, lambda d: d.count().cast("float64"))


def given(bases: Bases) -> dict[tuple[str, int], float]:
    """(user_id, number of the month) → leads that arrived in it and are the person's."""
    t = bases.leads.filter(bases.leads.created_at.notnull() & bases.leads.owner_id.notnull())
    t = t.mutate(_month=t.created_at.year().cast("int64") * 12 + t.created_at.month().cast("int64") - 1)
    frame = bases.rows(t.group_by("owner_id", "_month").agg(n=t.count()))
    return {(row[1], int(row[2])): float(row[3]) for row in frame.itertuples()}


def _won(bases: Bases, worth: Callable[[ir.Table], ir.Value]) -> dict[tuple[str, int], float]:
    """A sum over deals won by the owner and the month of winning."""
    d = bases.deals
    d = d.mutate(_who=d.owner_id, _month=d.won_at.year().cast("int64") * 12 + d.won_at.month().cast("int64") - 1)
    d = d.filter(d.won_at.notnull() & d._who.notnull())
    frame = bases.rows(d.group_by("_who", "_month").agg(made=worth(d)))
    return {(row[1], int(row[2])): float(row[3]) for row in frame.itertuples()}


def sellers(bases: Bases) -> pd.DataFrame:
    """The staff who ever closed a deal, won or lost, managers left out."""
    d = bases.deals
    made = set(bases.rows(d.filter((d.semantic != "open") & d.owner_id.notnull()).select("owner_id").distinct())["owner_id"])
    frame = bases.rows_of(staff)
    return frame[frame["user_id"].isin(made) & ~frame["is_manager"]].reset_index(drop=True)
