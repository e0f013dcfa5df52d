"""Norms of activity that a plan implies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DayNorm:
    """Actions a working day of one step: what the plan takes and what is asked."""

    own: float  # on the seller's own conversion
    top: float  # on the conversion of the best quarter
    asked: float  # own, no more than nine of ten days of the department ever had
    uncovered: float  # by how much conversion or check must grow to cover the rest, as a share; 0 where nothing is left


def day_norms(
    target: float, check: float, days: int, conversions: Sequence[float], top: Sequence[float], caps: Sequence[float],
) -> list[DayNorm]:
    """Norm of every step: `target` ÷ (`check` · conversions from the step on · working `days`).

    A cap that is NaN does not bind. Source: catalogue of metrics, §6.3.

    >>> one, = day_norms(1_000_000, 100_000, 20, [0.1], [0.2], [4.0])
    >>> one.own, one.top, one.asked, one.uncovered
    (5.0, 2.5, 4.0, 0.25)
    """
    found = []
    for at in range(len(conversions)):
        own, best = (target / (check * _product(rates[at:]) * days) for rates in (conversions, top))
        cap = caps[at] if caps[at] > 0 else own
        asked = min(own, cap)
        found.append(DayNorm(own, best, asked, round(own / asked - 1, 12)))
    return found


def _product(rates: Sequence[float]) -> float:
    total = 1.0
    for one in rates:
        total *= one
    return total
