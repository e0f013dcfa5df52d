"""Sales bunch at the end of a quarter: do before and after hold the same months of it?"""

from __future__ import annotations

import numpy as np

from audit.effects.case import DAY, MONTH, WEEK, Case, Found
from audit.effects.effect import Check, number
from audit.effects.methods import series as lines
from audit.effects.periods import series
from audit.errors import Phrase

NAME = "quarter_end"
MOST = 0.15  # how far the shares of the three months of a quarter may lie apart


def check(case: Case, name: str, found: Found) -> Check | None:
    """For dated rows in two groups, and for series shorter than two years before the change; panels compare the same months."""
    if not case.dated or case.treated is not None:
        return None
    if name in lines.NAMES:
        told = series(case)
        if told.step not in (DAY, WEEK, MONTH) or case.controls is not None:
            return None
        months, after = told.starts.astype("datetime64[M]").astype(int) % 3, np.arange(len(told.y)) >= told.cut
        if told.season is not None and told.cut >= told.season:
            return Check(NAME, True, Phrase("effects.detail.quarter_season"))
    else:
        months, after = case.time.astype("datetime64[M]").astype(int) % 3, case.after
    shares = [np.bincount(months[side], minlength=3) / max(side.sum(), 1) for side in (after, ~after)]
    apart = float(np.abs(shares[0] - shares[1]).sum() / 2)
    return Check(NAME, apart <= MOST, Phrase("effects.detail.quarter", {"share": number(100 * apart, 0)}), stops=True)
