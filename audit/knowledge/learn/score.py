"""F1 of a tagger with an interval that knows that utterances of one dialogue are alike."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

DRAWS = 2_000
LEVEL = 0.95


class Score(NamedTuple):
    """Precision, recall and F1 (0–1; NaN where nothing was tagged, or nothing is there) and the interval of F1 at 95 %."""

    precision: float
    recall: float
    f1: float
    low: float
    high: float


def scored(told: np.ndarray, y: np.ndarray, groups: np.ndarray, seed: int = 0) -> Score:
    """How well `told` meets the answers `y`.

    The interval is the wider of two at each end: dialogues drawn anew (percentile bootstrap, 2,000 draws of groups) and the closed one of
    Goutte & Gaussier (2005), ECIR, LNCS 3408:345–359, which stays honest where no error was seen.
    """
    hit, wrong, missed = told & y, told & ~y, ~told & y
    tp, fp, fn = int(hit.sum()), int(wrong.sum()), int(missed.sum())
    whole = _by_group(groups, hit, wrong | missed)
    f1 = f1_of(tp, fp + fn)
    if not np.isfinite(f1):
        return Score(np.nan, np.nan, np.nan, np.nan, np.nan)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(whole), np.full(len(whole), 1 / len(whole)), size=DRAWS) @ whole
    with np.errstate(invalid="ignore"):
        values = 2 * drawn[:, 0] / (2 * drawn[:, 0] + drawn[:, 1])
    ends = np.nanquantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    low, high = closed(tp, fp + fn)
    return Score(tp / (tp + fp) if tp + fp else np.nan, tp / (tp + fn) if tp + fn else np.nan, f1, float(min(ends[0], low)), float(max(ends[1], high)))


def f1_of(tp: float, errors: float) -> float:
    """F1 of hits and of errors of both kinds together."""
    return 2 * tp / (2 * tp + errors) if tp + errors else float("nan")


def closed(tp: float, errors: float, level: float = LEVEL) -> tuple[float, float]:
    """Interval of F1 from its counts: F = 2B / (1 + B) with B ~ Beta(tp + ½, errors + 1).

    Goutte & Gaussier (2005): F = U / (U + V) with U ~ Gamma(tp + ½, 2), V ~ Gamma(errors + 1, 1), Jeffreys' prior.

    >>> [round(end, 3) for end in closed(20, 0)]
    [0.91, 0.999]
    """
    from scipy.special import betaincinv

    tails = ((1 - level) / 2, (1 + level) / 2)
    low, high = (float(betaincinv(tp + 0.5, errors + 1, tail)) for tail in tails)
    return 2 * low / (1 + low), 2 * high / (1 + high)


def _by_group(groups: np.ndarray, hit: np.ndarray, error: np.ndarray) -> np.ndarray:
    """A row a group: hits and errors."""
    _, code = np.unique(groups, return_inverse=True)
    return np.column_stack([np.bincount(code, hit), np.bincount(code, error)])
