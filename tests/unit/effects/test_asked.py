"""What `compare` is asked for: parameters that play no part, durations that cannot be, units of measurement, kinds, what is lacking."""

import numpy as np
import pandas as pd
import pytest

from audit.effects import compare
from audit.errors import UsageError

GROUPS = pd.DataFrame({"y": np.random.default_rng(1).normal(10, 1, 80), "g": np.repeat([0, 1], 40), "day": pd.date_range("2025-01-01", periods=80), "c": 1.0,
                       "seller": list("abcd") * 20, "over": 1})
WEEKS = pd.date_range("2022-01-03", periods=150, freq="7D")
SERIES = pd.DataFrame({"week": WEEKS, "y": 10 + np.random.default_rng(2).normal(size=150) + 2.0 * (np.arange(150) >= 120), "seller": "a"})


def panel(seed=3, scale=1.0, units=12, reached=4):
    unit, month = np.divmod(np.arange(units * 12), 12)
    on = (unit < reached) & (month >= 8)
    return pd.DataFrame({"unit": unit, "month": month, "y": scale * (5 + np.random.default_rng(seed).normal(size=units * 12) + 2 * on), "on": on.astype(int)})


PANEL = {"outcome": "y", "unit": "unit", "time": "month", "treated": "on"}


@pytest.mark.parametrize(("data", "asked", "idle"), [
    (GROUPS, {"group": "g", "time": "day", "at": "2025-02-01"}, "at"), (GROUPS, {"group": "g", "controls": ["c"]}, "controls"), (GROUPS, {"group": "g", "season": 7}, "season"),
    (GROUPS, {"group": "g", "kind": "duration", "unit": "seller"}, "unit"), (GROUPS, {"group": "g", "event": "over", "covariates": ["seller"]}, "covariates"),
    (GROUPS, {"group": "g", "kind": "duration", "time": "day"}, "time"), (GROUPS, {"group": "g", "kind": "value", "event": "over"}, "event"),
    (SERIES, {"time": "week", "at": WEEKS[120], "unit": "seller"}, "unit"), (panel(), PANEL | {"covariates": ["month"]}, "covariates"), (panel(), PANEL | {"season": 12}, "season"),
])
def test_a_parameter_that_plays_no_part_is_refused(data, asked, idle):
    with pytest.raises(UsageError) as told:
        compare(data, **{"outcome": "y"} | asked)
    assert told.value.key == "effects.idle"
    assert f": {idle}." in told.value.told("en")


def test_the_time_of_rows_in_two_groups_plays_a_part():
    assert "quarter_end" in {one.name for one in compare(GROUPS, outcome="y", group="g", time="day").checks}


@pytest.mark.parametrize("wrong", [-3.0, np.inf])
def test_durations_that_cannot_be_are_refused_with_their_row(wrong):
    data = pd.DataFrame({"days": [np.nan, *np.arange(1.0, 40.0)], "g": [0, 1] * 20})
    data.loc[[5, 9], "days"] = wrong
    with pytest.raises(UsageError) as told:
        compare(data, outcome="days", group="g", kind="duration")
    assert told.value.values["n"] == 2
    assert told.value.values["row"] == 6  # as the table numbers it, the empty row before it counted


@pytest.mark.parametrize("scale", [1e-12, 1e-7, 1e-3, 1e12])
def test_the_unit_of_measurement_decides_nothing(scale):
    rng = np.random.default_rng(4)
    calls = pd.DataFrame({"y": np.concatenate([rng.poisson(8, 60), rng.poisson(10, 60)]), "g": np.repeat([0, 1], 60)})
    checks = pd.DataFrame({"y": np.round(np.concatenate([rng.lognormal(2, 1, 60), rng.lognormal(2.5, 1, 60)]), 0), "g": np.repeat([0, 1], 60)})
    one = panel(units=9, reached=1)
    cases = [(calls, {"group": "g"}), (checks, {"group": "g"}), (SERIES, {"time": "week", "at": WEEKS[120]}), (panel(), PANEL), (one, PANEL | {"method": "synthetic_control"}),
             (one, PANEL | {"method": "baseline_adjusted"})]
    for data, asked in cases:
        plain, other = (compare(data.assign(y=data["y"] * by), **{"outcome": "y"} | asked) for by in (1.0, scale))
        assert (other.method, other.verdict) == (plain.method, plain.verdict)
        assert [value / scale for value in (other.effect, other.low, other.high)] == pytest.approx([plain.effect, plain.low, plain.high], rel=1e-6)


def test_a_tiny_effect_is_not_told_as_none():
    data = panel().assign(y=lambda one: one["y"] * 1e-9)
    assert "0.00000000" in compare(data, **PANEL, kind="value", lang="en").told()


def test_a_series_of_shares_is_no_money():
    rng = np.random.default_rng(5)
    rate = rng.beta(2, 9, 150) ** 2 * 3 + 0.01  # skewed as money is
    data = pd.DataFrame({"week": WEEKS, "win_rate": np.minimum(rate, 1.0)})
    found = compare(data, outcome="win_rate", time="week", at=WEEKS[120], lang="en")
    assert found.kind == "rate"
    assert "pp" in found.told()
    assert compare(data.assign(win_rate=data["win_rate"] * 1e6), outcome="win_rate", time="week", at=WEEKS[120]).kind == "money"


def test_shares_of_rows_are_not_taken_for_yes_and_no():
    data = pd.DataFrame({"share": np.random.default_rng(6).beta(4, 6, 100), "g": np.repeat([0, 1], 50)})
    found = compare(data, outcome="share", group="g")
    assert (found.kind, found.method) == ("rate", "welch")
    asked = compare(data, outcome="share", group="g", method="two_proportions", lang="en")
    assert (asked.effect, asked.verdict) == (None, "not measurable yet")
    assert "0 and 1" in asked.told()


NEEDS = [
    (GROUPS.iloc[[0, 1, 2, 40, 41]], {"group": "g"}, "7 more rows before the change; 8 more rows after the change"),
    (GROUPS.iloc[35:].assign(days=5.0), {"outcome": "days", "group": "g", "kind": "duration"}, "5 more units whose duration is over before the change"),
    (GROUPS, {"group": "g", "unit": "g"}, "2 more units: the error is judged by the spread between units"),
    (GROUPS.assign(y=GROUPS["g"] * 3.0), {"group": "g", "kind": "value"}, "values that vary: all are the same before, and all are the same after"),
    (SERIES.iloc[116:122], {"time": "week", "at": WEEKS[120]}, "4 more of the weeks before the change; 1 more of the weeks after the change"),
    (panel(), PANEL | {"method": "synthetic_control"}, "exactly one changed unit; here are 4: name another method for several"),
    (panel(units=9, reached=1).drop(index=3), PANEL | {"method": "synthetic_control"}, "the changed unit seen in every period"),
    (panel(units=4, reached=1), PANEL | {"method": "synthetic_control"}, "at least 6 unchanged units seen in every period"),
    (panel(units=9, reached=1).query("month >= 6"), PANEL | {"method": "synthetic_control"}, "2 more periods before the change"),
    (panel(units=4, reached=1), PANEL | {"method": "baseline_adjusted"}, "1 more unit seen both before and after the change"),
]


@pytest.mark.parametrize(("data", "asked", "needs"), NEEDS)
def test_what_is_lacking_is_what_is_asked_for(data, asked, needs):
    found = compare(data, **{"outcome": "y"} | asked, lang="en")
    assert found.to_json()["effects"][0]["needs"] == needs
    assert (found.effect, found.verdict) == (None, "not measurable yet")
    for lang in ("ru", "bg"):
        assert "{" not in found.told(lang)
