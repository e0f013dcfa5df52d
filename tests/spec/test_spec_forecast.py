"""Forecast of the month in a steady department: a deal a working day, worth 100, won or lost in turn ten days later."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from drawn import client, value

from audit.errors import NothingMeasurableError
from audit.metrics import measure
from audit.metrics.bases import Bases
from audit.metrics.stored import forecasts

AS_OF = "2026-06-30"


def steady(until="2026-06-30", since="2025-03-03"):
    """Deals of two sellers in turn; those of the last ten days are open."""
    created = pd.bdate_range(since, until) + pd.Timedelta(hours=9)
    place = np.arange(len(created))
    closed = created + pd.Timedelta(days=10)
    still = closed >= pd.Timestamp(until) + pd.Timedelta(days=1)
    return {"deals": pd.DataFrame({
        "deal_id": [f"d{i}" for i in place], "owner_id": np.where(place % 4 < 2, "1", "2"),
        "semantic": np.where(still, "open", np.where(place % 2 == 0, "won", "lost")), "created_at": created,
        "closed_at": closed.where(~still), "amount": 100.0, "expected_close_on": closed.normalize()})}


WORLD = steady()


@pytest.fixture(scope="module")
def values():
    return measure(WORLD, ["M40", "win_chance_brier", "win_chance_calibration"], as_of=AS_OF, client=client())


def test_open_deals_are_expected_to_end_as_such_deals_did(values):
    # the deals of seven working days, 22 to 30 June, are open; one of two such is won
    opened = int((WORLD["deals"]["semantic"] == "open").sum())
    assert opened == 7
    assert values.get("forecast_pipeline")["value"] == pytest.approx(opened * 100 / 2, rel=0.1)


def test_the_month_is_open_deals_and_those_that_still_come(values):
    # July has 23 working days; what comes after the 21st does not end in it: 15 more deals, of which half are won
    found = values.get("forecast_revenue")
    assert found["value"] == pytest.approx((7 + 15) * 100 / 2, rel=0.1)
    assert found["low"] < found["value"] < found["high"]
    own = values.rows("forecast_revenue", "owner")
    assert own["value"].sum() == pytest.approx(found["value"], rel=1e-6)
    assert values.get("forecast_revenue", period="month")["period_start"] == dt.date(2026, 7, 1)


def test_the_forecast_is_shown_with_what_it_would_have_said(values):
    # ten months have half a year before them; each brought 10 to 12 won deals
    past = values.get("backtest_coverage")
    assert past["n"] == 10
    assert past["value"] >= 0.9
    assert abs(values.get("backtest_bias")["value"]) < 0.1
    assert values.get("backtest_wape")["value"] < 0.15
    assert values.get("backtest_skill")["value"] <= 1
    # of deals open at the start of a month half are won in it: a chance of a half errs by a quarter
    assert values.get("win_chance_brier")["value"] == pytest.approx(0.25, abs=0.02)
    assert values.get("win_chance_calibration")["value"] == pytest.approx(1, abs=0.1)


def test_what_happened_later_does_not_change_a_forecast():
    late = measure(steady("2026-08-31"), "forecast_revenue", by=[], as_of=AS_OF, client=client()).get("forecast_revenue")
    now = measure(WORLD, "forecast_revenue", by=[], as_of=AS_OF, client=client()).get("forecast_revenue")
    assert late["value"] == pytest.approx(now["value"])


def test_a_forecast_that_cannot_be_tested_is_not_shown():
    young = steady(since="2025-12-01")
    with pytest.raises(NothingMeasurableError) as told:
        measure(young, "M40", as_of=AS_OF, client=client())
    assert "nine months" in told.value.told("en")


def test_deals_without_an_amount_count_as_the_mean_check():
    empty = WORLD["deals"].assign(amount=WORLD["deals"]["amount"].where(WORLD["deals"]["semantic"] != "open"))
    assert value({"deals": empty}, "forecast_pipeline", as_of=AS_OF) == pytest.approx(350, rel=0.1)


def test_pipeline_coverage_of_the_running_plan():
    plan = {"plans": pd.DataFrame({"plan_id": ["p"], "period_start": [pd.Timestamp("2026-06-22")], "period_end": [pd.Timestamp("2026-07-06")],
                                   "scope": "company", "metric": "revenue", "target": [1_000.0]})}
    d = WORLD["deals"]
    won = d[(d["semantic"] == "won") & (d["closed_at"] >= "2026-06-22")]["amount"].sum()
    due = d[(d["semantic"] == "open") & (d["expected_close_on"] < "2026-07-06")]["amount"].sum()
    assert (won, due) == (300, 400)
    tables = WORLD | plan
    assert value(tables, "pipeline_coverage", as_of=AS_OF) == pytest.approx(400 / 700)
    assert value(tables, "pipeline_coverage_weighted", as_of=AS_OF) == pytest.approx(200 / 700, rel=0.3)  # ages are told by the week, which blurs five days


def test_a_run_stores_its_forecasts_and_plans_once_made():
    plan = {"plans": pd.DataFrame({"plan_id": ["p"], "period_start": [pd.Timestamp("2026-06-01")], "period_end": [pd.Timestamp("2026-07-01")],
                                   "scope": "company", "metric": "revenue", "target": [1_000.0]})}
    from audit.engine import load

    rows = pd.DataFrame(forecasts(Bases(load(WORLD | plan), dt.date(2026, 6, 30), client())))
    whole = rows[(rows["kind"] == "model") & (rows["scope"] == "company")]
    assert whole["value"].tolist() == [pytest.approx(1_100, rel=0.1)]
    assert whole[["made_at", "period_start", "period_end"]].values.tolist() == [[pd.Timestamp("2026-06-30"), dt.date(2026, 7, 1), dt.date(2026, 8, 1)]]
    assert set(rows.loc[(rows["kind"] == "model") & (rows["scope"] == "user"), "scope_id"]) == {"1", "2"}
    assert rows.loc[rows["kind"] == "plan", "value"].tolist() == [1_000]
