"""Benjamini–Hochberg against statsmodels and its own definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from audit.stats.multiplicity import allowance, q_values


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_equals_statsmodels(p):
    assert q_values(np.array(p)) == pytest.approx(multipletests(p, method="fdr_bh")[1])


def test_unlisted_tests_count():
    listed = q_values(np.array([1e-4, 1e-3]), tests=100)
    whole = q_values(np.concatenate([[1e-4, 1e-3], np.ones(98)]))[:2]
    assert listed == pytest.approx(whole)


def test_fewer_tests_than_values_is_refused():
    with pytest.raises(ValueError, match="fewer tests"):
        q_values(np.array([0.1, 0.2]), tests=1)


def test_allowance_grows_with_each_discovery():
    assert allowance(0.1, 1, 50) == pytest.approx(0.002)
    assert allowance(0.1, 3, 50) == pytest.approx(0.006)
