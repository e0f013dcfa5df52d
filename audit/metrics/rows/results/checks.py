"""Amounts of won deals by seller: typical checks, and the mean check with its uncertainty."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import cells
from audit.metrics.declare.common import MIN_N
from audit.stats import intervals, shrink

_MOST_BINS = 500  # beyond it the mean of a resample is as good as normal
DRAWS = 2_000


def amounts(bases: Bases) -> pd.DataFrame:
    """Won amounts as bins of four digits: owner, month number of winning, bin, n, x (Σ)."""
    d = bases.deals.filter((bases.deals.semantic == "won") & (bases.deals.amount_base > 0))
    month = d.won_at.year().cast("int64") * 12 + d.won_at.month().cast("int64") - 1
    query = d.group_by(owner=cells.label(d.owner), month=month, bin=cells.money_bin(d.amount_base))
    frame = bases.rows(query.agg(n=d.count(), x=cells.exact(d.amount_base)))
    return frame.sort_values(["owner", "bin", "month"], kind="stable")


def _counted(bases: Bases, owner: str | None, until: dt.date | None) -> tuple[np.ndarray, np.ndarray]:
    """(amount, how many) of one seller, or of all, won before the month of `until`."""
    rows = bases.rows_of(amounts)
    if until is not None:
        rows = rows[rows["month"] < until.year * 12 + until.month - 1]
    if owner is not None:
        rows = rows[rows["owner"] == owner]
    rows = rows.groupby("bin", sort=True)[["x", "n"]].sum()
    return (rows["x"] / rows["n"]).to_numpy(dtype=float), rows["n"].to_numpy(dtype=float)


def _quantiles(value: np.ndarray, n: np.ndarray, *shares: float) -> list[float]:
    zeros = np.zeros(len(n))
    return [float(intervals.quantile(zeros, value, n, q)[0][0]) for q in shares]


def largest_usual(bases: Bases) -> float:
    """P99 of all amounts won: the least amount that 99 % do not exceed, so of less than a hundred the largest; inf where none is won."""
    value, n = _counted(bases, None, None)
    return float(value[np.searchsorted(np.cumsum(n), 0.99 * n.sum())]) if len(n) else float("inf")


def largest_closed(bases: Bases) -> float:
    """P99 of the amounts of all closed deals: the least amount that 99 % do not exceed, so of less than a hundred the largest; inf where none is closed."""
    d = bases.deals.filter(bases.deals.semantic.isin(["won", "lost"]) & (bases.deals.amount_base > 0))
    query = d.group_by(bin=cells.money_bin(d.amount_base)).agg(n=d.count(), most=d.amount_base.max())
    frame = bases.rows(query).sort_values("bin", kind="stable")
    n = frame["n"].to_numpy(dtype=float)
    return float(frame["most"].iloc[np.searchsorted(np.cumsum(n), 0.99 * n.sum())]) if len(n) else float("inf")


def checks(bases: Bases, owner: str | None) -> tuple[dict[str, float], int]:
    """P25, mean (the largest percent pulled in to P99) and P75 of won amounts; the department's without ten own ones."""
    value, n = _counted(bases, owner, None)
    if owner is not None and n.sum() < MIN_N:
        value, n = _counted(bases, None, None)
    if not len(n):
        return {}, 0
    p25, p75, p99 = _quantiles(value, n, 0.25, 0.75, 0.99)
    mean = float((np.minimum(value, p99) * n).sum() / n.sum())
    return {"p25": p25, "mean": mean, "p75": p75}, int(n.sum())


@dataclass(frozen=True, slots=True)
class Check:
    """The mean check: shrunk to the department by how much sellers really differ; `draws` resample it."""

    mean: float
    top: float  # P75
    draws: np.ndarray
    own: int  # own won deals; 0 where the department stands in


def mean_checks(bases: Bases, owners: list[str], until: dt.date | None = None) -> dict[str | None, Check]:
    """The mean check of every owner and, under None, of the department; nothing where no deal was won.

    A seller's mean is drawn to the department's by σ²/(σ² + τ²), τ² being the real variance between sellers.
    """
    whole = _resampled(*_counted(bases, None, until), "")
    if whole is None:
        return {}
    own = {owner: _resampled(*_counted(bases, owner, until), owner) for owner in sorted(owners)}
    known = {owner: one for owner, one in own.items() if one is not None and one.own >= 2 and one.draws.std() > 0}
    means = np.array([one.mean for one in known.values()])
    variances = np.array([one.draws.var() for one in known.values()])
    tau2 = float(shrink.between(means, variances, np.ones(len(known), dtype=bool))[0][0]) if len(known) > 1 else 0.0
    found: dict[str | None, Check] = {None: whole}
    for owner in owners:
        one = known.get(owner)
        if one is None:
            found[owner] = Check(whole.mean, whole.top, whole.draws, 0)
            continue
        weight = 1.0 if len(known) == 1 else tau2 / (tau2 + float(one.draws.var()))
        found[owner] = Check(weight * one.mean + (1 - weight) * whole.mean, one.top if one.own >= MIN_N else whole.top,
                             weight * one.draws + (1 - weight) * whole.draws, one.own)
    return found


def _resampled(value: np.ndarray, n: np.ndarray, name: str) -> Check | None:
    """The mean pulled in to P99 and bootstrapped means of one group of won deals."""
    size = int(n.sum())
    if not size:
        return None
    p75, p99 = _quantiles(value, n, 0.75, 0.99)
    near = np.minimum(value, p99)
    mean = float((near * n).sum() / size)
    rng = np.random.default_rng([crc32(name.encode()), 26])
    if len(near) <= _MOST_BINS:
        draws = rng.multinomial(size, n / size, DRAWS) @ near / size
    else:
        draws = mean + rng.standard_normal(DRAWS) * math.sqrt(float(((near - mean) ** 2 * n).sum())) / size
    return Check(mean, p75, np.maximum(draws, mean * 1e-3), size)
