"""Does the effect hang on one row, one period or one cell?"""

from __future__ import annotations

import dataclasses

import numpy as np

from audit.effects.case import Case, Found
from audit.effects.effect import Check
from audit.effects.methods import panel as panels
from audit.effects.methods import rows
from audit.effects.methods import series as lines
from audit.effects.periods import panel, series
from audit.errors import Phrase
from audit.stats.panel import imputed

NAME = "one_point"
LEAST = 0.5  # part of the effect that has to be left without the largest point


def check(case: Case, name: str, found: Found) -> Check | None:
    """The point after the change that carries most of the effect is taken away; half of the effect has to stay. Yes/no rows have no such point."""
    if found.estimate is None or (name in rows.NAMES and case.flags):
        return None
    low, high = found.estimate.interval()
    if low <= 0 <= high:
        return None
    left = _of_series(case) if name in lines.NAMES else _of_panel(case) if name in panels.NAMES else _of_rows(case) if name in rows.NAMES else None
    if left is None:
        return None
    passed = left / found.estimate.value >= LEAST
    return Check(NAME, bool(passed), Phrase("effects.detail.one_point" if passed else "effects.detail.one_point_carries"), stops=True)


def _of_rows(case: Case) -> float | None:
    """The difference of means without the row farthest out on the side that is higher."""
    after = case.after
    one, other = case.y[after], case.y[~after]
    if min(len(one), len(other)) < 3:
        return None
    if one.mean() > other.mean():
        return float(np.delete(one, one.argmax()).mean() - other.mean())
    return float(one.mean() - np.delete(other, other.argmax()).mean())


def _of_series(case: Case) -> float | None:
    """The effect once the largest gap after the change is as the others are."""
    told = series(case)
    after = told.y[told.cut:]
    if len(after) < 3:
        return None
    level = float(np.median(after))
    worst = told.cut + int(np.abs(after - level).argmax())
    y = told.y.copy()
    y[worst] = level
    return lines.fitted(dataclasses.replace(told, y=y), case).effect.value


def _of_panel(case: Case) -> float | None:
    """The mean gap to what was expected, without the largest cell after the change."""
    cells, _ = panel(case)
    whole = imputed(cells)
    if whole is None:
        return None
    gaps = np.where((cells.treated == 1) & np.isfinite(whole.expected), cells.y - whole.expected, np.nan)
    seen = np.flatnonzero(np.isfinite(gaps.ravel()))
    if len(seen) < 3:
        return None
    worst = seen[np.abs(gaps.ravel()[seen] - np.median(gaps.ravel()[seen])).argmax()]
    y = cells.y.copy()
    y.ravel()[worst] = np.nan
    again = imputed(cells._replace(y=y))
    return None if again is None else again.value
