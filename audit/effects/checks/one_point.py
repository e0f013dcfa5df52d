"""Does the effect hang on one row, one period or one cell?"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

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
    left = _left(case, name, found)
    if left is None:
        return None
    passed = left / found.estimate.value >= LEAST
    return Check(NAME, bool(passed), Phrase("effects.detail.one_point" if passed else "effects.detail.one_point_carries"), stops=True)


def _left(case: Case, name: str, found: Found) -> float | None:
    if name in lines.NAMES:
        return None if found.points is None else _of_series(case, found.points)
    return _of_panel(case, name, found) if name in panels.NAMES else _of_rows(case) if name in rows.NAMES else None


def _of_rows(case: Case) -> float | None:
    """The difference of means without the largest row of the higher side, and without as large a part of the other's rows: tails that are alike on both sides carry no effect."""
    after = case.after
    one, other = case.y[after], case.y[~after]
    if min(len(one), len(other)) < 3:
        return None
    higher, lower = (one, other) if one.mean() > other.mean() else (other, one)
    alike = min(len(lower) // len(higher), len(lower) - 2)
    left = np.delete(higher, higher.argmax()).mean() - np.sort(lower)[: len(lower) - alike].mean()
    return float(left if one.mean() > other.mean() else -left)


def _of_series(case: Case, points: pd.DataFrame) -> float | None:
    """The effect once the largest gap to what was expected after the change is as the others are."""
    told = series(case)
    gaps = (points["value"] - points["expected"]).to_numpy(dtype=float)[told.cut:]
    if len(gaps) < 3:
        return None
    usual = float(np.median(gaps))
    worst = int(np.abs(gaps - usual).argmax())
    y = told.y.copy()
    y[told.cut + worst] -= gaps[worst] - usual
    return lines.fitted(dataclasses.replace(told, y=y), case).effect.value


def _of_panel(case: Case, name: str, found: Found) -> float | None:
    """The mean gap to what was expected, without the largest cell after the change."""
    cells, _ = panel(case)
    if name == panels.TWIN:
        return None if found.points is None or found.estimate is None else _of_gaps(found.points, found.estimate.value)
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


def _of_gaps(points: pd.DataFrame, value: float) -> float | None:
    """The effect without the period after the change whose gap lies farthest from the others."""
    gaps = (points["value"] - points["expected"]).to_numpy(dtype=float)[points["after"].to_numpy(dtype=bool)]
    if len(gaps) < 3:
        return None
    worst = int(np.abs(gaps - np.median(gaps)).argmax())
    return value + float(np.delete(gaps, worst).mean() - gaps.mean())
