"""Numbers of a resampling that are looked up are Poisson numbers."""

import numpy as np
import pytest
from scipy.stats import poisson

from audit.metrics.rows.flow import waits


@pytest.mark.parametrize("count", [1, 7, 49])
def test_resampled_counts_are_poisson(count):
    drawn = waits._resampled(np.full(2_000, float(count)), np.random.default_rng(5))
    seen = np.bincount(drawn.astype(int).ravel(), minlength=4 * count) / drawn.size
    assert seen == pytest.approx(poisson.pmf(np.arange(len(seen)), count), abs=2e-3)
    assert (drawn.mean(), drawn.var()) == pytest.approx((count, count), rel=0.01)


def test_nothing_stays_nothing_and_many_are_normal():
    drawn = waits._resampled(np.array([0.0, 400.0]), np.random.default_rng(5))
    assert not drawn[:, 0].any()
    assert (drawn[:, 1].mean(), drawn[:, 1].std()) == pytest.approx((400, 20), rel=0.15)
