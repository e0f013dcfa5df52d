"""A day of sellers beside norms and the usual, and calls to listen to, on drawn rows."""

import pandas as pd
import pytest
from drawn import client, crm

from audit.errors import NothingMeasurableError
from audit.metrics import listed

# 2026-03-02 is a Monday
DAYS = crm("""
users
  user_id name role   is_system hired_at   left_at
  ann     Ann  seller no        2020-01-01 -
  bob     Bob  seller no        2020-01-01 -
  cid     Cid  head   no        -          -
  dan     Dan  seller no        2020-01-01 2026-03-04
  eve     Eve  seller no        2026-03-11 -
  rob     Rob  -      yes       -          -
absences
  user_id date
  bob     2026-03-06
norms
  metric   role   per  value valid_from valid_until set_at
  call_out seller day  2     -          -           -
  meeting  seller week 5     2026-03-05 -           -
  proposal -      day  1     -          -           -
  email    -      day  9     -          -           -
activities
  activity_id kind     owner_id created_at done_at          is_answered duration_s is_auto
  a0          call_out bob      2026-02-02 2026-02-02T10:00 yes         10         no
  a1          call_out ann      2026-03-06 2026-03-06T10:00 yes         90         no
  a2          call_out ann      2026-03-07 2026-03-07T10:00 no          90         no
  a3          call_out ann      2026-03-03 2026-03-03T10:00 yes         10         no
  a4          call_out ann      2026-02-27 2026-02-27T10:00 yes         10         no
  a5          call_out ann      2026-03-09 2026-03-09T10:00 yes         90         no
  a6          meeting  cid      2026-03-04 2026-03-04T10:00 -           -          no
  a7          email    rob      2026-03-06 2026-03-06T10:00 -           -          yes
  a8          proposal ann      2026-03-05 2026-03-05T10:00 -           -          no
  a9          task     dan      2026-02-04 2026-02-04T10:00 -           -          no
""")


def sunday(tables=DAYS, **more):
    return listed(tables, "day_report", as_of="2026-03-08", client=client(**more)).set_index(["owner", "kind"])


def test_the_day_of_each_seller_with_the_days_off_after_it():
    found = sunday()
    assert [str(day) for day in found["since"].unique()] == ["2026-03-06"]
    # Dan left on the 4th, Eve comes on the 11th; the letters of a robot nobody wrote, whatever the norm; Dan's task is older than twenty working days
    assert {owner for owner, _ in found.index} == {"Ann", "Bob", "Cid"}
    assert sorted({kind for _, kind in found.index}) == ["call_out", "conversation", "meeting", "proposal"]
    assert found["done"].tolist() == [2, 1, 0, 0] + [0] * 8  # Ann's on Friday and Saturday; a5 is of Monday
    assert found.loc["Ann", "done_month"].tolist() == [3, 1, 0, 1]
    assert found.loc["Cid", "done_month"].tolist() == [0, 0, 1, 0]


def test_norms_of_the_day_and_of_the_month_so_far():
    found = sunday()
    # 2, 3, 4, 5, 6 March; meetings: five a week from the 5th on; proposals are of those who make any: Ann, from the 5th
    assert found.loc["Ann", ["norm", "norm_month"]].fillna(-1).to_numpy().tolist() == [[2, 10], [-1, -1], [1, 2], [1, 2]]
    assert found.loc["Bob", ["norm", "norm_month"]].fillna(-1).to_numpy().tolist() == [[0, 8], [-1, -1], [0, 1], [-1, -1]]  # away on Friday
    assert found.loc["Cid", ["norm", "norm_month"]].isna().all(axis=None)
    half = DAYS | {"users": DAYS["users"].assign(fte=0.5)}
    assert sunday(half).loc[("Ann", "call_out"), ["norm", "norm_month"]].tolist() == [1, 5]


def test_the_nearest_norm_counts():
    own = crm("norms\n  metric role per value owner_id\n  call_out seller day 2 -\n  call_out - day 3 ann\n  call_out seller month 22 -")
    found = sunday(DAYS | own)
    assert found.loc[("Ann", "call_out"), ["norm", "norm_month"]].tolist() == [3, 15]
    assert found.loc[("Bob", "call_out"), "norm_month"] == 8
    month = crm("norms\n  metric role per value\n  calls seller month 44")  # 22 working days
    found = sunday(DAYS | month)
    assert found.loc[("Ann", "calls"), ["done", "norm", "norm_month"]].tolist() == [2, 2, 10]
    assert found.loc[("Ann", "call_out"), "norm"] != found.loc[("Ann", "call_out"), "norm"]


def test_what_is_usual_of_twenty_working_days():
    found = sunday()
    # from 6 February on: Ann's a3 and a4 in twenty days; conversations are on record since the 6th of March alone
    assert found.loc[("Ann", "call_out"), "usual"] == 0.1
    assert pd.isna(found.loc[("Ann", "conversation"), "usual"])
    assert found.loc[("Bob", "call_out"), "usual"] == 0
    assert pd.isna(found.loc[("Cid", "meeting"), "usual"])  # on record for two days
    away = pd.DataFrame({"user_id": "ann", "date": pd.bdate_range("2026-02-06", "2026-02-19")})
    found = sunday(DAYS | {"absences": away})
    assert found.loc[("Ann", "call_out"), "usual"] == 0.2
    away = pd.DataFrame({"user_id": "ann", "date": pd.bdate_range("2026-02-06", "2026-02-27")})
    assert pd.isna(sunday(DAYS | {"absences": away}).loc[("Ann", "call_out"), "usual"])  # four days are few


def test_a_day_without_norms_and_without_people_named():
    bare = {"activities": DAYS["activities"]}
    found = sunday(bare)
    assert {owner for owner, _ in found.index} == {"ann", "cid"}  # who did anything in the twenty days and since
    assert found.loc[("ann", "call_out"), "done"] == 2 and found["norm"].isna().all()
    with pytest.raises(NothingMeasurableError):
        listed({"activities": DAYS["activities"].drop(columns="kind")}, "day_report", as_of="2026-03-08", client=client())


HEARD = crm("""
activities
  activity_id kind     owner_id entity entity_id started_at       done_at          is_answered duration_s is_auto record_url
  a1          call_out ann      deal   d1        2026-03-06T10:00 2026-03-06T10:05 yes         300        no      rec/1
  a2          call_out ann      -      -         -                2026-03-07T10:00 yes         300        no      -
  a3          call_in  ann      -      -         2026-03-08T10:00 2026-03-08T10:00 -           240        no      -
  a4          call_out bob      -      -         2026-03-06T11:00 2026-03-06T11:00 yes         240        no      -
  a5          call_out bob      -      -         2026-03-06T12:00 2026-03-06T12:00 yes         59         no      -
  a6          call_out cid      -      -         2026-03-05T12:00 2026-03-05T12:00 yes         300        no      -
  a7          call_out cid      -      -         2026-03-06T12:00 2026-03-06T12:00 no          300        no      -
  a8          call_out dan      -      -         2026-03-09T12:00 2026-03-09T12:00 yes         300        no      -
  a9          call_out rob      -      -         2026-03-06T12:00 2026-03-06T12:00 yes         300        yes     -
  b1          meeting  cid      -      -         2026-03-06T12:00 2026-03-06T12:00 -           300        no      -
""")


def test_calls_to_listen_to_one_of_each_seller_in_turn_until_fifteen_minutes_are_full():
    found = listed(HEARD, "listening", as_of="2026-03-08", client=client())
    # of the weekend's calls a1 … a4: one of Ann and Bob's only one, then as many of Ann's as fit
    assert sorted(found["owner"][:2]) == ["ann", "bob"] and found["owner"][2] == "ann"
    assert found["minutes"].sum() in (13, 14) and set(found["activity_id"]) <= {"a1", "a2", "a3", "a4"}
    assert listed({"activities": HEARD["activities"][::-1]}, "listening", as_of="2026-03-08", client=client()).equals(found)
    told = found.set_index("activity_id")
    assert "a4" in told.index and str(told.loc["a4", "at"]) == "2026-03-06 11:00:00"


def test_the_draw_is_another_one_every_day():
    calls = pd.concat([HEARD["activities"].iloc[[0]].assign(activity_id=f"c{n}") for n in range(12)])
    friday, saturday = (listed({"activities": calls}, "listening", as_of=day, client=client())["activity_id"].tolist() for day in ("2026-03-06", "2026-03-07"))
    assert len(friday) == len(saturday) == 3 and friday != saturday
    assert listed({"activities": calls}, "listening", as_of="2026-03-06", client=client())["activity_id"].tolist() == friday


def test_a_long_call_is_taken_where_its_seller_has_none_yet():
    long = HEARD["activities"].iloc[[0, 3]].assign(duration_s=[840.0, 3_600.0])
    assert set(listed({"activities": long}, "listening", as_of="2026-03-06", client=client())["activity_id"]) in ({"a1", "a4"}, {"a4"})
    mine = HEARD["activities"].iloc[[0, 1]].assign(duration_s=3_600.0)
    assert len(listed({"activities": mine}, "listening", as_of="2026-03-08", client=client())) == 1
    with pytest.raises(NothingMeasurableError):
        listed({"activities": HEARD["activities"].drop(columns="duration_s")}, "listening", as_of="2026-03-08", client=client())
