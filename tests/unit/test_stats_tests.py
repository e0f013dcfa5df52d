"""Tail probabilities and needed sizes."""

import numpy as np
import pytest
from scipy import stats

from audit.stats.tests import lower_quantile, lower_tail, units_needed, unskewed


def test_corrected_tail_is_nearer_to_the_exact_binomial():
    n, p = 400, 0.9
    k = 330
    z = (k + 0.5 - n * p) / np.sqrt(n * p * (1 - p))
    skew = (1 - 2 * p) / np.sqrt(n * p * (1 - p))
    exact = stats.binom.cdf(k, n, p)
    plain, corrected = stats.norm.cdf(z), lower_tail(unskewed(np.array([z]), np.array([skew])))[0]
    assert abs(np.log(corrected / exact)) < abs(np.log(plain / exact))
    assert corrected > plain  # a left-skewed count reaches low values more often than the normal law says


def test_tail_and_quantile_agree_with_scipy():
    assert lower_tail(np.array([-2.0]), np.array([5.0]))[0] == pytest.approx(stats.t.cdf(-2, 5))
    assert lower_tail(np.array([-2.0]))[0] == pytest.approx(stats.norm.cdf(-2))
    assert lower_quantile(1e-5, 7) == pytest.approx(stats.t.ppf(1e-5, 7))


def test_units_needed_gives_the_power_promised():
    n = units_needed(0.06, 0.21, alpha=1e-4, power=0.8)
    z = 0.06 / np.sqrt(0.21 / n)
    assert stats.norm.cdf(z - stats.norm.ppf(1 - 1e-4)) == pytest.approx(0.8, abs=0.005)
