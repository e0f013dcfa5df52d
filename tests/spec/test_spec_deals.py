"""Win rates, results and cycle on eight drawn deals, counted by hand."""

import pandas as pd
import pytest
from drawn import crm, row, value

from audit.metrics import measure

DEALS = crm("""
deals
  deal_id owner_id source semantic created_at closed_at  amount
  d1      ann      web    won      2026-01-05 2026-01-15 100
  d2      ann      web    lost     2026-01-06 2026-01-20 200
  d3      ann      ads    won      2026-01-10 2026-02-09 300
  d4      bob      web    won      2026-01-12 2026-02-01 500
  d5      bob      ads    lost     2026-02-02 2026-02-12 50
  d6      bob      ads    lost     2026-02-03 2026-03-01 70
  d7      bob      web    open     2026-02-10 -          400
  d8      ann      web    open     2026-03-01 -          600
""")


def test_win_rate_is_won_of_closed():
    assert value(DEALS, "win_rate") == 3 / 6
    assert value(DEALS, "win_rate", "owner", "ann") == pytest.approx(2 / 3)
    assert value(DEALS, "win_rate", "owner", "bob") == pytest.approx(1 / 3)
    assert value(DEALS, "win_rate", "owner×source", "ann × ads") == 1.0


@pytest.mark.parametrize(("month", "rate"), [("2026-01-01", 1 / 2), ("2026-02-01", 2 / 3), ("2026-03-01", 0)])
def test_win_rate_is_dated_by_closing(month, rate):
    assert value(DEALS, "win_rate", period="month", start=month) == pytest.approx(rate)


def test_win_rate_before_a_closing_counts_the_deal_as_open():
    assert value(DEALS, "win_rate", as_of="2026-02-08") == pytest.approx(2 / 3)  # d1 d4 won, d2 lost; d3 still open


def test_win_rate_of_few_deals_has_no_interval():
    found = row(DEALS, "win_rate")
    assert found["status"] == "too_few"
    assert found["low"] != found["low"]
    assert (found["n"], found["sum_num"], found["sum_den"]) == (6, 3, 6)


def test_win_rate_cohort_counts_wins_within_the_horizon_of_mature_deals():
    assert value(DEALS, "win_rate_cohort", win_days=20) == 2 / 8  # d1 in 10 days, d4 in 20; d3 took 30
    assert value(DEALS, "win_rate_cohort", win_days=20, as_of="2026-03-10") == pytest.approx(2 / 7)  # d8 is too young


def test_win_rate_value_is_money_won_of_money_closed():
    assert value(DEALS, "win_rate_value") == pytest.approx(900 / 1220)


def test_win_rate_needs_a_lost_deal():
    only_won = {"deals": DEALS["deals"][DEALS["deals"].semantic != "lost"]}
    from audit.metrics import measure

    found = measure(only_won, ["win_rate", "won_deals"]).get("win_rate")
    assert found["status"] == "not_measurable: lacks deals.semantic=lost"
    assert found["value"] != found["value"]


def test_results():
    assert value(DEALS, "won_deals") == 3
    assert value(DEALS, "revenue") == 900
    assert [value(DEALS, "revenue", period="month", start=f"2026-0{m}-01") for m in (1, 2, 3)] == [100, 800, 0]
    assert value(DEALS, "revenue", "source", "web") == 600
    assert value(DEALS, "avg_check") == 300
    assert value(DEALS, "median_check") == 300
    assert value(DEALS, "avg_check", "owner", "ann") == 200


def test_margin_is_over_deals_whose_margin_is_known():
    deals = DEALS["deals"].assign(margin=[30, None, None, 100, None, None, None, None], profit=[10, None, None, 50, 5, None, None, None])
    assert value({"deals": deals}, "margin") == 130
    assert value({"deals": deals}, "margin_share") == pytest.approx(130 / 600)
    assert value({"deals": deals}, "profit") == 60


def test_deals_in_work_now_and_at_the_end_of_every_month():
    assert value(DEALS, "deals_in_work") == 2
    assert value(DEALS, "deals_in_work", "owner", "bob") == 1
    assert value(DEALS, "deals_in_work_amount") == 1000
    assert [value(DEALS, "deals_in_work", period="month", start=f"2026-0{m}-01") for m in (1, 2, 3)] == [2, 2, 2]


def test_cycle_of_won_deals():
    assert value(DEALS, "cycle_days") == 20  # 10, 20, 30
    assert value(DEALS, "cycle_days_mean") == 20
    assert value(DEALS, "cycle_days", period="month", start="2026-02-01") == 25


def test_cycle_incidence_keeps_open_and_lost_deals_in_the_denominator():
    shares = [value(DEALS, "cycle_incidence", "day", str(day)) for day in (9, 10, 20, 29, 30)]
    assert shares == pytest.approx([0, 1 / 8, 2 / 8, 2 / 8, 3 / 8])


def test_half_of_the_eventual_winners_have_won():
    assert value(DEALS, "cycle_days_half") == 20  # half of 3/8 is first reached on day 20


def test_open_deals_older_than_nine_of_ten_wins():
    assert value(DEALS, "open_older_than_p90") == 1  # P90 of 10, 20, 30 is 28 days; d7 is 49 and d8 30 days old
    assert value(DEALS, "open_older_than_p90", as_of="2026-03-28") == 1 / 2


CLOCKED = crm("""
deals
  deal_id semantic created_at          closed_at           amount
  d1      won      2026-01-05T10:00:00 2026-01-06T22:00:00 100
  d2      won      2026-01-05T10:00:00 2026-01-05T10:04:00 100
  d3      won      2026-01-09T10:00:00 2026-01-07T10:00:00 100
  d4      lost     2026-01-05T10:00:00 2026-01-08T10:00:00 100
""")


def test_deals_written_down_after_the_fact_are_left_out_of_the_cycle_and_counted():
    assert value(CLOCKED, "cycle_days") == 1.5
    assert value(CLOCKED, "cycle_suspect") == 2
    assert row(CLOCKED, "cycle_days")["n"] == 1


def test_a_day_long_deal_of_mere_dates_is_no_fraud():
    dates = crm("""
deals
  deal_id semantic created_at closed_at
  d1      won      2026-01-05 2026-01-05
  d2      won      2026-01-05 2026-01-07T18:00
  d3      lost     2026-01-05 2026-01-08
""")
    assert value(dates, "cycle_days") == 1  # 0 and 2 days
    assert value(dates, "cycle_suspect") == 0


def test_sales_velocity_is_money_a_day():
    # 2 open × 3/6 won × check 300 ÷ cycle 20
    assert value(DEALS, "sales_velocity") == pytest.approx(2 * 0.5 * 300 / 20)


def test_empty_slices_are_a_row_of_their_own():
    deals = DEALS["deals"].assign(source=["web", None, None, "web", "ads", "ads", "web", "web"])
    assert value({"deals": deals}, "win_rate", "source", "—") == 1 / 2


GROWTH = crm("""
deals
  deal_id semantic created_at closed_at  amount
  a0      won      2024-11-01 2024-11-20 900
  a1      won      2024-12-01 2024-12-20 100
  a2      won      2025-01-01 2025-01-20 200
  a3      won      2025-02-01 2025-02-20 400
  b1      won      2025-12-01 2025-12-20 150
  b2      won      2026-01-01 2026-01-20 100
  b3      won      2026-02-01 2026-02-20 500
  b4      lost     2026-02-01 2026-03-20 500
""")


def test_growth_is_over_the_same_month_a_year_before():
    months = {"2025-12-01": 0.5, "2026-01-01": -0.5, "2026-02-01": 0.25}
    for month, growth in months.items():
        assert value(GROWTH, "revenue_growth", period="month", start=month) == pytest.approx(growth)


def test_growth_of_deals_margin_and_profit():
    told = GROWTH["deals"].assign(margin=[9.0, 10, 20, 40, 5, None, 60, 1], profit=[9.0, 4, 2, 5, 2, 1, 10, 1])
    more = pd.concat([told, told[told["deal_id"] == "b3"].assign(deal_id="b5")], ignore_index=True)
    tables = {"deals": more}
    assert value(tables, "deals_growth", period="month", start="2026-02-01") == 1  # two for one
    assert value(tables, "margin_growth", period="month", start="2026-02-01") == 2  # 120 for 40
    assert value(tables, "margin_growth", period="month", start="2026-01-01") == -1  # b2 has no margin: the share of known ones stands beside
    assert value(tables, "profit_growth", period="month", start="2025-12-01") == -0.5
    lacks = measure({"deals": GROWTH["deals"]}, ["profit_growth", "won_deals"], as_of="2026-03-31").get("profit_growth")["status"]
    assert lacks == "not_measurable: lacks deals.profit"


def test_growth_of_new_clients_begins_after_the_burn_in():
    rows = [("c1", "2024-02-10"), ("c2", "2025-02-10"), ("c3", "2025-03-05"), ("c4", "2025-04-10"), ("c5", "2026-03-05"), ("c6", "2026-03-06"), ("c2", "2026-03-07"),
            ("c7", "2026-04-08"), ("c8", "2026-04-09"), ("c9", "2026-04-10")]
    deals = pd.DataFrame(rows, columns=["client_id", "closed_at"]).assign(deal_id=lambda t: t.index.astype(str), semantic="won", created_at=pd.Timestamp("2024-01-01"))
    tables = {"deals": deals.assign(closed_at=pd.to_datetime(deals["closed_at"]))}
    # new from 10 February 2025 on: February is a part of a month and is compared with nothing; c2 came again
    found = measure(tables, "new_clients_growth", as_of="2026-04-30", period="month").rows("new_clients_growth", period="month")
    assert {str(day): x for day, x in zip(found["period_start"], found["value"], strict=True)} == {"2026-03-01": 1, "2026-04-01": 2}


def test_growth_without_two_years_compares_three_months_and_is_provisional():
    deals = crm("""
deals
  deal_id semantic created_at closed_at  amount
  a1      won      2025-09-01 2025-09-20 300
  a2      won      2025-11-01 2025-11-20 100
  b1      won      2025-12-01 2025-12-20 150
  b3      won      2026-02-01 2026-02-20 450
  c1      won      2026-03-01 2026-03-05 999
""")
    found = row(deals, "revenue_growth", as_of="2026-03-10")
    assert (found["value"], found["status"], str(found["period_start"])) == (0.5, "too_few", "2025-12-01")


def test_cycle_by_size_of_the_deal():
    # a third of eight deals goes up to 100, two thirds up to 400: d1 small, d3 middle, d4 large
    assert [value(DEALS, "cycle_days_mean", "band", band) for band in ("small", "middle", "large")] == [10, 30, 20]
    assert [value(DEALS, metric, "band", "large") for metric in ("cycle_days", "cycle_days_half")] == [20, 20]
