"""Which features stand in more rows of one kind than of the other: log-odds with an informative prior, tested by permuting rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse

PRIOR = 50.0  # rows that the prior counts for
AT_ONCE = 100  # permutations held in memory


class Marked(NamedTuple):
    """For each feature: log-odds z, that z less what chance gives, in units of its spread (`score`), and p-value over all features (`p_value`)."""

    z: np.ndarray
    score: np.ndarray
    p_value: np.ndarray


def log_odds(hits: np.ndarray, other: np.ndarray, n: float, m: float, prior: float = PRIOR) -> np.ndarray:
    """z of the log-odds that a row holds the feature: `hits` of `n` rows of one kind against `other` of `m`; the prior holds `prior` rows at the common rate.

    Monroe, Colaresi & Quinn (2008), Political Analysis 16:372–403, eq. 15–22, for counts of rows.

    >>> log_odds(np.array([30.0, 10.0]), np.array([10.0, 10.0]), 100, 100).round(2).tolist()
    [3.14, 0.0]
    """
    rate = (hits + other) / (n + m)
    yes, no = prior * rate, prior * (1 - rate)
    parts = [(count + yes, size - count + no) for count, size in ((hits, n), (other, m))]
    (a, b), (c, d) = parts
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (np.log(a / b) - np.log(c / d)) / np.sqrt(1 / a + 1 / c)
    return np.where(np.isfinite(z), z, 0.0)


def marked(rows: sparse.csr_matrix, kind: np.ndarray, strata: np.ndarray, rounds: int = 1_000, seed: int = 0) -> Marked:
    """How much more often each column of the 0/1 `rows` stands in rows of kind 1, within `strata`: kinds are permuted inside each.

    The law of each feature under permutation centres and scales it, so that a seller's own words do not count; the largest score over all features
    gives the p-value, which holds for all of them together. Westfall & Young (1993), Resampling-Based Multiple Testing, ch. 2.
    """
    rng = np.random.default_rng(seed)
    kind = np.asarray(kind, dtype=float)
    n, all_ = float(kind.sum()), np.asarray(rows.sum(0)).ravel().astype(float)
    counted = rows.T.tocsr()

    def z_of(kinds: np.ndarray) -> np.ndarray:
        hits = counted @ kinds
        return log_odds(hits, (all_ if kinds.ndim == 1 else all_[:, None]) - hits, n, len(kind) - n)

    seen = z_of(kind)
    order = np.argsort(strata, kind="stable")
    drawn = np.concatenate([z_of(_permuted(rng, kind, strata, order, min(AT_ONCE, rounds - at))) for at in range(0, rounds, AT_ONCE)], axis=1)
    middle, spread = drawn.mean(1), np.maximum(drawn.std(1), 1e-9)
    flat = drawn.std(1) < 1e-9
    score = np.where(flat, 0.0, (seen - middle) / spread)
    largest = np.where(flat[:, None], 0.0, (drawn - middle[:, None]) / spread[:, None]).max(0, initial=0.0)
    return Marked(seen, score, (1 + (largest[None, :] >= score[:, None]).sum(1)) / (rounds + 1))


def _permuted(rng: np.random.Generator, kind: np.ndarray, strata: np.ndarray, order: np.ndarray, rounds: int) -> np.ndarray:
    """`kind` permuted within strata, a column a round."""
    lots = rng.random((rounds, len(kind)))
    place = np.lexsort((lots, np.broadcast_to(strata, lots.shape)), axis=-1)
    shuffled = np.empty((len(kind), rounds))
    shuffled[order] = kind[place].T
    return shuffled
