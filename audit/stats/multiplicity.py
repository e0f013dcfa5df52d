"""Correction for many tests: Benjamini–Hochberg values and the threshold of the k-th discovery."""

from __future__ import annotations

import numpy as np


def q_values(p: np.ndarray, tests: int | None = None) -> np.ndarray:
    """Benjamini–Hochberg adjusted values of `p` (any order), out of `tests` tests made in all.

    Tests that were made but are not listed count as p = 1. Range 0…1, in the order of `p`.
    Source: Benjamini & Hochberg (1995), J. R. Stat. Soc. B 57.

    >>> q_values(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.04, 0.04]
    >>> q_values(np.array([0.01]), tests=10).tolist()
    [0.1]
    """
    p = np.asarray(p, dtype=float)
    m = len(p) if tests is None else tests
    if m < len(p):
        raise ValueError("fewer tests than p-values")
    order = np.argsort(p, kind="stable")
    raw = p[order] * m / np.arange(1, len(p) + 1)
    adjusted = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    result = np.empty(len(p))
    result[order] = adjusted
    return result


def allowance(q: float, k: int, tests: int) -> float:
    """Largest p-value at which the k-th discovery of a forward selection out of `tests` is taken.

    >>> allowance(0.1, 2, 1000)
    0.0002
    """
    return q * k / max(tests, k, 1)
