"""Units chosen for being bad come back by themselves: does the effect survive when each unit's level before is taken into account?"""

from __future__ import annotations

from audit.effects.case import Case, Found
from audit.effects.effect import Check
from audit.effects.methods import panel as panels
from audit.effects.periods import panel
from audit.errors import Phrase
from audit.stats.panel import adjusted

NAME = "regression_to_the_mean"


def check(case: Case, name: str, found: Found) -> Check | None:
    """Passed where the units were not the worst, or the baseline is already taken into account."""
    if name not in panels.NAMES:
        return None
    cells, _ = panel(case)
    if not cells.common:
        return Check(NAME, None, Phrase("effects.detail.regression_staggered"))
    if name != panels.SHRUNK and not panels.chosen_for_being_bad(cells, case.better):
        return Check(NAME, True, Phrase("effects.detail.regression_not_worst"))
    if name in (panels.SHRUNK, panels.TWIN):
        return Check(NAME, True, Phrase("effects.detail.regression_adjusted"))
    again = adjusted(cells)
    passed = again is not None and found.estimate is not None and again.value * found.estimate.value > 0 and again.p_value < 0.05
    return Check(NAME, bool(passed), Phrase("effects.detail.regression_worst"), stops=not passed)
