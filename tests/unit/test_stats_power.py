"""What is called detectable is found in four of five made-up worlds, and nothing is found more often than allowed."""

import numpy as np
import pytest
from scipy import stats

from audit.stats.power import detectable_mean, detectable_share

WORLDS = 4000


def found_shares(p, q, n, m, seed=1):
    """Part of the worlds in which the pooled two-sample test tells `p` of n from `q` of m."""
    random = np.random.default_rng(seed)
    a, b = random.binomial(n, p, WORLDS), random.binomial(m, q, WORLDS)
    pooled = (a + b) / (n + m)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return float(np.mean(np.abs(b / m - a / n) > 1.959964 * np.maximum(error, 1e-12)))


@pytest.mark.parametrize(("p", "n", "m", "up"), [(0.2, 500, 500, True), (0.3, 900, 150, True), (0.35, 400, 120, False), (0.05, 2000, 700, True)])
def test_a_detectable_change_of_a_share_is_found_in_four_of_five_worlds(p, n, m, up):
    step = detectable_share(p, n, m, up=up)
    assert found_shares(p, p + step * (1 if up else -1), n, m) == pytest.approx(0.8, abs=0.035)
    assert found_shares(p, p, n, m) == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize(("sd", "n", "m"), [(1.0, 60, 60), (0.7, 300, 25), (2.0, 12, 12)])
def test_a_detectable_difference_of_means_is_found_in_four_of_five_worlds(sd, n, m):
    random, step = np.random.default_rng(2), detectable_mean(sd, n, m)
    a, b = random.normal(0, sd, (WORLDS, n)), random.normal(step, sd, (WORLDS, m))
    assert np.mean(stats.ttest_ind(a, b, axis=1).pvalue < 0.05) == pytest.approx(0.8, abs=0.03)


def test_more_units_show_less():
    steps = [detectable_share(0.2, 500, m, up=True) for m in (20, 80, 320, 1280)]
    assert steps == sorted(steps, reverse=True)
    assert detectable_share(0.2, 1e9, 400, up=True) < detectable_share(0.2, 400, 400, up=True)


def test_too_few_units_show_nothing():
    assert detectable_share(0.9, 5, 5, up=True) is None
    assert detectable_share(0.0, 100, 100, up=False) is None
    assert detectable_share(0.2, 100, 0, up=True) is None
    assert detectable_mean(1.0, 1, 50) is None
