"""Are the rows after the change made of the same as those before?"""

from __future__ import annotations

import numpy as np

from audit.effects.case import Case, Found
from audit.effects.effect import Check
from audit.effects.methods import rows
from audit.errors import Phrase

NAME = "composition"
FAR = 1.0  # standard deviations beyond which adjusting means guessing


def check(case: Case, name: str, found: Found) -> Check | None:
    """The largest standardised difference of a covariate; it is adjusted for, unless the groups hardly meet."""
    if name not in rows.NAMES or case.covariates is None:
        return None
    after = case.after
    one, other = case.covariates[after], case.covariates[~after]
    spread = np.sqrt((one.var(0) + other.var(0)) / 2)
    apart = np.divide(np.abs(one.mean(0) - other.mean(0)), spread, out=np.zeros(len(spread)), where=spread > 1e-12)
    if not len(apart):
        return None
    worst = int(apart.argmax())
    return Check(NAME, bool(apart[worst] <= FAR), Phrase("effects.detail.composition", {"name": case.named[worst], "sd": f"{apart[worst]:.2f}"}), stops=True)
