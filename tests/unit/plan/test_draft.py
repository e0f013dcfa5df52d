"""Findings to a draft plan: order, targets, texts."""

import pytest

from audit.client import Client, Rules
from audit.plan import draft_plan
from audit.zones.remedies import remedies


def finding(name, remedy, *, horizon="tactical", gain=100.0, value=0.2, gap=-0.1, metric="win_rate"):
    rule = next(one for one in remedies() if one.id == remedy)
    return {
        "effort": rule.effort, "remeasure": rule.remeasure or metric, "remeasure_days": rule.days,
        "id": name, "metric": metric, "slice": {"owner": name}, "value": value, "benchmark": value - gap, "gap": gap,
        "gain_per_month": gain, "gain_low": None if gain is None else gain / 2, "gain_high": None if gain is None else gain * 2,
        "horizon": horizon, "remedy": remedy,
    }


def test_tactical_first_then_worth_for_effort():
    effort = {remedy.id: remedy.effort for remedy in remedies()}
    low = next(name for name, size in effort.items() if size == "low" and name != "volume_first")
    high = next(name for name, size in effort.items() if size == "high")
    plan = draft_plan({"findings": [
        finding("far", low, horizon="strategic", gain=9000.0),
        finding("dear", high, gain=300.0),  # 300 / 4
        finding("cheap", low, gain=100.0),  # 100 / 1
        finding("unpriced", low, gain=None),
    ]})
    assert [change["zone_id"] for change in plan.changes] == ["cheap", "dear", "unpriced", "far"]


def test_target_closes_the_attainable_share_of_the_gap():
    client = Client(name="X", rules=Rules(attainable_share=0.25))
    up, down = draft_plan({"findings": [
        finding("a", "next_step_rule", value=0.20, gap=-0.08),
        finding("b", "stage_time_norms", value=40.0, gap=12.0, metric="cycle_days"),
    ]}, client).changes
    assert up["target"] == pytest.approx(0.22)
    assert down["target"] == pytest.approx(37.0)
    assert (up["baseline"], down["baseline"]) == (0.20, 40.0)


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize("remedy", remedies(), ids=lambda remedy: remedy.id)
def test_every_remedy_has_its_texts(lang, remedy):
    (change,) = draft_plan({"findings": [finding("a", remedy.id)]}, lang=lang).changes
    assert all(len(change[part]) > 5 for part in ("title", "what", "why"))


def test_a_change_is_measured_by_the_metric_whose_value_is_its_baseline():
    (change,) = draft_plan({"findings": [finding("a", "lead_routing", metric="lead_conversion")]}).changes
    assert (change["metric"], change["baseline"]) == ("lead_conversion", 0.2)


def test_what_can_be_seen_stands_beside_every_change():
    whole = finding("a", "next_step_rule") | {"unit": "share", "direction": "higher", "n": 900, "volume_per_month": 75.0, "unit_sd": 0.4}
    told, bare = draft_plan({"findings": [whole, finding("b", "next_step_rule", gain=1.0)]}).changes
    assert 0 < told["detectable"] < 0.3 and told["seen_after_days"] > 28
    assert (bare["detectable"], bare["seen_after_days"]) == (None, None)  # findings of an earlier version


def test_hostile_names_are_inert_in_the_repr():
    plan = draft_plan({"findings": [finding("<script>alert(1)</script>", "next_step_rule")]}, lang="en")
    assert "<script>" not in plan._repr_html_()
    assert len(plan.frame) == 1
    assert plan.plot().axes


def test_nothing_found_is_an_empty_plan():
    assert draft_plan({"findings": []}).changes == ()


def test_zones_of_one_slice_that_ask_for_the_same_are_one_change():
    more = {"unit": "share", "direction": "higher", "n": 400, "volume_per_month": 40.0}
    priced = finding("a", "fast_response", metric="lead_conversion", value=0.3, gap=-0.2) | more
    bare = finding("b", "fast_response", metric="speed_within_sla", value=0.1, gap=-0.6, gain=None) | more | {"slice": {"owner": "a"}}
    elsewhere = finding("c", "fast_response", metric="speed_within_sla", value=0.1, gap=-0.6, gain=None) | more
    one, two = sorted(draft_plan({"findings": [bare, priced, elsewhere]}).changes, key=lambda change: change["id"])
    (also,) = one["also"]
    assert (one["zone_id"], also["zone_id"], two["zone_id"], two["also"]) == ("a", "b", "c", [])
    assert (also["metric"], also["target"], also["detectable"], also["seen_after_days"]) == ("speed_within_sla", 0.4, two["detectable"], two["seen_after_days"])
    assert also["seen_after_days"] != one["seen_after_days"]  # its own day, not that of the change's first metric
