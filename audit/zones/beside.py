"""What slices show beyond the model, and single ones judged with themselves in it: their spread is then that of the others."""

from __future__ import annotations

import copy

import numpy as np

from audit.stats.shrink import between, central_part, peers_spread
from audit.stats.tests import lower_tail
from audit.zones.dimensions import spread
from audit.zones.model import Model
from audit.zones.slices import Combination

PRIOR = {"share": 0.08, "money": 0.04, "days": 0.06, "leads": 0.10, "score": 0.10}  # real spread of people and places before any data
CAP = 1.5  # squared residuals of combinations are cut here: two bad ones of twenty must not pass for a spread of all
CLEAR = 3.0  # |z| by chance alone from which on a slice may be hidden by another
HIDERS = 0.1  # chance that the second clearest of all slices of a combination is taken for one of another kind
FEWEST = 8  # slices below which the second clearest cannot be told


def freedom(variance, natural, df):
    """Degrees of freedom when only the natural spread is estimated (Satterthwaite)."""
    return df * ((variance + natural) / np.maximum(natural, 1e-12)) ** 2


def whole_of(model: Model):
    """(columns in use, Cholesky factor of the penalised gram, effects)."""
    use = model.live()
    root = np.linalg.cholesky(model.gram[np.ix_(use, use)] + np.diag(model.penalty()[use]))
    return use, root, model.solve()


def left_of(model: Model, combo: Combination, whole) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(effect of each combination beyond the model, its variance, whether it can be told from the model)."""
    use, root, effects = whole
    sums = _sums(model, combo)
    moment = combo.total(model.weight * model.response)
    half = np.linalg.solve(root, sums[use])
    own = sums[0]
    inform = own - (half**2).sum(0)
    clear = inform > 1e-6 * own  # else the slice cannot be told from what is in the model already
    inform = np.where(clear, inform, 1.0)
    return np.where(clear, (moment - sums.T @ effects) / inform, 0.0), 1 / inform, clear


def _sums(model: Model, combo: Combination) -> np.ndarray:
    """Σw of each slice by every column of the model: columns × slices."""
    inside = combo.place >= 0
    place, w = combo.place[inside], model.weight[inside]
    parts = [np.bincount(place, w, len(combo))[None, :]]
    for item, codes in zip(model.factors, model.codes, strict=True):
        size = len(item.labels)
        parts.append(np.bincount(codes[inside] * len(combo) + place, w, size * len(combo)).reshape(size, -1))
    for mask in model.zones:
        parts.append(np.bincount(place, w * mask[inside], len(combo))[None, :])
    return np.vstack(parts)


def beside(model: Model, combo: Combination, item: int, scale: str) -> tuple[float, float, float, float]:
    """(effect, error, natural spread of the others, its degrees of freedom) of one slice with itself in the model.

    A second slice of the same combination that is none of the others' kind gets an effect of its own as well: two bad ones hide
    each other, both in the spread and in the main effects that they share.
    """
    trial = _with_zone(model, combo.place == item)
    trial.spreads(1)
    whole = whole_of(trial)
    left = left_of(trial, combo, whole)
    effect, error = _last(trial, whole)
    peers = peers_spread(*left, prior=PRIOR[scale], centre=0.0, cap=CAP, leave_out=False)
    if abs(effect) >= CLEAR * error and peers.tau2[0] > PRIOR[scale] ** 2 and left[2].sum() >= FEWEST:
        second = int(np.argmax(np.abs(left[0]) / np.sqrt(left[1]) * left[2]))
        both = _with_zone(_with_zone(model, combo.place == second), combo.place == item)
        both.tau = trial.tau.copy()
        both.spreads(1)
        more = whole_of(both)
        rest = left_of(both, combo, more)
        if _of_another_kind(_last(both, more, 2), rest, scale):
            effect, error = _last(both, more)
            peers = peers_spread(*rest, prior=PRIOR[scale], centre=0.0, cap=CAP, leave_out=False)
    return effect, error, float(np.sqrt(peers.tau2[0])), float(peers.df[0])


def _of_another_kind(one: tuple[float, float], rest: tuple[np.ndarray, np.ndarray, np.ndarray], scale: str) -> bool:
    """Whether the clearest slice lies further out than the clearest of so many would by chance and by the spread of the `rest`."""
    effect, error = one
    usable = rest[2]
    count = int(usable.sum()) + 1
    tau2, _ = between(rest[0], rest[1], usable[None, :], centre=0.0, part=central_part(1 - 1 / count))
    df = 2.0 + count - 1
    natural = (2.0 * PRIOR[scale] ** 2 + (count - 1) * float(tau2[0])) / df
    tail = lower_tail(np.array([-abs(effect) / np.sqrt(error**2 + natural)]), freedom(error**2, natural, df))[0]
    return bool(2 * tail * count <= HIDERS)


def _last(model: Model, whole, back: int = 1) -> tuple[float, float]:
    """Effect and error of the zone that is `back` from the end of the model."""
    use, root, effects = whole
    column = np.zeros(len(use))
    column[-back] = 1.0
    return float(effects[-back]), float(np.sqrt(np.sum(np.linalg.solve(root, column) ** 2)))


def _with_zone(model: Model, mask: np.ndarray) -> Model:
    """The model with one more zone column at the same working data."""
    trial = copy.copy(model)
    column, moment = model.against(mask, model.weight), (model.weight * model.response)[mask].sum()
    trial.zones = [*model.zones, mask]
    trial.gram = np.block([[model.gram, column[:, None]], [column[None, :], np.array([[column[0]]])]])
    trial.moment = np.append(model.moment, moment)
    trial.tau = model.tau.copy()
    return trial


def spread_beside(model: Model, combo: Combination, scale: str, error: float) -> tuple[float, float]:
    """(natural spread that a zone among the slices of `combo` is judged with, degrees of freedom); the zone itself is in the model."""
    if len(combo.at) > 1:
        peers, more = peers_spread(*left_of(model, combo, whole_of(model)), prior=PRIOR[scale], centre=0.0, cap=CAP, leave_out=False), 1.0
    else:
        own, effects, info = model.levels(combo.at[0])
        item = model.factors[combo.at[0]]
        usable = item.usable[own - model.starts[combo.at[0]]]
        peers = peers_spread(effects, 1 / np.diag(info), usable, prior=PRIOR[scale], floor=spread(item.kind, scale), leave_out=False, one_kind=True)
        more = 1 + float((peers.weights**2).sum())
    tau2 = float(peers.tau2[0]) * more
    return float(np.sqrt(tau2)), float(freedom(error**2, tau2, peers.df[0]))
