"""Shrinkage: spread between peers and estimates chosen for being extreme."""

import numpy as np
import pytest

from audit.stats.shrink import after_selection, apart, between, peers_spread


def test_no_spread_where_levels_agree_within_chance():
    values, variances = np.array([0.1, -0.1, 0.05, 0.0]), np.full(4, 0.04)
    tau2, weights = between(values, variances, np.ones((1, 4), dtype=bool))
    assert tau2[0] == 0
    assert weights[0] == pytest.approx([0.25] * 4)


def test_spread_solves_the_paule_mandel_equation():
    values, variances = np.array([1.0, -1.0, 2.0, -2.0]), np.array([0.1, 0.2, 0.1, 0.2])
    tau2, weights = between(values, variances, np.ones((1, 4), dtype=bool))
    centre = weights[0] @ values
    assert ((values - centre) ** 2 / (variances + tau2[0])).sum() == pytest.approx(3, abs=1e-6)


def test_left_out_level_does_not_enter_its_own_spread():
    values = np.array([0.0, 0.01, -0.01, 0.0, -2.0])
    spread = peers_spread(values, np.full(5, 0.01), np.ones(5, dtype=bool), prior=0.0)
    assert spread.tau2[4] == 0
    assert spread.weights[4, 4] == 0
    assert spread.tau2[0] == 0  # and one of another kind enters nobody's
    assert spread.weights[0, 4] == 0


def test_bad_peers_do_not_hide_each_other():
    values = np.array([0.0, 0.01, -0.01, 0.02, -0.02, 0.0, -0.22, -0.21])
    error2, usable = np.full(8, 0.03**2), np.ones(8, dtype=bool)
    assert apart(values, error2, usable, prior=0.04).tolist() == [False] * 6 + [True] * 2
    spread = peers_spread(values, error2, usable, prior=0.04)
    assert abs(values[6] - spread.weights[6] @ values) / np.sqrt(error2[6] + spread.tau2[6]) > 5
    assert not apart(values[:3], error2[:3], usable[:3], prior=0.04).any()  # of three nobody can say


def test_peers_who_merely_differ_are_of_one_kind():
    random, out = np.random.default_rng(5), 0
    for _ in range(400):
        values = random.normal(0, 0.15, 12) + random.normal(0, 0.05, 12)
        out += int(apart(values, np.full(12, 0.05**2), np.ones(12, dtype=bool), prior=0.08).sum())
    assert out / (400 * 12) < 0.02


def test_prior_and_floor_of_the_spread():
    alike = np.zeros(4)
    spread = peers_spread(alike, np.full(4, 0.01), np.ones(4, dtype=bool), prior=0.2, prior_df=2)
    assert spread.tau2[0] == pytest.approx(2 * 0.04 / (2 + 2))  # three peers, one mean: two degrees
    floored = peers_spread(alike, np.full(4, 0.01), np.ones(4, dtype=bool), prior=0.2, floor=0.5)
    assert floored.tau2[0] == pytest.approx(0.25)


def test_clear_effect_is_left_alone_and_a_bare_one_shrinks():
    assert after_selection(-9.0, 1.0, 3.5) == pytest.approx((-9.0, -10.96, -7.04), abs=0.01)
    point, low, high = after_selection(-3.6, 1.0, 3.5)
    assert -1.8 < point <= 0
    assert low < point <= high


@pytest.mark.parametrize("truth", [-3.0, -4.0, -5.0])
def test_interval_covers_given_selection(truth):
    random = np.random.default_rng(5)
    seen = random.normal(truth, 1, 20_000)
    seen = seen[seen <= -3.7][:400]
    hits = [low <= truth <= high for _, low, high in (after_selection(float(z), 1.0, 3.7) for z in seen)]
    assert 0.92 <= np.mean(hits) <= 0.98
