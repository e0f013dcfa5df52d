"""Transition probabilities of chains in continuous time, many at once."""

from __future__ import annotations

import numpy as np

# of the [13/13] Padé approximant, and the largest norm for which it needs no scaling: Higham (2005), SIAM J. Matrix Anal. 26:1179–1193
_PADE = (64764752532480000., 32382376266240000., 7771770303897600., 1187353796428800., 129060195264000., 10559470521600.,
         670442572800., 33522128640., 1323241920., 40840800., 960960., 16380., 182., 1.)
_LARGEST = 5.371920351148152


def transitions(rates: np.ndarray) -> np.ndarray:
    """The matrix exponential of every matrix of a stack (…, n, n).

    Scaling and squaring, Higham (2005). For small matrices a stack at once costs far less than one by one.

    >>> transitions(np.array([[[-1.0, 1.0], [0.0, 0.0]]])).round(4).tolist()
    [[[0.3679, 0.6321], [0.0, 1.0]]]
    """
    rates = np.asarray(rates, dtype=float)
    stack = rates.reshape(-1, *rates.shape[-2:])
    norm = np.abs(stack).sum(axis=1).max(axis=1, initial=0.0)
    doublings = np.maximum(np.ceil(np.log2(np.maximum(norm / _LARGEST, 1.0))), 0).astype(int)
    a = stack / 2.0 ** doublings[:, None, None]
    a2 = a @ a
    a4 = a2 @ a2
    a6, one, b = a4 @ a2, np.eye(a.shape[-1]), _PADE
    odd = a @ (a6 @ (b[13] * a6 + b[11] * a4 + b[9] * a2) + b[7] * a6 + b[5] * a4 + b[3] * a2 + b[1] * one)
    even = a6 @ (b[12] * a6 + b[10] * a4 + b[8] * a2) + b[6] * a6 + b[4] * a4 + b[2] * a2 + b[0] * one
    found = np.linalg.solve(even - odd, even + odd)
    for step in range(int(doublings.max(initial=0))):
        more = doublings > step
        found[more] = found[more] @ found[more]
    return found.reshape(rates.shape)
