"""How much was being lost at the ends of past periods, on stored runs and dates of leads, counted by hand."""

import pandas as pd
import pytest
from drawn import client, crm, value

from audit.metrics import measure

CRM = crm("""
users
  user_id name team left_at
  ann     Ann  T1   2026-02-10
  bob     Bob  T2   -
  cid     Cid  T2   -
stages
  stage_id name  ord semantic
  n        new   1   open
  o        offer 2   open
deals
  deal_id owner_id stage_id semantic created_at closed_at  amount
  d1      bob      o        open     2026-01-01 -          150
  d2      bob      o        won      2026-01-02 2026-02-20 250
  d3      bob      n        open     2026-02-05 -          400
deal_snapshots
  as_of      deal_id owner_id stage_id semantic amount expected_close_on
  2026-01-28 d1      ann      n        open     90     2026-01-20
  2026-01-30 d1      ann      n        open     100    2026-01-20
  2026-01-30 d2      bob      o        open     200    2026-02-15
  2026-02-27 d1      ann      o        open     150    2026-03-15
  2026-02-27 d2      bob      o        won      250    2026-02-15
  2026-02-27 d3      bob      n        open     400    -
activities
  activity_id kind     owner_id entity entity_id created_at       due_at           done_at
  a1          call_out ann      deal   d1        2026-01-05T10:00 -                2026-01-05T10:05
  a2          task     ann      deal   d1        2026-01-10T10:00 2026-02-03T10:00 2026-02-04T10:00
  a3          meeting  bob      deal   d2        2026-01-25T10:00 -                2026-01-25T11:00
  a4          task     bob      deal   d2        2026-01-20T10:00 2026-01-26T10:00 2026-02-15T10:00
  a5          call_out bob      deal   d3        2026-02-26T10:00 -                2026-02-26T10:05
  a6          task     bob      deal   d3        2026-02-26T10:10 2026-03-10T10:00 -
  b1          call_out bob      lead   l1        2026-02-10T12:00 -                2026-02-10T12:05
  b2          call_out bob      lead   l3        2026-03-28T12:00 -                2026-03-28T12:05
leads
  lead_id owner_id source semantic created_at       closed_at
  l1      bob      web    open     2026-02-10T10:00 -
  l2      bob      ads    junk     2026-02-20T10:00 2026-03-05T10:00
  l3      cid      ads    open     2026-03-28T10:00 -
absences
  user_id date
  bob     2026-03-31
  cid     2026-03-30
""")
FLAGS = ("no_next", "overdue", "silent", "orphan", "stale_date")


def deals(month, flag="", tables=CRM, metric="leaking_deals_past"):
    return value(tables, metric, "flag" if flag else "", flag, period="month", start=f"2026-{month}-01")


def shown(tables, month):
    frame = measure(tables, "leaking_deals_past", by="flag", as_of="2026-03-31", client=client()).frame
    return set(frame.loc[(frame["period"] == "month") & (frame["period_start"] == pd.Timestamp(f"2026-{month}-01").date()), "group"])


def test_the_last_run_of_a_period_stands_for_it():
    # 30 January: d1 silent for 25 days and past its date, its task of 3 February lies ahead; d2 has only an overdue task
    assert deals("01") == 1
    assert [deals("01", flag) for flag in FLAGS] == [1 / 2, 1 / 2, 1 / 2, 0, 1 / 2]
    # 27 February: d1's seller has left, silent since the 4th, nothing ahead; d3 is in order
    assert deals("02") == 1 / 2
    assert [deals("02", flag) for flag in FLAGS] == [1 / 2, 0, 1 / 2, 1 / 2, 0]
    assert value(CRM, "leaking_deals_past") == 1 / 2


def test_of_the_seller_who_had_the_deal_then():
    assert value(CRM, "leaking_deals_past", "owner", "Ann", "month", "2026-02-01") == 1
    assert value(CRM, "leaking_deals_past", "owner", "Bob", "month", "2026-02-01") == 0
    assert value(CRM, "leaking_deals_past", "stage", "new", "month", "2026-01-01") == 1


def test_money_is_that_of_the_run():
    assert [deals(month, metric="money_at_risk_past") for month in ("01", "02")] == [300, 150]


def test_a_run_says_nothing_of_what_it_did_not_store():
    deal, runs = CRM["deals"].assign(next_activity_at=pd.Timestamp("2026-04-02")), CRM["deal_snapshots"]
    assert shown(CRM | {"deals": deal}, "01") == {"", "silent", "orphan", "stale_date"}  # the log alone would say less than the CRM says now
    stored = runs.assign(next_activity_at=pd.Timestamp("2026-03-02")).assign(
        next_activity_at=lambda t: t["next_activity_at"].where(t["as_of"] >= "2026-02-01"))
    both = CRM | {"deals": deal, "deal_snapshots": stored}
    assert shown(both, "02") == {"", *FLAGS}
    assert shown(both, "01") == {"silent", "orphan", "stale_date"}  # its whole is not that of February
    assert deals("02", "no_next", both) == 0


def test_what_is_done_later_was_not_done_then():
    assert value(CRM, "leaking_deals_past", as_of="2026-02-05") == 1
    lacks = measure(CRM, "M01", as_of="2026-01-28", client=client()).lacking().set_index("metric")["lacks"]
    assert lacks["leaking_deals_past"] == "deal_snapshots of earlier runs"


def test_leads_open_at_the_ends_of_past_periods():
    # 28 February: l1 silent for 18 days, l2 never touched; 29 March, a Sunday: l1 silent, l3 called the day before
    assert value(CRM, "leaking_leads_past", period="month", start="2026-02-01") == 1
    assert [value(CRM, "leaking_leads_past", "flag", flag, "month", "2026-02-01") for flag in ("untouched", "silent")] == [1 / 2, 1 / 2]
    assert value(CRM, "leaking_leads_past", period="week", start="2026-03-23") == 1 / 2
    assert value(CRM, "leaking_leads_past", "source", "ads") == 0


PLANS = crm("""
leads
  lead_id source semantic created_at       closed_at
  l1      web    open     2026-01-05T10:00 -
  l2      web    open     2026-02-02T10:00 -
  l3      ads    open     2026-03-25T10:00 -
  l4      ads    open     2026-03-31T17:55 -
  l5      ads    junk     2026-01-10T10:00 2026-01-12T10:00
activities
  activity_id kind     entity entity_id created_at       due_at           done_at
  a1          call_out lead   l1        2026-01-05T10:05 -                2026-01-05T10:05
  a2          call_out lead   l2        2026-02-02T10:05 -                2026-02-02T10:05
  a3          task     lead   l2        2026-02-20T10:00 2026-03-10T10:00 2026-03-10T10:00
  a4          call_out lead   l3        2026-03-25T10:05 -                2026-03-25T10:05
  a5          task     lead   l3        2026-03-25T10:05 2026-04-06T10:00 -
  a6          call_out lead   l1        2026-03-30T10:05 -                2026-03-30T10:05
  a7          call_out lead   l2        2026-03-30T10:05 -                2026-03-30T10:05
""")


def test_a_lead_without_a_next_step_leaks_where_steps_of_leads_are_planned():
    # l1 and l2 were called yesterday and have nothing ahead, l3 has; l4 came five minutes before the end of the day and waits for its first call
    assert value(PLANS, "leak_leads_no_next") == 2 / 4
    assert value(PLANS, "leaking_leads") == 2 / 4
    frame = measure(PLANS, "leaking_leads_past", by="flag", as_of="2026-03-31", client=client()).frame
    frame = frame[frame["period"] == "month"].set_index(["period_start", "group"])["value"]
    # at the end of January nobody planned yet: of plans nothing is said, and no whole that could be laid beside the later ones
    assert sorted(frame[pd.Timestamp("2026-01-01").date()].index) == ["silent", "untouched"]
    # 28 February: both silent, nothing ahead of l1, before l2 its task of 10 March
    assert frame[pd.Timestamp("2026-02-01").date()].to_dict() == {"": 1, "no_next": 1 / 2, "untouched": 0, "silent": 1, "overdue": 0}


def test_leads_of_an_absent_seller_are_left():
    assert value(CRM, "leak_leads_away") == 1 / 2  # bob's l1; cid was away the day before
    assert value(CRM, "leaking_leads") == 1 / 2
    assert value(CRM, "leak_leads_away", as_of="2026-03-30") == 1 / 2  # then it was cid's l3
    assert value(CRM, "leaking_leads", as_of="2026-03-30") == pytest.approx(1)
