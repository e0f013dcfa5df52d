"""Money grows with prices: is the effect larger than what they alone would bring?"""

from __future__ import annotations

import numpy as np

from audit.effects.case import Case, Found
from audit.effects.effect import Check, number
from audit.effects.methods import rows
from audit.errors import Phrase

NAME = "price_inflation"


def check(case: Case, name: str, found: Found) -> Check | None:
    """For money in two dated groups; series have a trend, panels others beside. Needs the yearly growth of prices."""
    if case.kind != "money" or name not in rows.NAMES or not case.dated or found.estimate is None:
        return None
    if case.inflation is None:
        return Check(NAME, None, Phrase("effects.detail.prices_unknown"))
    after = case.after
    middle = [np.median(case.time[side].astype("datetime64[s]").astype(float)) for side in (after, ~after)]
    years = (middle[0] - middle[1]) / (365.25 * 86_400)
    grown = found.before * ((1 + case.inflation) ** years - 1)
    low, high = found.estimate.interval()
    passed = not (low <= grown <= high) or low <= 0 <= high
    return Check(NAME, passed, Phrase("effects.detail.prices", {"share": number(100 * ((1 + case.inflation) ** years - 1), 1)}), stops=not passed)
