"""Comparisons counted by hand, designs recognised, verdicts in the fixed words."""

import numpy as np
import pandas as pd
import pytest

from audit.effects import Effect, compare


def rows(won_before: int, n_before: int, won_after: int, n_after: int) -> pd.DataFrame:
    won = [1] * won_before + [0] * (n_before - won_before) + [1] * won_after + [0] * (n_after - won_after)
    return pd.DataFrame({"won": won, "after": [0] * n_before + [1] * n_after})


def panel(values: dict[str, list[float]], start: dict[str, int]) -> pd.DataFrame:
    return pd.DataFrame([
        {"unit": unit, "month": month, "y": y, "on": int(unit in start and month >= start[unit])} for unit, course in values.items() for month, y in enumerate(course)
    ])


def test_two_shares_counted_by_hand():
    """48 of 80 against 56 of 70: Newcombe (1998), table II, first column."""
    found = compare(rows(48, 80, 56, 70), outcome="won", group="after")
    assert (found.kind, found.method, found.verdict, found.claim) == ("rate", "two_proportions", "improved", "coincides with")
    assert found.effect == pytest.approx(0.2)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)
    assert (found.before, found.value, found.expected, found.n_before, found.n_after) == (pytest.approx(0.6), pytest.approx(0.8), pytest.approx(0.6), 80, 70)
    assert found.relative == pytest.approx(1 / 3)


def test_less_is_better_where_it_is_said():
    assert compare(rows(48, 80, 56, 70), outcome="won", group="after", better="lower").verdict == "worsened"
    assert compare(rows(56, 70, 48, 80), outcome="won", group="after", better="lower").verdict == "improved"


def test_too_few_rows_are_an_answer():
    found = compare(rows(5, 20, 2, 3), outcome="won", group="after", lang="en")
    assert (found.verdict, found.effect, found.p_value) == ("not measurable yet", None, None)
    assert found.to_json()["effects"][0]["needs"] == "7 more rows after the change"


def test_difference_in_differences_by_hand():
    """Changed units go 10→14 and 20→26, the others 12→13, 18→20 and 15→15: 5 − 1 = 4."""
    data = panel({"a": [10, 14], "b": [20, 26], "c": [12, 13], "d": [18, 20], "e": [15, 15]}, {"a": 1, "b": 1})
    found = compare(data, outcome="y", unit="unit", time="month", treated="on", kind="value")
    assert found.method == "diff_in_diff"
    assert found.effect == pytest.approx(4.0)
    # pooled variance (2 + 2) / 3, t with 3 degrees of freedom: 4 ± 3.1824 · sqrt(4/3 · (1/2 + 1/3))
    assert (found.low, found.high) == (pytest.approx(4 - 3.182446 * np.sqrt(4 / 3 * 5 / 6), rel=1e-5), pytest.approx(4 + 3.182446 * np.sqrt(4 / 3 * 5 / 6), rel=1e-5))


def test_a_start_of_the_unit_and_a_date_say_the_same():
    values = {name: list(course) for name, course in zip("abcdefgh", np.random.default_rng(1).normal(size=(8, 12)), strict=True)}
    data = panel(values, {"a": 6, "b": 6, "c": 6})
    ever = data.assign(on=data["unit"].isin(list("abc")).astype(int))
    asked = {"outcome": "y", "unit": "unit", "time": "month", "treated": "on", "kind": "value"}
    assert compare(data, **asked).to_json()["effects"][0]["effect"] == compare(ever, at=6, **asked).to_json()["effects"][0]["effect"]


def test_staggered_starts_use_nobody_changed_as_a_control():
    """Unit effects 0, 10, 20, month effects 0, 1, 2, …: an effect that grows in the early unit must not turn the late one's sign."""
    months = np.arange(8)
    courses = {name: 10.0 * place + months for place, name in enumerate("abcdef")}
    courses["a"] = courses["a"] + np.where(months >= 2, months - 1.0, 0)  # 1, 2, … 6
    courses["b"] = courses["b"] + np.where(months >= 5, 2.0, 0)
    noise = np.random.default_rng(0).normal(scale=1e-3, size=(6, 8))
    data = panel({name: list(course + noise[place]) for place, (name, course) in enumerate(courses.items())}, {"a": 2, "b": 5})
    found = compare(data, outcome="y", unit="unit", time="month", treated="on", kind="value")
    assert found.method == "staggered_imputation"
    assert found.effect == pytest.approx((21 + 6) / 9, abs=0.01)


def test_the_mix_moves_and_nothing_else():
    """Site wins 60 of 100, fair 10 of 100, before and after; only their shares move."""
    before = pd.DataFrame({"won": [1] * 120 + [0] * 80 + [1] * 10 + [0] * 90, "source": ["site"] * 200 + ["fair"] * 100, "after": 0})
    after = pd.DataFrame({"won": [1] * 60 + [0] * 40 + [1] * 20 + [0] * 180, "source": ["site"] * 100 + ["fair"] * 200, "after": 1})
    data = pd.concat([before, after])
    assert compare(data, outcome="won", group="after").verdict == "worsened"
    fair = compare(data, outcome="won", group="after", covariates=["source"])
    assert fair.effect == pytest.approx(0, abs=1e-12)
    assert fair.verdict == "no clear change"


def test_durations_count_what_is_still_open():
    """Before: 1…20 days, all over. After: the same, but half of them were seen for 5 days only."""
    days = np.arange(1.0, 21.0)
    before = pd.DataFrame({"days": np.tile(days, 3), "over": 1, "after": 0})
    after = pd.DataFrame({"days": np.concatenate([np.tile(days, 3), np.minimum(np.tile(days, 3), 5)]), "over": np.concatenate([np.ones(60), np.tile(days <= 5, 3)]).astype(int), "after": 1})
    found = compare(pd.concat([before, after]), outcome="days", event="over", group="after")
    assert (found.kind, found.method, found.better) == ("duration", "restricted_mean", "lower")
    assert found.low < 0 < found.high
    closed_alone = after.loc[after["over"] == 1, "days"].mean() - before["days"].mean()
    assert closed_alone == pytest.approx(-1.5)
    assert abs(found.effect) < 0.5


@pytest.mark.parametrize("scale", [1000.0, 0.001])
def test_another_unit_changes_the_scale_and_nothing_else(scale):
    rng = np.random.default_rng(5)
    weeks = pd.date_range("2022-01-03", periods=130, freq="7D")
    data = pd.DataFrame({"week": weeks, "y": 10 + rng.normal(size=130) + 2.0 * (np.arange(130) >= 100)})
    plain = compare(data, outcome="y", time="week", at=weeks[100], kind="value")
    other = compare(data.assign(y=data["y"] * scale), outcome="y", time="week", at=weeks[100], kind="value")
    assert plain.verdict == other.verdict == "improved"
    for name in ("effect", "low", "high"):
        assert getattr(other, name) == pytest.approx(getattr(plain, name) * scale, rel=1e-6)


def test_the_order_of_rows_says_nothing():
    rng = np.random.default_rng(6)
    data = pd.DataFrame({"check": rng.lognormal(size=300), "after": rng.integers(0, 2, 300), "source": rng.choice(list("abc"), 300)})
    for asked in ({"group": "after"}, {"group": "after", "covariates": ["source"]}, {"group": "after", "unit": "source"}):
        one, two = (compare(frame, outcome="check", **asked).to_json()["effects"][0] for frame in (data, data.sample(frac=1, random_state=1)))
        assert one["effect"] == pytest.approx(two["effect"], rel=1e-9)
        assert one["verdict"] == two["verdict"]


def test_everything_a_notebook_shows():
    found = compare(rows(48, 80, 56, 70), outcome="won", group="after", lang="ru")
    assert isinstance(found, Effect)
    assert "стало лучше" in found.told()
    assert "+20,0" in found._repr_html_()
    assert found.frame.shape[0] == 1
    assert found.plot().axes
    assert found.to_json()["effects"][0]["monitoring"] is None


def test_hostile_names_are_inert_in_html():
    data = rows(48, 80, 56, 70).rename(columns={"won": "<script>alert(1)</script>"})
    assert "<script>" not in compare(data, outcome="<script>alert(1)</script>", group="after")._repr_html_()
