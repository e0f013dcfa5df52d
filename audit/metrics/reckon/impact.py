"""What a deviation costs."""

from __future__ import annotations

import math
from typing import NamedTuple


class Impact(NamedTuple):
    """Money lost (positive) or gained (negative) with its 95 % interval; the same in margin where its share is known."""

    money: float
    low: float
    high: float
    margin: float


def money_impact(
    volume: float, value: float, reference: float, downstream: float, check: float, *, value_error: float = 0.0,
    reference_error: float = 0.0, downstream_error: float = 0.0, check_error: float = 0.0, margin_share: float = math.nan,
) -> Impact:
    """`volume` × (`reference` − `value`) × `downstream` conversion × mean `check`, by the delta method.

    `…_error` are standard errors, independent of each other. Source: catalogue of metrics, §6.4.

    >>> money_impact(200, 0.20, 0.25, 0.5, 10_000).money
    50000.0
    """
    gap = round(reference - value, 12)
    money = volume * gap * downstream * check
    by_gap = volume * downstream * check * math.hypot(value_error, reference_error)
    by_downstream = volume * gap * check * downstream_error
    by_check = volume * gap * downstream * check_error
    half = 1.959963984540054 * math.sqrt(by_gap**2 + by_downstream**2 + by_check**2)
    return Impact(money, money - half, money + half, money * margin_share)
