"""What became of agreed changes: planted effects are found, nothing is seen too early, nothing later leaks in."""

import datetime as dt
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from house_of_changes import LAST, START, row

from audit.errors import NothingMeasurableError, UsageError
from audit.plan.ledger import latest
from audit.workspace import write_parquet


def test_a_planted_effect_is_found_and_its_interval_holds_it(street):
    one = street[1]["2024-08"][1]["trained"]
    assert (one["verdict"], one["form"]) == ("improved", "panel")
    assert one["low"] <= 0.3 <= one["high"]
    assert one["high"] - one["low"] < 0.3
    assert one["monitoring"]["planned_looks"] == 12
    assert one["monitoring"]["look"] == one["look"] == 6  # from March on, when the wait was over
    assert one["controls"] >= 10


def test_where_nothing_was_planted_nothing_is_found(street):
    one = street[1]["2024-08"][1]["prices"]
    assert one["verdict"] == "no clear change"
    assert one["low"] < 0 < one["high"]
    assert one["form"] == "panel"
    assert one["controls"] == 8  # sellers of the other team


def test_before_the_wait_is_over_the_day_of_the_first_look_is_told(street):
    one = street[1]["2024-08"][1]["summer"]
    horizon = dt.date.fromisoformat(one["horizon_on"])
    assert horizon >= dt.date(2024, 7, 1) + dt.timedelta(days=28)
    early = street[1]["2024-04"][1]["summer"]
    assert (early["verdict"], early["effect"]) == ("not measurable yet", None)
    assert "Jul 1, 2024" in early["needs"]
    late = street[1]["2024-08"][1]["autumn"]
    assert late["verdict"] == "not measurable yet"
    assert "Oct 1, 2024" in late["needs"]


def test_a_change_without_a_metric_says_so(street):
    one = street[1]["2024-08"][1]["own"]
    assert one["verdict"] == "not measurable yet"
    assert "metric" in one["needs"]
    assert one["money_per_month"] is None


def test_deals_are_judged_at_one_age_on_both_sides(street):
    _, effects = street[1]["2024-08"]
    assert "28 days" in effects["trained"]["rule"]  # three of four deals are decided by then
    last = max(point["time"] for point in effects["trained"]["points"])
    assert dt.date.fromisoformat(last) + dt.timedelta(days=28 + 28) <= LAST + dt.timedelta(days=1)


def test_nothing_later_than_the_month_leaks_in(street, house):
    """The same month from data that end with it, byte for byte."""
    made, found = street
    table = pq.read_table(made.root / "tables" / "deals.parquet").to_pylist()
    end = dt.datetime(2024, 5, 1)
    then = [one | ({} if one["closed_at"] and one["closed_at"] < end else {"closed_at": None, "semantic": "open"}) for one in table if one["created_at"] < end]
    schema = pq.read_schema(made.root / "tables" / "deals.parquet")
    write_parquet(house.root / "tables" / "deals.parquet", pa.Table.from_pylist(then, schema=schema))
    write_parquet(house.root / "tables" / "users.parquet", pq.read_table(made.root / "tables" / "users.parquet"))
    house.agree(*latest(made.workspace).rows)
    early, _ = house.measure("2024-04")
    assert early.content == found["2024-04"][0].content


def test_effects_json_has_the_shape_of_the_contract(street):
    made, found = street
    content = json.loads((made.root / "reports" / "2024-08" / "effects.json").read_text("utf-8"))
    assert content["schema"] == 1
    wanted = {"change", "metric", "scope", "at", "method", "why", "effect", "low", "high", "relative", "p_value", "monitoring", "verdict", "claim", "needs", "money_per_month",
              "checks", "n_before", "n_after", "title", "owner", "expected_gain", "points", "horizon_on"}
    assert all(wanted <= set(one) for one in content["effects"])
    assert [one["change"] for one in content["effects"]] == [f"change-{name}" for name in ("trained", "prices", "summer", "autumn", "own")]
    assert {"rule", "look", "planned_looks", "low", "high", "alarm", "also"} == set(content["effects"][0]["monitoring"])
    assert content["effects"][0]["previous"]["month"] == "2024-04"
    assert [one["month"] for one in content["totals"]["by_month"]] == ["2024-04", "2024-08"]
    assert content["progress"]["agreed"] == 5
    assert content["progress"]["started"] == 4
    assert list(found["2024-08"][0].frame["change"]) == [one["change"] for one in content["effects"]]


def test_changes_on_the_same_units_have_one_effect_that_counts_once(house):
    house.deals(win=lambda deal: 0.2 * (deal["created_at"].date() >= START and deal["owner"] == "Seller A"))
    house.agree(row("one", scope={"owner": "Seller A"}, rank=1), row("two", scope={"owner": "Seller A"}, rank=2), row("part", scope={"owner": "Seller A", "region": "North"}, rank=3),
                row("price", metric="avg_check", scope={"owner": "Seller A"}, unit="money", baseline=3600.0, target=4000.0, rank=4))
    found, effects = house.measure()
    joint = [effects[name] for name in ("one", "two", "part")]
    assert len({(one["effect"], one["low"], one["high"]) for one in joint}) == 1
    assert set(joint[0]["joint_with"]) == {"change-part", "change-two"}
    assert [one["money_per_month"]["counted"] for one in joint] == [True, False, False]
    check = next(one for one in joint[0]["checks"] if one["name"] == "overlap")
    assert check["passed"] is False
    assert "Title of two" in check["detail"]
    assert {one["claim"] for one in joint} == {"coincides with"}
    total = sum(one["money_per_month"]["value"] for one in (joint[0], effects["price"]))
    assert found.content["totals"]["per_month"]["value"] == pytest.approx(total)
    other = next(one for one in effects["price"]["checks"] if one["name"] == "overlap")
    assert other["passed"] is False  # another metric of all its units was moved at the same time
    assert "Title of one" in other["detail"]


def test_a_change_of_everything_is_compared_with_its_own_past(house):
    house.deals(win=lambda deal: 0.2 * (deal["created_at"].date() >= START))
    house.agree(row("whole", volume_per_month=None, expected_gain=None))
    _, effects = house.measure()
    one = effects["whole"]
    assert (one["form"], one["grain"]) == ("series", "week")
    assert one["low"] <= 0.2 <= one["high"]
    assert one["claim"] == "coincides with"
    # no price in the plan: a won deal brings the mean cheque of the year before
    assert one["money_per_month"]["per_unit"] == pytest.approx(3570, rel=0.1)  # exp(8 + 0.6²/2)
    assert one["money_per_month"]["value"] == pytest.approx(one["effect"] * one["money_per_month"]["units_per_month"] * one["money_per_month"]["per_unit"], rel=1e-6)


def test_what_another_change_touched_is_no_control(house):
    house.deals(win=lambda deal: 0.25 * (deal["created_at"].date() >= START and deal["owner"] in ("Seller B", "Seller C", "Seller D")))
    others = [row(f"o{name}", scope={"owner": f"Seller {name}"}) for name in "BCD"]
    house.agree(row("a", scope={"owner": "Seller A"}), *others)
    _, effects = house.measure()
    assert effects["a"]["controls"] == 8
    assert effects["a"]["low"] < 0 < effects["a"]["high"]


def test_totals_of_money_are_measured_by_their_own_values(house):
    house.deals(check=lambda deal: 1.5 if deal["created_at"].date() >= START else 1.0)
    house.agree(row("rev", metric="revenue", unit="money", baseline=1.0, target=2.0))
    _, effects = house.measure()
    one = effects["rev"]
    assert one["form"] == "series"
    assert one["effect"] > 0
    assert one["money_per_month"]["value"] == pytest.approx(one["effect"] * one["money_per_month"]["units_per_month"])


@pytest.mark.parametrize(("month", "kind"), [("2024-10", NothingMeasurableError), ("2024-2", UsageError)])
def test_a_month_beyond_the_data_and_what_is_no_month_are_refused(street, month, kind):
    with pytest.raises(kind):
        street[0].measure(month)


def test_a_slice_that_was_chosen_for_its_value_must_improve_by_more_than_it_would_by_itself(house):
    house.deals(a_month=900, win=lambda deal: 0.25 * (deal["created_at"].date() >= START and deal["owner"] in ("Seller A", "Seller B")))
    house.agree(row("little", scope={"owner": "Seller A"}, zone_id="a", baseline=0.30, baseline_shrunk=0.302), row("luck", scope={"owner": "Seller B"}, zone_id="b", baseline=0.30, baseline_shrunk=0.58))
    _, effects = house.measure()
    told = {name: (one["verdict"], next(check["passed"] for check in one["checks"] if check["name"] == "regression_to_the_mean")) for name, one in effects.items()}
    assert told["little"] == ("improved", True)
    assert told["luck"] == ("no clear change", False)
    assert effects["luck"]["claim"] == "coincides with"


def test_after_the_last_planned_look_nothing_new_is_looked_at(house):
    house.deals(win=lambda deal: 0.3 * (deal["created_at"].date() >= dt.date(2024, 5, 20) and deal["owner"] == "Seller A"))
    house.agree(row("short", scope={"owner": "Seller A"}, planned_looks=3))
    (_, first), (_, last) = house.measure("2024-05"), house.measure("2024-08")
    assert first["short"]["look"] == last["short"]["look"] == 3
    assert first["short"]["effect"] == last["short"]["effect"]


def test_a_change_of_everything_leaves_what_came_on_top_of_it_to_be_seen(house):
    house.deals(a_month=900, win=lambda deal: (0.1 + 0.25 * (deal["owner"] == "Seller A")) * (deal["created_at"].date() >= START))
    house.agree(row("seller", scope={"owner": "Seller A"}), row("whole"))
    _, effects = house.measure()
    seller, whole = effects["seller"], effects["whole"]
    assert (seller["joint_with"], whole["joint_with"]) == ([], [])
    assert (seller["form"], whole["form"]) == ("panel", "series")
    assert seller["low"] <= 0.25 <= seller["high"]
    assert whole["low"] <= 0.1 <= whole["high"]
    sizes = [one["money_per_month"]["units_per_month"] for one in (seller, whole)]
    assert sum(sizes) == pytest.approx(900 * 0.97, rel=0.05)  # no deal is counted twice
    assert next(check for check in seller["checks"] if check["name"] == "overlap")["passed"] is True
