"""The checks that run by themselves, each on a world made to trip it."""

import numpy as np
import pandas as pd
import pytest

from audit.effects import compare


def passed(effect) -> dict[str, bool | None]:
    return {one.name: one.passed for one in effect.checks}


def weeks(y: np.ndarray, cut: int, **controls: np.ndarray):
    days = pd.date_range("2022-01-03", periods=len(y), freq="7D")
    return pd.DataFrame({"week": days, "y": y, **controls}), {"outcome": "y", "time": "week", "at": days[cut], "kind": "value"}


def test_a_history_shorter_than_a_year_is_refused():
    data, asked = weeks(np.random.default_rng(0).normal(size=50), 40)
    found = compare(data, **asked, lang="en")
    assert (found.verdict, found.effect) == ("not measurable yet", None)
    assert "13 more of the weeks" in found.to_json()["effects"][0]["needs"]


def test_a_series_that_jumped_before_is_no_evidence():
    """It fell by itself at two thirds of the history: the placebo date sees that."""
    y = np.random.default_rng(0).normal(size=150) - 5 * ((np.arange(150) >= 72) & (np.arange(150) < 108))
    data, asked = weeks(y, 108)
    found = compare(data, **asked)
    assert passed(found)["placebo_in_time"] is False
    assert found.verdict == "not measurable yet"


def test_a_control_that_jumps_is_no_control():
    rng = np.random.default_rng(1)
    step = 4.0 * (np.arange(120) >= 90)
    data, asked = weeks(rng.normal(size=120) + step, 90, other=rng.normal(size=120) + step)
    found = compare(data, **asked, controls=["other"])
    assert passed(found)["placebo_outcome"] is False
    assert found.verdict == "not measurable yet"


def test_an_effect_that_comes_and_goes_is_foretold_not_fitted():
    rng = np.random.default_rng(2)
    at = np.arange(120)
    data, asked = weeks(rng.normal(size=120) + 9 * ((at >= 90) & (at < 96)), 90, other=rng.normal(size=120))
    found = compare(data, **asked, controls=["other"], lang="en")
    assert "foretells" in next(one for one in found.to_json()["effects"][0]["checks"] if one["name"] == "course")["detail"]
    assert found.effect == pytest.approx(9 * 6 / 30, abs=0.6)


def panel(y: np.ndarray, on: np.ndarray):
    unit, month = np.divmod(np.arange(y.size), y.shape[1])
    frame = pd.DataFrame({"unit": unit, "month": month, "y": y.ravel(), "on": on.ravel().astype(int)})
    return frame, {"outcome": "y", "unit": "unit", "time": "month", "treated": "on", "kind": "value"}


def test_units_that_ran_apart_before_do_not_prove_a_cause():
    rng = np.random.default_rng(3)
    y = rng.normal(scale=0.2, size=(10, 16))
    y[:3] += 0.4 * np.arange(16)
    on = np.zeros((10, 16))
    on[:3, 10:] = 1
    found = compare(*panel(y, on)[:1], **panel(y, on)[1])
    assert passed(found)["pre_trend"] is False
    assert found.claim == "coincides with"


def test_parallel_units_with_a_control_group_earn_the_cause():
    rng = np.random.default_rng(4)
    y = rng.normal(size=(10, 1)) + rng.normal(scale=0.3, size=(10, 16))
    on = np.zeros((10, 16))
    on[[1, 4, 7], 10:] = 1
    data, asked = panel(y + 1.5 * on, on)
    found = compare(data, **asked)
    assert (found.verdict, found.claim) == ("improved", "caused by")
    assert found.effect == pytest.approx(1.5, abs=0.3)


@pytest.mark.parametrize(("trained", "method"), [((0, 1), "baseline_adjusted"), ((0, 3), "diff_in_diff"), ((1, 2), "diff_in_diff"), ((0, 1, 2), "baseline_adjusted"), ((5, 7), "diff_in_diff")])
def test_several_units_count_as_the_worst_only_at_the_bottom(trained, method):
    rng = np.random.default_rng(3)
    y = rng.normal(size=(8, 12)) + np.arange(8)[:, None]
    on = np.zeros((8, 12), dtype=int)
    on[list(trained), 6:] = 1
    unit, at = np.divmod(np.arange(96), 12)
    rows = pd.DataFrame({"team": unit, "month": at, "y": y.ravel(), "trained": on.ravel()})
    assert compare(rows, outcome="y", unit="team", time="month", treated="trained", kind="value").method == method


def test_the_worst_seller_is_compared_at_the_same_level_before():
    rng = np.random.default_rng(7)
    y = rng.normal(size=(10, 12))
    worst = int(y[:, :6].mean(1).argmin())
    on = np.zeros((10, 12))
    on[worst, 6:] = 1
    data, asked = panel(y, on)
    found = compare(data, **asked)
    assert found.method == "baseline_adjusted"
    assert found.verdict == "no clear change"
    forced = compare(data, **asked, method="diff_in_diff")
    assert forced.low > 0  # the return to the mean looks like an effect …
    assert (forced.verdict, passed(forced)["regression_to_the_mean"]) == ("not measurable yet", False)  # … and is caught


def test_two_thirds_of_a_quarter_against_its_end():
    """Nothing but the month of the quarter differs: 50, 50 and 80 of 100 won."""
    days = pd.to_datetime(["2025-04-15"] * 100 + ["2025-05-15"] * 100 + ["2025-06-15"] * 100)
    data = pd.DataFrame({"won": ([1] * 50 + [0] * 50) * 2 + [1] * 80 + [0] * 20, "day": days, "after": [0] * 200 + [1] * 100})
    found = compare(data, outcome="won", group="after", time="day")
    assert passed(found)["quarter_end"] is False
    assert (found.verdict, round(found.effect, 6)) == ("not measurable yet", 0.3)


def test_prices_alone_are_no_gain():
    """Cheques grew by 10 % in a year, and so did prices."""
    rng = np.random.default_rng(8)
    cheques = 100 * rng.lognormal(-0.02, 0.2, 1200)
    days = pd.to_datetime("2024-01-01") + pd.to_timedelta(np.arange(1200) % 90, unit="D")
    data = pd.DataFrame({"check": np.concatenate([cheques, cheques * 1.1]), "day": np.concatenate([days, days + pd.DateOffset(years=1)]), "after": np.repeat([0, 1], 1200)})
    asked = {"outcome": "check", "group": "after", "time": "day", "kind": "money"}
    assert compare(data, **asked).verdict == "improved"
    assert passed(compare(data, **asked))["price_inflation"] is None
    assert compare(data, **asked, inflation=0.10).verdict == "not measurable yet"
    assert compare(data, **asked, inflation=0.01).verdict == "improved"


def test_rows_of_another_kind_are_not_compared():
    data = pd.DataFrame({"won": [1, 0] * 100, "after": np.repeat([0, 1], 100), "size": np.concatenate([np.random.default_rng(0).normal(0, 1, 100), np.random.default_rng(1).normal(5, 1, 100)])})
    found = compare(data, outcome="won", group="after", covariates=["size"])
    assert passed(found)["composition"] is False
    assert found.verdict == "not measurable yet"


def test_a_torn_last_week_is_left_out():
    rng = np.random.default_rng(9)
    days = pd.date_range("2022-01-03", periods=7 * 100)
    data = pd.DataFrame({"day": np.repeat(days, 5), "y": rng.normal(size=3500)})
    torn = pd.concat([data, pd.DataFrame({"day": [days[-1] + pd.Timedelta(days=1)] * 3, "y": [50.0] * 3})])
    whole, less = (compare(frame, outcome="y", time="day", at=days[560], kind="value") for frame in (data, torn))
    assert whole.effect == pytest.approx(less.effect, abs=1e-9)
    assert "last_dropped" in next(one.detail.key for one in less.checks if one.name == "maturity")
