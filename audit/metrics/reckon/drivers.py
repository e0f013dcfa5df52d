"""The change of a product shared out among its factors."""

from __future__ import annotations

import math
from collections.abc import Mapping


def contributions(then: Mapping[str, float], now: Mapping[str, float]) -> dict[str, float]:
    """What each factor gave of the change of their product; the parts add up to it exactly, whatever the order.

    Logarithmic mean of both products × ln(now ÷ then). {} where a factor is missing or not above nought.
    Ang (2004), Energy Policy 32:1131–1139 (LMDI-I).

    >>> parts = contributions({"n": 100.0, "x": 10.0}, {"n": 200.0, "x": 10.0})
    >>> {name: round(part, 6) for name, part in parts.items()}
    {'n': 1000.0, 'x': 0.0}
    """
    if not all(then[name] > 0 and now[name] > 0 for name in then):
        return {}
    old, new = math.prod(then.values()), math.prod(now.values())
    mean = old if math.isclose(old, new, rel_tol=1e-12) else (new - old) / math.log(new / old)
    return {name: mean * math.log(now[name] / then[name]) for name in then}
