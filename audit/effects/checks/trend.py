"""Did the changed units run in parallel with the others before the change?"""

from __future__ import annotations

import numpy as np

from audit.effects.case import Case, Found
from audit.effects.effect import Check, number
from audit.effects.methods import panel as panels
from audit.effects.periods import panel
from audit.errors import Phrase
from audit.stats.groups import few_means

NAME = "pre_trend"
FEWEST = 4  # periods before


def check(case: Case, name: str, found: Found) -> Check | None:
    """Slopes of the units over the periods before the first start, changed ones against the others."""
    if name not in panels.NAMES:
        return None
    cells, _ = panel(case)
    first = int((cells.treated == 1).any(0).argmax())
    y = cells.y[:, :first]
    whole = np.isfinite(y).all(1)
    if first < FEWEST or whole.sum() < 4:
        return Check(NAME, None, Phrase("effects.detail.trend_short", {"n": FEWEST}))
    at = np.arange(first) - (first - 1) / 2
    slopes = y[whole] @ at / (at @ at)
    found_ = few_means(slopes[cells.ever[whole]], slopes[~cells.ever[whole]])
    if found_ is None:
        return Check(NAME, None, Phrase("effects.detail.trend_short", {"n": FEWEST}))
    return Check(NAME, bool(found_.p_value >= 0.05), Phrase("effects.detail.trend", {"p": number(found_.p_value)}))
