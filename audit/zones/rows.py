"""The units behind a zone, as a table a consultant can open."""

from __future__ import annotations

import numpy as np
import pandas as pd

from audit.zones.gaps import Gap
from audit.zones.search import RECENT

_OWN = ("date", "value", "expected")
_MOST = 100_000  # rows of one file; of more the latest


def rows_behind(gap: Gap) -> pd.DataFrame:
    """One row a unit of the zone, the latest first: id (where known), its slices, date, `value` and what the peers would lead to expect."""
    search, base = gap.search, gap.search.base
    units = search.units.rows[gap.rows]
    times = (base.created if base.table == "leads" else base.closed)[units]
    frame: dict[str, object] = {} if base.ids is None else {base.id_name: base.ids[units]}
    frame |= {f"{item.name}_" if item.name in _OWN else item.name: np.array(item.labels, dtype=object)[item.codes[units]] for item in base.factors if item.name != RECENT}
    if np.isfinite(times).any():
        frame["date"] = _dates(times)
    frame["value"] = search.units.raw[gap.rows]
    frame["expected"] = np.round(search.units.each(search.without(gap.zone, gap.rows), search.smear), 6) if gap.zone.at else gap.benchmark
    order = np.argsort(-np.nan_to_num(times, nan=-np.inf), kind="stable")[:_MOST]
    return pd.DataFrame(frame).iloc[order].reset_index(drop=True)


def _dates(times: np.ndarray) -> np.ndarray:
    whole = np.where(np.isfinite(times), np.floor(np.nan_to_num(times)), np.nan)
    return np.array([str(np.datetime64(int(day), "D")) if day == day else "" for day in whole], dtype=object)

