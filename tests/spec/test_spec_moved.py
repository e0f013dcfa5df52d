"""Clients who rose and fell, checks of stages and moves, and the handing over of leads, counted by hand."""

import pandas as pd
import pytest
from drawn import crm, row, value

from audit.metrics import listed, measure

BUYERS = crm("""
deals
  deal_id client_id semantic created_at closed_at  amount
  d1      c1        won      2025-01-01 2025-10-10 100
  d2      c2        won      2025-01-01 2025-11-10 200
  d3      c3        won      2025-01-01 2025-12-10 300
  d4      c1        won      2025-01-01 2026-03-10 900
  d5      c4        won      2025-01-01 2026-02-10 10
  d6      c2        won      2025-01-01 2026-04-10 999
""")


def test_clients_who_rose_and_fell_within_three_months():
    # in December c1, c2, c3 stood 1, 2, 3 by recency and by money, and in the middle by frequency, who all bought once; by March c1 has bought again and c4 has come:
    # they stand c2, c3, c4, c1 by recency and c4, c2, c3, c1 by money
    frame = listed(BUYERS, "rfm", as_of="2026-03-31").set_index("client_id")
    assert frame.loc[["c1", "c2", "c3"], "f_before"].tolist() == [2, 2, 2]
    assert (frame.loc[["c1", "c2", "c3", "c4"], "f"] == [3, 2, 2, 2]).all()  # two purchases, and the places 1, 2, 3 of four shared
    total = {who: frame.loc[who, ["r", "f", "m"]].sum() - frame.loc[who, ["r_before", "f_before", "m_before"]].sum() for who in ("c1", "c2", "c3")}
    assert total["c1"] > 0 > total["c2"]
    found = row(BUYERS, "rfm_risen")
    assert (found["sum_num"], found["sum_den"]) == (sum(change > 0 for change in total.values()), 3)
    assert value(BUYERS, "rfm_fallen") == pytest.approx(sum(change < 0 for change in total.values()) / 3)


def test_the_table_of_moves_holds_every_client_once_a_score():
    moves = listed(BUYERS, "rfm_moves", as_of="2026-03-31")
    assert moves.groupby("score")["clients"].sum().to_dict() == {"r": 4, "f": 4, "m": 4}
    money = moves[moves["score"] == "m"]
    came = money[money["before"].isna()]
    assert (came["clients"].tolist(), came["money"].tolist()) == ([1], [10.0])  # c4 was no client in December
    top = money[(money["before"] == 1) & (money["now"] == 3)]
    assert (top["clients"].tolist(), top["money"].tolist()) == ([1], [1000.0])  # c1


DEALS = crm("""
users
  user_id name
  a       Ann
stages
  pipeline_id stage_id name ord semantic max_days
  p           n        new  1   open     10
  p           o        mid  2   open     30
deals
  deal_id pipeline_id stage_id owner_id semantic created_at amount
  d1      p           o        a        open     2026-03-01 100
  d2      p           n        a        open     2026-03-01 100
  d3      p           o        a        open     2026-03-01 100
stage_history
  entity entity_id pipeline_id to_stage entered_at       changed_by
  deal   d1        p           n        2026-03-02T10:00 a
  deal   d1        p           o        2026-03-10T10:00 a
  deal   d2        p           n        2026-03-02T10:00 a
  deal   d3        p           n        2026-03-02T10:00 a
  deal   d3        p           o        2026-03-20T10:00 a
activities
  activity_id kind     owner_id entity entity_id created_at       done_at          is_auto
  x1          call_out a        deal   d1        2026-03-10T09:00 2026-03-10T09:00 no
  x2          call_out a        deal   d3        2026-03-05T09:00 2026-03-05T09:00 no
""")


def test_stuck_deals_and_unproven_moves_are_seen_in_the_records():
    needs = DEALS | {"deals": DEALS["deals"].assign(expected_close_on=pd.Timestamp("2026-05-01"))}
    # d2 has stood in the first stage for thirty days of ten; d1 moved on the day of a call, d3 two weeks after one
    assert value(needs, "deal_quality_part", "part", "stage") == pytest.approx(2 / 3)
    found = row(needs, "deal_quality_part", "part", "evidence")
    assert (found["sum_num"], found["sum_den"]) == (1, 2)  # d2 has not moved


LEADS = crm("""
leads
  lead_id owner_id created_at       assigned_at      semantic
  l1      a        2026-03-02T10:00 2026-03-02T10:30 open
  l2      a        2026-03-02T17:30 2026-03-03T09:30 open
  l3      a        2026-03-03T10:00 2026-03-03T12:00 open
  l4      a        2026-03-03T10:00 -                open
  l5      a        2026-03-03T10:00 2026-04-03T12:00 open
activities
  activity_id kind     owner_id entity entity_id created_at       started_at       done_at          is_auto
  x0          call_out a        lead   l0        2026-03-01T10:00 2026-03-01T10:00 2026-03-01T10:00 no
  x1          call_out a        lead   l1        2026-03-02T11:00 2026-03-02T11:00 2026-03-02T11:00 no
  x2          call_out a        lead   l2        2026-03-03T10:30 2026-03-03T10:30 2026-03-03T10:30 no
  x4          call_out a        lead   l4        2026-03-03T11:00 2026-03-03T11:00 2026-03-03T11:00 no
""")


def test_the_time_to_hand_a_lead_over_is_told_from_the_reaction_after_it():
    # 30 minutes, 60 (half an hour in the evening and half in the morning), 120; l4 nobody knows, l5 is given later
    found = row(LEADS, "routing_median")
    assert (found["value"], found["n"]) == (60, 3)
    assert value(LEADS, "routing_p90") == 120
    # after it l1 waited 30 minutes, l2 60 and l3 still waits
    assert value(LEADS, "speed_own_median") == 60
    assert value(LEADS, "speed_median") == 120  # from arrival: l1 and l4 60, l2 120, and two wait


def test_who_does_not_note_the_handing_over_is_not_measured():
    bare = LEADS | {"leads": LEADS["leads"].drop(columns="assigned_at")}
    assert measure(bare, ["routing_median", "speed_median"], as_of="2026-03-31").get("routing_median")["status"] == "not_measurable: lacks leads.assigned_at"


def test_stuck_deals_by_size_and_leaks_by_age():
    sizes = DEALS | {"deals": DEALS["deals"].assign(amount=[100.0, 500.0, 900.0], created_at=pd.to_datetime(["2026-03-01", "2025-12-01", "2025-06-01"]))}
    assert value(sizes, "stuck_deals", "band", "middle") == 1  # d2
    assert value(sizes, "stuck_deals", "band", "small") == 0
    # thirty days old at the end of March, four months, ten months
    leaks = measure(sizes, "leaking_deals", by="age", as_of="2026-03-31").rows("leaking_deals", "age").set_index("group")
    assert leaks["n"].to_dict() == {"0-30": 1, "91-180": 1, "180+": 1}


def test_rates_by_value_without_the_largest_deals():
    rows = [("won", 100.0)] * 150 + [("lost", 100.0)] * 150 + [("won", 1_000_000.0), ("lost", 2_000_000.0)]
    deals = pd.DataFrame(rows, columns=["semantic", "amount"]).assign(deal_id=lambda t: t.index.astype(str), created_at=pd.Timestamp("2026-01-01"),
                                                                      closed_at=pd.Timestamp("2026-02-01"))
    assert value({"deals": deals}, "win_rate_value") == pytest.approx(1_015_000 / 3_030_000)
    assert value({"deals": deals}, "win_rate_value_usual") == 0.5  # of 302 amounts the 299th is 100


def test_lost_deals_larger_than_any_won_are_no_largest_percent():
    rows = [("won", 100_000.0)] * 60 + [("lost", 100_020.0)] * 40  # less than one in a hundred of either could be left out
    deals = pd.DataFrame(rows, columns=["semantic", "amount"]).assign(deal_id=lambda t: t.index.astype(str), created_at=pd.Timestamp("2026-01-01"),
                                                                      closed_at=pd.Timestamp("2026-02-01"))
    assert value({"deals": deals}, "win_rate_value_usual") == pytest.approx(6_000_000 / 10_000_800)
    most = pd.concat([deals, deals.head(1).assign(deal_id="a", amount=9e6)])
    assert value({"deals": most}, "win_rate_value_usual") == pytest.approx(6_000_000 / 10_000_800)  # of 101 amounts the 100th is 100 020


def test_how_many_margins_are_known():
    deals = DEALS["deals"].assign(semantic=["won", "won", "lost"], closed_at=pd.Timestamp("2026-03-10"), margin=[10.0, None, 5.0])
    assert value({"deals": deals}, "margin_known_share") == 0.5
