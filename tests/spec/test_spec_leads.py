"""Lead conversion, quality and leaks on drawn leads and deals, counted by hand."""

import pandas as pd
import pytest
from drawn import crm, row, value

from audit.errors import NothingMeasurableError
from audit.metrics import measure

LEADS = crm("""
leads
  lead_id owner_id source semantic  created_at converted_at closed_at  qualified_at
  l1      ann      web    converted 2026-01-05 2026-01-10   -          2026-01-06
  l2      ann      web    junk      2026-01-07 -            2026-01-08 -
  l3      bob      ads    converted 2026-01-09 2026-02-20   -          -
  l4      bob      ads    lost      2026-01-20 -            2026-02-01 -
  l5      bob      web    open      2026-02-01 -            -          2026-02-02
  l6      ann      web    converted 2026-03-20 2026-03-25   -          -
deals
  deal_id lead_id semantic created_at closed_at  amount
  d1      l1      won      2026-01-10 2026-01-30 100
  d3      l3      won      2026-02-20 2026-03-25 200
  d6      l6      open     2026-03-25 -          900
spend
  date       source amount
  2026-01-01 web    240
  2026-02-01 ads    160
""")
LEADS["spend"]["amount"] = LEADS["spend"]["amount"].astype(float)


def test_conversion_of_a_cohort_has_a_fixed_horizon():
    assert value(LEADS, "lead_conversion") == 1 / 5  # l1 in 5 days; l3 took 42; l6 is too young to count
    assert value(LEADS, "lead_conversion", conversion_days=45) == 2 / 5  # l3 too
    assert value(LEADS, "lead_conversion", period="month", start="2026-01-01") == 1 / 4


def test_conversion_by_period_closing_and_to_date():
    assert value(LEADS, "lead_conversion_period", period="month", start="2026-02-01") == 1  # l3 over l5
    assert value(LEADS, "lead_conversion_period") == 3 / 6
    assert value(LEADS, "lead_conversion_closing") == 3 / 5
    assert value(LEADS, "lead_conversion_closing", period="month", start="2026-02-01") == 1 / 2
    assert value(LEADS, "lead_conversion_ever") == 3 / 6
    assert value(LEADS, "lead_conversion_ever", "source", "ads") == 1 / 2


def test_conversion_by_closing_needs_the_closing_days_of_what_was_lost():
    """Dated only where converted, every month would read 100 %."""
    undated = {"leads": LEADS["leads"].assign(closed_at=LEADS["leads"]["closed_at"].where(LEADS["leads"]["semantic"] == "converted"))}
    with pytest.raises(NothingMeasurableError, match=r"leads\.closed_at of lost leads"):
        measure(undated, ["lead_conversion_closing"], by=[], as_of="2026-03-31")
    assert value(undated, "lead_conversion_ever") == 3 / 6


def test_a_month_with_an_undecided_lead_is_provisional():
    many = pd.DataFrame({"lead_id": [f"l{i}" for i in range(24)], "created_at": ["2026-01-05"] * 12 + ["2026-02-05"] * 12,
                         "semantic": ["converted"] * 3 + ["lost"] * 9 + ["converted"] * 3 + ["junk"] * 8 + ["new"], "source": "web"})
    many = {"leads": many.assign(created_at=pd.to_datetime(many["created_at"]))}
    for month, status in (("2026-01-01", "ok"), ("2026-02-01", "provisional")):
        found = row(many, "lead_conversion_ever", period="month", start=month, as_of="2026-12-31")
        assert (found["value"], found["n"], found["status"]) == (3 / 12, 12, status)
    assert row(many, "lead_conversion_ever", as_of="2026-12-31")["status"] == "ok"


def test_cycle_from_the_lead():
    assert value(LEADS, "cycle_days_lead") == 50  # 25 and 75 days


def test_a_later_conversion_has_not_happened_yet():
    assert value(LEADS, "lead_conversion_ever", as_of="2026-02-19") == 1 / 5


def test_quality():
    assert value(LEADS, "lead_junk_share") == 1 / 5  # l6 is too young to count
    late = LEADS["leads"].assign(closed_at=LEADS["leads"]["closed_at"].mask(LEADS["leads"]["lead_id"] == "l2", pd.Timestamp("2026-02-20")))
    assert value(LEADS | {"leads": late}, "lead_junk_share") == 0  # a tidying after 44 days
    assert value(LEADS | {"leads": late}, "lead_junk_share", conversion_days=45) == 1 / 5
    assert value(LEADS, "lead_target_share") == 2 / 5  # l1 and l5 were qualified; l3 became a deal after 42 days
    assert value(LEADS, "lead_target_share", conversion_days=45) == 3 / 5
    assert value(LEADS, "lead_win_rate", win_days=60) == 1 / 4  # d3 was won after 75 days; l5 l6 are young
    assert value(LEADS, "revenue_per_lead", win_days=60) == 300 / 4
    assert value(LEADS, "revenue_per_lead", "source", "web", win_days=60) == 100 / 2


def test_sources_that_were_not_given_are_a_row_of_their_own():
    some = LEADS | {"leads": LEADS["leads"].assign(source=["web", None, "ads", "ads", "web", None], is_repeat=[True, False, False, None, True, True])}
    assert value(some, "lead_junk_share", "source", "—") == 1  # l2; l6 is young
    assert value(some, "lead_conversion_ever", "source", "—") == 1 / 2
    assert value(some, "lead_conversion_ever", "is_repeat", "repeat") == 2 / 3  # known clients are told apart
    assert value(some, "lead_conversion_ever", "is_repeat", "new") == 1 / 2
    assert value(some, "lead_conversion_ever", "weekday", "1") == 1  # l1 came on a Monday


def test_spam_and_duplicates_are_no_leads():
    reasons = LEADS | {"leads": LEADS["leads"].assign(loss_reason=[None, "Дубль заявки", None, "price", None, None])}
    assert value(reasons, "lead_target_share") == 2 / 4  # l1 and l5 of l1, l3, l4, l5
    assert value(reasons, "lead_target_share", spam_words=["price"]) == 2 / 4
    assert value(reasons, "lead_target_share", spam_words=["fraud"]) == 2 / 5
    # l4 was closed after twelve days, too late to be no lead; l6 is old enough and became a deal in five
    assert value(reasons, "lead_target_share", spam_words=["price"], conversion_days=10) == 3 / 6


def test_cost_of_a_target_lead():
    assert value(LEADS, "cost_per_qualified_lead") == 400 / 4
    assert value(LEADS, "cost_per_qualified_lead", "source", "web") == 240 / 3


OPEN = crm("""
users
  user_id name left_at
  ann     Ann  -
  bob     Bob  2026-02-01
deals
  deal_id owner_id semantic created_at expected_close_on amount
  d1      ann      open     2026-03-20 2026-04-30        100
  d2      ann      open     2026-03-01 2026-03-15        200
  d3      bob      open     2026-03-25 -                 400
  d4      ann      open     2026-03-25 2026-04-15        800
  d5      ann      open     2026-02-01 -                 1600
  d6      ann      won      2026-01-01 -                 9999
activities
  activity_id kind     entity entity_id created_at       due_at           done_at
  a1          task     deal   d1        2026-03-20       2026-04-02T10:00 -
  a2          call_out deal   d1        2026-03-20       -                2026-03-28T10:00
  a3          task     deal   d2        2026-03-05       2026-03-26T10:00 -
  a4          call_out deal   d3        2026-03-26       -                2026-03-26T10:00
  a5          task     deal   d3        2026-03-26       2026-04-05T10:00 -
  a6          call_out deal   d4        2026-03-27       -                2026-03-27T10:00
  a7          task     deal   d5        2026-02-01       2026-05-01T10:00 -
  a8          call_out deal   d5        2026-02-01       -                2026-02-03T10:00
  a9          call_out deal   d2        2026-03-02       -                2026-03-27T10:00
""")
OPEN["deals"]["closed_at"] = [None, None, None, None, None, "2026-01-20"]


def test_each_sign_of_a_leak():
    assert value(OPEN, "leak_no_next") == 2 / 5  # d2 has only an overdue task, d4 nothing
    assert value(OPEN, "leak_overdue") == 1 / 5  # d2
    assert value(OPEN, "leak_silent") == 1 / 5  # d5: since 3 February
    assert value(OPEN, "leak_orphan") == 1 / 5  # d3: Bob has left
    assert value(OPEN, "leak_stale_date") == 1 / 5  # d2
    assert value(OPEN, "leaking_deals") == 4 / 5  # all but d1
    assert value(OPEN, "money_at_risk") == 3000


def test_a_shorter_patience_makes_more_silence():
    assert value(OPEN, "leak_silent", silent_days=5) == 2 / 5  # d3 too, since the 26th


def test_overdue_needs_a_business_day_in_between():
    friday = crm("""
deals
  deal_id semantic created_at
  d1      open     2026-03-01
activities
  activity_id kind entity entity_id created_at due_at           done_at
  a1          task deal   d1        2026-03-01 2026-03-27T10:00 -
""")  # the 27th is a Friday
    assert value(friday, "leak_overdue", as_of="2026-03-29") == 0
    assert value(friday, "leak_overdue", as_of="2026-03-30") == 1


WAITING = crm("""
users
  user_id left_at
  ann     -
leads
  lead_id owner_id semantic  created_at
  l1      ann      open      2026-03-31T17:50
  l2      ann      open      2026-03-31T17:40
  l3      -        open      2026-03-30T12:00
  l4      ann      open      2026-03-20T12:00
  l5      ann      open      2026-03-10T12:00
  l6      ann      converted 2026-03-10T12:00
activities
  activity_id kind     entity entity_id created_at       done_at          is_auto
  a0          call_out lead   l6        2026-03-10       2026-03-10T12:05 no
  a1          message  lead   l2        2026-03-31T17:41 2026-03-31T17:41 yes
  a2          call_out lead   l4        2026-03-20T12:05 2026-03-20T12:05 no
  a3          call_out lead   l5        2026-03-10T12:05 2026-03-10T12:05 no
""")


def test_leads_that_nobody_touched():
    # l1 came ten working minutes before the end of the day: still within the 15; a robot's message is no touch
    assert value(WAITING, "leak_untouched") == pytest.approx(2 / 5)  # l2 l3
    assert value(WAITING, "leak_leads_silent") == 1 / 5  # l5, three weeks ago
    assert value(WAITING, "leak_leads_orphan") == 1 / 5  # l3
    assert value(WAITING, "leaking_leads") == 3 / 5


def test_leads_older_than_the_log_are_not_called_untouched():
    early = WAITING | {"leads": WAITING["leads"].assign(created_at=["2026-01-01"] * 3 + WAITING["leads"]["created_at"].astype(str).tolist()[3:])}
    found = row(early, "leak_untouched")
    assert (found["sum_num"], found["n"]) == (0, 2)


TASKS = crm("""
users
  user_id name
  ann     Ann
  bob     Bob
activities
  activity_id kind owner_id created_at due_at           done_at
  a1          task ann      2026-03-01 2026-03-10       2026-03-10T18:00
  a2          task ann      2026-03-01 2026-03-10T10:00 2026-03-10T10:00
  a3          task ann      2026-03-01 2026-03-10T10:00 2026-03-10T10:01
  a4          task bob      2026-03-01 2026-03-20       -
  a5          task bob      2026-03-01 2026-04-20       -
  a6          task bob      2026-02-01 2026-02-20       2026-02-19
  a7          email ann     2026-03-01 2026-03-02T11:00 2026-03-02T11:00
  a8          call_out bob  2026-03-01 2026-03-02T11:00 2026-03-02T10:00
""")


def test_tasks_on_time_and_overdue():
    assert value(TASKS, "overdue_tasks") == 1  # a4; a5 is not due yet
    assert value(TASKS, "overdue_tasks", "owner", "Bob") == 1
    # a1 by its day, a2, a6, a8 planned and made earlier; a3 a minute late, a4 not at all; a7 is a letter written down when it was sent
    assert value(TASKS, "tasks_on_time") == 4 / 6
    assert value(TASKS, "tasks_on_time", period="month", start="2026-02-01") == 1
    assert value(TASKS, "tasks_on_time", "owner", "Ann") == pytest.approx(2 / 3)


def test_quality_by_the_tags_of_links_and_the_page():
    tagged = LEADS | {"leads": LEADS["leads"].assign(utm_campaign=["spring", "spring", "spring", None, None, "autumn"],
                                                     landing=["/a", "/b", "/b", "/b", None, "/a"])}
    assert value(tagged, "lead_target_share", "utm_campaign", "spring") == 1 / 3  # l1 of l1, l2, l3
    assert value(tagged, "lead_target_share", "utm_campaign", "—") == 1 / 2  # of those without one l5
    assert value(tagged, "lead_junk_share", "landing", "/b") == 1 / 3
    assert "landing" not in set(measure(LEADS, "M05", as_of="2026-03-31").frame["by"])


TURNS = crm("""
leads
  lead_id owner_id source semantic  created_at product
  a1      ann      web    junk      2026-01-02 Saws
  a2      ann      web    junk      2026-01-03 Saws
  a3      ann      web    converted 2026-01-04 Belts
  b1      bob      web    junk      2026-01-02 Belts
  b2      bob      web    converted 2026-01-03 Saws
  b3      bob      web    open      2026-01-04 Saws
  a4      ann      ads    junk      2026-02-02 Saws
  b4      bob      ads    open      2026-02-03 Belts
  c1      cid      fair   junk      2026-02-03 -
  a5      ann      web    open      2026-03-03 -
""")


def test_junk_among_the_same_leads():
    # web of January: 3 of 6; ads of February: 1 of 2; fair and web of March went to one seller each: 4 of 8 in all
    assert value(TURNS, "lead_junk_standardised", "owner", "ann") == pytest.approx(3 / (3 * 0.5 + 0.5) * 0.5)
    assert value(TURNS, "lead_junk_standardised", "owner", "bob") == pytest.approx(1 / (3 * 0.5 + 0.5) * 0.5)
    assert measure(TURNS, "lead_junk_standardised", as_of="2026-03-31").get("lead_junk_standardised", "owner", "cid") is None


def test_quality_by_the_product_asked_about():
    assert value(TURNS, "lead_junk_share", "product", "Saws") == 3 / 5
    assert value(TURNS, "lead_junk_share", "product", "—") == 1  # c1; a5 is young


DIRECT = crm("""
stages
  stage_id name  ord semantic
  n        new   1   open
  m        talk  2   open
  o        offer 3   open
  w        won   4   won
leads
  lead_id deal_id created_at semantic
  l1      d1      2026-01-01 converted
deals
  deal_id owner_id stage_id semantic created_at closed_at  lead_id
  d1      ann      m        open     2026-01-02 -          -
  d2      ann      m        open     2026-01-05 -          -
  d3      ann      n        open     2026-01-06 -          -
  d4      bob      w        won      2026-01-07 2026-01-20 -
  d5      bob      o        open     2026-01-08 -          -
  d6      bob      m        open     2026-01-09 -          -
  d7      bob      n        open     2026-03-20 -          -
  d8      bob      n        open     2026-01-10 -          l9
stage_history
  entity entity_id to_stage entered_at
  deal   d1        n        2026-01-02
  deal   d1        m        2026-01-03
  deal   d2        n        2026-01-05
  deal   d2        m        2026-01-15
  deal   d3        n        2026-01-06
  deal   d4        n        2026-01-07
  deal   d5        o        2026-01-08
  deal   d6        n        2026-01-09
  deal   d6        m        2026-03-01
  deal   d7        n        2026-03-20
  deal   d8        n        2026-01-10
""")


def test_deals_that_begin_without_a_lead():
    assert value(DIRECT, "direct_deals_share") == 6 / 8  # d1 by its lead, d8 by its own word
    assert value(DIRECT, "direct_deals_share", "owner", "ann") == pytest.approx(2 / 3)
    only = {"deals": DIRECT["deals"].drop(columns="lead_id")}
    assert measure(only, ["M06", "won_deals"], as_of="2026-03-31").lacking().set_index("metric")["lacks"]["direct_deals_share"].startswith("leads")


def test_first_stages_stand_for_a_lead_where_there_is_none():
    # d2 after 10 days, d4 won after 13; d3 stays, d6 took 51; d5 began at the offer, d7 is young
    assert value(DIRECT, "entry_conversion") == 2 / 4
    assert value(DIRECT, "entry_conversion", conversion_days=60) == 3 / 4
    assert value(DIRECT, "entry_conversion", lead_stages=2) == 1 / 4  # d4 alone has left new and talk
    alone = {name: table for name, table in DIRECT.items() if name != "leads"}
    assert value(alone | {"deals": DIRECT["deals"].drop(columns="lead_id")}, "entry_conversion") == 3 / 6  # d1 and d8 too
    assert value(DIRECT, "entry_conversion", as_of="2026-01-14", conversion_days=5) == 0  # d2 has not gone on yet


def test_a_ticked_task_and_a_call_in_vain_are_no_contact_with_a_lead():
    tables = crm("""
leads
  lead_id semantic created_at       closed_at
  l1      open     2026-02-24T10:00 -
  l2      open     2026-02-24T10:00 -
  l3      open     2026-02-24T10:00 -
  l4      open     2026-02-24T10:00 -
  l5      lost     2026-02-24T10:00 2026-02-26T10:00
activities
  activity_id kind     entity entity_id created_at       started_at       done_at          is_answered
  a0          call_out lead   l3        2026-02-24T09:30 2026-02-24T09:55 2026-02-24T09:56 no
  a1          call_in  lead   l1        2026-02-24T11:00 2026-02-24T11:00 2026-02-24T11:00 no
  a2          task     lead   l2        2026-02-24T11:00 -                2026-02-24T11:00 -
  a3          call_in  lead   l4        2026-02-24T11:00 2026-02-24T11:00 2026-02-24T11:00 yes
  a4          call_out lead   l5        2026-02-24T11:00 2026-02-24T11:00 2026-02-24T11:00 no
""")
    # l1's client rang in vain and of l2 a task was ticked off: nobody has contacted them; l3 and l4 were reached and then left
    assert value(tables, "leak_untouched", as_of="2026-03-31") == 2 / 4
    assert value(tables, "speed_never", as_of="2026-03-31") == 2 / 5  # l5 was tried
    assert value(tables, "leak_leads_silent", as_of="2026-03-31") == 2 / 4
    assert value(tables, "leaking_leads_past", "flag", "untouched", period="month", start="2026-02-01", as_of="2026-03-31") == 2 / 4
