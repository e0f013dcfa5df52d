"""The effect of one technique: the difference within strata, put right for the errors of its tagger, and what could have been seen."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from audit.knowledge.effects.parts import doses, segments
from audit.knowledge.effects.sample import OWNER, Sample
from audit.knowledge.effects.taggers import Quality, corrected, f1_of
from audit.stats.estimate import Estimate
from audit.stats.power import POWER
from audit.stats.strata import odds_ratio
from audit.stats.within import Within, difference


class Measured(NamedTuple):
    """`found` as seen; `estimate` put right for the tagger (None where there is no comparison); `detectable`: the least lift found with a power of 80 %."""

    found: Within | None
    estimate: Estimate | None
    p_value: float
    detectable: float | None
    method: str | None
    odds_ratio: float | None
    f1: float | None
    doses: list[dict[str, Any]]
    segments: list[dict[str, Any]]
    segments_p: float | None


def measured(sample: Sample, clusters: np.ndarray | None, quality: Quality, labels: np.ndarray | None) -> Measured:
    """`clusters`: a code a deal of the whole; `labels`: names of the segments."""
    share = float(sample.used.mean()) if len(sample.used) else 0.0
    f1 = f1_of(quality, share)
    if not 0 < share < 1:
        return Measured(None, None, 1.0, None, None, None, f1, [], [], None)
    factors, method = sample.factors()
    own = None if clusters is None else np.unique(clusters[sample.deal], return_inverse=True)[1]
    found = difference(sample.y, sample.used, factors, own, sample.strata.get(OWNER))
    if found is None:
        return Measured(None, None, 1.0, None, None, None, f1, doses(sample, factors, own), [], None)
    estimate = corrected(found.estimate, quality, share)
    parts, differ = segments(sample, own, labels) if labels is not None else ([], None)
    return Measured(found, estimate, found.p_value, _detectable(found, estimate), method, _odds(sample), f1,
                    doses(sample, factors, own), parts, differ)


def _detectable(found: Within, estimate: Estimate | None) -> float | None:
    """The least true lift whose interval lies above zero in four of five cases, with the errors and the tagger at hand."""
    from scipy.special import stdtrit

    if estimate is None or estimate.value == 0:
        return None
    df = float(found.estimate.dfs[0])
    reach = float(stdtrit(df, 0.975) + stdtrit(df, POWER)) * found.estimate.error
    return min(reach * (estimate.value / found.value if found.value else 1.0), 1.0)


def _odds(sample: Sample) -> float | None:
    """The Mantel–Haenszel odds ratio within the crossed strata."""
    codes = sample.cells()
    size = int(codes.max()) + 1
    n1, n0 = (np.bincount(codes[sample.used == side], minlength=size) for side in (1, 0))
    a, c = (np.bincount(codes[sample.used == side], sample.y[sample.used == side], size) for side in (1, 0))
    value = odds_ratio(a, n1, c, n0).value
    return float(value) if np.isfinite(value) else None
