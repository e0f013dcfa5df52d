"""A slice and a part of it: which of the two is the cause that is told."""

from __future__ import annotations

import numpy as np

from audit.zones.accepted import Candidate
from audit.zones.search import Search


def _children(search: Search, factor: int) -> float:
    """What the choice among all parts of a slice of one dimension gives by chance, in squared standard errors: 2·ln(their number)."""
    base = search.base
    parts = sum(len(item.labels) for item in base.factors if item.name not in base.held)
    return 2 * float(np.log(max(parts - len(base.factors[factor].labels), 2)))


def simpler(search: Search, child: Candidate, limit: float) -> Candidate:
    """The slice of one dimension that explains `child` about as well, else `child` itself.

    A child has to beat its parent by more than chance, on the scale of the model and in points.
    """
    found, combo = search.scan, search.combos[search.scan.combo[child.row]]
    if len(combo.at) == 1:
        return child
    strength = (found.effect / np.maximum(found.error, 1e-12)) ** 2
    best = child
    for factor, level in zip(combo.at, combo.levels[found.item[child.row]], strict=True):
        row = search.single(factor, int(level))
        if row is None or not search.open[row]:
            continue
        p = float((found.worse if child.worse else found.better)[row])
        parent = Candidate(p, float(search.weights[row]), float(found.z[row]), row, child.worse)
        near = strength[row] >= strength[child.row] - _children(search, factor) or _alike(search, factor, row, child.row)
        if near and parent.level <= limit and (best is child or p < best.p):
            best = parent
    return best


def told(search: Search, row: int) -> bool:
    """Whether a slice is a part of a zone of one dimension that falls behind in points like the rest of it."""
    inside = search.mask(row)
    for i, zone in enumerate(search.zones):
        if len(zone.at) == 1 and not (inside & ~zone.mask).any():
            model = search.model
            assert model is not None
            effect = model.solve()[model.starts[-1] + i]
            if _uniform(search, zone.mask, inside, effect, _children(search, zone.at[0])):
                return True
    return False


def _alike(search: Search, factor: int, parent: int, child: int) -> bool:
    """Whether a slice that is no zone yet falls behind as a whole like its part."""
    model = search.model
    assert model is not None
    level = int(search.combos[search.scan.combo[parent]].levels[search.scan.item[parent], 0])
    effect = model.solve()[model.starts[factor] + level]
    return _uniform(search, search.mask(parent), search.mask(child), effect, _children(search, factor))


def _uniform(search: Search, outer: np.ndarray, inner: np.ndarray, effect: float, least: float) -> bool:
    """Whether the gaps in points of a part and of the rest of a slice, which has `effect` in the model, are within chance of each other.

    Twelve points less everywhere are more log-odds where the share is low; that alone makes no part a cause of its own. Of what is
    no share the model's scale is the one scale. Source: Loftus (1978), Memory & Cognition 6, removable interactions.
    """
    rest = outer & ~inner
    model, cells = search.model, search.cells
    assert model is not None
    if search.measure.family != "share" or not rest.any():
        return False
    chance, without = model.mean(), model.mean(model.eta - effect)
    gaps, errors = [], []
    for part in (inner, rest):
        n = cells.n[part].sum()
        gaps.append((cells.sum1 - cells.n * without)[part].sum() / n)
        errors.append((cells.n * chance * (1 - chance))[part].sum() / n**2)
    return bool((gaps[0] - gaps[1]) ** 2 < least * sum(errors))
