"""Published before/after answers recomputed from the public files."""

import pandas as pd
import pytest

from audit.effects import compare


def test_a_search_campaign_within_the_published_interval(shared_data):
    """R CausalImpact: +27 [18, 36]; ours is wider, because the drift of the level is not taken as known."""
    data = pd.read_csv(shared_data / "causalimpact" / "google_data.csv")
    found = compare(data, outcome="y", time="date", at=data["date"][61], controls=["x1", "x2"])
    assert 18 <= found.effect <= 36
    assert 0.14 <= found.relative <= 0.28
    assert (found.method, found.verdict, found.n_before) == ("structural_series", "improved", 61)


def test_a_scandal_within_the_published_interval(shared_data):
    """R CausalImpact: −44 [−55, −33], −26 % [−32 %, −19 %]."""
    data = pd.read_csv(shared_data / "causalimpact" / "volks_data.csv", sep=" ")
    found = compare(data, outcome="VolksWagen", time="Date", at="2015-09-20", controls=["BMW", "Allianz"])
    assert -55 <= found.effect <= -33
    assert -0.32 <= found.relative <= -0.19
    assert (found.verdict, found.n_after) == ("worsened", 79)


def test_the_minimum_wage(shared_data):
    """Card & Krueger (1994): 2.75; standard error of the balanced sample 1.34, table 3, row 4."""
    data = pd.read_csv(shared_data / "card_krueger" / "njmin3.csv")
    data["store"] = data.groupby("d").cumcount()
    found = compare(data, outcome="fte", unit="store", time="d", treated="d_nj", kind="value")
    assert found.effect == pytest.approx(2.75, abs=0.005)
    assert (found.high - found.low) / 2 / 1.97 == pytest.approx(1.34, abs=0.03)
    assert found.claim == "coincides with"  # one period before: no trend could be checked


def test_a_quarter_end_is_no_gain(shared_data):
    """April and May against June: about 31 points, all of them the month of the quarter."""
    data = pd.read_csv(shared_data / "maven_crm" / "sales_pipeline.csv")
    data = data[data["deal_stage"].isin(["Won", "Lost"])].assign(won=lambda one: (one["deal_stage"] == "Won").astype(int), close_date=lambda one: pd.to_datetime(one["close_date"]))
    quarter = data[(data["close_date"] >= "2017-04-01") & (data["close_date"] < "2017-07-01")].assign(june=lambda one: (one["close_date"] >= "2017-06-01").astype(int))
    found = compare(quarter, outcome="won", group="june", time="close_date")
    assert (round(found.effect, 2), found.verdict) == (0.31, "not measurable yet")
    assert compare(data, outcome="won", time="close_date", at="2017-06-01").verdict == "not measurable yet"
