"""The effect in parts: by how often a technique was used in a deal, and by segment."""

from __future__ import annotations

from typing import Any

import numpy as np

from audit.knowledge.effects.sample import OWNER, Sample
from audit.stats.within import Within, demeaned, difference

MOST_DOSE = 2  # twice and more are one


def doses(sample: Sample, factors: list[np.ndarray], clusters: np.ndarray | None) -> list[dict[str, Any]]:
    """A row a dose 0, 1, 2+: deals, share of success as seen, and its difference from no use within strata, with interval."""
    rows = []
    for dose in range(MOST_DOSE + 1):
        mine = sample.dose == dose if dose < MOST_DOSE else sample.dose >= MOST_DOSE
        row = {"dose": str(dose) if dose < MOST_DOSE else f"{dose}+", "n": int(mine.sum()), "success": _share(sample.y[mine]), "lift": None, "low": None, "high": None}
        if dose and mine.any():
            both = mine | (sample.dose == 0)
            row |= ends(difference(sample.y[both], mine[both].astype(float), [_dense(one[both]) for one in factors], _of(clusters, both)))
        rows.append(row)
    return rows


def segments(sample: Sample, clusters: np.ndarray | None, labels: np.ndarray, name: str = "segment") -> tuple[list[dict[str, Any]], float | None]:
    """(a row a segment with its lift and interval, p-value that segments differ in the effect: Cochran's Q, None with fewer than two that tell)."""
    from scipy.special import chdtrc

    if name not in sample.strata:
        return [], None
    codes, rows, told = sample.strata[name], [], []
    within = [one for other, one in sample.strata.items() if other != name]
    for code in np.unique(codes):
        mine = codes == code
        found = difference(sample.y[mine], sample.used[mine], [_dense(one[mine]) for one in within], _of(clusters, mine))
        told += [found] if found is not None else []
        rows.append({"segment": str(labels[code]), "n": int(mine.sum())} | ends(found))
    if len(told) < 2:
        return rows, None
    values = np.array([one.value for one in told])
    weights = np.array([1 / one.estimate.error**2 for one in told])
    spread = float((weights * (values - (weights @ values) / weights.sum()) ** 2).sum())
    return rows, float(chdtrc(len(told) - 1, spread))


def own(sample: Sample) -> dict[int, tuple[float, float]]:
    """Code of a seller → (own difference within the strata, its standard error); sellers who always or never used it are not there."""
    if OWNER not in sample.strata:
        return {}
    u, v = (demeaned(part, list(sample.strata.values())) for part in (sample.used, sample.y))
    sellers = sample.strata[OWNER]
    weights, sums = np.bincount(sellers, u**2), np.bincount(sellers, u * v)
    kept = np.flatnonzero(weights > 0.5)
    noise = float((v**2).sum() / max(len(v) - sum(len(np.unique(one)) for one in sample.strata.values()), 1))
    return {int(code): (float(sums[code] / weights[code]), float(np.sqrt(noise / weights[code]))) for code in kept}


def ends(found: Within | None) -> dict[str, float | None]:
    """lift, low, high; None where there is no comparison."""
    if found is None:
        return {"lift": None, "low": None, "high": None}
    low, high = found.estimate.interval()
    return {"lift": found.value, "low": max(low, -1.0), "high": min(high, 1.0)}


def _share(y: np.ndarray) -> float | None:
    return float(y.mean()) if len(y) else None


def _dense(codes: np.ndarray) -> np.ndarray:
    return np.unique(codes, return_inverse=True)[1]


def _of(clusters: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
    return None if clusters is None else _dense(clusters[rows])
