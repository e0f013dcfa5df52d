"""Whose result it is, deals put aside, invoices of lost deals and leads with no step ahead, counted by hand."""

import pandas as pd
import pytest
from drawn import client, crm, row, value

from audit.errors import NothingMeasurableError
from audit.metrics import listed, measure

CRM = crm("""
users
  user_id name team is_manager is_system
  a       Ann  X    no         no
  b       Bob  Y    no         no
  h       Head X    yes        no
  r       Bot  -    no         yes
stages
  pipeline_id stage_id name         ord semantic
  p           n        first        1   open
  p           t        Клиент~думает 2   open
  p           w        won          3   won
  p           l        lost         4   lost
deals
  deal_id pipeline_id stage_id owner_id semantic created_at closed_at  amount
  d1      p           w        b        won      2026-01-01 2026-02-10 100
  d2      p           w        b        won      2026-01-01 2026-02-11 200
  d3      p           w        b        won      2026-01-01 2026-03-12 400
  d4      p           w        b        won      2026-01-01 2026-03-13 800
  d5      p           w        b        won      2026-01-01 2026-03-14 1600
  d6      p           n        a        open     2026-01-01 -          10
  d7      p           t        b        open     2026-01-01 -          20
  d8      p           t        -        open     2026-01-01 -          40
  d9      p           l        a        lost     2026-01-01 2026-03-01 5
stage_history
  entity entity_id pipeline_id to_stage entered_at       changed_by
  deal   d1        p           n        2026-01-01T10:00 a
  deal   d1        p           w        2026-02-10T10:00 a
  deal   d2        p           n        2026-01-01T10:00 a
  deal   d2        p           w        2026-02-11T10:00 b
  deal   d3        p           n        2026-01-01T10:00 a
  deal   d3        p           w        2026-03-12T10:00 h
  deal   d4        p           n        2026-01-01T10:00 a
  deal   d4        p           w        2026-03-13T10:00 r
  deal   d5        p           n        2026-01-01T10:00 a
  deal   d5        p           w        2026-02-14T10:00 b
  deal   d5        p           n        2026-02-20T10:00 b
  deal   d5        p           w        2026-03-14T10:00 a
deal_snapshots
  as_of      deal_id owner_id semantic amount
  2026-01-31 d6      b        open     10
  2026-02-28 d6      a        open     10
  2026-02-28 d7      b        open     20
  2026-03-31 d7      a        open     20
  2026-02-28 d3      a        open     400
""")


def test_results_of_who_won_them():
    # Ann won d1 and, the second time, d5; Bob d2; of d3 a head and of d4 a robot made the move: Bob's, who has them
    assert value(CRM, "won_by_closer", "owner", "Ann") == 2
    assert value(CRM, "won_by_closer", "owner", "Bob") == 3
    assert value(CRM, "won_deals", "owner", "Bob") == 5
    assert value(CRM, "revenue_by_closer", "owner", "Ann") == 1700
    assert value(CRM, "revenue_by_closer", "team", "Y") == 1400
    assert value(CRM, "revenue_by_closer") == value(CRM, "revenue") == 3100
    found = row(CRM, "won_reassigned_share")
    assert (found["sum_num"], found["sum_den"]) == (2, 5)
    assert value(CRM, "won_reassigned_share", "owner", "Ann") == 1
    assert value(CRM, "won_by_closer", period="month", start="2026-02-01") == 2


def test_deals_in_work_that_changed_hands():
    # d6 was Bob's in January; d7 was Bob's, and what the run of the as-of day itself stored tells nothing
    found = row(CRM, "deals_reassigned_share")
    assert (found["sum_num"], found["sum_den"]) == (1, 2)
    named = listed(CRM, "reassigned_deals", as_of="2026-03-31", client=client())
    assert named[["deal_id", "owner_before", "owner", "told_by"]].values.tolist() == [
        ["d5", "Ann", "Bob", "won"], ["d1", "Ann", "Bob", "won"], ["d6", "Bob", "Ann", "run"]]
    assert str(named["on"].iloc[2]) == "2026-01-31"
    runless = {name: table for name, table in CRM.items() if name != "deal_snapshots"}
    assert listed(runless, "reassigned_deals", as_of="2026-03-31", client=client())["deal_id"].tolist() == ["d5", "d1"]


def test_deals_put_aside_are_no_work_in_hand():
    assert value(CRM, "deals_in_work") == 3
    assert (value(CRM, "deals_active"), value(CRM, "deals_parked")) == (1, 2)
    assert (value(CRM, "deals_active_amount"), value(CRM, "deals_parked_amount")) == (10, 60)
    assert value(CRM, "deals_parked", "owner", "Bob") == 1
    assert listed(CRM, "parked_deals", as_of="2026-03-31", client=client())["deal_id"].tolist() == ["d8", "d7"]
    assert value(CRM, "deals_parked", parking_stages=("FIRST ",)) == 1
    plain = CRM | {"stages": CRM["stages"].assign(name=["first", "second", "won", "lost"])}
    assert measure(plain, ["deals_parked", "won_deals"], as_of="2026-03-31").get("deals_parked")["status"] == "not_measurable: lacks parking stages"


BILLS = crm("""
deals
  deal_id semantic created_at closed_at
  d1      open     2026-01-01 -
  d2      lost     2026-01-01 2026-03-02
  d3      lost     2026-01-01 2026-04-02
invoices
  invoice_id deal_id client_id issued_on  due_on     amount
  i1         d1      c1        2026-02-01 2026-03-31 100
  i2         d2      c2        2026-02-01 2026-03-31 200
  i3         d2      c2        2026-01-01 2026-01-11 400
  i4         d2      c2        2026-01-01 2026-01-11 800
  i5         d3      c3        2026-01-01 2026-02-11 1600
payments
  payment_id invoice_id client_id received_on amount
  p1         i3         c2        2026-01-10  400
  p2         i4         c2        2026-01-10  500
""")


def test_nothing_is_expected_of_invoices_of_lost_deals():
    # d2 is lost with 200 and 300 unpaid; d3 is lost later
    assert value(BILLS, "payments_of_lost_deals") == 500
    assert value(BILLS, "payments_due_today") == 100
    assert value(BILLS, "payments_due_month") == 100
    assert value(BILLS, "payments_overdue") == 1600
    assert listed(BILLS, "payment_control", as_of="2026-03-31")["invoice_id"].tolist() == ["i5", "i1"]
    assert value(BILLS, "payments_due_today", as_of="2026-04-02") == 0
    assert value(BILLS, "payments_of_lost_deals", as_of="2026-04-02") == 2100
    assert value(BILLS, "payments_of_lost_deals", as_of="2026-03-01") == 0


LEADS = crm("""
leads
  lead_id owner_id created_at semantic
  l1      a        2026-03-02 open
  l2      a        2026-03-02 open
  l3      b        2026-03-02 open
  l4      b        2026-03-02 lost
activities
  activity_id kind entity entity_id created_at due_at           done_at
  x1          task lead   l1        2026-03-10 2026-04-05T10:00 -
  x2          task lead   l2        2026-03-10 2026-03-20T10:00 -
  x3          task lead   l3        2026-03-10 2026-03-20T10:00 2026-03-20T10:00
  x4          task lead   l4        2026-03-10 2026-03-20T10:00 -
""")


def test_leads_with_an_overdue_step_and_with_none_ahead():
    assert value(LEADS, "leak_leads_overdue") == pytest.approx(1 / 3)  # l2
    assert value(LEADS, "leak_leads_no_next") == pytest.approx(2 / 3)  # l2, l3
    none = LEADS | {"activities": LEADS["activities"].assign(due_at=pd.NaT)}
    with pytest.raises(NothingMeasurableError):
        measure(none, ["leak_leads_overdue", "leak_leads_no_next"], as_of="2026-03-31")
