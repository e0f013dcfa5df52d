"""What growth is made of and who carries out the plan, counted by hand."""

import math

import pandas as pd
import pytest
from drawn import crm, row, value

from audit.metrics import measure

AS_OF = "2026-06-30"


def sales(first: str, leads: int, deals: int, won: int, check: float, *, outside: float = 0.0) -> dict[str, pd.DataFrame]:
    """Leads, deals made of them and deals won of these in one month, and one deal of another origin."""
    at = pd.Timestamp(first)
    lead = pd.DataFrame({"lead_id": [f"{first}l{i}" for i in range(leads)], "created_at": at})
    deal = pd.DataFrame({"deal_id": [f"{first}d{i}" for i in range(deals)], "lead_id": lead["lead_id"][:deals], "created_at": at,
                         "closed_at": at + pd.Timedelta(days=3), "semantic": ["won"] * won + ["lost"] * (deals - won), "amount": check})
    if outside:
        deal = pd.concat([deal, pd.DataFrame({"deal_id": [f"{first}o"], "created_at": [at], "closed_at": [at], "semantic": ["won"], "amount": [outside]})])
    return {"leads": lead, "deals": deal}


def joined(*parts: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in ("leads", "deals")}


# December is the first month and may be a part of one; January to March against April to June
HALVES = joined(sales("2025-12-10", 1, 1, 1, 1), sales("2026-02-10", 100, 50, 10, 100, outside=200), sales("2026-05-10", 200, 50, 20, 100, outside=500))


def test_the_parts_add_up_to_the_change():
    assert value(HALVES, "growth_driver", as_of=AS_OF) == 2_500 - 1_200
    part = {name: value(HALVES, "growth_driver", "driver", name, as_of=AS_OF) for name in ("leads", "to_deal", "to_won", "check", "outside")}
    # twice the leads, half the conversion, twice the share won, the same check: each doubling of 1,000 to 2,000 is worth 1,000
    assert part == pytest.approx({"leads": 1_000, "to_deal": -1_000, "to_won": 1_000, "check": 0, "outside": 300})
    assert value(HALVES, "growth_explained", as_of=AS_OF) == pytest.approx(3_000 / 3_300)
    assert measure(HALVES, "growth_driver", as_of=AS_OF).get("growth_driver")["status"] == "provisional"  # no year of history


def test_without_links_to_leads_the_chain_begins_with_deals():
    tables = {"deals": HALVES["deals"].drop(columns="lead_id")}
    part = {name: value(tables, "growth_driver", "driver", name, as_of=AS_OF) for name in ("deals", "to_won", "check", "outside")}
    mean = (2_500 - 1_200) / math.log(2_500 / 1_200)
    assert part == pytest.approx({"deals": 0, "to_won": mean * math.log((21 / 51) / (11 / 51)), "check": mean * math.log((2_500 / 21) / (1_200 / 11)),
                                  "outside": 0})
    assert value(tables, "growth_explained", as_of=AS_OF) == 1


def test_a_month_that_is_not_over_is_not_compared():
    more = joined(HALVES, sales("2026-07-05", 50, 40, 30, 999))
    assert value(more, "growth_driver", as_of="2026-07-30") == value(HALVES, "growth_driver", as_of=AS_OF) == 1_300


def test_a_year_against_the_year_before():
    long = joined(*(sales(f"{year}-{month:02d}-10", 10, 5, 5 if year == 2025 else 4, 100) for year in (2024, 2025) for month in range(1, 13)),
                  *(sales(f"2026-{month:02d}-10", 10, 5, 5, 100) for month in range(1, 4)))
    found = measure(long, "growth_driver", period="quarter", as_of="2026-03-31")
    quarters = found.rows("growth_driver", period="quarter")
    assert quarters.set_index(quarters["period_start"].astype(str))["value"].to_dict() == {
        "2025-04-01": 300, "2025-07-01": 300, "2025-10-01": 300, "2026-01-01": 0}  # January 2024 begins the data
    assert found.get("growth_driver")["status"] == "ok"


CRM = crm("""
users
  user_id name
  1       Ann
  2       Bob
plans
  plan_id period_start period_end scope scope_id metric  target
  a1      2026-05-01   2026-07-01 user  1        revenue 4300
  b1      2026-05-01   2026-07-01 user  2        revenue 4300
deals
  deal_id owner_id semantic created_at closed_at  amount
  d1      1        won      2026-04-01 2026-05-01 1500
  d2      1        won      2026-04-01 2026-05-28 400
  d3      1        won      2026-04-01 2026-06-18 2000
  d4      2        won      2026-04-01 2026-05-04 300
surveys
  survey_id asked_at   user_id question_id                value
  s1        2026-06-10 1       Knows~the~gap~to~the~plan  1
  s1        2026-06-10 1       Knows~the~daily~need       0
  s1        2026-06-10 2       Knows~the~gap~to~the~plan  1
  s1        2026-06-10 2       Knows~the~daily~need       1
  s2        2026-07-10 1       Knows~the~gap~to~the~plan  1
kb_items
  kb_id kind   title status  created_at
  k1    script A     proven  2026-01-01
  k2    tool   B     draft   2026-01-01
  k3    tool   C     retired 2026-01-01
  k4    tool   D     proven  2026-07-05
technique_tags
  tag_id kb_id user_id at
  t1     k1    1       2026-06-20T10:00
  t2     k2    1       2026-06-10T10:00
  t3     k3    1       2026-06-20T10:00
growth_actions
  action_id owner agreed_at  metric   baseline target
  x1        Ann   2026-03-01 win_rate 0.3      0.4
  x2        Ann   2026-03-01 win_rate -        0.4
  x3        -     2026-03-01 win_rate 0.3      0.4
  x4        Ann   2026-08-01 win_rate 0.3      -
""")


def test_the_line_of_the_plan_at_the_end_of_weeks():
    # 43 working days of 100. Ann ends the weeks of 18 May to 28 June with 1500 of 1600, 1900 of 2100, of 2600, of 3100, 3900 of 3600, of 4100
    assert value(CRM, "holds_plan_line", as_of="2026-06-28") == 0
    # at the end of May the six weeks would reach back before the plan
    assert math.isnan(value(CRM, "holds_plan_line", as_of="2026-05-31"))
    better = CRM | {"deals": CRM["deals"].assign(amount=[2_600, 600, 2_000, 300])}
    assert value(better, "holds_plan_line", as_of="2026-06-28") == 1 / 2  # Ann alone, behind in no week but one at most


def test_who_falls_behind_and_comes_back():
    # Ann falls behind on 22 May (1500 of 1600) and is still behind ten days later; Bob from 6 May on (300 of 400); both once
    assert value(CRM, "recovers_plan_line", as_of=AS_OF) == 0
    assert value(CRM, "recovers_plan_line", "owner", "Ann", as_of=AS_OF) == 0
    soon = CRM | {"deals": CRM["deals"].assign(amount=[1_500, 1_000, 2_000, 300])}
    assert value(soon, "recovers_plan_line", "owner", "Ann", as_of="2026-06-08") == 1  # 2500 on 28 May, four working days later


def test_knowledge_tools_and_agreed_changes():
    assert value(CRM, "knows_plan_gap", as_of=AS_OF) == 1 / 2
    assert value(CRM, "knows_plan_gap", "owner", "Bob", as_of=AS_OF) == 1
    assert value(CRM, "tools_in_use", as_of=AS_OF) == 1 / 2
    assert value(CRM, "tools_in_use", "kind", "tool", as_of=AS_OF) == 0
    assert value(CRM, "actions_documented", as_of=AS_OF) == pytest.approx(1 / 3)


def test_what_is_lacking_is_told():
    bare = {"deals": CRM["deals"], "users": CRM["users"]}
    lacking = measure(bare, ["M52", "M53"], as_of=AS_OF).lacking().set_index("metric")["lacks"]
    assert lacking["holds_plan_line"] == "plans, plans of sellers"
    assert lacking["tools_in_use"].startswith("kb_items")
    assert lacking["actions_documented"].startswith("growth_actions")
    assert lacking["growth_driver"] == "two comparable periods with deals won"  # all was won within three months


def test_tools_of_the_plan_by_spot_check():
    asked = crm("""
surveys
  survey_id asked_at   user_id question_id                     value
  s1        2026-05-01 1       Uses~the~tool:~hot~list          1
  s2        2026-06-20 1       Uses~the~tool:~hot~list          0
  s2        2026-06-20 2       Использую~горячих~клиентов       1
  s2        2026-06-20 1       Uses~the~tool:~norm~table        0
  s2        2026-06-20 2       Uses~the~tool:~norm~table        0
  s2        2026-06-21 1       Използвам~план~за~плащания       1
  s2        2026-06-21 1       Knows~the~gap~to~the~plan        1
  s3        2026-07-05 1       Uses~the~tool:~norm~table        1
""")
    tables = {"users": CRM["users"], "deals": CRM["deals"]} | asked
    # hot list: 1, 0, 1; norms: 0, 0; payment plan: 1; what is known of the plan is no tool, July has not come
    found = row(tables, "plan_tools_used", as_of="2026-06-30")
    assert (found["sum_num"], found["sum_den"]) == (3, 6)
    assert value(tables, "plan_tools_used", "tool", "hot_list", as_of="2026-06-30") == pytest.approx(2 / 3)
    assert value(tables, "plan_tools_used", "owner", "Bob", as_of="2026-06-30") == 1 / 2
    # asked since 17 June: the hot list is used by one of two, the payment plan by one of one, norms by none
    found = row(tables, "plan_tools_present", as_of="2026-06-30")
    assert (found["value"], found["n"]) == (2, 3)
    assert math.isnan(value(tables, "plan_tools_present", as_of="2026-06-05"))  # the check of May is older than two weeks


def test_a_change_without_a_day_and_a_status_is_only_proposed():
    plan = crm("""
growth_actions
  action_id agreed_at  metric    baseline target owner status
  g1        2026-01-10 won_deals 1        2      x     -
  g2        -          won_deals -        -      x     -
  g3        -          won_deals -        -      x     agreed
""")
    found = row(plan, "actions_documented", as_of=AS_OF)
    assert (found["sum_num"], found["sum_den"]) == (1, 2)
