"""Tests of all slices against the fitted expectation: how far each lies from its peers, beyond chance and natural spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audit.stats.shrink import peers_spread
from audit.stats.tests import lower_tail, unskewed
from audit.zones.beside import CAP, PRIOR, beside, freedom, left_of, whole_of
from audit.zones.dimensions import spread
from audit.zones.model import Model
from audit.zones.slices import Combination

REFINED = 10  # so many of the most extreme combinations are judged with themselves in the model
WORTH_REFINING = 2.5  # |z| below which the second look cannot matter
DETAILED = 400  # up to so many peers each leaves itself out of the spread


@dataclass
class Scan:
    """Columns of one entry a slice: combination, number in it, effect, error, spread, df, z (signed so that < 0 is worse) and p."""

    combo: np.ndarray
    item: np.ndarray
    effect: np.ndarray
    error: np.ndarray
    spread: np.ndarray
    df: np.ndarray
    z: np.ndarray
    worse: np.ndarray  # one-sided p that the slice is worse
    better: np.ndarray


def scan(model: Model, combos: list[Combination], *, scale: str, sign: int, third: np.ndarray) -> Scan:
    """Test every slice of `combos`. `sign` is +1 where higher is better, else −1.

    `third` is the third cumulant of each cell's score. One-way slices are judged against the other levels of
    their dimension with the other dimensions held fixed; combinations against what their parts lead to expect.
    """
    parts = []
    whole = whole_of(model)
    for number, combo in enumerate(combos):
        made = _levels(model, combo, scale, third) if len(combo.at) == 1 else _mixed(model, combo, whole, scale, third)
        parts.append((np.full(len(combo), number), np.arange(len(combo)), *made))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)] if parts else [np.empty(0)] * 7
    number_, item, effect, error, spread_, df, skew = columns
    result = Scan(number_.astype(int), item.astype(int), effect, error, spread_, df, *(np.empty(0),) * 3)
    _judge(result, sign, skew)
    _refine(model, combos, result, sign, skew, scale)
    return result


def _judge(result: Scan, sign: int, skew: np.ndarray) -> None:
    total = np.sqrt(result.error**2 + result.spread**2)
    raw = sign * result.effect / total
    result.z = unskewed(raw, sign * skew * (result.error / total) ** 3)
    up = unskewed(-raw, -sign * skew * (result.error / total) ** 3)
    result.worse, result.better = lower_tail(result.z, result.df), lower_tail(up, result.df)


def _levels(model: Model, combo: Combination, scale: str, third: np.ndarray):
    at = combo.at[0]
    if len(model.block(at)) < 2:  # the other levels are zones already: nothing is left to compare with
        none = np.zeros(len(combo))
        return none, none + 1, none, none + 1, none
    own, effects, info = model.levels(at)
    item = model.factors[at]
    index = own - model.starts[at]
    covariance = np.linalg.inv(info)
    natural = spread(item.kind, scale)
    peers = peers_spread(effects, 1 / np.diag(info), item.usable[index], prior=PRIOR[scale], floor=natural, one_kind=True)
    contrast = np.eye(len(own)) - peers.weights
    gap = contrast @ effects
    variance = np.einsum("ij,jk,ik->i", contrast, covariance, contrast)
    tau2 = peers.tau2 * (1 + (peers.weights**2).sum(1))
    where = {level: row for row, level in enumerate(index)}
    rows = np.array([where.get(level, -1) for level in combo.levels[:, 0]])
    out = rows < 0  # stands as a zone already
    rows = np.where(out, 0, rows)
    inform = 1 / np.maximum(variance, 1e-300)
    skew = combo.total(third) * variance[rows] ** 1.5
    df = freedom(variance, tau2, peers.df)
    return (np.where(out, 0.0, gap[rows]), 1 / np.sqrt(inform[rows]), np.sqrt(tau2[rows]), df[rows], skew)


def _mixed(model: Model, combo: Combination, whole, scale: str, third: np.ndarray):
    effect, variance, clear = left_of(model, combo, whole)
    tau2, df = _combination_spread(effect, variance, clear, scale)
    skew = combo.total(third) * variance**1.5
    return effect, np.sqrt(variance), np.sqrt(tau2), freedom(variance, tau2, df), skew


def _combination_spread(effect, variance, clear, scale: str) -> tuple[np.ndarray, np.ndarray]:
    """(natural variance between the combinations, its degrees of freedom); very many need not leave themselves out."""
    peers = peers_spread(effect, variance, clear, prior=PRIOR[scale], centre=0.0, cap=CAP, leave_out=len(effect) <= DETAILED)
    return np.broadcast_to(peers.tau2, effect.shape), np.broadcast_to(peers.df, effect.shape)


def _refine(model: Model, combos: list[Combination], result: Scan, sign: int, skew: np.ndarray, scale: str) -> None:
    """Judge the most extreme combinations again with themselves in the model.

    A bad combination makes its parts look uneven; with its own effect in, their spread is estimated anew, so
    that a part which is even otherwise does not take half of the gap away.
    """
    several = np.array([len(combo.at) > 1 for combo in combos], dtype=bool)
    rows = np.flatnonzero(several[result.combo]) if len(combos) else np.empty(0, dtype=int)
    rows = rows[np.argsort(-np.abs(result.z[rows]), kind="stable")[:REFINED]]
    for row in rows:
        if abs(result.z[row]) >= WORTH_REFINING:
            result.effect[row], result.error[row], result.spread[row], df = beside(model, combos[result.combo[row]], int(result.item[row]), scale)
            result.df[row] = freedom(result.error[row] ** 2, result.spread[row] ** 2, df)
    _judge(result, sign, skew)
