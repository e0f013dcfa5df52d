"""Which assumption moves the worth of a zone most: one at a time to the ends of what is believable, the others held."""

from __future__ import annotations

import math

import numpy as np

from audit.zones.gaps import Gap

SHARE_MOVES = 0.2  # the attainable share is a promise: so much more or less of the gap


def assumptions(gap: Gap, money: float, share: float, volume: float, check_error: float) -> list[dict[str, float | str]]:
    """Money a month at both ends of each assumption, the one with the widest reach first: assumption, low, high.

    `gap`: the interval of the effect; `attainable_share`: SHARE_MOVES up and down; `volume`: Poisson of a year's units;
    `value_of_unit`: the error of the mean cheque; `benchmark`: the peers' mean instead of their best quarter.
    """
    lift = _lift(gap, gap.effect[0], gap.attainable)
    if not money or not lift > 0:
        return []
    ends = {
        "gap": [_lift(gap, end, gap.attainable) / lift for end in gap.effect[1:]],
        "attainable_share": [max(share - SHARE_MOVES, 0.0) / share, min(share + SHARE_MOVES, 1.0) / share],
        "volume": [max(1 - 1.96 / math.sqrt(max(volume * 12, 1.0)), 0.0), 1 + 1.96 / math.sqrt(max(volume * 12, 1.0))],
        "value_of_unit": [math.exp(-1.96 * check_error), math.exp(1.96 * check_error)],
    }
    if gap.attainable != gap.benchmark:
        ends["benchmark"] = [_lift(gap, gap.effect[0], gap.benchmark) / lift, 1.0]
    found: list[dict[str, float | str]] = [{"assumption": name, "low": money * min(both), "high": money * max(both)} for name, both in ends.items()]
    return sorted(found, key=lambda one: (float(one["low"]) - float(one["high"]), str(one["assumption"])))


def _lift(gap: Gap, effect: float, attainable: float) -> float:
    return max(gap.search.measure.sign * (attainable - gap.benchmark - float(gap.gaps(np.array(effect)))), 0.0)
