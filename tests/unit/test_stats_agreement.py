"""Agreement and effects against published figures."""

import numpy as np
import pytest

from audit.stats.agreement import alpha, icc
from audit.stats.effects import Effects, adjusted, hedges, shrunk, tiers

NONE = np.nan
# Krippendorff (2011), data of four observers and twelve units
KRIPPENDORFF = np.array([
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE], [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
    [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE], [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE]])


@pytest.mark.parametrize(("scale", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_of_the_published_table(scale, published):
    who, unit = np.nonzero(~np.isnan(KRIPPENDORFF))
    assert alpha(unit, KRIPPENDORFF[who, unit], scale) == pytest.approx(published, abs=5e-4)


def test_icc_of_the_published_table_with_its_interval():
    table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    assert icc(table) == pytest.approx((0.2898, 0.0188, 0.7611), abs=5e-4)  # McGraw & Wong (1996)


def test_perfect_and_useless_agreement():
    assert icc([[1, 1], [2, 2], [3, 3]])[0] == 1
    assert np.isnan(icc([[1, 1], [1, 1]])[0])
    assert np.isnan(alpha([1, 1, 2, 2], [3, 3, 3, 3]))
    assert alpha([1, 1, 2, 2], [0, 1, 1, 0]) < 0


def test_factors_that_cannot_be_told_apart_give_nothing():
    who = np.array([0, 0, 1, 1])
    assert adjusted([1.0, 2, 3, 4], [who, who]) is None


def test_adjusted_means_are_those_of_a_balanced_table():
    who, what = np.repeat([0, 1, 2], 4), np.tile([0, 1, 0, 1], 3)
    y = np.array([5, 7, 6, 6, 1, 3, 2, 2, 9, 9, 8, 10.0])
    found = adjusted(y, [who, what])
    assert found[0].mean == pytest.approx([6, 2, 9])
    assert found[0].df == 12 - 4


def test_shrinking_leaves_equals_alike():
    middle, error = shrunk(np.array([1.0, 2.0, 3.0]), np.array([5.0, 5.0, 5.0]))
    assert middle == pytest.approx([2, 2, 2])
    assert (error > 0).all()
    apart, _ = shrunk(np.array([0.0, 100.0]), np.array([1.0, 1.0]))
    assert apart == pytest.approx([0, 100], abs=0.1)


def test_twenty_equals_are_one_tier():
    rng, wrong = np.random.default_rng(1), 0
    for _ in range(200):
        wrong += int(tiers(Effects(rng.normal(size=20), np.eye(20), 400)).max() > 1)
    assert wrong <= 17  # 5 % of 200, and three standard deviations


def test_effect_sizes():
    assert all(np.isnan(hedges([1, 1], [1, 1])))
    g, low, high = hedges(np.arange(50) + 25.0, np.arange(50))
    assert low < g < high
    assert g == pytest.approx(25 / np.std(np.arange(50), ddof=1) * (1 - 3 / 391))
