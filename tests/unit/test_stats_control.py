"""Control charts: tails against exact laws, the rules by hand, and false alarms of steady processes by simulation."""

import numpy as np
import pytest
from scipy import stats

from audit.stats import control


def test_a_level_knows_its_spread():
    steady = control.level([9, 10, 11, 10, 9, 11], np.ones(6), share=False)
    assert (steady.rate, steady.spread, steady.size) == (10, 1, 6)
    wild = control.level([2, 18, 2, 18, 2, 18], np.ones(6), share=False)
    assert wild.spread == pytest.approx((16 / np.sqrt(10) / 1.128) ** 2)
    assert control.level([5, 5], [10, 10], share=True) == control.Level(0.5, 1.0, 20.0, np.inf)


@pytest.mark.parametrize("k", [0, 3, 10, 25])
def test_counts_of_a_well_known_level_are_poisson(k):
    low, high = control.tails(k, 1, control.Level(10.0, 1.0, 1e7), share=False)
    assert low == pytest.approx(stats.poisson.cdf(k, 10), rel=1e-3)
    assert high == pytest.approx(stats.poisson.sf(k - 1, 10), rel=1e-3)


def test_a_level_known_from_few_points_is_less_sure():
    base = control.Level(10.0, 1.0, 4.0)  # 40 events in 4 days: the next day is negative binomial, 40 and 4 / 5
    low, high = control.tails(3, 1, base, share=False)
    assert low == pytest.approx(stats.nbinom.cdf(3, 40, 0.8))
    assert high == pytest.approx(stats.nbinom.sf(2, 40, 0.8))


@pytest.mark.parametrize("k", [0, 4, 12, 15])
def test_shares_of_a_well_known_level_are_binomial(k):
    low, high = control.tails(k, 20, control.Level(0.3, 1.0, 1e9), share=True)
    assert low == pytest.approx(stats.binom.cdf(k, 20, 0.3), rel=1e-3)
    assert high == pytest.approx(stats.binom.sf(k - 1, 20, 0.3), rel=1e-3)


def test_one_point_beyond_three_sigmas():
    base = control.Level(10.0, 1.0, 200.0)
    assert control.signal([10, 9, 22], np.ones(3), base, share=False).breach
    assert not control.signal([10, 9, 19], np.ones(3), base, share=False).breach
    told = control.signal([10, 9, 1], np.ones(3), base, share=False)
    assert told.breach
    assert told.z < -2.7


def test_eight_in_a_row_on_one_side():
    base = control.Level(10.0, 1.0, 200.0)
    eight = control.signal([12, 9, 8, 9, 8, 9, 9, 8, 9], np.ones(9), base, share=False)
    assert (eight.run, eight.breach) == (8, True)
    seven = control.signal([12, 9, 10, 8, 9, 8, 9, 9, 8, 9], np.ones(10), base, share=False)
    assert (seven.run, seven.breach) == (7, False)  # a point on the level ends the run
    assert eight.p_run == pytest.approx(2 * control.tails(69, 8, base, share=False)[0])


def test_days_without_anything_to_count_are_passed_over():
    base = control.Level(0.5, 1.0, 400.0)
    told = control.signal([1, 0, 0], [10, 0, 10], base, share=True)
    assert told.run == 2


def test_nights_without_a_rare_event_are_no_run():
    rare = control.signal(np.zeros(12), np.ones(12), control.Level(0.05, 1.0, 400.0), share=False)
    assert (rare.run, rare.breach) == (12, False)


@pytest.mark.parametrize(("spread", "mean"), [(1.0, 10.0), (2.5, 10.0), (1.0, 1.5)])
def test_a_steady_process_is_seldom_called_unlikely(spread, mean):
    """Of 4,000 steady series the p-value falls below 1 % about as seldom as it should."""
    rng = np.random.default_rng(5)
    shape = (4_000, 48)
    x = rng.poisson(mean, shape) if spread == 1 else rng.negative_binomial(mean / (spread - 1), 1 / spread, shape)
    p = []
    breaches = 0
    for row in x:
        base = control.level(row[:40], np.ones(40), share=False)
        told = control.signal(row[40:], np.ones(8), base, share=False)
        p.append(told.p)
        breaches += told.breach
    assert np.mean(np.array(p) < 0.01) <= 0.015
    assert np.mean(np.array(p) < 0.001) <= 0.003
    assert breaches / len(x) <= 0.03  # of one point in 370 and eight of 48 on one side


def test_a_real_fall_is_seen():
    rng = np.random.default_rng(6)
    seen = 0
    for _ in range(400):
        row = np.concatenate([rng.poisson(10, 40), rng.poisson(6, 8)])
        told = control.signal(row[40:], np.ones(8), control.level(row[:40], np.ones(40), share=False), share=False)
        seen += told.p < 0.01
    assert seen / 400 > 0.6
