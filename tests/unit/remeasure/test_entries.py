"""What effects.json says beside a verdict: points that anyone can reckon again, units of a torn month, promises like for like, who was touched by what."""

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from house_of_changes import LAST, START, row

from audit.remeasure import months

HORIZON = 28  # days after which the deals of the made-up client are judged


@pytest.fixture(scope="module")
def two(house_of):
    """A change of one seller and one of everything, the latter without a promise, at the end of August; (house, result, effects)."""
    made = house_of().deals(a_month=900, win=lambda deal: (0.1 + 0.25 * (deal["owner"] == "Seller A")) * (deal["created_at"].date() >= START))
    made.agree(row("seller", scope={"owner": "Seller A"}), row("whole", expected_gain=None))
    return made, *made.measure()


def deals(made):
    """Deals as the rule prints it: dated by creation, decided within the horizon, old enough at the end of August."""
    frame = pq.read_table(made.root / "tables" / "deals.parquet").to_pandas()
    age, day = ((frame[name] - since) / pd.Timedelta(days=1) for name, since in (("closed_at", frame["created_at"]), ("created_at", pd.Timestamp("1970-01-01"))))
    kept = frame["closed_at"].notna() & (age <= HORIZON) & (day + HORIZON <= months.number(LAST) + 1)
    return frame[kept].assign(day=day, won=frame["semantic"].eq("won").astype(float))


@pytest.mark.parametrize(("name", "owners"), [("seller", ["0"]), ("team", ["0", "1", "2", "3"])])
def test_points_are_plain_shares_of_the_deals_by_the_printed_rule(two, house, name, owners):
    made, _, effects = two
    if name == "team":
        made = house.deals(a_month=300).agree(row("team", scope={"team": "one"}))
        effects = made.measure()[1]
    one = effects[name]
    assert one["form"] == "panel"
    mine = deals(made).query("owner_id in @owners")
    starts = [months.number(dt.date.fromisoformat(point["time"])) for point in one["points"]]
    ends = [*starts[1:], np.inf]
    for point, begin, end in zip(one["points"], starts, ends, strict=True):
        seen = mine[(mine["day"] >= begin) & (mine["day"] < end)]
        assert point["value"] == pytest.approx(seen["won"].mean(), abs=1e-7), point["time"]


def test_units_of_a_torn_month_that_are_old_enough_count(two):
    """August ends on the 31st: deals until the 4th are old enough, and whole months counted from the start end on the 1st."""
    made, _, effects = two
    mine = deals(made).query("owner_id == '0'")
    assert effects["seller"]["n_after"] == (mine["day"] >= months.number(START)).sum()
    assert mine["day"].max() > months.number(dt.date(2024, 8, 1))


def test_whom_a_change_of_everything_touched_is_said(two):
    _, _, effects = two
    assert effects["seller"]["common_with"] == ["change-whole"]
    assert effects["whole"]["common_with"] == []


def test_a_promise_for_some_is_told_as_such(two):
    _, found, _ = two
    totals = found.content["totals"]
    assert (totals["changes"], totals["promised_for"], totals["promised"]) == (2, 1, 100_000.0)
    assert "for 1 of 2 changes" in found.told(1)


def test_the_promise_to_date_is_for_the_units_that_count(two):
    _, _, effects = two
    money = effects["seller"]["money_per_month"]
    assert money["to_date"]["value"] / money["promised_to_date"] == pytest.approx(money["value"] / money["promised"], rel=1e-6)
    assert money["units_to_date"] < money["units_per_month"] * (LAST - START).days / 30.4
    assert money["to_date"]["value"] == pytest.approx(effects["seller"]["effect"] * money["units_to_date"] * money["per_unit"], rel=1e-6)


def test_the_sum_allows_for_the_looks(two):
    _, found, effects = two
    parts = [one["money_per_month"] for one in effects.values()]
    looks = effects["seller"]["monitoring"]
    assert parts[0]["monitored"]["low"] / parts[0]["value"] == pytest.approx(looks["low"] / effects["seller"]["effect"], rel=1e-5)
    half = np.sqrt(sum((part["value"] - part["monitored"]["low"]) ** 2 for part in parts))
    total = found.content["totals"]["per_month"]
    assert total["low"] == pytest.approx(total["value"] - half, rel=1e-6)
    assert half > np.sqrt(sum((part["value"] - part["low"]) ** 2 for part in parts))


def test_what_a_total_lacks_are_periods(house):
    house.deals(a_month=240).agree(row("rev", metric="revenue", unit="money", baseline=1.0, target=2.0, start=dt.date(2023, 3, 1), scope={}))
    _, effects = house.measure("2023-06")
    assert effects["rev"]["needs"] == "at least 8 whole periods before the start and 4 weeks or 3 months after it"
