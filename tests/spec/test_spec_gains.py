"""What agreed changes have brought so far, counted by hand: 26 weeks before and 10 after the middle of January."""

import numpy as np
import pandas as pd
import pytest
from drawn import client, crm, row, value

from audit.metrics import listed, measure

AS_OF = "2026-03-31"
WEEKS = pd.date_range("2025-06-02", "2026-03-23", freq="W-MON")
START = pd.Timestamp("2026-01-15")
BEFORE, AFTER = [2, 3], [5, 6]  # deals won a week, by turns


def sold(after: list[int]) -> pd.DataFrame:
    sizes = [BEFORE[i % 2] if at < START else after[i % 2] for i, at in enumerate(WEEKS)]
    return pd.DataFrame([{"deal_id": f"{at:%m%d}{i}", "semantic": "won", "created_at": at, "closed_at": at, "amount": 100.0}
                         for at, n in zip(WEEKS, sizes, strict=True) for i in range(n)])


PLAN = crm("""
growth_actions
  action_id horizon   agreed_at  start_on   due_on     metric    baseline target expected_gain
  g1        tactical  2026-01-10 2026-01-15 2026-02-01 won_deals 2.5      8.5    600
  g2        tactical  2026-01-10 2026-01-15 2026-02-01 won_deals 2.5      5.5    200
  g3        strategic 2026-01-10 2026-01-15 2026-02-01 revenue   250      450    80
  g4        tactical  2026-03-10 2026-03-15 2026-04-01 avg_check 100      200    900
""")
WORLD = PLAN | {"deals": sold(AFTER)}
NOW = {"as_of": AS_OF}


def test_actions_on_one_metric_have_one_gain_and_young_ones_none():
    # ten weeks of 5 and 6 by turns: 5.5 is half of the way of g1 (300) and the whole way of g2 (200), which is the same gain
    assert value(WORLD, "actions_gain_realised", "horizon", "tactical", **NOW) == pytest.approx(300)
    # a strategic action is not judged before a quarter: g3 began 76 days ago
    assert row(WORLD, "actions_gain_realised", **NOW)["n"] == 1
    assert value(WORLD, "actions_gain_attained", **NOW) == pytest.approx(0.5)
    later = WORLD | {"deals": pd.concat([sold(AFTER), sold(AFTER).assign(deal_id=lambda t: "x" + t["deal_id"], created_at=lambda t: t["created_at"] + pd.Timedelta(days=70),
                                                                         closed_at=lambda t: t["closed_at"] + pd.Timedelta(days=70))])}
    assert row(later, "actions_gain_realised", as_of="2026-04-20")["n"] == 3  # and now it is, and g4, whose check has not moved, too


def test_the_interval_is_that_of_the_weeks():
    found = row(WORLD, "actions_gain_realised", **NOW)
    sizes = np.array([BEFORE[i % 2] if at < START else AFTER[i % 2] for i, at in enumerate(WEEKS)], dtype=float)
    before, after = sizes[(WEEKS + pd.Timedelta(days=7) <= START)][-26:], sizes[WEEKS >= START]
    parts = np.array([before.var(ddof=1) / len(before), after.var(ddof=1) / len(after)])
    df = parts.sum() ** 2 / (parts**2 / [len(before) - 1, len(after) - 1]).sum()
    from scipy.stats import t

    half = t.ppf(0.975, df) * np.sqrt(parts.sum()) / 6 * 600
    assert (found["low"], found["high"]) == pytest.approx((300 - half, 300 + half))


def test_growth_that_agreed_changes_explain():
    # revenue of January to March less October to December, a month, in hundreds
    months = WORLD["deals"].groupby(WORLD["deals"]["closed_at"].dt.to_period("M"))["amount"].sum()
    grown = (months["2026-01":"2026-03"].sum() - months["2025-10":"2025-12"].sum()) / 3
    found = row(WORLD, "growth_traced", **NOW)
    assert found["value"] == pytest.approx(300 / grown)
    assert found["status"] == "provisional"  # no year before to compare with
    assert np.isnan(value(PLAN | {"deals": sold([1, 1])}, "growth_traced", **NOW))  # nothing grew


def test_without_expected_money_nothing_is_said():
    bare = WORLD | {"growth_actions": PLAN["growth_actions"].drop(columns="expected_gain")}
    found = measure(bare, ["growth_traced", "actions_gain_realised", "actions_agreed"], as_of=AS_OF, client=client())
    assert found.get("growth_traced")["status"] == found.get("actions_gain_realised")["status"] == "not_measurable: lacks growth_actions.expected_gain"


def test_a_change_of_one_slice_is_judged_in_that_slice():
    # Ann's weeks double from the start on, those of Bob stay: the whole grows by half of what Ann's part does
    both = pd.concat([sold(AFTER).assign(owner_id="1"), sold(BEFORE).assign(owner_id="2", deal_id=lambda t: "b" + t["deal_id"])])
    users = pd.DataFrame({"user_id": ["1", "2"], "name": ["Ann", "Bob"]})
    plan = PLAN["growth_actions"].head(2).assign(slice_by="owner", slice_group=["Ann", "Bob"], target=[8.5, 5.5])
    world = {"deals": both, "users": users, "growth_actions": plan}
    found = listed(world, "change_plan", as_of=AS_OF, client=client()).set_index("action_id")
    assert found["now"].to_dict() == pytest.approx({"g1": 5.5, "g2": np.mean(BEFORE)})
    assert found["verdict"].to_dict() == {"g1": "improved", "g2": "no clear change"}
    assert found.loc["g1", "attained"] == pytest.approx(0.5)
    # two slices are two gains: Ann's half of 600, Bob's nothing
    assert value(world, "actions_gain_realised", **NOW) == pytest.approx(300 + 200 * (np.mean(BEFORE) - 2.5) / 3)


def test_a_slice_that_the_data_no_longer_have_is_not_measurable():
    for gone in ({"slice_by": "owner", "slice_group": "Nobody"}, {"slice_by": "planet", "slice_group": "Mars"}):
        found = listed({"deals": sold(AFTER), "growth_actions": PLAN["growth_actions"].assign(**gone)}, "change_plan", as_of=AS_OF, client=client())
        assert set(found["verdict"]) == {"not measurable yet"}


def test_a_lasting_change_waits_a_whole_cycle():
    def town(days: int) -> dict:
        deals = sold(AFTER).assign(created_at=lambda t: t["closed_at"] - pd.Timedelta(days=days))
        return WORLD | {"deals": pd.concat([deals, deals.assign(deal_id=lambda t: "x" + t["deal_id"], closed_at=lambda t: t["closed_at"] + pd.Timedelta(days=70),
                                                                created_at=lambda t: t["created_at"] + pd.Timedelta(days=70))])}

    def verdict(days: int, action: str) -> str:
        shown = listed(town(days), "change_plan", as_of="2026-04-20", client=client()).set_index("action_id")
        return shown.loc[action, "verdict"]

    # g3, a strategic one, began 95 days ago: with deals of ninety days it is judged, with deals of a hundred not yet; g1 is tactical
    assert verdict(90, "g3") != "not measurable yet"
    assert verdict(100, "g3") == "not measurable yet"
    assert verdict(100, "g1") != "not measurable yet"


def test_the_gain_is_counted_from_what_was_measured_before_not_from_the_baseline_that_was_typed():
    # 2 and 3 a week before and after, 2.5 either way, of which somebody typed 1: half of the way to 4 is "attained", and nothing was gained
    plan = PLAN["growth_actions"].head(1).assign(baseline=1.0, target=4.0)
    still = {"deals": sold(BEFORE), "growth_actions": plan}
    assert value(still, "actions_gain_attained", **NOW) == pytest.approx(0.0)
    assert value(still, "actions_gain_realised", **NOW) == pytest.approx(0.0)
    assert listed(still, "change_plan", as_of=AS_OF, client=client())["attained"].tolist() == [pytest.approx((2.5 - 1) / 3)]
    # 5 and 6 after: 5.5 − 2.5 = 3 is the whole way of 4 − 1 that was expected to bring 600, not the one and a half of 5.5 − 1
    moved = {"deals": sold(AFTER), "growth_actions": plan}
    assert value(moved, "actions_gain_realised", **NOW) == pytest.approx(600)
    months = moved["deals"].groupby(moved["deals"]["closed_at"].dt.to_period("M"))["amount"].sum()
    grown = (months["2026-01":"2026-03"].sum() - months["2025-10":"2025-12"].sum()) / 3
    assert value(moved, "growth_traced", **NOW) == pytest.approx(600 / grown)


@pytest.mark.parametrize("title", ["Won deals", "выигранные  сделки", "Спечелени сделки", "WON_DEALS"])
def test_a_plan_may_call_a_metric_by_its_title(title):
    named = PLAN["growth_actions"].assign(metric=PLAN["growth_actions"]["metric"].replace("won_deals", title))
    assert value(WORLD | {"growth_actions": named}, "actions_gain_realised", "horizon", "tactical", **NOW) == pytest.approx(300)
    told = listed(WORLD | {"growth_actions": named}, "change_plan", as_of=AS_OF, client=client()).set_index("action_id")
    assert told.loc["g1", "metric"] == "won_deals" and told.loc["g1", "attained"] == pytest.approx(0.5)


def test_what_no_metric_is_called_stays_as_it_was_written():
    named = PLAN["growth_actions"].assign(metric="happiness")
    told = listed(WORLD | {"growth_actions": named}, "change_plan", as_of=AS_OF, client=client()).set_index("action_id")
    assert set(told["metric"]) == {"happiness"} and set(told["verdict"]) == {"not measurable yet"}
