"""Are the rows after the change made of the same as those before?"""

from __future__ import annotations

import numpy as np

from audit.effects.case import Case, Found
from audit.effects.effect import Check, number
from audit.effects.methods import rows
from audit.errors import Phrase

NAME = "composition"
FAR = 1.0  # standard deviations beyond which adjusting means guessing


def check(case: Case, name: str, found: Found) -> Check | None:
    """The largest standardised difference of a covariate; it is adjusted for, unless the groups hardly meet."""
    if name not in rows.NAMES:
        return None
    if case.mix is None or not case.mix.names:
        return Check(NAME, None, Phrase("effects.detail.composition_unknown"))
    counts = [np.bincount(case.mix.of[side], minlength=len(case.mix.kinds)) for side in (case.after, ~case.after)]
    means = [count @ case.mix.kinds / count.sum() for count in counts]
    spread = np.sqrt(sum(count @ (case.mix.kinds - mean) ** 2 / count.sum() for count, mean in zip(counts, means, strict=True)) / 2)
    tiny = 1e-12 * np.abs(case.mix.kinds).max(0)  # of whatever unit a covariate is measured in
    gap = np.abs(means[0] - means[1])
    apart = np.divide(gap, spread, out=np.where(gap > tiny, np.inf, 0.0), where=spread > tiny)
    worst = int(apart.argmax())
    return Check(NAME, bool(apart[worst] <= FAR), Phrase("effects.detail.composition", {"name": case.mix.names[worst], "sd": number(apart[worst])}), stops=True)
