"""Would the method have seen an effect at a date when nothing changed? The rows before the change are split at two thirds of their time."""

from __future__ import annotations

import dataclasses

import numpy as np

from audit.effects.case import Case, Found
from audit.effects.effect import Check, number
from audit.effects.methods import panel as panels
from audit.effects.methods import series as lines
from audit.effects.periods import panel, series
from audit.errors import Phrase
from audit.stats.estimate import Estimate
from audit.stats.panel import Panel, difference, staggered

NAME = "placebo_in_time"
RARE = 0.01  # p below which a placebo date says that the method cannot be trusted here
_LEAD = 3  # periods before the start that are given the change


def check(case: Case, name: str, found: Found) -> Check | None:
    """For series and panels; a failure leaves nothing to say."""
    if name in lines.NAMES:
        estimate = _of_series(case)
    elif name in panels.NAMES:
        estimate = _of_panel(panel(case)[0])
    else:
        return None
    if estimate is None:
        return Check(NAME, None, Phrase("effects.detail.placebo_short"))
    p = estimate.p_value
    return Check(NAME, bool(p >= RARE), Phrase("effects.detail.placebo", {"p": number(p)}), stops=True)


def _of_series(case: Case) -> Estimate | None:
    told = series(case)
    cut = told.cut * 2 // 3
    early = dataclasses.replace(told, y=told.y[: told.cut], starts=told.starts[: told.cut], behind=told.behind[: told.cut], controls=told.controls[: told.cut], cut=cut)
    if cut < lines.BEFORE or told.cut - cut < lines.AFTER or np.ptp(early.y) <= 0 or lines.lacking(early, case) is not None:
        return None
    return lines.fitted(early, case).effect


def _of_panel(cells: Panel) -> Estimate | None:
    """The last periods before each start are given the change, the changed ones left out."""
    on = cells.treated == 1
    first = np.where(on.any(1), on.argmax(1), cells.y.shape[1])
    lead = min(_LEAD, int(first.min()) // 2)
    if lead < 1 or first.min() < 2:
        return None
    fake = np.where(np.arange(cells.y.shape[1])[None, :] >= (first - lead)[:, None], 1, 0) * cells.ever[:, None]
    early = Panel(np.where(on, np.nan, cells.y), cells.weight, fake.astype(int), cells.noise)
    if not cells.common:
        return staggered(early)
    kept = ~on.any(0)
    return difference(Panel(early.y[:, kept], early.weight[:, kept], early.treated[:, kept], early.noise))
