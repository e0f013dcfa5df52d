"""Stored forecasts, plans and promised closings, counted by hand."""

import numpy as np
import pandas as pd
import pytest
from drawn import client, crm, row, value

from audit.errors import NothingMeasurableError
from audit.metrics import measure

AS_OF = "2026-04-15"
# won: January 100, February 200, March 100 (Ann 60, Bob 40)
CRM = crm("""
users
  user_id name
  1       Ann
  2       Bob
deals
  deal_id owner_id semantic created_at closed_at  amount expected_close_on
  d1      1        won      2025-12-01 2026-01-10 100    -
  d2      2        won      2025-12-01 2026-02-10 200    -
  d3      1        won      2025-12-01 2026-03-10 60     2026-03-20
  d4      2        won      2025-12-01 2026-03-11 40     2026-03-20
  d5      1        lost     2025-12-01 2026-03-12 70     2026-03-20
  d6      1        open     2025-12-01 -          70     2026-04-20
  d7      2        open     2025-12-01 -          70     2026-05-20
  d8      2        open     2025-12-01 -          70     -
forecasts
  made_at    period_start period_end scope   scope_id metric  value kind
  2026-01-31 2026-02-01   2026-03-01 company -        revenue 150   commit
  2026-02-28 2026-03-01   2026-04-01 company -        revenue 300   commit
  2026-03-01 2026-03-01   2026-04-01 company -        revenue 140   commit
  2026-03-05 2026-03-01   2026-04-01 company -        revenue 110   commit
  2026-03-25 2026-03-01   2026-04-01 company -        revenue 100   commit
  2026-04-02 2026-03-01   2026-04-01 company -        revenue 100   head
  2026-04-01 2026-04-01   2026-05-01 company -        revenue 500   commit
  2026-03-01 2026-03-01   2026-04-01 user    1        revenue 90    commit
plans
  plan_id period_start period_end scope   metric  target
  p1      2026-01-01   2026-02-01 company revenue 105
  p2      2026-02-01   2026-03-01 company revenue 100
  p3      2026-03-01   2026-04-01 company revenue 95
  p4      2026-04-01   2026-05-01 company revenue 900
""")
NOW = {"as_of": AS_OF}


def test_the_last_word_by_the_tenth_day_is_judged():
    # February 150 against 200, March 110 (said on the 5th) against 100; what was said after the month counts nowhere
    assert value(CRM, "forecast_bias", **NOW) == pytest.approx((-50 + 10) / 300)
    assert value(CRM, "forecast_wape", **NOW) == pytest.approx(60 / 300)
    assert row(CRM, "forecast_hit_share", **NOW)["sum_num"] == 1
    assert row(CRM, "forecast_hit_share", **NOW)["sum_den"] == 2
    # the month before said 100 for February and 200 for March: 200 off; the forecasts 60
    assert value(CRM, "forecast_skill", **NOW) == pytest.approx(1 - 60 / 200)


def test_forecasts_by_when_they_were_made_and_whose_they_are():
    values = measure(CRM, ["forecast_wape", "forecast_bias"], as_of=AS_OF, client=client())
    # by the first day: 150 of February, 140 of March, which took the place of 300
    assert values.get("forecast_wape", "lead", "start")["value"] == pytest.approx(90 / 300)
    assert values.get("forecast_wape", "lead", "day10")["value"] == pytest.approx(10 / 100)
    assert values.get("forecast_wape", "lead", "later")["value"] == 0
    assert values.get("forecast_bias", "owner", "Ann")["value"] == pytest.approx(0.5)


def test_forecasts_against_the_same_period_a_year_before():
    past = crm("""
deals
  deal_id owner_id semantic created_at closed_at  amount
  e1      1        won      2025-02-01 2025-03-10 90
""")
    long = CRM | {"deals": pd.concat([CRM["deals"], past["deals"]])}
    # February 2025 brought nothing and was off by 200, March 90 of 100; the forecasts were off by 50 and 10
    assert value(long, "forecast_skill_year", **NOW) == pytest.approx(1 - 60 / 210)
    # the data begin on 1 December 2025: nobody knows what the year before brought
    found = row(CRM, "forecast_skill_year", **NOW)
    assert (found["n"], np.isnan(found["value"])) == (0, True)


def test_without_stored_forecasts_of_a_past_period_nothing_is_judged():
    new = CRM["forecasts"].query("period_start > '2026-03-31'")
    with pytest.raises(NothingMeasurableError):
        measure(CRM | {"forecasts": new}, "forecast_wape", as_of=AS_OF, client=client())


def test_realistic_plans():
    # 100 of 105 and 100 of 95 are within 90–110 %, 200 of 100 is not; April is still on
    found = row(CRM, "plan_realism", **NOW)
    assert (found["sum_num"], found["sum_den"]) == (2, 3)


SNAPSHOTS = crm("""
deal_snapshots
  as_of      deal_id owner_id semantic expected_close_on
  2026-01-31 d3      1        open     2026-02-15
  2026-02-28 d3      1        open     2026-03-20
  2026-01-31 d5      1        open     2026-02-20
  2026-02-28 d5      1        open     2026-03-20
  2026-01-31 d2      2        open     2026-02-05
  2026-02-28 d4      2        open     2026-03-20
  2026-02-28 d6      2        open     2026-03-20
  2026-03-31 d6      1        open     2026-04-20
  2026-02-28 d7      2        open     2026-01-20
  2026-03-31 d7      2        open     2026-05-20
  2026-04-30 d7      2        open     2026-06-20
stages
  pipeline_id stage_id name ord semantic
  -           n        new  1   open
""")
TOLD = CRM | SNAPSHOTS


def test_promises_are_kept_lost_or_slipped():
    # February: d3 slipped, d5 slipped, d2 won; March: d3 and d4 won, d5 lost, d6 slipped; a date already past promises nothing
    found = row(TOLD, "slipped_share", **NOW)
    assert (found["sum_num"], found["sum_den"]) == (3, 7)
    assert row(TOLD, "claim_hit_rate", **NOW)["sum_num"] == 3
    assert value(TOLD, "slipped_share", period="month", start="2026-02-01", **NOW) == pytest.approx(2 / 3)
    assert value(TOLD, "claim_hit_rate", period="month", start="2026-03-01", **NOW) == pytest.approx(2 / 4)
    # d6 was Bob's when it was promised for March
    assert value(TOLD, "slipped_share", "owner", "Bob", **NOW) == pytest.approx(1 / 3)


def test_moves_of_the_date_and_the_age_of_a_promise():
    # seen twice or more: d3, d5, d6 moved once, d7 from January to May; the run of 30 April is not yet
    assert value(TOLD, "push_count", **NOW) == pytest.approx(4 / 4)
    # d6 since 28 February: 46 days, d7 too
    assert value(TOLD, "claim_age", **NOW) == pytest.approx(46)


def test_promises_without_action_and_without_a_date():
    log = crm("""
activities
  activity_id kind     owner_id entity entity_id created_at       done_at
  a1          call_out 1        deal   d6        2026-03-20T10:00 2026-03-20T10:00
  a2          call_out 2        deal   d7        2026-04-14T10:00 2026-04-14T10:00
""")
    # only d6 is planned by the end of April; its last action was 26 days ago
    assert value(TOLD | log, "claims_without_action", **NOW) == 1
    log["activities"].loc[0, ["created_at", "done_at"]] = log["activities"].loc[1, "done_at"]
    assert value(TOLD | log, "claims_without_action", **NOW) == 0
    assert value(CRM, "close_date_filled", **NOW) == pytest.approx(2 / 3)


def test_without_stored_runs_slippage_is_not_measurable():
    with pytest.raises(NothingMeasurableError):
        measure(CRM, ["slipped_share", "push_count"], as_of=AS_OF, client=client())


def test_commits_of_sellers_are_kept_or_not():
    assert value(CRM, "commits_kept", **NOW) == 0  # Ann's 90 of March, of which she won 60
    assert row(CRM, "commits_kept", "owner", "Ann", **NOW)["n"] == 1
    heads = CRM | {"forecasts": CRM["forecasts"][CRM["forecasts"]["scope"] == "company"]}
    assert value(heads, "commits_kept", **NOW) == 1 / 2  # February 150 of 200 won; March 110, the last word by the tenth day, of 100
    models = CRM | {"forecasts": CRM["forecasts"].assign(kind="model")}
    assert measure(models, ["commits_kept", "forecast_wape"], as_of=AS_OF).get("commits_kept")["status"] == "not_measurable: lacks forecasts of kind commit"


def test_promises_by_the_size_of_the_deal_and_whatever_the_order_of_rows():
    # up to 70 a deal is small; d2 alone is larger
    assert value(TOLD, "slipped_share", "band", "small", **NOW) == pytest.approx(3 / 6)
    assert value(TOLD, "slipped_share", "band", "middle", **NOW) == 0
    twin = SNAPSHOTS["deal_snapshots"].iloc[[6]].assign(owner_id="1")  # d6 on 28 February once more, as Ann's
    for order in (1, -1):
        both = pd.concat([SNAPSHOTS["deal_snapshots"], twin])[::order]
        assert value(TOLD | {"deal_snapshots": both}, "slipped_share", "owner", "Bob", **NOW) == 0  # of equal days the first owner by id
