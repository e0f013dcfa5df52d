"""Tables that once led to a wrong claim, a wrong day or a traceback."""

import numpy as np
import pandas as pd
import pytest

from audit.effects import compare
from audit.errors import UsageError

WEEKS = pd.date_range("2022-01-03", periods=160, freq="7D")


def series(y, **more):
    return pd.DataFrame({"week": WEEKS[: len(y)], "y": y, **more}), {"outcome": "y", "time": "week", "at": WEEKS[120]}


def noise(seed: int = 0, n: int = 160) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=n)


def test_a_flat_history_is_nothing_to_judge_by():
    y = np.zeros(160)
    y[150] = 1
    data, asked = series(y)
    assert compare(data, **asked).verdict == "not measurable yet"


def test_one_point_is_no_effect():
    y = 10 + noise()
    y[130] = 1e9
    data, asked = series(y)
    assert compare(data, **asked).verdict == "not measurable yet"
    rng = np.random.default_rng(0)
    checks = np.concatenate([rng.lognormal(3, 1, 120)])
    checks[90] = 1e9
    found = compare(pd.DataFrame({"y": checks, "g": np.repeat([0, 1], 60)}), outcome="y", group="g")
    assert found.verdict not in ("improved", "worsened")
    assert found.low <= 0 <= found.high or found.p_value < 0.05


def test_a_season_is_no_single_point():
    """The month farthest from the others after a change stands out by its season, which is expected of it."""
    month = np.arange(48)
    y = 20 + 5 * np.sin(2 * np.pi * month / 12) + 2.0 * (month >= 36) + 0.3 * noise(5, 48)
    data = pd.DataFrame({"m": pd.date_range("2021-01-01", periods=48, freq="MS"), "y": y})
    found = compare(data, outcome="y", time="m", at="2024-01-01")
    assert found.verdict == "improved"
    assert next(one for one in found.checks if one.name == "one_point").passed


def test_tails_on_both_sides_are_no_single_row():
    rng = np.random.default_rng(4)
    checks = np.concatenate([100 * rng.lognormal(-0.5, 1, 1000), 140 * rng.lognormal(-0.5, 1, 60)])
    group = np.repeat([0, 1], [1000, 60])
    checks[1000:][checks[1000:].argmax()] = 1.3 * checks.max()  # a long tail, as before
    found = compare(pd.DataFrame({"y": checks, "g": group}), outcome="y", group="g")
    alone = np.where(group == 1, np.resize(checks[:1000], 1060), checks)
    alone[1030] = 100 * alone.max()
    one = compare(pd.DataFrame({"y": alone, "g": group}), outcome="y", group="g")
    assert one.verdict not in ("improved", "worsened")
    assert all(check.passed for check in found.checks if check.name == "one_point")


def test_one_cell_of_a_panel_is_no_cause():
    y = noise(3, 144).reshape(12, 12)
    y[0, 9] += 20
    unit, month = np.divmod(np.arange(144), 12)
    data = pd.DataFrame({"unit": unit, "month": month, "y": y.ravel(), "on": ((unit == 0) & (month >= 8)).astype(int)})
    assert compare(data, outcome="y", unit="unit", time="month", treated="on", kind="value").verdict not in ("improved", "worsened")


def test_a_control_without_variation_is_none():
    at = np.arange(60)
    y = 10 + 3 * np.sin(2 * np.pi * at / 52.18) + 0.3 * noise(0, 60)
    for control in (np.ones(60), np.full(60, np.nan)):
        data = pd.DataFrame({"week": WEEKS[:60], "y": y, "c": control})
        found = compare(data, outcome="y", time="week", at=WEEKS[40], controls=["c"])
        assert (found.verdict, found.effect) == ("not measurable yet", None)


def test_a_change_that_does_not_stay_is_said():
    unit, month = np.divmod(np.arange(144), 12)
    on = (unit < 4) & (month >= 8) & (month < 10)
    data = pd.DataFrame({"unit": unit, "month": month, "y": noise(1, 144) + 2 * on, "on": on.astype(int)})
    found = compare(data, outcome="y", unit="unit", time="month", treated="on", kind="value", lang="en")
    assert "4 units are marked as changed and then not" in found.told()


def test_a_covariate_that_is_the_group_cannot_be_adjusted_for():
    data = pd.DataFrame({"y": 10 + noise(2, 120), "g": np.repeat([0, 1], 60)})
    data["y"] += 2 * data["g"]
    found = compare(data.assign(c=data["g"] * 1.0), outcome="y", group="g", covariates=["c"])
    assert found.verdict == "not measurable yet"


def test_few_rows_at_a_low_base():
    """0 of 100,000 against 1 of 10 is one event; no event is more than one in 20 by the exact test only when it is."""
    data = pd.DataFrame({"won": [0] * 300 + [1] + [0] * 9, "g": [0] * 300 + [1] * 10})
    found = compare(data, outcome="won", group="g")
    assert found.p_value == pytest.approx(10 / 310)
    alarms = 0
    rng = np.random.default_rng(0)
    for _ in range(300):
        rows = pd.DataFrame({"won": (rng.random(1012) < 0.01).astype(int), "g": np.repeat([0, 1], [1000, 12])})
        alarms += rows["won"].any() and compare(rows, outcome="won", group="g").verdict in ("improved", "worsened")
    assert alarms <= 25  # 5 % and three standard errors more


def test_whatever_the_order_of_rows():
    rng = np.random.default_rng(20)
    data = pd.DataFrame({"y": np.concatenate([rng.lognormal(3, 1.2, 40), rng.lognormal(3.55, 1.2, 40)]), "g": np.repeat([0, 1], 40)})
    ends = {(found.low, found.high) for found in (compare(data.sample(frac=1, random_state=seed), outcome="y", group="g") for seed in range(4))}
    assert max(low for low, _ in ends) - min(low for low, _ in ends) < 1e-9


@pytest.mark.parametrize(("day", "told"), [("01.06.2024", "2024-06-01"), ("2024-06-01", "2024-06-01"), ("13/06/2024", "2024-06-13")])
def test_days_are_read_day_first(day, told):
    data, asked = series(noise())
    assert compare(data, **asked | {"at": day}).at == told


@pytest.mark.parametrize("day", ["9.9.9", "now", 45768, 0, ""])
def test_what_is_no_day_is_said(day):
    data, asked = series(noise())
    with pytest.raises(UsageError, match="date"):
        compare(data, **asked | {"at": day}, lang="en")


@pytest.mark.parametrize(("columns", "asked"), [
    ({"y": [np.inf] + [1.0] * 39}, {}), ({"y": [1e160] * 40}, {}), ({"c": [np.inf] + [1.0] * 39}, {"covariates": ["c"]}),
    ({}, {"inflation": "x"}), ({}, {"season": 0}), ({}, {"look": True}),
])
def test_what_cannot_be_counted_with_is_told(columns, asked):
    data = pd.DataFrame({"y": noise(0, 40), "g": np.repeat([0, 1], 20)} | columns)
    with pytest.raises(UsageError):
        compare(data, outcome="y", group="g", kind="value", **asked)


def test_two_columns_of_one_name():
    data = pd.DataFrame(np.zeros((40, 3)), columns=["y", "y", "g"])
    with pytest.raises(UsageError, match="“y”"):
        compare(data, outcome="y", group="g")


def test_more_controls_than_a_history_bears():
    controls = {f"c{place}": noise(place) for place in range(60)}
    data, asked = series(noise(), **controls)
    assert compare(data, **asked, controls=list(controls)).verdict == "not measurable yet"
