"""Which units a panel is made of: sellers, sellers inside and outside of a slice, or the levels of the slice's dimensions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from audit.remeasure import months
from audit.remeasure.changes import Change

_STRAY = 0.02  # part of all rows that may lie with sellers who sell on both sides of a slice
_LEAST = 5  # rows of a level on either side of the start
_ALIKE = 0.10  # p-value under which levels drift apart by more than their rows explain
INSIDE, OUTSIDE = "in", "out"


def unit_of(frame: pd.DataFrame, group: Sequence[Change]) -> pd.Series:
    """The unit of every row, "" for rows that belong to none. `frame` has `reached` (infinite outside of the slices), `at`, `y`, owner where known.

    Where sellers lie wholly inside or outside, a unit is a seller. Where they sell on both sides it is a seller inside, or outside, of the
    slices: many units, as long as the other levels of the slice's dimensions do not drift apart by themselves; where they do, what one
    level did alone may be such drift, and a unit is a level.
    """
    names = list(dict.fromkeys(name for change in group for name in change.scope))
    if not names:
        return pd.Series("", index=frame.index)
    levels = _joined(frame, names)
    if "owner" not in frame or "owner" in names:
        return levels
    inside = np.isfinite(frame["reached"])
    part = inside.groupby(frame["owner"], observed=True).transform("mean")
    mixed = (part > _STRAY) & (part < 1 - _STRAY)
    owner = frame["owner"].astype(str)
    if mixed.mean() < _STRAY:
        return owner.where(~mixed, "")
    if drifts(frame.loc[~inside], levels[~inside], months.number(group[0].start)):
        return levels
    return (owner + " × " + pd.Series(np.where(inside, INSIDE, OUTSIDE), index=frame.index)).where(owner != "", "")


def _joined(frame: pd.DataFrame, names: Sequence[str]) -> pd.Series:
    """Labels of several columns as one."""
    whole = frame[names[0]].astype(str)
    for name in names[1:]:
        whole = whole + " × " + frame[name].astype(str)
    return whole


def drifts(frame: pd.DataFrame, levels: pd.Series, begin: float) -> bool:
    """Whether the levels changed across `begin` by more, from one to another, than the spread of their rows explains (Cochran's Q); so where fewer than
    two levels can tell."""
    late = frame["at"] >= begin
    told = frame.groupby([levels, late])["y"].agg(["mean", "var", "size"]).unstack()
    told = told[(told["size"] >= _LEAST).all(axis=1) & (told["var"] > 0).any(axis=1)] if (told.columns.get_level_values(1).nunique() == 2) else told.iloc[:0]
    if len(told) < 2:
        return True
    change = (told["mean"][True] - told["mean"][False]).to_numpy()
    error = (told["var"] / told["size"]).sum(axis=1).to_numpy()
    weight = 1 / error
    q = float((weight * (change - (weight * change).sum() / weight.sum()) ** 2).sum())
    from scipy.stats import chi2

    return bool(chi2.sf(q, len(told) - 1) < _ALIKE)
