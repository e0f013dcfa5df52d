"""How small a change two samples can show, and how many units a given change needs."""

from __future__ import annotations

import math

ALPHA, POWER = 0.05, 0.8  # two-sided level of the test, chance to see a change that is there


def detectable_share(before: float, n_before: float, n_after: float, *, up: bool, alpha: float = ALPHA, power: float = POWER) -> float | None:
    """The least change of a share from `before` that a two-sided two-sample test at `alpha` finds with `power`.

    Size ≥ 0 in the direction `up` or down; units: `n_before` and `n_after` rows. None where even a change to 1 (or 0) is not seen.
    The test pools both samples, the alternative does not.
    Source: Fleiss, Levin & Paik, Statistical Methods for Rates and Proportions (2003), §4.2–4.3.

    >>> round(detectable_share(0.2, 500, 500, up=True), 3)
    0.075
    """
    if not (0 <= before <= 1 and n_before >= 1 and n_after >= 1):
        return None
    room = 1 - before if up else before
    side = 1 if up else -1
    if room <= 0 or not _seen(before, before + side * room, n_before, n_after, alpha, power):
        return None
    low, high = 0.0, room
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if _seen(before, before + side * middle, n_before, n_after, alpha, power) else (middle, high)
    return high


def _seen(p: float, q: float, n: float, m: float, alpha: float, power: float) -> bool:
    """Whether the difference of the shares `p` (of n) and `q` (of m) is found with `power`."""
    from scipy.special import ndtri

    pooled = (n * p + m * q) / (n + m)
    null = math.sqrt(max(pooled * (1 - pooled), 0) * (1 / n + 1 / m))
    alternative = math.sqrt(max(p * (1 - p), 0) / n + max(q * (1 - q), 0) / m)
    return abs(q - p) >= float(ndtri(1 - alpha / 2)) * null + float(ndtri(power)) * alternative


def detectable_mean(sd: float, n_before: float, n_after: float, *, alpha: float = ALPHA, power: float = POWER) -> float | None:
    """The least difference of two means that a two-sided t test at `alpha` finds with `power`, in the unit of `sd`.

    `sd` is the spread of one unit, the same before and after. None with fewer than two units on a side.
    Source: Cohen, Statistical Power Analysis (1988), §2.4, by quantiles of t in the place of the non-central law.

    >>> round(detectable_mean(1.0, 63, 63), 2)
    0.5
    """
    if not (sd >= 0 and n_before >= 2 and n_after >= 2):
        return None
    from scipy.special import stdtrit

    df = n_before + n_after - 2
    reach = float(stdtrit(df, 1 - alpha / 2) + stdtrit(df, power))
    return reach * sd * math.sqrt(1 / n_before + 1 / n_after)
