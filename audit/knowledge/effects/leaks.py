"""Alarms: signs that a technique looks good because of something else than what it does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from audit.errors import Phrase
from audit.knowledge.effects.landmark import Heard
from audit.knowledge.effects.sample import OWNER, Sample
from audit.stats.multiplicity import q_values
from audit.stats.within import Within, demeaned, difference

PLACEBO, LATE, LENGTH, ONE_SELLER, TOO_GOOD = "placebo", "late", "length", "one_seller", "too_good"
MOST_LATE = 0.10  # share of a technique's words that may come after the decision
WORKS = 0.05  # level at which any of the placebos together is taken to work
CLOSE, SURE = 0.1, 0.01  # correlation of use with length, and its p-value
IMPLAUSIBLE = 0.4  # no words alone raise success by so much: they were said because of it


class Check(NamedTuple):
    """One check that ran by itself: `passed` is None where it could not be made."""

    name: str
    passed: bool | None
    detail: Phrase


def placebos(found: dict[str, Within | None], together: Within | None) -> Check:
    """Whether harmless words seem to help: each of them and how many of them were said `together`, at 5 % over all these tests (Simes)."""
    told = {name: one for name, one in found.items() if one is not None}
    if not told:
        return Check(PLACEBO, None, Phrase("techniques.detail.no_placebos"))
    working = works(told, together)
    if working:
        return Check(PLACEBO, False, Phrase("techniques.detail.placebos_work", {"names": ", ".join(sorted(working))}))
    return Check(PLACEBO, True, Phrase("techniques.detail.placebos_calm", {"n": len(told)}))


def works(told: dict[str, Within], together: Within | None) -> set[str]:
    """The placebos that raise success beyond chance; all of them where only their number does."""
    tests = [*told.values(), *([together] if together is not None else [])]
    q = q_values(np.array([one.p_value if one.value > 0 else 1.0 for one in tests]))
    each = {name for name, value in zip(told, q, strict=False) if value <= WORKS}
    return each or (set(told) if len(tests) and q.min() <= WORKS else set())


def said_together(samples: list[Sample], clusters: np.ndarray | None) -> Within | None:
    """The difference a further placebo said makes, in the deals that gave occasion to all of them; None for fewer than two placebos."""
    if len(samples) < 2 or any(not np.array_equal(one.deal, samples[0].deal) for one in samples):
        return None
    first = samples[0]
    own = None if clusters is None else np.unique(clusters[first.deal], return_inverse=True)[1]
    return difference(first.y, np.sum([one.used for one in samples], axis=0), list(first.strata.values()), own, first.strata.get(OWNER))


def late(sample: Sample, heard: Heard) -> Check:
    """Words of the technique after the decision: they are left out, and many of them say that times or tags are not to be trusted."""
    said, after = (int(part.get(sample.technique, 0)) for part in (heard.said, heard.late))
    if heard.words["at"].isna().all() and not len(heard.late):
        return Check(LATE, None, Phrase("techniques.detail.no_times"))
    share = after / said if said else 0.0
    return Check(LATE, share <= MOST_LATE, Phrase("techniques.detail.late", {"n": after, "share": round(100 * share)}))


def length(sample: Sample, lengths: np.ndarray, landmark: bool) -> Check:
    """Whether use goes with the length of the deal or text given its outcome, while length goes with the outcome: more talk, more chances to use it."""
    if landmark:
        return Check(LENGTH, True, Phrase("techniques.detail.landmark"))
    size = lengths[sample.deal]
    known = np.isfinite(size)
    if known.sum() < 30 or np.ptp(size[known]) == 0:
        return Check(LENGTH, None, Phrase("techniques.detail.no_length"))
    seller = sample.strata.get(OWNER, np.zeros(len(size), int))[known]
    y, used = sample.y[known].astype(int), sample.used[known]
    rank = np.argsort(np.argsort(size[known], kind="stable"), kind="stable").astype(float)
    by_use = _together(used, rank, [y, seller])
    by_outcome = _together(sample.y[known], rank, [seller])
    alarm = by_use[0] > CLOSE and by_use[1] < SURE and by_outcome[1] < SURE
    return Check(LENGTH, not alarm, Phrase("techniques.detail.length_goes" if alarm else "techniques.detail.length_calm", {"r": round(100 * by_use[0])}))


def _together(one: np.ndarray, other: np.ndarray, factors: list[np.ndarray]) -> tuple[float, float]:
    """(correlation within factors, two-sided p-value)."""
    from scipy.special import ndtr

    a, b = demeaned(one, factors), demeaned(other, factors)
    size = float(np.sqrt((a**2).sum() * (b**2).sum()))
    r = float(a @ b) / size if size > 1e-9 else 0.0
    return r, float(2 * ndtr(-abs(r) * np.sqrt(len(a))))


def one_seller(found: Within) -> Check:
    """Whether the effect stands without any one seller."""
    known = found.left_out[np.isfinite(found.left_out)]
    if len(known) < 2:
        return Check(ONE_SELLER, None, Phrase("techniques.detail.one_seller_only"))
    least = float(known.min())
    return Check(ONE_SELLER, least > 0 or found.value <= 0, Phrase("techniques.detail.left_out", {"points": round(100 * least)}))


def too_good(low: float) -> Check:
    """Whether the effect is larger than words can have."""
    return Check(TOO_GOOD, low <= IMPLAUSIBLE, Phrase("techniques.detail.too_good" if low > IMPLAUSIBLE else "techniques.detail.plausible"))
