"""Forecast of the month in a steady department: a deal a working day, worth 100, won or lost in turn ten days later."""

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest
from drawn import client, crm, value

from audit.errors import NothingMeasurableError
from audit.metrics import measure
from audit.metrics.bases import Bases
from audit.metrics.reckon import paces
from audit.metrics.rows.plan import lived, outlook
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


def segmented(segment):
    """The steady department with a segment told of each deal's place."""
    return {"deals": WORLD["deals"].assign(segment=segment(np.arange(len(WORLD["deals"]))))}


KEEN = segmented(lambda place: np.where(place % 2 == 0, "keen", "cool"))  # every deal of the keen is won, none of the cool


def test_segments_that_win_at_different_rates_have_chances_of_their_own():
    found = measure(KEEN, ["M40", "win_chance_brier"], as_of=AS_OF, client=client())
    opened = KEEN["deals"][KEEN["deals"]["semantic"] == "open"]["segment"].value_counts()
    assert opened.to_dict() == {"keen": 4, "cool": 3}
    # two of two hundred deals less are lost or won for certain than were: nearly all of the keen's 400, nearly nothing of the cool
    assert found.get("forecast_pipeline", "segment", "keen")["value"] == pytest.approx(400, abs=15)
    assert found.get("forecast_pipeline", "segment", "cool")["value"] == pytest.approx(0, abs=15)
    # of the fifteen deals that still come and end in July 7 or 8 are of the keen
    assert found.get("forecast_revenue", "segment", "keen")["value"] == pytest.approx(400 + 750, rel=0.1)
    assert found.get("forecast_revenue", "segment", "cool")["value"] == pytest.approx(0, abs=60)
    assert found.get("forecast_revenue")["value"] == pytest.approx(1_150, rel=0.1)
    # a half errs by a quarter, certainty by nothing
    assert found.get("segment_chance_gain")["value"] > 0.95
    assert found.get("win_chance_brier")["value"] < 0.01


def test_a_segment_that_tells_nothing_does_not_touch_the_forecast():
    names = ["forecast_pipeline", "segment_chance_gain", "win_chance_brier"]
    worlds = [segmented(lambda place, by=by: np.array(["A", "B", "C"])[place // by % 3]) for by in (2, 4, 8)]
    found = [measure(world, names, as_of=AS_OF, client=client()) for world in worlds]
    alone = measure(WORLD, names, as_of=AS_OF, client=client())
    for one in found:
        gain = one.get("segment_chance_gain")["value"]
        assert abs(gain) < 0.01
        if gain <= 0:  # then it is left out altogether
            assert one.get("forecast_pipeline")["value"] == pytest.approx(alone.get("forecast_pipeline")["value"], rel=1e-9)
        assert one.get("forecast_pipeline")["value"] == pytest.approx(alone.get("forecast_pipeline")["value"], rel=0.05)
        assert one.get("win_chance_brier")["value"] <= alone.get("win_chance_brier")["value"] + 1e-9
    assert min(one.get("segment_chance_gain")["value"] for one in found) <= 0


def test_deals_without_a_segment_have_the_chances_of_all():
    some = segmented(lambda place: np.where(place % 10 < 2, None, np.where(place % 2 == 0, "keen", "cool")))
    found = measure(some, ["forecast_pipeline", "segment_chance_gain"], as_of=AS_OF, client=client())
    opened = some["deals"][some["deals"]["semantic"] == "open"]["segment"].fillna("—").value_counts()
    assert opened.to_dict() == {"keen": 3, "cool": 2, "—": 2}
    alone = value(WORLD, "forecast_pipeline", as_of=AS_OF) / 7  # of one open deal, whoever's it is
    assert found.get("forecast_pipeline", "segment", "—")["value"] == pytest.approx(2 * alone, rel=0.05)
    assert found.get("forecast_pipeline", "segment", "keen")["value"] == pytest.approx(300, abs=15)
    assert found.get("forecast_pipeline", "segment", "cool")["value"] == pytest.approx(0, abs=15)


def test_a_segment_told_only_once_a_deal_is_won_is_not_used():
    late = {"deals": KEEN["deals"].assign(segment=KEEN["deals"]["segment"].where(KEEN["deals"]["semantic"] != "lost"))}
    found = measure(late, ["forecast_pipeline", "segment_chance_gain"], as_of=AS_OF, client=client())
    assert found.get("segment_chance_gain")["status"] == "not_measurable: lacks deals.segment of lost deals"
    assert found.get("forecast_pipeline")["value"] == value(WORLD, "forecast_pipeline", as_of=AS_OF)


def test_the_pace_of_a_segment_by_hand():
    """One stage, one age: 20 wins of each of two segments were due, 30 and 10 came; of a third nothing was due."""
    rate = np.zeros((1, 1, 3))
    rate[0, 0, 1] = 0.1  # a day; nothing is lost
    seen = np.array([[[0, 30.0, 0]], [[0, 10.0, 0]], [[0, 0.0, 0]]])
    days = np.array([[[200.0]], [[200.0]], [[0.0]]])
    # ratios 1.5 and 0.5 with a variance of 1/20 each differ by 0.45 more than chance: 2 · 0.25 ÷ (0.05 + 0.45) = 1 degree of freedom;
    # with two groups of 1/100 known beforehand (2 · 0.01 + 0.45) ÷ 3 = 0.1567, a strength of 6.383 moves
    strength = 3 / 0.47
    found = paces.factors(seen, days, rate)
    assert found[:, 1] == pytest.approx([(30 + strength) / (20 + strength), (10 + strength) / (20 + strength), 1])
    assert found[:, [0, 2]].tolist() == [[1, 1]] * 3
    # a segment of which next to nothing was due has the pace of all, whatever came
    thin = paces.factors(np.array([[[0, 30.0, 0]], [[0, 10.0, 0]], [[0, 0.0, 0]]]), np.array([[[200.0]], [[200.0]], [[1.0]]]), rate)
    assert thin[2, 1] == pytest.approx(1, abs=0.03)
    # where twice as many came of every segment as was due, the segments are what they were to each other
    assert paces.factors(seen, days / 2, rate)[:2, 1] == pytest.approx(found[:2, 1])
    assert paces.paced(rate, found[0])[0, 0].tolist() == [0, pytest.approx(0.1 * (30 + strength) / (20 + strength)), 0]


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


WON = crm("""
months
  day        money
  2025-12-20 50
  2026-01-05 100
  2026-01-25 60
  2026-02-03 80
  2026-02-20 100
  2026-03-02 40
  2026-03-15 90
""")["months"].assign(what="won", n=1)


def cut_off(start: str, at: str, end: str, n: float, amount: float, chance: float) -> outlook.Outlook:
    """A past month as it was forecast at a day of it: n open deals of an amount with a chance each, and no deals to come."""
    days = [dt.date.fromisoformat(day) for day in (at, start, end)]
    flows = WON.assign(at=[dt.date.fromisoformat(day).toordinal() for day in WON["day"]], money=WON["money"].astype(float))
    opened = pd.DataFrame({"n": [n], "amount": [amount], "chance": [chance]})
    return outlook.Outlook(lived.Cut(*days), opened, np.zeros(1), np.zeros(1), 1e6, flows, pd.DataFrame({"amount": [], "n": []}))


def test_the_back_test_by_hand(monkeypatch):
    # forecast with 21 days to go, of what was won before them and of open deals: January 100 + 2 · 100 · 0.4 = 180, February 80 + 200 · 0.3 = 140,
    # March 40 + 0; came 160, 180, 130, together 470: off by 20 −40 −90, which is −110, and without signs 150
    # naive, with what the last 21 days of the month before brought: 100 + 50, 80 + 60, 40 + 100, off by 10, 40 and 10: 1 − 150 ÷ 60
    # inside: 160 is in 100 … 300 (none or both of the two), 180 in 80 … 280; 130 is not in 40 … 40
    past = [cut_off("2026-01-01", "2026-01-11", "2026-02-01", 2, 100, 0.4), cut_off("2026-02-01", "2026-02-08", "2026-03-01", 1, 200, 0.3),
            cut_off("2026-03-01", "2026-03-11", "2026-04-01", 1, 100, 0.0)]
    monkeypatch.setattr(outlook, "back_test", lambda bases: past)
    found = measure(WORLD, ["backtest_bias", "backtest_wape", "backtest_skill", "backtest_coverage"], as_of=AS_OF, client=client())
    assert found.get("backtest_bias")["value"] == pytest.approx(-110 / 470)
    assert found.get("backtest_wape")["value"] == pytest.approx(150 / 470)
    assert found.get("backtest_skill")["value"] == pytest.approx(1 - 150 / 60)
    held = found.get("backtest_coverage")
    assert (held["value"], held["n"], held["sum_num"]) == (pytest.approx(2 / 3), 3, 2)


def test_open_money_is_weighed_by_its_chance_against_what_the_plan_lacks(monkeypatch):
    # of 2 000 to 6 July the 300 of three deals are won: 1 700 are lacking. Open: two deals of 400 with a chance of a half, one of 1 000 with 0.3,
    # four of 50 with 0.1 and one of 600 with none: 400 + 300 + 20
    plan = pd.DataFrame({"plan_id": ["p"], "period_start": [pd.Timestamp("2026-06-22")], "period_end": [pd.Timestamp("2026-07-06")],
                         "scope": "company", "metric": "revenue", "target": [2_000.0]})
    opened = pd.DataFrame({"owner": ["1", "1", "2", "2"], "n": [2, 1, 4, 1], "amount": [400.0, 1_000.0, 50.0, 600.0], "chance": [0.5, 0.3, 0.1, 0.0]})
    real = outlook.ahead
    monkeypatch.setattr(outlook, "ahead", lambda bases: {days: dataclasses.replace(one, opened=opened) for days, one in real(bases).items()})
    found = measure(WORLD | {"plans": plan}, "pipeline_coverage_weighted", as_of=AS_OF, client=client()).get("pipeline_coverage_weighted")
    assert (found["value"], found["n"], found["sum_num"], found["sum_den"]) == (pytest.approx(720 / 1_700), 8, 720, 1_700)


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
