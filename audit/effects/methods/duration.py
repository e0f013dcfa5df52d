"""Durations of two groups, some not over yet: the difference of mean times up to a common horizon."""

from __future__ import annotations

import numpy as np

from audit.effects.case import Case, Found
from audit.effects.methods.rows import both_sides
from audit.errors import Phrase
from audit.stats.estimate import student
from audit.stats.survival import kaplan_meier, restricted_mean

NAMES = ("restricted_mean",)
FEWEST = 10  # ended on each side
MANY = 1e6  # degrees of freedom of a normal


def fits(case: Case) -> bool:
    """Whether the outcome is a duration of rows in two groups."""
    return case.kind == "duration" and case.treated is None and (case.group is not None or (case.time is not None and case.at is not None))


def choose(case: Case) -> str:
    """The only one."""
    return NAMES[0]


def takes(case: Case) -> frozenset[str]:
    """Parameters of `compare` that play a part."""
    return frozenset(("group", "event") if case.group is not None else ("time", "at", "event"))


def found(case: Case, name: str) -> Found:
    """Mean duration up to the horizon that both groups are followed to, after less before; an open row counts as long as it was seen.

    The horizon is the smaller of the longest times seen, or the time by which a tenth of each group is still followed, if that is less.
    """
    after = case.after
    ended = np.ones(len(case.y)) if case.event is None else case.event.astype(float)
    short = {name: FEWEST - int(ended[side].sum()) for name, side in (("before", ~after), ("after", after))}
    if max(short.values()) > 0:
        return Found(None, needs=both_sides("effects.needs.ended", short))
    horizon = min(float(np.quantile(case.y[side], 0.9)) if (ended[side] == 0).any() else float(case.y[side].max()) for side in (after, ~after))
    means = []
    for side in (after, ~after):
        times, where = np.unique(case.y[side], return_inverse=True)
        died = np.bincount(where, ended[side], len(times))
        means.append(restricted_mean(kaplan_meier(times, died, np.bincount(where, 1 - ended[side], len(times))), died, horizon))
    (value, variance), (before, variance_before) = means
    error = float(np.sqrt(variance + variance_before))
    return Found(student(value - before, error, MANY) if error > 0 else None, before, value, needs=None if error > 0 else Phrase("effects.needs.spread"))
