"""Variance of the effect of a staggered start against published formulas and against the whole covariance written out."""

import math

import numpy as np
import pytest

from audit.stats.stagger import Components, components, covariance, detectable_effect, variance


def wedge(units, months, starts):
    return (np.arange(months)[None, :] >= np.asarray(starts)[:, None]).astype(float)[:units]


@pytest.mark.parametrize(("starts", "months", "between", "cell"), [
    ([1, 2, 3, 4], 5, 0.04, 0.09), ([3, 3, 6, 6, 9, 9], 12, 0.5, 0.1), ([2, 4], 6, 0.0, 1.0),
])
def test_without_autocorrelation_it_is_the_formula_of_hussey_and_hughes(starts, months, between, cell):
    """Equation 8 of the paper: U = Σx, W = Σ_t(Σ_i x)², V = Σ_i(Σ_t x)², cell the variance of a mean."""
    x, units = wedge(len(starts), months, starts), len(starts)
    u, w, v = x.sum(), (x.sum(0) ** 2).sum(), (x.sum(1) ** 2).sum()
    expected = units * cell * (cell + months * between) / ((units * u - w) * cell + (u**2 + units * months * u - months * w - units * v) * between)
    found = variance(Components(between, 0.0, 0.0, 10 * cell, 0.0, 0.0), x, np.full((units, months), 10.0))
    assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("months_fixed", [True, False])
def test_it_is_least_squares_with_the_whole_covariance(months_fixed):
    rng = np.random.default_rng(5)
    units, months = 5, 8
    c, n = Components(0.3, 0.2, 0.6, 2.0, 0.15, 0.4), rng.integers(1, 9, (units, months)).astype(float)
    x = wedge(units, months, [3, 3, 5, 5, 7])
    whole = np.zeros((units * months, units * months))
    for unit, block in enumerate(covariance(c, n)):
        at = slice(unit * months, (unit + 1) * months)
        whole[at, at] = block
    step = np.abs(np.subtract.outer(np.arange(months), np.arange(months)))
    rest = np.tile(np.eye(months), (units, 1)) if months_fixed else np.ones((units * months, 1))
    if not months_fixed:
        whole += np.tile(c.months * c.drift**step, (units, units))
    design = np.column_stack([x.ravel(), rest])
    expected = np.linalg.inv(design.T @ np.linalg.inv(whole) @ design)[0, 0]
    assert variance(c, x, n, months_fixed=months_fixed) == pytest.approx(expected, rel=1e-5)


def test_a_month_without_rows_tells_nothing():
    c, n = Components(0.3, 0.2, 0.6, 2.0, 0.0, 0.0), np.full((4, 6), 5.0)
    n[:, 5] = 0
    x = wedge(4, 6, [2, 2, 4, 4])
    assert variance(c, x, n) == pytest.approx(variance(c, x[:, :5], n[:, :5]), rel=1e-5)


def test_all_at_once_cannot_be_told_from_the_months():
    n = np.full((4, 6), 5.0)
    assert variance(Components(0.3, 0.2, 0.6, 2.0, 0.1, 0.0), wedge(4, 6, [3, 3, 3, 3]), n) == math.inf
    assert detectable_effect(math.inf, 10) is None
    assert detectable_effect(1.0, 0) is None


def test_the_least_effect_nears_that_of_the_normal_law():
    assert detectable_effect(1.0, 10_000) == pytest.approx(1.959964 + 0.841621, abs=1e-3)
    assert detectable_effect(4.0, 6) > 2 * 2.8


def test_components_are_found_again():
    rng = np.random.default_rng(11)
    units, months, found = 40, 24, []
    for _ in range(6):
        drift = np.zeros((units, months))
        drift[:, 0] = rng.normal(0, 0.06, units)
        for month in range(1, months):
            drift[:, month] = 0.5 * drift[:, month - 1] + math.sqrt(0.75) * rng.normal(0, 0.06, units)
        n = rng.integers(5, 40, (units, months)).astype(float)
        y = rng.normal(0.3, 0.1, (units, 1)) + rng.normal(0, 0.03, (1, months)) + drift + rng.normal(0, 1, (units, months)) * np.sqrt(0.2 / n)
        found.append(components(y, n, 0.2))
    between, within, rho, rows, common, _ = np.mean(found, axis=0)
    assert between == pytest.approx(0.01, rel=0.25)
    assert within == pytest.approx(0.0036, rel=0.2)
    assert rho == pytest.approx(0.5, abs=0.12)
    assert rows == pytest.approx(0.2)
    assert common == pytest.approx(0.0009, rel=0.5)
