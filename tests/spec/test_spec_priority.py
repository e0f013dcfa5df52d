"""Conversions within priority groups and by what kind of client it is, counted by hand."""

import pandas as pd
import pytest
from drawn import client, crm, row, value

from audit.metrics import measure

AS_OF = "2026-06-30"


PRIORITY = crm("""
clients
  client_id segment industry
  c1        Shops   food
  c2        Farms   food
  c3        Homes   -
leads
  lead_id client_id created_at converted_at semantic  closed_at
  l1      c1        2026-01-05 2026-01-20   converted 2026-01-20
  l2      c1        2026-01-05 2026-02-20   converted 2026-02-20
  l3      c2        2026-01-05 -            lost      2026-01-09
  l4      c3        2026-01-05 2026-01-06   converted 2026-01-06
  l5      c1        2026-01-05 -            lost      2026-01-09
deals
  deal_id client_id semantic created_at closed_at  amount margin
  d1      c1        won      2026-01-01 2026-01-10 100    90
  d2      c1        lost     2026-01-01 2026-02-10 100    -
  d3      c2        won      2026-01-01 2026-02-01 500    20
  d4      c2        lost     2026-01-01 2026-02-10 100    -
  d5      c2        lost     2026-01-01 2026-03-10 100    -
  d6      c3        won      2026-01-01 2026-03-11 300    5
  d7      c3        lost     2026-01-01 2026-04-12 300    -
  d8      c1        won      2026-01-01 2026-04-12 300    70
""")


def test_rates_within_the_groups_that_the_client_names():
    named = {"priority_segments": ("shops", " Farms ")}
    # Shops 1 of 2 and Farms 1 of 3 by the end of March; d7 and d8 closed later are open
    assert value(PRIORITY, "priority_win_rate", **named) == 2 / 5
    assert value(PRIORITY, "priority_win_rate", "segment", "Farms", **named) == 1 / 3
    assert value(PRIORITY, "priority_win_rate_cohort", as_of="2026-04-30", **named) == 2 / 6  # d8 was won after 90 days
    # of l1, l2, l3, l5 one became a deal within thirty days
    assert value(PRIORITY, "priority_lead_conversion", **named) == 1 / 4
    assert measure(PRIORITY, "priority_win_rate", by="segment", as_of="2026-03-31", client=client(**named)).get(
        "priority_win_rate", "segment", "Homes") is None


def test_without_names_the_groups_of_most_margin_stand_for_them():
    # margin won by the end of March: Shops 90, Farms 20, Homes 5; four fifths of 115 need Shops and Farms
    assert value(PRIORITY, "priority_win_rate") == 2 / 5
    # without margins by money: Farms 500, Homes 300; four fifths of 900 need both
    tables = PRIORITY | {"deals": PRIORITY["deals"].drop(columns="margin")}
    assert value(tables, "priority_win_rate") == 2 / 4


def test_names_that_do_not_occur_and_groups_of_winners_alone_are_lacking():
    found = measure(PRIORITY, ["priority_win_rate", "win_rate"], as_of="2026-03-31", client=client(priority_segments=("Ships",)))
    assert found.get("priority_win_rate")["status"] == "not_measurable: lacks priority segments"
    late = PRIORITY["leads"].assign(client_id=lambda t: t["client_id"].where(t["semantic"] == "converted"))
    found = measure(PRIORITY | {"leads": late}, ["priority_lead_conversion", "win_rate"], as_of="2026-03-31")
    assert found.get("priority_lead_conversion")["status"] == "not_measurable: lacks leads.segment of lost leads"


BUYERS = crm("""
deals
  deal_id client_id owner_id semantic created_at closed_at  amount
  w1      c1        ann      won      2024-02-01 2024-03-10 800
  w2      c2        ann      won      2024-02-01 2024-04-10 150
  w3      c3        ann      won      2024-02-01 2024-05-10 50
  d1      c1        ann      won      2025-01-10 2025-02-10 100
  d2      c1        bob      lost     2025-01-11 2025-02-11 300
  d3      c2        bob      lost     2025-01-12 2025-02-12 10
  d4      c3        bob      won      2025-01-13 2025-02-13 20
  d5      c4        bob      won      2025-01-14 2025-02-14 5000
  d6      c4        bob      lost     2025-01-15 2025-02-15 40
  d7      -         bob      lost     2025-01-16 2025-02-16 60
  d8      c4        bob      lost     2026-01-05 2026-02-05 70
""")


def test_a_client_is_worth_what_it_brought_the_year_before():
    # of 2024: c1 800 is A, c2 150 from 0.8 B, c3 50 from 0.95 C; c4 bought nothing in it and by far the most in 2025
    rates = [value(BUYERS, "win_rate_by_worth", "cell", cell, as_of=AS_OF) for cell in ("A", "B", "C", "none", "—")]
    assert rates == [1 / 3, 0, 1, 1 / 2, 3 / 4]  # d1 d2 d8, d3, d4, d5 d6; nothing is known of 2023, nor of d7's client
    assert value(BUYERS, "win_rate_by_worth", "owner×cell", "bob × A", as_of=AS_OF) == 0
    assert value(BUYERS, "win_rate_by_worth", "cell", "A", as_of="2025-12-31") == 1 / 2


def test_win_rate_by_the_last_purchase_of_the_client():
    # bought from March to May 2024; a first purchase is one from 10 March 2025 on
    def rate(group, **more):
        found = row(BUYERS, "win_rate_by_recency", "recency", group, as_of=AS_OF, **more)
        return found["sum_num"], found["sum_den"]

    assert rate("year") == (2, 5)  # d1 and d2 ten months after, d3 and d4 nine and eight; d8 eleven after d5
    assert rate("—") == (4, 6)  # w1 w2 w3 and d5 d6, before which nothing is known, and d7 without a client
    assert rate("first", new_client_burn_in_months=6) == (1, 2)  # then d5 and d6
    later = BUYERS["deals"].assign(created_at=lambda t: t["created_at"].mask(t["deal_id"] == "d3", pd.Timestamp("2025-04-11")))
    assert row({"deals": later}, "win_rate_by_recency", "recency", "older", as_of=AS_OF)["sum_den"] == 1  # 366 days after w2


def test_win_rate_by_size_of_the_deal():
    # a third of eleven deals goes up to 50, two thirds up to 150
    assert [value(BUYERS, "win_rate_by_size", "band", band, as_of=AS_OF) for band in ("small", "middle", "large")] == [2 / 4, 2 / 4, 2 / 3]
    empty = BUYERS["deals"].assign(amount=BUYERS["deals"]["amount"].mask(BUYERS["deals"]["semantic"] == "lost", 0))
    lacks = measure({"deals": empty}, "M12", as_of=AS_OF).lacking().set_index("metric")["lacks"]
    assert lacks["win_rate_by_size"] == "deals.amount of lost deals"


STEPS = PRIORITY | crm("""
stages
  pipeline_id stage_id name  ord semantic
  p           n        first 1   open
  p           o        offer 2   open
  p           w        won   3   won
  p           l        lost  4   lost
stage_history
  entity entity_id pipeline_id to_stage entered_at
  deal   d1        p           n        2026-01-01
  deal   d1        p           o        2026-01-05
  deal   d1        p           w        2026-01-10
  deal   d2        p           n        2026-01-01
  deal   d2        p           l        2026-02-10
  deal   d3        p           n        2026-01-01
  deal   d3        p           o        2026-01-15
  deal   d3        p           w        2026-02-01
  deal   d4        p           n        2026-01-01
  deal   d4        p           l        2026-02-10
  deal   d5        p           n        2026-01-01
  deal   d5        p           o        2026-01-20
  deal   d5        p           l        2026-03-10
  deal   d6        p           n        2026-01-01
  deal   d6        p           w        2026-03-11
""")


def test_priority_groups_by_value_by_period_and_by_stage():
    named = {"priority_segments": ("shops", "Farms")}
    assert value(PRIORITY, "priority_win_rate_value", **named) == 600 / 900  # d1 and d3 of d1 to d5
    # l1 and l2 are converted in January and February, l3 and l5 are lost; four leads come in January
    assert value(PRIORITY, "priority_lead_conversion_period", **named) == 2 / 4
    assert value(PRIORITY, "priority_lead_conversion_period", period="month", start="2026-01-01", **named) == 1 / 4
    assert value(PRIORITY, "priority_lead_conversion_closing", **named) == 2 / 4
    assert value(PRIORITY, "priority_lead_conversion_closing", period="month", start="2026-01-01", **named) == 1 / 3  # l1 of l1, l3, l5
    steps = STEPS | {"deals": PRIORITY["deals"].assign(pipeline_id="p")[lambda t: t["deal_id"] <= "d6"]}
    # all of the five are decided: d1, d3 and d5 go further from the first stage, d1 and d3 win from the second
    assert value(steps, "priority_stage_conversion", "stage", "first", **named) == pytest.approx(3 / 5)
    assert value(steps, "priority_stage_conversion", "stage", "offer", **named) == pytest.approx(2 / 3)
    assert value(steps, "stage_conversion_incidence", "stage", "first") == pytest.approx(4 / 6)  # d6 of the Homes is no priority


def test_win_rate_by_the_clients_cell_of_the_year_before():
    # 2024: c1, c2, c3 bought once each, in March, April, May, for 800, 150 and 50: thirds 1, 2, 3 by recency, 3, 2, 1 by money, the middle by frequency
    def rate(group):
        found = row(BUYERS, "win_rate_by_rfm", "rfm", group, as_of="2025-12-31")
        return found["sum_num"], found["sum_den"]

    assert (rate("1-2-3"), rate("2-2-2"), rate("3-2-1")) == ((1, 2), (0, 1), (1, 1))  # d1 d2, d3, d4
    assert (rate("none"), rate("—")) == ((1, 2), (3, 4))  # c4 bought nothing in 2024; of w1 w2 w3 nothing is known before, d7 has no client
    # 2025: c3 in February once for 20, c1 for 100, c4 for 5000: all once in the same month; c4 is the third by money
    assert row(BUYERS, "win_rate_by_rfm", "rfm", "2-2-3", as_of=AS_OF)["sum_den"] == 1  # d8


def test_win_rate_by_the_need_of_the_client():
    needs = BUYERS["deals"].assign(need=["save", "save", "grow", "save", "save", "grow", "grow", "grow", "grow", "grow", "grow"])
    tables = {"deals": needs}
    assert value(tables, "win_rate_by_need", "need", "save", as_of=AS_OF) == 3 / 4  # w1 w2 d1 of w1 w2 d1 d2
    assert value(tables, "win_rate_by_need", "owner×need", "bob × grow", as_of=AS_OF) == 2 / 6  # d4 d5 of d3 to d8
    late = {"deals": needs.assign(need=needs["need"].where(needs["semantic"] == "won"))}
    assert measure(late, ["win_rate_by_need", "win_rate"], as_of=AS_OF).get("win_rate_by_need")["status"] == "not_measurable: lacks deals.need of lost deals"
