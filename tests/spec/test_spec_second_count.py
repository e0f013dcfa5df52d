"""Cases in which a second, independent count of the cards found another number; every expected one is counted by hand."""

import numpy as np
import pandas as pd
import pytest
from drawn import crm, row, value

from audit.metrics import measure
from audit.stats import strata


def deals(*rows: dict) -> pd.DataFrame:
    return pd.DataFrame(rows)


OFFERS = crm("""
deals
  deal_id owner_id semantic created_at closed_at  amount
  d1      1        won      2026-01-02 2026-04-20 100
  d2      1        open     2026-01-02 -          100
proposals
  proposal_id deal_id template_version sent_at    reaction_at reaction
  p1          d1      v1               2026-01-05 2026-01-07  accept
  p2          d2      v1               2026-01-05 2026-01-07  accept
""")


def test_an_acceptance_in_time_counts_where_the_deal_is_won_late():
    assert value(OFFERS, "proposal_acceptance", as_of="2026-05-31") == pytest.approx(1.0)  # was 0.5: won on day 105 hid the word of day 2


def test_a_dated_reaction_without_a_word_is_one():
    plain = OFFERS | {"proposals": OFFERS["proposals"].drop(columns="reaction")}
    assert value(plain, "proposal_reaction", as_of="2026-05-31") == pytest.approx(1.0)
    none = OFFERS | {"proposals": OFFERS["proposals"].assign(reaction="none")}
    assert value(none, "proposal_reaction", as_of="2026-05-31") == pytest.approx(0.0)


def test_burned_leads_that_bring_nothing_are_worth_nothing():
    leads, sold = [], []
    for who, converted in (("a", 5), ("b", 20)):
        for i in range(30):
            day = pd.Timestamp("2026-01-05 10:00") + pd.Timedelta(days=i % 20)
            won = i < converted
            leads.append({"lead_id": f"{who}{i}", "owner_id": who, "created_at": day, "semantic": "converted" if won else "lost",
                          "converted_at": day + pd.Timedelta(days=1) if won else pd.NaT, "closed_at": day + pd.Timedelta(days=1)})
            if won:
                sold.append({"deal_id": f"d{who}{i}", "lead_id": f"{who}{i}", "owner_id": who, "created_at": day + pd.Timedelta(days=1),
                             "closed_at": day + pd.Timedelta(days=9), "semantic": "lost", "amount": 1000.0})
    tables = {"users": pd.DataFrame({"user_id": ["a", "b"], "name": ["Ann", "Bob"]}), "leads": pd.DataFrame(leads), "deals": pd.DataFrame(sold)}
    frame = measure(tables, ["burned_money", "burned_leads"], by="owner", as_of="2026-06-30").frame
    money = frame[(frame["metric"] == "burned_money") & (frame["period"] == "all")]
    assert (money["value"] == 0).all() and len(money) == 3
    assert frame[(frame["metric"] == "burned_leads") & (frame["by"] == "") & (frame["period"] == "all")]["value"].item() > 10


REPORTS = crm("""
users
  user_id name is_manager left_at
  1       Ann  no         2026-01-31
  2       Bob  no         -
control_log
  user_id date       kind   minutes source
  1       2026-01-05 report 60      timer
  1       2026-01-12 report 60      timer
  1       2026-01-19 report 60      timer
  1       2026-01-26 report 60      timer
  2       2026-01-05 report 60      timer
  2       2026-03-02 report 60      timer
surveys
  survey_id asked_at   user_id question_id                value
  s         2026-03-20 1       Figures~that~are~automatic 0.8
  s         2026-03-20 2       Figures~that~are~automatic 60
""")


def test_weeks_after_leaving_are_no_weeks_without_reports():
    assert value(REPORTS, "report_minutes", "owner", "Ann", as_of="2026-03-31") == pytest.approx(60)  # 4 weeks, not 9
    assert row(REPORTS, "report_minutes", "owner", "Bob", as_of="2026-03-31")["n"] == 9  # two of them with a report


def test_one_answer_in_percent_does_not_shrink_the_others():
    assert value(REPORTS, "figures_automatic", as_of="2026-03-31") == pytest.approx((0.8 + 0.6) / 2)


@pytest.mark.parametrize("semantic", ["won", "lost"])
def test_a_deal_closed_at_no_known_day_is_not_open_for_the_forecast(semantic):
    rows = []
    for at, month in enumerate(pd.date_range("2025-01-01", "2026-05-01", freq="MS")):
        for k in range(4):
            begun = month + pd.Timedelta(days=2 * k, hours=9)
            rows.append({"deal_id": f"d{at}-{k}", "owner_id": "a", "created_at": begun, "closed_at": begun + pd.Timedelta(days=12),
                         "semantic": "lost" if k % 2 else "won", "amount": 100.0})
    begun = pd.Timestamp("2026-06-08 09:00")
    rows += [{"deal_id": f"o{k}", "owner_id": "a", "created_at": begun, "closed_at": pd.NaT, "semantic": "open", "amount": 100.0} for k in range(2)]
    odd = {"deal_id": "z", "owner_id": "a", "created_at": begun, "closed_at": pd.NaT, "semantic": semantic, "amount": 1000.0}
    people = pd.DataFrame({"user_id": ["a"], "name": ["Ann"]})
    plain, more = (row({"users": people, "deals": deals(*all_)}, "forecast_pipeline", as_of="2026-06-15") for all_ in (rows, [*rows, odd]))
    assert more["n"] == plain["n"] == 2
    assert more["value"] == pytest.approx(plain["value"], rel=0.02)


def test_a_deal_lost_at_no_known_day_has_not_slipped():
    tables = crm("""
deals
  deal_id owner_id semantic created_at closed_at  amount
  d1      1        lost     2026-01-02 2026-02-10 100
  d2      1        lost     2026-01-02 -          100
deal_snapshots
  as_of      deal_id semantic amount expected_close_on
  2026-01-31 d1      open     100    2026-02-20
  2026-01-31 d2      open     100    2026-02-20
""")
    assert value(tables, "slipped_share", as_of="2026-03-31") == pytest.approx(0.0)


PROMISED = crm("""
users
  user_id name
  a       Ann
deals
  deal_id owner_id semantic created_at closed_at  amount
  d0      a        won      2025-06-01 2025-07-20 10
  d1      a        won      2026-01-01 2026-01-20 100
  d2      a        won      2026-01-01 2026-02-20 100
  d3      a        won      2026-01-01 2026-03-20 100
forecasts
  made_at    period_start period_end scope scope_id metric  value kind
  2026-01-01 2026-01-01   2026-02-01 user  a        revenue 50    commit
  2026-01-01 2026-01-01   2026-04-01 user  a        revenue 500   commit
""")


def test_a_month_and_a_quarter_that_begin_on_one_day_are_two_promises():
    # January 50 of 100, the quarter 500 of 300
    assert value(PROMISED, "commits_kept", as_of="2026-04-30") == pytest.approx(1 / 2)
    assert value(PROMISED, "forecast_bias", as_of="2026-04-30") == pytest.approx((-50 + 200) / 400)
    assert value(PROMISED, "forecast_wape", as_of="2026-04-30") == pytest.approx((50 + 200) / 400)
    assert row(PROMISED, "forecast_hit_share", as_of="2026-04-30")["n"] == 2


def test_all_here_and_none_there_is_not_certain():
    one = strata.risk_difference([1], [1], [0], [1])
    assert one.value == one.high == 1
    assert one.low == pytest.approx(1 / 3 - 1.959964 * np.sqrt(2 * (2 / 9) / 3))  # with one hit and one miss more: 2/3 against 1/3
    many = strata.risk_difference([200], [200], [0], [200])
    assert many.low > 0.9


def test_who_closed_deals_and_never_won_is_a_seller():
    rows = []
    for who in range(7):
        for at, month in enumerate(pd.date_range("2025-01-01", "2026-03-01", freq="MS")):
            if who == 6 and month >= pd.Timestamp("2025-10-01"):
                continue
            rows.append({"deal_id": f"{who}-{at}", "owner_id": f"s{who}", "created_at": month, "closed_at": month + pd.Timedelta(days=9),
                         "semantic": "lost" if who == 6 else "won", "amount": 1000.0 * (who + 1)})
    people = pd.DataFrame({"user_id": [f"s{who}" for who in range(7)], "name": [f"S{who}" for who in range(7)], "hired_at": pd.Timestamp("2024-01-10"),
                           "left_at": [pd.NaT] * 6 + [pd.Timestamp("2025-10-15")], "leave_kind": [None] * 6 + ["initiated"]})
    frame = measure({"users": people, "deals": deals(*rows)}, ["exit_rate"], as_of="2026-03-31").frame
    whole = frame[(frame["period"] == "all") & (frame["by"] == "")]["value"].item()
    assert whole == pytest.approx(0.152, abs=0.01)  # one leaver in 6.58 years at work
