"""The least change that shows, and the day from which the target does."""

import dataclasses
import math

import numpy as np
import pytest

from audit.plan.detect import LONGEST, detectable, seen_after
from audit.zones.measures import BY_ID
from audit.zones.spread import unit_sd

SHARE = {"metric": "win_rate", "unit": "share", "direction": "higher", "baseline": 0.2, "target": 0.3, "n": 900, "volume_per_month": 75.0,
         "unit_sd": 0.4, "unit_scale": "logit", "remeasure_after_days": 28}
MONEY = SHARE | {"metric": "avg_check", "unit": "money", "baseline": 100_000.0, "target": 115_000.0, "unit_sd": 0.5, "unit_scale": "log"}
DAYS = SHARE | {"metric": "cycle_days", "unit": "days", "direction": "lower", "baseline": 40.0, "target": 34.0, "unit_sd": 0.6, "unit_scale": "log1p"}


@pytest.mark.parametrize("change", [SHARE, MONEY, DAYS], ids=["share", "money", "days"])
def test_the_target_shows_on_the_first_day_on_which_it_is_no_smaller_than_the_least_change(change):
    days, way = seen_after(change), abs(change["target"] - change["baseline"])
    assert days > 28
    assert detectable(change, days) <= way < detectable(change, days - 1)
    assert detectable(change) > way  # not yet by the first look


def test_means_of_other_scales():
    scored = SHARE | {"unit": "score", "baseline": 70.0, "target": 75.0, "unit_sd": 20.0, "unit_scale": "sd"}
    assert detectable(scored) == pytest.approx(detectable(scored | {"baseline": 10.0}))
    paid = MONEY | {"unit_scale": "mean", "unit_sd": 2.0}
    assert detectable(paid) == pytest.approx(2 * detectable(paid | {"baseline": 50_000.0}))
    assert detectable(MONEY | {"unit_scale": None}) is None


def test_no_target_shows_before_the_wait_is_over():
    assert seen_after(SHARE | {"target": 0.9}) == 28
    assert seen_after(SHARE | {"target": 0.9, "remeasure_after_days": 90}) == 90


def test_a_small_step_of_few_deals_does_not_show_within_two_years():
    assert seen_after(SHARE | {"target": 0.21}) is None
    assert detectable(SHARE, LONGEST) > 0.01


def test_only_rows_of_the_last_year_are_the_time_before():
    assert detectable(SHARE) == detectable(SHARE | {"n": 9000})
    assert detectable(SHARE) < detectable(SHARE | {"n": 200})


@pytest.mark.parametrize("lack", ["volume_per_month", "n", "baseline"])
def test_without_volume_nothing_is_said(lack):
    assert detectable(SHARE | {lack: None}) is None
    assert seen_after(SHARE | {lack: None}) is None
    assert detectable({**MONEY, "unit_sd": None}) is None  # findings of an earlier version


@pytest.mark.parametrize("change", [MONEY, DAYS], ids=["money", "days"])
def test_a_planted_change_of_that_size_is_found_in_four_of_five_worlds(change):
    random, days, worlds = np.random.default_rng(5), 180, 2000
    step, shift = detectable(change, days), 1 if change["unit"] == "days" else 0
    moved = change["baseline"] + (-step if change["direction"] == "lower" else step)
    n, m = 900, round(75 * days / (365.25 / 12))
    before = random.normal(math.log(change["baseline"] + shift), change["unit_sd"], (worlds, n))
    after = random.normal(math.log(moved + shift), change["unit_sd"], (worlds, m))
    from scipy.stats import ttest_ind

    assert np.mean(ttest_ind(before, after, axis=1).pvalue < 0.05) == pytest.approx(0.8, abs=0.03)


class Drawn:
    """Units of a measure with outcomes given by hand."""

    def __init__(self, metric, y, **other):
        self.measure, self.y, self.size = dataclasses.replace(BY_ID[metric], **other), np.array(y, dtype=float), 10.0


def test_the_spread_of_one_unit():
    everything = np.arange(4)
    assert unit_sd(Drawn("win_rate", [0, 1, 0, 1]), everything) == pytest.approx(math.sqrt(1 / 3))
    assert unit_sd(Drawn("avg_check", [10, 11, 12, 13]), everything) == pytest.approx(np.std([10, 11, 12, 13], ddof=1))
    assert unit_sd(Drawn("revenue_per_lead", [0, 2, 0, 2]), everything) == pytest.approx(np.std([0, 2, 0, 2], ddof=1) / 1)
    assert unit_sd(Drawn("win_rate", [-1, 1, -1, 1], link="sd"), everything) == pytest.approx(10 * math.sqrt(4 / 3))  # back in the metric's unit
    assert math.isnan(unit_sd(Drawn("win_rate", [1]), np.array([0])))
