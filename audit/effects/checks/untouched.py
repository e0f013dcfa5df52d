"""Placebo outcome: did a series that should not be touched jump at the change as well?"""

from __future__ import annotations

import dataclasses

import numpy as np

from audit.effects.case import Case, Found
from audit.effects.effect import Check
from audit.effects.methods import series as lines
from audit.effects.periods import series
from audit.errors import Phrase

NAME = "placebo_outcome"
RARE = 0.01


def check(case: Case, name: str, found: Found) -> Check | None:
    """Each control judged as if it were the outcome; a jump means that something else happened, or that the control is no control."""
    if name != lines.BESIDE:
        return None
    told = series(case)
    alone = dataclasses.replace(case, controls=None)
    jumps = []
    for place, control in enumerate(case.control_names):
        line = dataclasses.replace(told, y=np.nan_to_num(told.controls[:, place], nan=float(np.nanmean(told.controls[:, place]))), controls=np.zeros((len(told.y), 0)))
        if np.ptp(line.y) > 0 and lines.fitted(line, alone).effect.p_value < RARE / len(case.control_names):
            jumps.append(control)
    if jumps:
        return Check(NAME, False, Phrase("effects.detail.control_jumps", {"names": ", ".join(jumps)}), stops=True)
    return Check(NAME, True, Phrase("effects.detail.control_calm", {"n": len(case.control_names)}))
