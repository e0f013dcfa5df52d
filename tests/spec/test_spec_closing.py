"""Wrongly closed leads and deals, drawn and counted by hand."""

import datetime as dt

from drawn import client, crm, value

from audit.metrics import listed, measure

# 2026-03-02 is a Monday; hours are 9:00–18:00
CRM = crm("""
users
  user_id name
  ann     Ann
  bob     Bob
leads
  lead_id owner_id source semantic  created_at       closed_at        loss_reason deal_id
  l0      ann      web    converted 2026-03-02T09:00 2026-03-02T12:00 -           d0
  l1      ann      web    junk      2026-03-02T10:00 2026-03-03T12:00 spam        -
  l2      ann      web    lost      2026-03-02T10:00 2026-03-06T12:00 price       -
  l3      bob      ads    junk      2026-03-02T17:30 2026-03-03T09:20 rude        -
  l4      bob      ads    lost      2026-03-03T10:00 2026-03-05T10:00 -           -
  l5      bob      ads    lost      2026-03-04T10:00 2026-03-05       price       -
  l6      bob      ads    lost      2026-02-04T10:00 2026-02-25T10:00 price       -
  l7      bob      ads    lost      2026-03-04T10:00 2026-04-02T10:00 price       -
deals
  deal_id owner_id lead_id semantic created_at       closed_at        loss_reason
  d0      ann      l0      won      2026-03-02T12:00 2026-03-10T12:00 -
  d1      ann      -       lost     2026-03-03T12:00 2026-03-10T12:00 price
  d2      ann      -       lost     2026-03-03T12:00 2026-03-10T12:00 price
  d3      bob      -       lost     2026-03-03T12:00 2026-03-03T12:59 price
  d4      bob      -       open     2026-03-03T12:00 -                -
activities
  activity_id kind     owner_id entity entity_id done_at          is_answered is_auto
  a1          call_out ann      lead   l0        2026-03-02T09:30 yes         no
  a2          call_out ann      lead   l1        2026-03-02T10:30 no          no
  a3          call_out ann      lead   l2        2026-03-02T10:30 no          no
  a4          email    ann      lead   l2        2026-03-05T10:30 yes         no
  a5          call_in  bob      lead   l3        2026-03-02T17:40 yes         no
  a6          call_out bob      lead   l4        2026-03-03T10:05 yes         no
  a7          call_out bob      lead   l5        2026-03-05T15:00 yes         no
  a8          meeting  ann      deal   d1        2026-03-09T15:00 -           no
  a9          call_out ann      deal   d2        2026-03-11T15:00 yes         no
  b1          call_out bob      deal   d3        2026-03-03T12:30 yes         yes
""")


def test_leads_closed_without_cause():
    # l1 was never talked to; l2 answered a letter; l3 was closed after 50 minutes of work; l4 has no reason; l5 was closed on the day
    # of the talk, its hour unknown; l6 is older than the log, so whether anybody talked to it is not known; l7 is open as of March
    assert value(CRM, "closed_untalked_leads") == 1 / 5
    assert measure(CRM, "closed_untalked_leads", as_of="2026-03-31", client=client()).get("closed_untalked_leads", "", "", "month", dt.date(2026, 2, 1)) is None
    assert value(CRM, "closed_hastily_leads") == 1 / 6
    assert value(CRM, "closed_hastily_leads", hasty_close_hours=0.5) == 0
    assert value(CRM, "closed_unexplained_leads") == 1 / 6
    assert value(CRM, "wrongly_closed_leads") == 3 / 6
    assert value(CRM, "wrongly_closed_leads", "owner", "Bob") == 2 / 4
    assert value(CRM, "wrongly_closed_leads", "loss_reason", "—") == 1
    assert value(CRM, "wrongly_closed_leads", period="month", start="2026-03-01") == 3 / 5
    assert value(CRM, "closed_untalked_leads", as_of="2026-04-03") == 2 / 6


def test_deals_closed_without_cause():
    assert value(CRM, "closed_untalked_deals") == 2 / 3  # d2 was called a day after closing, d3 by a robot
    assert value(CRM, "closed_hastily_deals") == 1 / 3  # d3
    assert value(CRM, "closed_unexplained_deals") == 0
    assert value(CRM, "wrongly_closed_deals") == 2 / 3


def test_the_lists_name_them_and_why():
    found = listed(CRM, "wrongly_closed_leads", "2026-03-31", client=client()).set_index("lead_id")
    assert list(found.index) == ["l4", "l1", "l3"]
    assert found[["untalked", "hasty", "unexplained"]].to_numpy().tolist() == [[False, False, True], [True, False, False], [False, True, False]]
    assert list(listed(CRM, "wrongly_closed_deals", "2026-03-31", client=client())["deal_id"]) == ["d2", "d3"]


def test_a_log_that_misses_success_does_not_prove_neglect():
    poor = CRM | {"activities": CRM["activities"][CRM["activities"]["entity_id"] != "l0"]}
    found = measure(poor, ["closed_untalked_leads", "wrongly_closed_deals", "closed_hastily_leads"], as_of="2026-03-31", client=client())
    lacks = found.lacking().set_index("metric")["lacks"].to_dict()
    assert lacks == {"closed_untalked_leads": "contacts of converted leads", "wrongly_closed_deals": "contacts of won deals"}
    none = {name: table for name, table in CRM.items() if name != "activities"}
    assert value(none, "closed_hastily_leads") == 1 / 6
