"""How much oftener than all deals those of a group move on, are won and are lost, drawn to the whole: M40.

A group changes the rates of every stage and age by the same factor a kind of move: gamma–Poisson smoothing of moves seen over moves due by the
rates of all. Clayton & Kaldor (1987), Biometrics 43:671–681; how much groups really differ is told by `audit.stats.shrink`.
"""

from __future__ import annotations

import numpy as np

from audit.stats.shrink import peers_spread

STRENGTH = 100.0  # moves due at which the ratio of a group weighs as much as that of all, before groups show how much they differ
_GROUPS = 2.0  # so many groups this prior knowledge weighs
KINDS = 3  # moving on, winning, losing


def factors(seen_of: np.ndarray, days: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """(group, kind) → what the rates of all are to be multiplied by, from the groups' moves and days at risk as in `wins.Counts` and `rate` of all.

    (seen + s) ÷ (due + s): moves seen and due of the group, due made equal to seen over all groups, and s moves of strength, 1 ÷ variance of the
    factors: 1 ÷ STRENGTH as known beforehand, mixed with what the groups show. One group alone, and one without deals, has 1.
    """
    seen, due = _by_kind(seen_of), _by_kind(np.einsum("gjb,bjt->gjt", days, rate))
    found = np.ones((len(seen), KINDS))
    for kind in range(KINDS):
        level = seen[:, kind].sum() / max(due[:, kind].sum(), 1e-12)
        mine = due[:, kind] * level
        known = mine > 1e-9
        if known.sum() < 2:
            continue
        spread = peers_spread(seen[known, kind] / mine[known], 1 / mine[known], np.ones(int(known.sum()), dtype=bool),
                              prior=STRENGTH**-0.5, prior_df=_GROUPS, cap=None, leave_out=False)
        strength = 1 / float(spread.tau2[0])
        found[known, kind] = (seen[known, kind] + strength) / (mine[known] + strength)
    return found


def _by_kind(moves: np.ndarray) -> np.ndarray:
    """(group, stage, to) → (group, kind); a move into the same stage is none."""
    stages = moves.shape[1]
    at = np.arange(stages)
    on = moves[:, :, :stages].sum(axis=(1, 2)) - moves[:, at, at].sum(axis=1)
    return np.stack([on, moves[:, :, stages].sum(axis=1), moves[:, :, stages + 1].sum(axis=1)], axis=1)


def paced(rate: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """The rates of all at the pace of one group: `factor` by kind."""
    stages = rate.shape[1]
    return rate * factor[np.concatenate([np.zeros(stages, dtype=int), [1, 2]])]
