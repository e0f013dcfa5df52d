"""Which one thing to work on first with a seller: quantity before skill, skill before check, check before speed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from audit.stats.multiplicity import q_values

_WIDE = 2_500.0
VERDICTS = ("volume", "skill", "check", "speed", "norm")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one seller; q-values are one-sided against the colleagues, NaN where they cannot be had."""

    attainment: float  # of the norms of activity, 0…1.5
    skill_q: float
    check_q: float
    speed_q: float
    check_gap: float  # seller ÷ colleagues − 1
    speed_gap: float


def verdicts(one: Evidence, norm: float, q: float, difference: float) -> tuple[str, ...]:
    """All that applies, the leading one first; "norm" alone where nothing does, nothing where attainment is unknown.

    `norm`: attainment below which quantity comes first; `difference`: the least gap of check and cycle that matters.
    Source: catalogue of metrics, M33.

    >>> verdicts(Evidence(0.8, 0.01, 0.5, 0.5, 0.0, 0.0), 0.9, 0.1, 0.1)
    ('volume', 'skill')
    """
    if math.isnan(one.attainment):
        return ()
    found = []
    if one.attainment < norm:
        found.append("volume")
    if one.skill_q <= q:
        found.append("skill")
    if one.check_q <= q and one.check_gap <= -difference:
        found.append("check")
    if one.speed_q <= q and one.speed_gap >= difference:
        found.append("speed")
    return tuple(found) or ("norm",)


def fewer(wins: np.ndarray, n: np.ndarray) -> np.ndarray:
    """P-values that each seller's share is no lower than the colleagues': Fisher's exact test; NaN without both sides.

    Where wins vary by chance by more than _WIDE ** 0.5 either way the normal distribution says the same within a two-thousandth.
    """
    from scipy.special import ndtr

    wins, n = np.asarray(wins, dtype=float), np.asarray(n, dtype=float)
    all_wins, size = wins.sum(), n.sum()
    p = np.full(len(n), np.nan)
    some = (n > 0) & (size - n > 0)
    mean = n * all_wins / max(size, 1.0)
    variance = mean * (1 - all_wins / max(size, 1.0)) * (size - n) / max(size - 1, 1.0)
    wide = some & (variance > _WIDE)
    exact = some & ~wide
    p[exact] = [_hypergeometric(won, size, all_wins, tried) for won, tried in zip(wins[exact], n[exact], strict=True)]
    p[wide] = ndtr((wins[wide] + 0.5 - mean[wide]) / np.sqrt(variance[wide]))
    return p


def _hypergeometric(won: float, size: float, wins: float, tried: float) -> float:
    """P(at most `won` wins among `tried` of `size` units with `wins` wins); by itself, for scipy.stats takes longer to import than all else here."""
    from scipy.special import betaln

    drawn = np.arange(max(0.0, tried + wins - size), won + 1)

    def ways(whole: float, part: np.ndarray | float) -> np.ndarray:
        return -np.log(whole + 1) - betaln(whole - part + 1, part + 1)

    return float(min(np.exp(ways(wins, drawn) + ways(size - wins, tried - drawn) - ways(size, tried)).sum(), 1.0))


def weakest(names: list[str], q: list[np.ndarray], sellers: int) -> list[tuple[str, float]]:
    """The name with each seller's least q-value, the first in order of equals; ("", NaN) where no name has one.

    >>> weakest(["call", "offer"], [np.array([0.5, np.nan]), np.array([0.5, 0.1])], 2)
    [('call', 0.5), ('offer', 0.1)]
    """
    found = []
    for at in range(sellers):
        known = [(float(one[at]), place) for place, one in enumerate(q) if not math.isnan(one[at])]
        found.append((names[min(known)[1]], min(known)[0]) if known else ("", float("nan")))
    return found


def differs(n: np.ndarray, s1: np.ndarray, s2: np.ndarray, larger: bool) -> tuple[np.ndarray, np.ndarray]:
    """(p-values, ratio − 1) of each seller's geometric mean against the colleagues': Welch's test on logarithms from n, Σ, Σ²."""
    from audit.stats.tests import lower_tail

    n, s1, s2 = (np.asarray(x, dtype=float) for x in (n, s1, s2))
    rest = [x.sum() - x for x in (n, s1, s2)]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, other = s1 / n, rest[1] / rest[0]
        own = (s2 - n * mean**2) / (n - 1) / n
        theirs = (rest[2] - rest[0] * other**2) / (rest[0] - 1) / rest[0]
        t = (mean - other) / np.sqrt(own + theirs)
        df = (own + theirs) ** 2 / (own**2 / (n - 1) + theirs**2 / (rest[0] - 1))
        usable = (n >= 3) & (rest[0] >= 3) & (own + theirs > 0)
    p = np.full(len(n), np.nan)
    p[usable] = lower_tail((-t if larger else t)[usable], df[usable])
    return p, np.where(usable, np.exp(mean - other) - 1, np.nan)


def adjusted(*p: np.ndarray) -> list[np.ndarray]:
    """Benjamini–Hochberg values over all tests of all sellers together; NaN stays NaN and is no test."""
    whole = np.concatenate(p)
    known = ~np.isnan(whole)
    found = np.full(len(whole), np.nan)
    found[known] = q_values(whole[known])
    return list(np.split(found, np.cumsum([len(x) for x in p])[:-1]))
