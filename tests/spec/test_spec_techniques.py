"""Techniques, the knowledge base and the plan of changes on a drawn CRM, counted by hand."""

import pandas as pd
import pytest
from drawn import client, crm, row, value

from audit.metrics import listed, measure

CRM = crm("""
users
  user_id name
  a       Ann
  b       Bob
  c       Cid
stages
  stage_id name  ord semantic
  n        new   1   open
  o        offer 2   open
  w        won   3   won
  l        lost  4   lost
deals
  deal_id owner_id stage_id semantic created_at closed_at  amount
  d1      a        w        won      2026-01-01 2026-01-20 10
  d2      a        l        lost     2026-01-01 2026-01-25 10
  d3      a        w        won      2026-01-01 2026-01-22 10
  d4      b        l        lost     2026-01-01 2026-02-01 10
  d5      b        o        open     2026-01-01 -          10
  d6      c        n        open     2026-03-20 -          10
stage_history
  entity_id to_stage entered_at
  d1        n        2026-01-01
  d1        o        2026-01-10
  d1        w        2026-01-20
  d2        n        2026-01-01
  d2        l        2026-01-25
  d3        n        2026-01-01
  d3        o        2026-01-12
  d3        w        2026-01-22
  d4        n        2026-01-01
  d4        l        2026-02-01
  d5        n        2026-01-01
  d5        o        2026-01-08
  d6        n        2026-03-20
kb_items
  kb_id kind      title  stage_id author_id source_deal_id created_at status need
  k1    technique Mirror n        a         d1             2026-01-30 draft  price
  k2    technique Anchor o        b         -              2025-06-01 proven -
  k3    script    Call   n        -         -              2025-06-01 draft  -
  k4    technique Old    n        -         -              2025-01-01 retired -
  k5    technique Next   n        -         -              2026-05-01 draft  -
technique_tags
  tag_id kb_id object object_id deal_id user_id at         tagged_by opportunity is_used quote
  t1     k1    call   x1        d1      a       2026-01-05 human     yes         yes     Hello
  t2     k1    call   x2        d2      a       2026-01-05 human     yes         no      -
  t3     k1    call   x3        d3      a       2026-01-05 human     yes         yes     Hi
  t4     k1    call   x4        d4      b       2026-01-05 human     yes         yes     -
  t5     k1    call   x5        d5      b       2026-01-05 human     yes         no      -
  t6     k1    call   x6        d4      b       2026-01-06 human     yes         yes     -
  t7     k1    call   x7        d6      c       2026-03-25 human     yes         yes     -
  t8     k2    call   x1        d1      a       2026-01-12 human     no          yes     -
  t9     k1    call   x1        d1      a       2026-01-05 model     yes         yes     -
  t10    k1    call   x2        d2      a       2026-01-05 model     yes         yes     -
  t11    k1    call   x9        d5      b       2026-05-05 human     yes         yes     -
activities
  activity_id kind     owner_id entity entity_id created_at done_at          duration_s record_url
  x1          call_out a        deal   d1        2026-01-05 2026-01-05T10:00 120        http://rec.example/1
  x2          call_out a        deal   d2        2026-01-05 2026-01-05T11:00 90         -
  x3          meeting  b        deal   d3        2026-01-05 2026-01-05T12:00 -          -
  x4          call_out b        deal   d4        2026-01-05 2026-01-05T12:00 10         -
growth_actions
  action_id horizon   client_priority proposed_priority agreed_at  start_on   due_on     done_on    metric    baseline target expected_gain
  g1        tactical  1               2                 2026-01-10 2026-01-15 2026-02-01 2026-01-30 won_deals 1        2      100
  g2        tactical  1               1                 2026-01-10 2026-02-15 2026-03-01 2026-03-10 win_rate  0.1      0.2    200
  g3        strategic 3               3                 2026-01-10 -          2026-03-15 -          -         -        -      -
  g4        strategic 2               -                 2026-04-10 2026-04-11 2026-06-01 -          win_rate  0.1      0.2    900
  g5        strategic 2               -                 -          -          -          -          -         -        -      50
""")
for _name in ("client_priority", "proposed_priority"):
    CRM["growth_actions"][_name] = CRM["growth_actions"][_name].astype(float)


def test_use_of_techniques_where_they_were_called_for():
    found = row(CRM, "technique_use_rate")
    assert (found["sum_num"], found["sum_den"]) == (7, 9)  # t8 was no occasion, t11 comes later
    assert value(CRM, "technique_use_rate", "owner", "Bob") == pytest.approx(2 / 3)
    assert row(CRM, "technique_use_rate", "technique", "Mirror")["n"] == 9


def test_uses_a_hundred_conversations():
    found = row(CRM, "technique_uses_a_talk")
    assert (found["sum_num"], found["sum_den"]) == (800, 3)  # the call of ten seconds is no conversation


def test_agreement_of_taggers_beyond_chance():
    found = row(CRM, "technique_agreement")
    assert (found["value"], found["n"]) == (0.0, 2)  # both agree on x1 alone, as often as by chance


def test_techniques_by_status():
    assert value(CRM, "techniques") == 2  # the retired one and the one of May are not counted
    assert value(CRM, "techniques", "status", "claimed") == 1
    assert value(CRM, "techniques", "status", "draft") == 1
    assert value(CRM, "techniques", "status", "retired") == 1
    assert value(CRM, "techniques_proven") == 0


def test_the_register_and_the_words_said_in_won_deals():
    register = listed(CRM, "technique_register", as_of="2026-03-31", client=client()).set_index("kb_id")
    assert register.loc["k1", ["called", "uses", "sellers", "status"]].tolist() == [9, 7, 3, "draft"]
    assert register.loc["k2", ["called", "said", "status"]].tolist() == [0, "proven", "claimed"]
    said = listed(CRM, "techniques_in_won", as_of="2026-03-31", client=client())
    assert said["quote"].dropna().tolist() == ["Hello", "Hi"]
    assert said.loc[said["quote"] == "Hello", "record_url"].tolist() == ["http://rec.example/1"]


def test_effect_within_sellers_from_the_first_situation_of_a_stage():
    # Ann: used d1, d3 → both forward within 14 days, not used d2 → no; Bob: used d4 → no, not used d5 → forward on day 3
    # MH: Ann 3 units, weight 2·1/3, difference 1; Bob 2 units, weight 1/2, difference −1 → (2/3 − 1/2) / (7/6)
    found = row(CRM, "technique_effect", "technique", "Mirror")
    assert found["value"] == pytest.approx((2 / 3 - 1 / 2) / (7 / 6))
    assert found["n"] == 5  # d6's fortnight is not over, t6 and t9 repeat a situation, d1 is counted once
    assert row(CRM, "technique_odds")["value"] == pytest.approx((2 / 3) / (1 / 2))
    assert value(CRM, "technique_effect", technique_step_days=3) == pytest.approx((0 - 1 / 2) / (7 / 6))
    # winning: Ann used 2 of 2, not used 0 of 1; Bob none
    assert value(CRM, "technique_win_effect", win_days=60) == pytest.approx((2 / 3) / (7 / 6))


def test_success_needs_lost_deals_and_situations_without_the_technique():
    won_alone = CRM | {"technique_tags": CRM["technique_tags"][~CRM["technique_tags"]["deal_id"].isin(["d2", "d4"])]}
    assert measure(won_alone, ["technique_effect", "won_deals"], as_of="2026-03-31").lacking()["lacks"].tolist() == ["technique_tags of lost deals"]
    all_used = CRM | {"technique_tags": CRM["technique_tags"].drop(columns="is_used")}
    assert measure(all_used, ["technique_use_rate", "techniques"], as_of="2026-03-31").lacking()["lacks"].tolist() == ["technique_tags without use"]
    # a row a technique and deal: Mirror in d1, d3 and in d2, d4; Anchor in d1
    found = row(CRM, "technique_lost_per_won")
    assert (found["sum_num"], found["sum_den"]) == (2, 3)


def test_adoption_and_spread():
    # active: Ann, Bob, Cid; live techniques known by 31 January: Mirror, Anchor
    found = row(CRM, "technique_adoption", as_of="2026-01-31", technique_habit=2)
    assert (found["sum_num"], found["sum_den"]) == (2, 4)  # Ann (t1, t3, t9, t10) and Bob (t4, t6) with Mirror
    assert row(CRM, "technique_adoption", "technique", "Anchor", as_of="2026-01-31", technique_habit=1)["sum_num"] == 1


def test_days_to_half_of_the_sellers():
    # Mirror from 30 January, the habit of 1 is Ann's on 5 January, Bob's too: reached before the record, no days
    assert value(CRM, "technique_half_days", "technique", "Mirror", technique_habit=1) == 0
    # Anchor was used by Ann alone of three: censored, the whole is not reached beyond Mirror
    assert row(CRM, "technique_half_days", technique_habit=1)["n"] == 2


def test_spread_beyond_the_author():
    found = row(CRM, "technique_spread")  # Mirror is Ann's: t4, t6, t7 by others of t1, t3, t4, t6, t7, t9, t10; Anchor is Bob's: t8
    assert (found["sum_num"], found["sum_den"]) == (4, 8)


def test_the_knowledge_base_covers_the_map():
    assert value(CRM, "kb_coverage") == 1  # both open stages
    cells = ("new/price", "new/trust", "offer", "won")
    found = row(CRM, "kb_coverage", kb_map=cells)
    assert (found["sum_num"], found["sum_den"]) == (2, 4)
    gaps = listed(CRM, "kb_gaps", as_of="2026-03-31", client=client(kb_map=cells))
    assert gaps[["stage", "need"]].values.tolist() == [["new", "trust"], ["won", ""]]
    assert value(CRM, "kb_coverage", "stage", "new", kb_map=cells) == 0.5


def test_items_from_the_field_in_use_and_stale():
    assert value(CRM, "kb_field_share") == 1 / 4  # k5 is later
    used = row(CRM, "kb_used_share")
    assert (used["sum_num"], used["n"]) == (1, 3)  # Mirror on 25 March
    stale = row(CRM, "kb_stale_share")
    assert (stale["sum_num"], stale["n"]) == (1, 3)  # Call; Anchor is old and was used in January
    assert value(CRM, "kb_days_from_deal") == 10  # won on 20 January, recorded on the 30th


def test_the_plan_of_changes():
    assert value(CRM, "actions_agreed") == 3 / 5  # g4 is agreed later
    assert value(CRM, "actions_started") == 2 / 3
    assert value(CRM, "actions_started", "horizon", "strategic") == 0
    assert value(CRM, "actions_done") == 2 / 3
    assert value(CRM, "actions_in_time") == 1 / 3
    assert value(CRM, "actions_sound") == 2 / 3
    assert value(CRM, "actions_reranked") == 1 / 3
    assert value(CRM, "actions_gain_agreed") == 300
    assert value(CRM, "actions_done", as_of="2026-02-28") == 1 / 3


def test_a_change_is_judged_by_weeks_before_and_after_its_start():
    weeks = pd.date_range("2025-06-02", "2026-03-23", freq="W-MON")
    sizes = [2 + i % 2 if at < pd.Timestamp("2026-01-15") else 5 + i % 2 for i, at in enumerate(weeks)]
    deals = pd.DataFrame([{"deal_id": f"{at:%m%d}{i}", "semantic": "won", "created_at": at, "closed_at": at, "amount": 1.0}
                          for at, n in zip(weeks, sizes, strict=True) for i in range(n)])
    plan = listed({"deals": deals, "growth_actions": CRM["growth_actions"]}, "change_plan", as_of="2026-03-31", client=client()).set_index("action_id")
    assert plan.loc["g1", "verdict"] == "improved"
    assert plan.loc["g1", "now"] == pytest.approx(5.5, abs=0.1)
    assert plan.loc["g1", "attained"] == pytest.approx(4.5, abs=0.1)
    assert plan.loc["g2", "verdict"] == "not measurable yet"  # no deal was lost: the win rate is not measurable
    assert plan["overdue"].to_dict() == {"g1": False, "g2": False, "g3": True}
    calm = deals.groupby("created_at").head(2)
    same = listed({"deals": calm, "growth_actions": CRM["growth_actions"]}, "change_plan", as_of="2026-03-31", client=client()).set_index("action_id")
    assert same.loc["g1", "verdict"] == "no clear change"


def test_a_tool_that_was_passed_over_and_a_call_that_nobody_answered_are_not_counted():
    tables = crm("""
kb_items
  kb_id kind      title  created_at status
  k1    technique Mirror 2026-01-01 draft
  k2    script    Call   2026-01-01 draft
technique_tags
  tag_id kb_id object object_id at         opportunity is_used
  t1     k1    call   x1        2026-03-25 yes         no
  t2     k2    call   x1        2026-03-25 yes         yes
activities
  activity_id kind     owner_id done_at          is_answered duration_s
  x1          call_out a        2026-03-25T10:00 yes         100
  x2          call_out a        2026-03-25T11:00 no          90
  x3          call_out a        2026-03-25T12:00 -           60
""")
    assert value(tables, "tools_in_use") == 1 / 2
    found = row(tables, "technique_uses_a_talk")
    assert (found["sum_num"], found["sum_den"]) == (100, 2)


def test_a_change_done_before_its_day_is_judged_when_the_day_has_come():
    plan = crm("""
growth_actions
  action_id horizon  agreed_at  due_on     done_on    metric
  g1        tactical 2026-01-10 2026-06-01 2026-02-01 won_deals
  g2        tactical 2026-01-10 2026-02-01 -          won_deals
  g3        tactical 2026-01-10 2026-06-01 -          won_deals
""")
    found = row(plan, "actions_in_time")
    assert (found["value"], found["n"]) == (0, 1)
    assert value(plan, "actions_in_time", as_of="2026-06-01") == 1 / 3


def test_of_two_rows_of_one_item_the_same_one_counts_in_any_order():
    items = crm("""
kb_items
  kb_id kind      title  created_at status
  k1    technique Mirror 2026-01-01 draft
  k1    technique Mirror 2026-02-01 retired
""")["kb_items"]
    found = [value({"kb_items": rows.reset_index(drop=True)}, "techniques") for rows in (items, items[::-1])]
    assert found == [1, 1]  # the first by its columns: the draft
