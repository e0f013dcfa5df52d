"""Plan and fact in a month of 22 working days of which 12 are over, counted by hand."""

import datetime as dt

import pandas as pd
import pytest
from drawn import client, crm, row, value

from audit.engine import load
from audit.metrics import listed, measure
from audit.metrics.bases import Bases
from audit.metrics.stored import forecasts

AS_OF = "2026-09-16"
CRM = crm("""
users
  user_id name
  1       Ann
  2       Bob
plans
  plan_id period_start period_end scope   scope_id metric  target
  p1      2026-09-01   2026-10-01 company -        revenue 3000000
  p2      2026-09-01   2026-10-01 user    1        revenue 1000000
  p3      2026-08-01   2026-09-01 company -        revenue 1000000
  p4      2026-09-01   2026-10-01 company -        deals   11
deals
  deal_id owner_id semantic created_at closed_at  amount
  d1      1        won      2026-07-01 2026-09-01 220000
  d2      1        won      2026-07-01 2026-09-02 220000
  d3      1        won      2026-07-01 2026-09-03 220000
  d4      2        won      2026-07-01 2026-09-04 220000
  d5      2        won      2026-07-01 2026-09-16 220000
  e1      2        won      2026-07-01 2026-08-03 160000
  e2      2        won      2026-07-01 2026-08-04 160000
  e3      2        won      2026-07-01 2026-08-05 160000
  e4      2        won      2026-07-01 2026-08-06 160000
  e5      2        won      2026-07-01 2026-08-31 160000
  f1      2        won      2026-07-01 2026-09-17 999999
  f2      2        lost     2026-07-01 2026-09-10 999999
""")
SEPTEMBER = {"period": "month", "start": "2026-09-01", "as_of": AS_OF}


def test_linear_plan_of_the_worked_example():
    assert value(CRM, "plan_target", **SEPTEMBER) == 3_000_000
    assert value(CRM, "plan_fact", **SEPTEMBER) == 1_100_000
    assert value(CRM, "plan_line", **SEPTEMBER) == pytest.approx(1_636_363.64)
    assert value(CRM, "plan_line_gap", **SEPTEMBER) == pytest.approx(-536_363.64)
    assert value(CRM, "plan_gap", **SEPTEMBER) == 1_900_000
    assert value(CRM, "plan_attainment", **SEPTEMBER) == pytest.approx(1.1 / 3)
    assert value(CRM, "plan_to_date", **SEPTEMBER) == pytest.approx(1.1 / 1.63636364)
    assert value(CRM, "plan_run_rate", **SEPTEMBER) == pytest.approx(1_100_000 * 22 / 12)
    assert value(CRM, "plan_days_behind", **SEPTEMBER) == pytest.approx(536_363.64 / (3_000_000 / 22))


def test_required_deals_of_the_worked_example():
    # 1.9 M to go at checks of 160 (P25), 190 (mean) and 220 (P75) thousand
    assert [value(CRM, "required_deals", "check", name, as_of=AS_OF) for name in ("p25", "mean", "p75")] == [12, 10, 9]


def test_the_check_that_the_usual_pace_of_deals_needs():
    # 10 deals won since 18 June; data begin on 1 July: 56 working days to 16 September, 10 are left: 10/56 × 10 = 1.8, two deals
    assert value(CRM, "required_check", as_of=AS_OF) == 950_000
    assert value(CRM, "required_check", "owner", "Ann", as_of=AS_OF) == 340_000  # 3/56 × 10 = 0.54: one deal
    assert pd.isna(value(CRM, "required_check", as_of="2026-09-30"))  # no day is left


def test_points_of_deals_and_checks():
    found = listed(CRM, "required_pairs", as_of=AS_OF, client=client())
    whole = found[found["owner"].isna()]
    assert whole["deals"].tolist() == [9, 10, 11, 12]
    assert (whole["deals"] * whole["check"]).tolist() == pytest.approx([1_900_000] * 4)
    assert whole["of_mean"].iloc[1] == pytest.approx(1)


def test_a_seller_has_their_own_plan():
    assert value(CRM, "plan_fact", "owner", "Ann", **SEPTEMBER) == 660_000
    assert value(CRM, "plan_attainment", "owner", "Ann", **SEPTEMBER) == pytest.approx(0.66)


def test_other_measures_of_a_plan_are_named():
    assert value(CRM, "plan_fact", "plan", "deals", **SEPTEMBER) == 5


def test_the_whole_history_adds_the_plans_up_and_a_pace_is_of_now():
    assert value(CRM, "plan_target", as_of=AS_OF) == 4_000_000
    assert value(CRM, "plan_attainment", as_of=AS_OF) == pytest.approx(1_900_000 / 4_000_000)
    assert value(CRM, "plan_line", as_of=AS_OF) == pytest.approx(2_636_363.64)
    assert value(CRM, "plan_run_rate", as_of=AS_OF) == pytest.approx(1_100_000 * 22 / 12)


def test_a_running_period_is_not_complete_but_the_plan_to_date_is():
    assert row(CRM, "plan_attainment", **SEPTEMBER)["status"] == "incomplete_period"
    assert row(CRM, "plan_to_date", **SEPTEMBER)["status"] == "ok"
    assert row(CRM, "plan_attainment", period="month", start="2026-08-01", as_of=AS_OF)["status"] == "ok"


def test_the_version_valid_at_the_start_counts():
    plans = crm("""
plans
  plan_id period_start period_end scope   metric  target set_at
  p1      2026-09-01   2026-10-01 company revenue 100    2026-08-01
  p2      2026-09-01   2026-10-01 company revenue 200    2026-08-20
  p3      2026-09-01   2026-10-01 company revenue 900    2026-09-10
""")
    assert value(CRM | plans, "plan_target", **SEPTEMBER) == 200


def test_sellers_targets_add_up_where_the_company_has_none():
    plans = crm("""
plans
  plan_id period_start period_end scope scope_id metric  target
  p1      2026-09-01   2026-10-01 user  1        revenue 100
  p2      2026-09-01   2026-10-01 user  2        revenue 200
""")
    assert value(CRM | plans, "plan_target", **SEPTEMBER) == 300


def test_plans_of_the_client_file():
    own = {"period_start": dt.date(2026, 9, 1), "period_end": dt.date(2026, 10, 1), "scope": "user", "scope_id": "Ann", "target": 660_000}
    tables = {name: table for name, table in CRM.items() if name != "plans"}
    assert value(tables, "plan_attainment", "owner", "Ann", plans=[own], **SEPTEMBER) == 1


def test_a_plan_by_payments():
    paid = crm("""
payments
  payment_id deal_id received_on amount
  m1         d1      2026-09-05  300000
  m2         d4      2026-09-06  200000
  m3         d4      2026-09-18  100000
""")
    tables = CRM | paid
    assert value(tables, "plan_fact", plan_basis="paid", **SEPTEMBER) == 500_000
    assert value(tables, "plan_fact", "owner", "Ann", plan_basis="paid", **SEPTEMBER) == 300_000


def test_a_plan_by_bills():
    bills = crm("""
invoices
  invoice_id deal_id owner_id issued_on  amount status
  i1         d1      -        2026-09-01 300000 -
  i2         -       2        2026-09-16 200000 -
  i3         d4      -        2026-09-10 900000 cancelled
  i4         d4      -        2026-09-17 100000 -
""")
    tables = CRM | bills
    assert value(tables, "plan_fact", plan_basis="invoiced", **SEPTEMBER) == 500_000
    assert value(tables, "plan_fact", "owner", "Ann", plan_basis="invoiced", **SEPTEMBER) == 300_000
    lacks = measure(CRM, "M23", as_of=AS_OF, client=client(plan_basis="invoiced")).lacking().set_index("metric")["lacks"]
    assert lacks["plan_fact"] == "deals won or payments"


def test_a_plan_by_shipments():
    left = {"d1": "2026-09-05", "e2": "2026-09-16 18:00", "d3": "2026-09-17", "d5": "2026-08-31"}  # d3 after the as-of day
    deals = CRM["deals"].assign(shipped_at=pd.to_datetime(CRM["deals"]["deal_id"].map(left), format="ISO8601"))
    tables = CRM | {"deals": deals}
    assert value(tables, "plan_fact", plan_basis="shipped", **SEPTEMBER) == 220_000 + 160_000
    assert value(tables, "plan_fact", "owner", "Ann", plan_basis="shipped", **SEPTEMBER) == 220_000
    back = deals.assign(semantic=deals["semantic"].where(deals["deal_id"] != "e2", "lost"))
    assert value(CRM | {"deals": back}, "plan_fact", plan_basis="shipped", **SEPTEMBER) == 220_000
    lacks = measure(CRM, "M23", as_of=AS_OF, client=client(plan_basis="shipped")).lacking().set_index("metric")["lacks"]
    assert lacks["plan_fact"] == "deals won or payments"


def test_what_the_data_does_not_tell_of_is_no_zero():
    margin = crm("""
plans
  plan_id period_start period_end scope   metric  target
  p1      2026-09-01   2026-10-01 company revenue 880000
  p2      2026-09-01   2026-10-01 company margin  300000
""")
    found = measure(CRM | margin, "M23", as_of=AS_OF).frame
    of_margin = found[(found["by"] == "plan") & (found["group"] == "margin")]
    assert {"plan_target"} <= set(of_margin["metric"]) and not {"plan_fact", "plan_gap", "plan_attainment"} & set(of_margin["metric"])
    assert value(CRM | margin, "plan_fact", **SEPTEMBER) > 0


def test_payments_are_of_the_seller_of_the_bill_they_pay():
    paid = crm("""
invoices
  invoice_id owner_id issued_on  amount
  i1         2        2026-08-01 300000
payments
  payment_id invoice_id received_on amount
  m1         i1         2026-09-05  250000
""")
    assert value(CRM | paid, "plan_fact", "owner", "Ann", plan_basis="paid", **SEPTEMBER) == 0
    assert value(CRM | paid, "plan_fact", plan_basis="paid", **SEPTEMBER) == 250_000


def test_a_product_has_its_own_plan():
    plans = crm("""
plans
  plan_id period_start period_end scope   scope_id metric  target
  p1      2026-09-01   2026-10-01 product Saws     revenue 880000
  p2      2026-09-01   2026-10-01 product Belts    deals   4
""")
    tables = CRM | plans | {"deals": CRM["deals"].assign(product=["Saws", "Saws", "Belts", "Belts", "Saws"] + ["Saws"] * 7)}
    assert value(tables, "plan_fact", "product", "Saws", **SEPTEMBER) == 660_000  # d1 d2 d5
    assert value(tables, "plan_attainment", "product", "Saws", **SEPTEMBER) == 0.75
    assert value(tables, "plan_fact", "product×plan", "Belts × deals", **SEPTEMBER) == 2
    paid = crm("""
payments
  payment_id deal_id received_on amount
  m1         d3      2026-09-05  1000
  m2         d1      2026-09-05  2000
""")
    assert value(tables | paid, "plan_fact", "product", "Saws", plan_basis="paid", **SEPTEMBER) == 2_000
    stored = forecasts(Bases(load(tables), dt.date(2026, 9, 16), client()))
    assert {row["kind"] for row in stored} <= {"model"}  # whose forecasts are is told of sellers, teams and segments alone


def test_days_of_the_calendar_may_weigh_differently():
    # the last ten working days of September weigh three each: 12 of 12 + 30 are over
    days = pd.bdate_range("2026-09-17", "2026-09-30")
    heavy = CRM | {"calendar": pd.DataFrame({"date": days, "is_workday": True, "weight": 3.0})}
    assert value(heavy, "plan_line", **SEPTEMBER) == pytest.approx(3_000_000 * 12 / 42)
    assert value(heavy, "plan_run_rate", **SEPTEMBER) == pytest.approx(1_100_000 * 42 / 12)
    assert value(heavy, "plan_days_behind", **SEPTEMBER) == pytest.approx((3_000_000 * 12 / 42 - 1_100_000) / (3_000_000 / 22))


def months_of_sales(first: str, n: int) -> list[dict]:
    """Months in which three quarters of the money come on the last working day and the rest on the first."""
    rows = []
    for month in pd.date_range(first, periods=n, freq="MS"):
        days = pd.bdate_range(month, month + pd.offsets.MonthEnd())
        rows += [{"closed_at": days[0], "amount": 1_000.0}, {"closed_at": days[-1], "amount": 3_000.0}]
    return [row | {"deal_id": f"s{at}", "owner_id": "1", "semantic": "won", "created_at": pd.Timestamp(first)} for at, row in enumerate(rows)]


def test_a_month_may_be_planned_as_past_months_came():
    def world(n: int, first: str) -> dict:
        sold = pd.DataFrame([*months_of_sales(first, n), {"deal_id": "now", "owner_id": "1", "semantic": "won", "created_at": pd.Timestamp(first),
                                                          "closed_at": pd.Timestamp("2026-09-02"), "amount": 900_000.0}])
        return {"deals": sold, "plans": CRM["plans"][CRM["plans"]["plan_id"] == "p1"], "users": CRM["users"]}

    enough = world(14, "2025-07-01")
    # whatever part of the month is over, but its last day, a quarter of the money used to be there
    assert value(enough, "plan_line", **SEPTEMBER, plan_weights="seasonal") == pytest.approx(3_000_000 / 4)
    assert value(enough, "plan_line", **SEPTEMBER) == pytest.approx(3_000_000 * 12 / 22)
    assert value(enough, "plan_line", **SEPTEMBER | {"as_of": "2026-09-30"}, plan_weights="seasonal") == pytest.approx(3_000_000)
    few = world(11, "2025-10-01")
    assert value(few, "plan_line", **SEPTEMBER, plan_weights="seasonal") == pytest.approx(3_000_000 * 12 / 22)


def test_plans_of_some_sellers_are_set_against_what_these_did():
    some = crm("""
    plans
        period_start  period_end  scope  scope_id  metric   target
        2026-03-01    2026-04-01  user   u1        revenue  1000
    users
        user_id  name
        u1       Ann
        u2       Bob
    deals
        deal_id  owner_id  semantic  amount  created_at  closed_at
        d1       u1        won       400     2026-03-01  2026-03-05
        d2       u2        won       900     2026-03-01  2026-03-06
    """.replace("\n    ", "\n"))
    assert value(some, "plan_fact") == 400  # Bob's 900 are of no plan
    assert value(some, "plan_attainment") == 0.4


def test_a_plan_of_teams_that_nobody_is_known_to_belong_to_says_nothing():
    teams = crm("""
    plans
        period_start  period_end  scope    scope_id  metric   target
        2026-03-01    2026-04-01  company  -         revenue  2000
        2026-03-01    2026-04-01  team     North     revenue  1000
    deals
        deal_id  owner_id  semantic  amount  created_at  closed_at
        d1       u1        won       400     2026-03-01  2026-03-05
    """.replace("\n    ", "\n"))
    found = measure(teams, "plan_fact", as_of="2026-03-31", client=client()).frame
    assert set(found["by"]) == {""}
