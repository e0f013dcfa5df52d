"""Joins that are one select: what they keep, what they leave out, and how further joins read what they make."""

from __future__ import annotations

import datetime as dt

import ibis
import pandas as pd

from audit.client import Client
from audit.engine import load
from audit.metrics.bases import Bases, shape, worktime

DEALS = pd.DataFrame({
    "deal_id": ["d1", "d2", "d3"], "owner_id": ["u1", "u2", None], "semantic": ["won", "lost", "open"],
    "created_at": pd.to_datetime(["2026-03-02 10:00", "2026-03-03 11:00", "2026-03-04 12:00"]),
    "closed_at": pd.to_datetime(["2026-03-05 10:00", "2026-03-09 12:00", None]), "amount": [10.0, 20.0, 30.0],
})
USERS = pd.DataFrame({"user_id": ["u1"], "name": ["Ann"], "team": ["North"]})


def bases(source=None) -> Bases:
    return Bases(load(source if source is not None else {"deals": DEALS, "users": USERS}), dt.date(2026, 3, 31), Client(name="Drawn", country="XX"))


def rows(base: Bases, table) -> pd.DataFrame:
    return base.rows(table).sort_values("deal_id").reset_index(drop=True)


def test_what_lies_beside_is_told_once_a_row_and_its_key_is_left_out():
    base = bases()
    side = ibis.memtable(pd.DataFrame({"_of": ["d1", "d3"], "amount_then": [7.0, 9.0], "note": ["a", "b"]}))
    table = base.full("deals").select("deal_id", "amount")
    told = shape.told_beside(table, side, "deal_id", lambda t: {"amount": ibis.coalesce(t.amount_then, t.amount)})
    assert told.columns == ("deal_id", "amount_then", "note", "amount")
    found = rows(base, told)
    assert found["amount"].tolist() == [7.0, 20.0, 9.0]
    assert found["note"].fillna("-").tolist() == ["a", "-", "b"]


def test_settled_rows_can_be_joined_on_a_column_that_the_join_before_made():
    """In an engine of somebody else's nothing is named for good, so that Ibis would put a further join into the select that makes the column."""
    connection = ibis.duckdb.connect()
    for name, frame in (("deals", DEALS), ("users", USERS)):
        connection.con.register("frame", frame)
        connection.con.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
    base = bases({name: connection.table(name) for name in ("deals", "users")})
    base.__dict__["small"] = False  # as of many rows
    side = base.users.select(_user="user_id", _name="owner")
    made = shape.told_beside(base.full("deals").select("deal_id", "owner_id"), side, "owner_id", lambda t: {"who": ibis.coalesce(t._name, t.owner_id, "nobody")})
    table = shape.settled(made, base, light=True)
    sizes = table.group_by(_w="who").agg(n=table.count())
    found = rows(base, table.left_join(sizes, table.who == sizes._w).select("deal_id", "who", "n"))
    assert found["who"].tolist() == ["Ann", "u2", "nobody"] and found["n"].tolist() == [1, 1, 1]


def test_business_time_of_several_columns_is_that_of_each_alone():
    base = bases()
    table = base.full("deals").select("deal_id", "created_at", "closed_at").mutate(_day=ibis.literal(5))
    both = rows(base, worktime.clocked(table, base, came="created_at", went="closed_at"))
    assert both["_day"].tolist() == [5, 5, 5]
    for name, column in (("came", "created_at"), ("went", "closed_at")):
        alone = rows(base, worktime.clocked(table, base, **{name: column}))
        pd.testing.assert_series_equal(both[name], alone[name])
    days = rows(base, worktime.workdays(table, base, "created_at", spent="closed_at", none="created_at"))
    assert days["spent"].fillna(-1).tolist() == [3, 4, -1] and days["none"].tolist() == [0, 0, 0]


def test_few_rows_are_worked_on_by_one_thread():
    base = bases()
    assert base.small
    assert base.tables.backend.con.execute("SELECT current_setting('threads')").fetchone() == (1,)
