"""Slipped closings and amounts told by a log of changes, on a drawn CRM, counted by hand."""

import pandas as pd
import pytest
from drawn import client, crm, row, value

from audit.errors import NothingMeasurableError
from audit.metrics import measure

LOG = crm("""
users
  user_id name is_system
  1       Ann  no
  2       Bob  no
  9       bot  yes
deals
  deal_id owner_id semantic created_at       closed_at        amount amount_base currency
  d1      1        open     2026-01-05T10:00 -                300    -           EUR
  d2      1        won      2026-01-05T10:00 2026-02-10T12:00 100    90          USD
  d3      1        lost     2026-01-10T10:00 2026-03-05T12:00 50     -           EUR
  d4      2        won      2026-02-01T10:00 2026-03-20T12:00 150    -           EUR
  d5      1        open     2026-02-03T10:00 -                -      -           EUR
  d6      1        open     2026-03-01T09:00 -                -      -           EUR
  d7      1        open     2026-01-20T09:00 -                -      -           EUR
field_history
  deal_id field             changed_at       expected_close_on amount changed_by
  d1      expected_close_on 2026-01-05T10:00 2026-01-31        -      -
  d1      expected_close_on 2026-02-02T10:00 2026-02-20        -      1
  d1      expected_close_on 2026-02-25T10:00 2026-03-25        -      2
  d2      expected_close_on 2026-01-05T10:00 2026-02-15        -      -
  d2      expected_close_on 2026-02-10T11:00 2026-03-10        -      1
  d3      expected_close_on 2026-01-10T10:00 2026-03-01        -      -
  d4      expected_close_on 2026-02-01T10:00 2026-02-28        -      -
  d4      expected_close_on 2026-02-20T10:00 2026-03-15        -      1
  d5      expected_close_on 2026-02-03T10:00 2026-03-10        -      -
  d5      expected_close_on 2026-03-05T10:00 -                 -      1
  d6      expected_close_on 2026-03-01T09:00 2026-05-20        -      -
  d6      expected_close_on 2026-03-10T10:00 2026-03-30        -      9
  d6      expected_close_on 2026-04-20T10:00 2026-06-30        -      1
  d1      amount            2026-01-05T10:00 -                 400    -
  d1      amount            2026-03-03T10:00 -                 300    1
  d2      amount            2026-01-05T10:00 -                 200    -
  d2      amount            2026-02-09T10:00 -                 100    1
  d4      amount            2026-02-01T10:00 -                 100    -
  d4      amount            2026-03-20T11:00 -                 150    2
""")
RUNS = crm("""
deal_snapshots
  as_of      deal_id semantic expected_close_on
  2026-01-31 d7      open     2026-02-15
  2026-02-28 d7      open     2026-03-15
  2026-02-28 d1      open     2026-02-20
  2026-03-31 d1      open     2026-06-10
""")
BOTH = LOG | RUNS
NOW = {"as_of": "2026-04-15"}


def test_promises_that_a_log_tells():
    # January: d1 slipped; February: d1 and d4 slipped, d2 won; March: d1, d5, d6 slipped, d3 lost, d4 won; the date set on the day of
    # winning d2 promises nothing, d6 for May is not over, and its June is not said yet
    found = row(LOG, "slipped_share", **NOW)
    assert (found["sum_num"], found["sum_den"]) == (6, 9)
    assert row(LOG, "claim_hit_rate", **NOW)["sum_num"] == 2
    assert value(LOG, "slipped_share", period="month", start="2026-03-01", **NOW) == pytest.approx(3 / 5)


def test_a_promise_is_of_who_set_it_a_robot_sets_none():
    # Bob: d1 for March, and d4 for February as its owner; d6 for March was set by a robot and is its owner's
    found = row(LOG, "slipped_share", "owner", "Bob", **NOW)
    assert (found["sum_num"], found["sum_den"]) == (2, 2)
    found = row(LOG, "slipped_share", "owner", "Ann", **NOW)
    assert (found["sum_num"], found["sum_den"]) == (4, 7)


def test_what_was_planned_as_the_month_began():
    # February: d2 alone (d1 came into it on the 2nd, d4 was made on the 1st); March: d1 and d5 slipped, d3 and d4 closed, d6 came later
    found = row(LOG, "slipped_from_start", **NOW)
    assert (found["sum_num"], found["sum_den"]) == (2, 5)
    assert value(LOG, "slipped_from_start", period="month", start="2026-02-01", **NOW) == 0
    # d1 was 400 then, d2 200 dollars at 0.9, d3 is 50 today and d4 was 100; d5 has no amount
    assert value(LOG, "slipped_money_share", **NOW) == pytest.approx(400 / (400 + 180 + 50 + 100))
    assert value(LOG, "slipped_money_share", period="month", start="2026-03-01", **NOW) == pytest.approx(400 / 550)


def test_an_amount_told_then_counts_where_it_is_empty_now():
    emptied = LOG["deals"].assign(amount=LOG["deals"]["amount"].where(~LOG["deals"]["deal_id"].isin(["d1", "d4"])))
    assert value(LOG | {"deals": emptied}, "slipped_money_share", **NOW) == pytest.approx(400 / (400 + 180 + 50 + 100))
    # of dollars without an amount now nobody knows the rate: d2 is left out
    none = LOG["deals"].assign(amount=LOG["deals"]["amount"].where(LOG["deals"]["deal_id"] != "d2", 0.0), amount_base=0.0)
    none.loc[none["deal_id"] != "d2", "amount_base"] = float("nan")
    assert value(LOG | {"deals": none}, "slipped_money_share", **NOW) == pytest.approx(400 / (400 + 50 + 100))


def test_a_log_that_ended_says_nothing_of_later_months():
    ended = LOG["field_history"].query("changed_at < '2026-02-24'")
    found = row(LOG | {"field_history": ended}, "slipped_from_start", **NOW)
    assert (found["sum_num"], found["sum_den"]) == (0, 1)  # of March nobody knows


def test_moves_and_age_of_promises_that_a_log_tells():
    # d1 twice, d4 once; d6 came nearer, d5 lost its date, d2, d3, d5, d6 never went to a later month
    assert value(LOG, "push_count", **NOW) == pytest.approx(3 / 6)
    assert value(LOG, "claim_age", **NOW) == 71  # d1 100 days, d5 71, d6 45


def test_amounts_won_and_first_told():
    # d2: 90 of 180, both at the rate of the day of winning; d4: 150 of 100
    assert value(LOG, "won_of_told", **NOW) == pytest.approx(240 / 280)
    assert value(LOG, "won_of_told", period="month", start="2026-02-01", **NOW) == pytest.approx(0.5)
    found = row(LOG, "won_below_told", **NOW)
    assert (found["sum_num"], found["sum_den"]) == (1, 2)
    late = LOG["field_history"].query("changed_at > '2026-03-20'")
    with pytest.raises(NothingMeasurableError):
        measure(LOG | {"field_history": late[late["field"] == "amount"]}, "slipped_share", as_of="2026-04-15", client=client())
    told = row(LOG | {"field_history": late}, "won_of_told", **NOW)
    assert told["n"] == 0  # the amount of d4 was told on the day of winning only


def test_runs_tell_what_the_log_does_not():
    # d7 slipped in February and in March; the run of 28 February says of d1 nothing that the log does not know better
    found = row(BOTH, "slipped_share", **NOW)
    assert (found["sum_num"], found["sum_den"]) == (8, 11)
    # d7 once, d1 a third time by the run after the end of the log
    assert value(BOTH, "push_count", **NOW) == pytest.approx(5 / 7)
    # the runs are of the last days of January and February
    found = row(BOTH, "slipped_from_start", **NOW)
    assert (found["sum_num"], found["sum_den"]) == (4, 7)


def test_values_set_in_one_second_and_the_order_of_rows():
    twin = LOG["field_history"].iloc[[1]].assign(expected_close_on=pd.Timestamp("2026-02-10"))
    for order in (1, -1):
        both = pd.concat([LOG["field_history"], twin])[::order].reset_index(drop=True)
        tables = LOG | {"field_history": both}
        assert value(tables, "slipped_share", **NOW) == pytest.approx(6 / 9)
        assert value(tables, "push_count", **NOW) == pytest.approx(3 / 6)


def test_the_stage_in_which_a_deal_was_promised():
    moved = LOG | crm("""
stages
  pipeline_id stage_id name ord semantic
  p           n        new  1   open
  p           o        bid  2   open
stage_history
  entity entity_id pipeline_id to_stage entered_at
  deal   d1        p           n        2026-01-05T10:00
  deal   d1        p           o        2026-02-10T10:00
""")
    moved["deals"] = LOG["deals"].assign(pipeline_id="p", stage_id="o")
    assert row(moved, "slipped_share", "stage", "new", **NOW)["n"] == 2
    assert row(moved, "slipped_share", "stage", "bid", **NOW)["n"] == 1
