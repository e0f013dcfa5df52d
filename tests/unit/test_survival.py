import numpy as np
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from audit.stats import survival

RNG = np.random.default_rng(2)
N = 300
TIME = RNG.integers(1, 40, N)
STATE = RNG.choice([0, 1, 2], N, p=[0.3, 0.4, 0.3])
ONES = [(state == STATE).astype(int) for state in (1, 2, 0)]


def test_kaplan_meier_against_statsmodels():
    ours = survival.kaplan_meier(TIME, STATE == 1, STATE != 1)
    theirs = SurvfuncRight(TIME, STATE == 1)
    at = np.searchsorted(ours.time, theirs.surv_times)
    np.testing.assert_allclose(ours.value[at], theirs.surv_prob, rtol=1e-12)
    median = survival.km_quantile(ours, 0.5)
    assert median[0] == theirs.quantile(0.5)
    assert median[1:] == pytest.approx(theirs.quantile_ci(0.5, method="cloglog"))


def test_aalen_johansen_against_statsmodels():
    ours = survival.aalen_johansen(TIME, *ONES)
    theirs = CumIncidenceRight(TIME, STATE)
    at = np.searchsorted(ours.time, theirs.times)
    np.testing.assert_allclose(ours.value[at], theirs.cinc[0], rtol=1e-12)


def test_counts_are_additive():
    half = TIME < 20
    whole = survival.aalen_johansen(TIME, *ONES)
    order = np.concatenate([np.flatnonzero(half), np.flatnonzero(~half)])
    times, place = np.unique(TIME, return_inverse=True)
    counted = [np.bincount(place, weights=one) for one in ONES]
    for other in (survival.aalen_johansen(TIME[order], *(one[order] for one in ONES)), survival.aalen_johansen(times, *counted)):
        np.testing.assert_allclose(other.value, whole.value, rtol=1e-12)
        np.testing.assert_allclose(other.low, whole.low, rtol=1e-9)


def test_incidence_interval_covers_the_truth_while_forty_percent_are_open():
    hits, runs, at = 0, 300, 30.0
    truth = 0.6 * (1 - np.exp(-at / 20))  # winners wait 20 days on average and are 60 % of all
    for _ in range(runs):
        wins = RNG.random(250) < 0.6
        wait = np.where(wins, RNG.exponential(20, 250), RNG.exponential(15, 250))
        seen = RNG.uniform(0, 60, 250)
        time, open_ = np.floor(np.minimum(wait, seen) * 10) / 10, wait > seen
        curve = survival.aalen_johansen(time, wins & ~open_, ~wins & ~open_, open_)
        i = np.searchsorted(curve.time, at, side="right") - 1
        hits += curve.low[i] <= truth <= curve.high[i]
    assert 0.91 <= hits / runs <= 0.985


def test_cycle_is_recovered_while_forty_percent_are_open_and_a_won_only_mean_is_not():
    n = 20_000
    wins = RNG.random(n) < 0.5
    wait = np.where(wins, RNG.exponential(40, n), RNG.exponential(25, n))
    seen = RNG.uniform(0, 90, n) ** 1.0
    open_ = wait > seen
    assert 0.3 < open_.mean() < 0.5
    curve = survival.aalen_johansen(np.floor(np.minimum(wait, seen)), wins & ~open_, ~wins & ~open_, open_)
    done = wins & ~open_
    # half of those who win within 89 days have won at this day
    truth = -40 * np.log(1 - (1 - np.exp(-90 / 40)) / 2)
    assert survival.half_time(curve) == pytest.approx(truth, rel=0.05)
    assert np.median(wait[done]) < 0.8 * truth


def test_half_times_of_many_samples_are_those_of_each():
    times, place = np.unique(TIME, return_inverse=True)
    counts = np.array([np.bincount(place, weights=one) for one in ONES])
    draws = [RNG.poisson(one, (5, len(times))).astype(float) for one in counts]
    many = survival.half_times(times.astype(float), *draws)
    each = [survival.half_time(survival.aalen_johansen(times, *(draw[i] for draw in draws))) for i in range(5)]
    assert many.tolist() == each


def test_a_curve_that_never_gets_there():
    curve = survival.kaplan_meier([1, 2], [1, 0], [0, 9])
    assert np.isnan(survival.km_quantile(curve, 0.5)[0])
    assert np.isnan(survival.half_time(survival.aalen_johansen([1], [0], [1], [1])))
