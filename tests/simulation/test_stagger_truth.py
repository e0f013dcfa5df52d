"""The planning aid on made-up panels of known truth: the promised power is reached, nothing is seen where nothing is, the order is a good one."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import stdtrit

from audit.plan import stagger
from audit.plan.schedules import Rollout
from audit.stats.stagger import Components, covariance, variance, variance_of

UNITS, PAST, AHEAD, RUNS = 10, 18, 12, 80


def world(seed):
    """A row a deal of ten sellers in 18 months before and 12 after: shares that differ by seller (0.08), month (0.03) and drift with memory (0.05)."""
    rng = np.random.default_rng(seed)
    volume = rng.gamma(3, 8, UNITS) + 3
    drift = np.zeros((UNITS, PAST + AHEAD))
    drift[:, 0] = rng.normal(0, 0.05, UNITS)
    for month in range(1, PAST + AHEAD):
        drift[:, month] = 0.5 * drift[:, month - 1] + np.sqrt(0.75) * rng.normal(0, 0.05, UNITS)
    level = 0.4 + rng.normal(0, 0.08, (UNITS, 1)) + rng.normal(0, 0.03, (1, PAST + AHEAD)) + drift
    n = rng.poisson(volume[:, None], level.shape)
    unit, month = (np.repeat(index.ravel(), n.ravel()) for index in np.indices(n.shape))
    return pd.DataFrame({"unit": unit, "month": month, "y": level[unit, month] + rng.normal(0, 0.45, len(unit))})


def planned(rows):
    before = rows[rows["month"] < PAST]
    time = (np.datetime64("2025-01", "M") + before["month"].to_numpy()).astype("datetime64[s]")
    return stagger(before.assign(time=time), "y", "unit", "time", AHEAD)


def effect(found, rows, size):
    """The planted effect over its standard error, by the least squares that the aid plans with."""
    start = {int(one["unit"]): PAST + (one["group"] - 1) * found.suggested["every_months"] for one in found.order}
    units, c = sorted(start), Components(**found.spread)
    cells = rows[rows["unit"].isin(units)].groupby(["unit", "month"])["y"].agg(["mean", "size"]).unstack()
    y, n = (cells[part].reindex(columns=range(PAST + AHEAD)).fillna(0.0).to_numpy() for part in ("mean", "size"))
    x = (np.arange(PAST + AHEAD)[None, :] >= np.array([start[unit] for unit in units])[:, None]).astype(float)
    precision = np.linalg.inv(covariance(c, n))
    y = np.where(n > 0, y + size * x, 0.0)
    common, right = np.einsum("ist,it->s", precision, x), np.einsum("ist,it->s", precision, y)
    variance_ = variance_of(precision, x)
    left = np.einsum("is,ist,it->", x, precision, y) - common @ np.linalg.solve(precision.sum(0), right)
    return left * variance_**0.5


@pytest.fixture(scope="module")
def runs():
    """(planned schedule, rows) of made-up departments."""
    return [(planned(rows), rows) for rows in map(world, range(RUNS))]


def test_the_promised_power_is_reached_and_no_false_alarms(runs):
    critical = [stdtrit(found.suggested["df"], 0.975) for found, _ in runs]
    seen = [abs(effect(found, rows, found.suggested["detectable"])) > at for (found, rows), at in zip(runs, critical, strict=True)]
    alarms = [abs(effect(found, rows, 0.0)) > at for (found, rows), at in zip(runs, critical, strict=True)]
    assert 0.8 - 3 * (0.16 / RUNS) ** 0.5 <= np.mean(seen) <= 0.8 + 3 * (0.16 / RUNS) ** 0.5
    assert np.mean(alarms) <= 0.05 + 3 * (0.0475 / RUNS) ** 0.5


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("wait", [0, 2])
def test_the_suggested_order_is_no_worse_than_random_ones(seed, wait):
    rng = np.random.default_rng(seed)
    volume = rng.gamma(2, 15, 12) + 2
    plan = Rollout(rng.poisson(volume[:, None], (12, 18)).astype(float), volume, rng.normal(size=12), 12, wait, Components(0.01, 0.0025, 0.5, 0.2, 0.0009, 0.0))
    for steps in plan.steps()[1:]:
        group = plan.groups(steps)
        random = [plan.variance(steps, rng.permutation(group)) for _ in range(60)]
        assert plan.variance(steps, group) <= np.median(random)
        assert plan.variance(steps, group) <= 1.12 * min(random)  # balance of volume and level costs a little


def test_the_planned_variance_is_the_true_one():
    """The variance that is planned with is that of estimates over many worlds of the same components."""
    rng = np.random.default_rng(8)
    c, n = Components(0.01, 0.0025, 0.5, 0.2, 0.0, 0.0), np.full((8, 20), 12.0)
    x = (np.arange(20)[None, :] >= np.repeat([10, 13, 16, 19], 2)[:, None]).astype(float)
    spread, precision = covariance(c, n), np.linalg.inv(covariance(c, n))
    common, expected = np.einsum("ist,it->s", precision, x), variance(c, x, n)
    told = []
    for _ in range(1_500):
        y = np.stack([rng.multivariate_normal(np.zeros(20), block) for block in spread])
        right = np.einsum("ist,it->s", precision, y)
        told.append(expected * (np.einsum("is,ist,it->", x, precision, y) - common @ np.linalg.solve(precision.sum(0), right)))
    assert np.var(told) == pytest.approx(expected, rel=0.12)
