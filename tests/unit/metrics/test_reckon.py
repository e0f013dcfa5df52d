"""Norms of a day and the money of a deviation, by hand."""

import math

import numpy as np
import pytest

from audit.metrics.reckon.impact import money_impact
from audit.metrics.reckon.norm import day_norms


def test_norms_of_the_chain():
    # 2 M at 100 thousand is 20 deals in 20 days: 1 deal a day, 4 proposals, 8 meetings, 80 calls; the cap on calls is 60
    found = day_norms(2_000_000, 100_000, 20, [0.1, 0.5, 0.25], [0.2, 0.5, 0.5], [60.0, float("nan"), 4.0])
    assert [one.own for one in found] == pytest.approx([80, 8, 4])
    assert [one.top for one in found] == pytest.approx([20, 4, 2])
    assert [one.asked for one in found] == pytest.approx([60, 8, 4])
    assert [one.uncovered for one in found] == pytest.approx([1 / 3, 0, 0])


def test_money_of_a_deviation_and_its_interval_against_simulation():
    found = money_impact(200, 0.20, 0.25, 0.5, 10_000, value_error=0.02, reference_error=0.01, downstream_error=0.03, check_error=800,
                         margin_share=0.3)
    assert found.money == pytest.approx(50_000)
    assert found.margin == pytest.approx(15_000)
    rng = np.random.default_rng(1)
    size = 400_000
    drawn = 200 * (rng.normal(0.25, 0.01, size) - rng.normal(0.20, 0.02, size)) * rng.normal(0.5, 0.03, size) * rng.normal(10_000, 800, size)
    low, high = np.quantile(drawn, (0.025, 0.975))
    assert (found.low, found.high) == pytest.approx((low, high), rel=0.05, abs=2_000)
    assert math.isnan(money_impact(1, 0.1, 0.2, 1, 1).margin)
