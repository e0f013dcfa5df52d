"""Two groups of rows: shares, means, skewed money; adjusted for what the rows are made of; in clusters."""

from __future__ import annotations

import numpy as np
import pandas as pd

from audit.effects.case import Case, Found, skewed
from audit.errors import Phrase
from audit.stats import groups
from audit.stats.adjust import adjusted
from audit.stats.estimate import Estimate

SHARES, MEANS, LOTS = "two_proportions", "welch", "permutation"
MIX, CLUSTERS, NESTED = "mix_standardised", "cluster_jackknife", "unit_means"
NAMES = (MIX, NESTED, CLUSTERS, SHARES, LOTS, MEANS)
FEWEST = 10  # rows a side


def fits(case: Case) -> bool:
    """Whether rows fall into two groups: given, or before and after a point."""
    return case.kind != "duration" and case.treated is None and (case.group is not None or (case.time is not None and case.at is not None))


def choose(case: Case) -> str:
    """The method these columns ask for."""
    if case.mix is not None:
        return MIX
    if case.unit is not None:
        return NESTED if _nested(case) else CLUSTERS
    return _plain(case)


def takes(case: Case) -> frozenset[str]:
    """Parameters of `compare` that play a part; `time` tells the months of a quarter and the growth of prices."""
    return frozenset(("group", "time", "unit", "covariates", "inflation") if case.group is not None else ("time", "at", "unit", "covariates", "inflation"))


def _plain(case: Case) -> str:
    """By what the values are, whatever unit they are measured in: 0 and 1, a long upper tail, or neither."""
    if case.kind == "rate" and case.flags:
        return SHARES
    return LOTS if case.kind == "money" or (case.kind in ("count", "rate") and skewed(case.y)) else MEANS


def found(case: Case, name: str) -> Found:
    """The difference of means, after less before."""
    after = case.after
    one, other = case.y[after], case.y[~after]
    if min(len(one), len(other)) < FEWEST:
        return Found(None, *_levels(one, other), needs=both_sides("effects.needs.rows", {"before": FEWEST - len(other), "after": FEWEST - len(one)}))
    if name == SHARES and not case.flags:
        return Found(None, *_levels(one, other), needs=Phrase("effects.needs.flags"))
    estimate = _estimate(case, name, one, other, after.astype(int))
    needs = None if estimate is not None else _lacking(case, name)
    before, value = _levels(one, other)
    points = None if estimate is None else _points(case, one, other, estimate)
    return Found(estimate, before, value, points, needs)


def both_sides(key: str, short: dict[str, int], **values: object) -> Phrase:
    """What is short on each side of the change (side → how many), one side or both."""
    parts = tuple(Phrase(key, {"n": n, "side": Phrase(f"effects.side.{side}"), **values}) for side, n in short.items() if n > 0)
    return parts[0] if len(parts) == 1 else Phrase("effects.needs.both", {"parts": parts})


def _lacking(case: Case, name: str) -> Phrase:
    """Why rows give no estimate: too few clusters, or nothing that varies."""
    least = {CLUSTERS: 3, NESTED: 4, MIX: 3}.get(name, 0) if case.unit is not None else 0
    return Phrase("effects.needs.clusters", {"n": least - len(case.units)}) if len(case.units) < least else Phrase("effects.needs.spread")


def _levels(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    return float(other.mean()) if len(other) else float("nan"), float(one.mean()) if len(one) else float("nan")


def _estimate(case: Case, name: str, one: np.ndarray, other: np.ndarray, after: np.ndarray) -> Estimate | None:
    if name == MIX and case.mix is not None:
        return adjusted(case.y, after, case.mix.kinds, case.mix.of, case.unit) or _estimate(case, _plain(case), one, other, after)
    if name == CLUSTERS and case.unit is not None:
        return groups.within_clusters(case.y, after, case.unit) or groups.clustered(case.y, after, case.unit)
    if name == NESTED and case.unit is not None:
        return groups.unit_means(case.y, after, case.unit)
    if name == SHARES:
        return groups.shares(one, other) if 0 < case.y.mean() < 1 else None
    return groups.money(one, other) if name == LOTS else groups.means(one, other)


def _nested(case: Case) -> bool:
    """Whether every unit is on one side only, and one side has few of them."""
    after = case.after
    seen = [np.bincount(case.unit[side], minlength=len(case.units)) > 0 for side in (after, ~after)]
    return not (seen[0] & seen[1]).any() and min(seen[0].sum(), seen[1].sum()) < 5


def _points(case: Case, one: np.ndarray, other: np.ndarray, estimate: Estimate) -> pd.DataFrame:
    """A row a group: its mean, and what the second was expected to be."""
    from audit.stats.intervals import LEVEL

    low, high = estimate.interval(LEVEL)
    value = float(one.mean())
    return pd.DataFrame({
        "time": [None, None], "value": [float(other.mean()), value], "expected": [float(other.mean()), value - estimate.value],
        "low": [np.nan, value - high], "high": [np.nan, value - low], "after": [False, True],
    })
