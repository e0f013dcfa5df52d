"""Transition probabilities against scipy's, one matrix at a time."""

import numpy as np
import pytest

from audit.stats.markov import transitions


@pytest.mark.parametrize("scale", [0.0, 1e-6, 1.0, 40.0, 3_000.0])
def test_a_stack_is_what_scipy_says_of_each_matrix(scale):
    from scipy.linalg import expm

    rng = np.random.default_rng(5)
    rates = rng.random((30, 6, 6)) * scale * rng.random((30, 1, 1))
    at = np.arange(6)
    rates[:, at, at] = 0.0
    rates[:, at, at] = -rates.sum(axis=2)
    found = transitions(rates)
    np.testing.assert_allclose(found, np.array([expm(one) for one in rates]), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.sum(axis=2), 1.0, rtol=1e-9)


def test_an_empty_stack_has_no_matrices():
    assert transitions(np.zeros((0, 3, 3))).shape == (0, 3, 3)
