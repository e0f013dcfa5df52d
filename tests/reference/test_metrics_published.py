"""Worked examples from the literature for the formulas behind the metrics."""

import numpy as np
import pytest

from audit.stats import intervals, survival


def test_wilson_of_newcombe():
    # Newcombe (1998), Statistics in Medicine 17:857–872, table I: 81/263, 15/148, 0/20, 1/29
    cases = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0.0, 0.1611), (1, 29): (0.0061, 0.1718)}
    for (k, n), ends in cases.items():
        assert [float(end) for end in intervals.wilson(k, n)] == pytest.approx(ends, abs=5e-5)


def test_poisson_of_garwood():
    # Garwood (1936), table of exact limits: 0, 1, 5, 10
    cases = {0: (0, 3.69), 1: (0.025, 5.57), 5: (1.62, 11.67), 10: (4.80, 18.39)}
    for count, ends in cases.items():
        assert [float(end) for end in intervals.poisson(count)] == pytest.approx(ends, abs=0.005)


def test_remission_times_of_freireich():
    # Freireich et al. (1963), 6-MP arm, as in Kalbfleisch & Prentice (2002) and Cox & Oakes (1984)
    left = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    inside = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    curve = survival.kaplan_meier(left + inside, [1] * 9 + [0] * 12, [0] * 9 + [1] * 12)
    published = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    for time, share in published.items():
        assert curve.value[np.searchsorted(curve.time, time)] == pytest.approx(share, abs=5e-4)
    assert survival.km_quantile(curve, 0.5)[0] == 23
