"""How the bound on false zones is shared out between the slices that are tested."""

from __future__ import annotations

import numpy as np

from audit.zones.search import Search


def weigh(searches: list[Search], tested: int) -> None:
    """Give every slice of every search its weight in the bound; the mean weight over all is 1.

    Slices of one dimension and slices of several share equally, whatever their number, because a single cause is the likelier one; so do
    metrics with a way to money and those without. Inside such a group a slice weighs as the part of the metric's units that it holds: every
    combination of dimensions counts alike, however finely it cuts, and what is large enough to be seen and to be worth something counts most.
    Weights know nothing of the outcome. Source: Genovese, Roeder & Wasserman (2006), Biometrika 93.
    """
    groups: dict[tuple[bool, bool], list[tuple[Search, np.ndarray, np.ndarray]]] = {}
    for search in searches:
        search.weights = np.zeros(search.tested)
        part = np.concatenate([combo.n for combo in search.combos]) / search.cells.n.sum()
        alone = np.repeat([len(combo.at) == 1 for combo in search.combos], [len(combo) for combo in search.combos])
        for single in (True, False):
            rows = np.flatnonzero(alone == single)
            if len(rows):
                groups.setdefault((search.measure.priced, single), []).append((search, rows, part[rows]))
    for members in groups.values():
        whole = sum(part.sum() for _, _, part in members)
        for search, rows, part in members:
            search.weights[rows] = part / whole * tested / len(groups)
