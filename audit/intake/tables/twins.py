"""One action that two files tell: found by its columns where no id says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.intake.tables.finish import column

if TYPE_CHECKING:
    from audit.intake.tables.build import Build


def named(build: Build, rows: pd.DataFrame) -> pd.DataFrame:
    """Actions with `activity_ref` filled where a row of another file is the same in all columns of the preset's `twins`.

    Whose action it is must be the same too, unless one of the two does not say. A reference that already leads to an action stays.
    """
    by_place = {place: list(part.shape.twins) for place, part in enumerate(build.parts) if part.shape.twins and part.table == "activities"}
    others = rows[~rows["_part"].isin(list(by_place))]
    for place, by in by_place.items():
        if not set(by) <= set(rows) or not len(others):
            continue
        known = column(rows, "activity_ref").isin(rows["activity_id"])
        found = _pairs(rows[(rows["_part"] == place) & ~known], others, by)
        if len(found):
            rows["activity_ref"] = column(rows, "activity_ref").mask(rows.index.isin(found.index), found.reindex(rows.index))
    return rows


def _pairs(mine: pd.DataFrame, others: pd.DataFrame, by: list[str]) -> pd.Series:
    """Index of a row → id of the action in another file that it tells again, that of the same owner first."""
    left, right = (frame.assign(owner_id=column(frame, "owner_id"))[[*by, "owner_id", "activity_id"]].dropna(subset=by) for frame in (mine, others))
    both = left.assign(_row=left.index).merge(right, on=by, suffixes=("", "_theirs"))
    own, theirs = both["owner_id"], both["owner_id_theirs"]
    both["_rank"] = np.where((own == theirs).fillna(False), 0, 1)
    both = both[(both["_rank"] == 0) | own.isna() | theirs.isna()].sort_values("_rank", kind="stable").drop_duplicates("_row")
    return both.set_index("_row")["activity_id_theirs"]
