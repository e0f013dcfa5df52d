"""Small frames: days of cells, masks, texts that say a thing, rows as a base for sums."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd


def day_of(value: object) -> dt.date | None:
    """A cell of a date column as a date, None where empty."""
    if value is None or value != value:
        return None
    return value.date() if isinstance(value, dt.datetime) else value if isinstance(value, dt.date) else None


def mask(chosen: Iterable[bool]) -> np.ndarray:
    """Rows to keep; of no rows a mask too."""
    return np.fromiter(chosen, dtype=bool)


def says(texts: pd.Series, pattern: str) -> pd.Series:
    """Whether each text holds `pattern`, case aside; False for the empty."""
    found = re.compile(pattern)
    return texts.fillna("").map(lambda text: bool(found.search(str(text).casefold()))).astype(bool)


def table(frame: pd.DataFrame, **kinds: str) -> ir.Table:
    """`frame` as a base for additive metrics: columns of `kinds` (timestamp, string, float64) and no others."""
    import pyarrow as pa

    types = {"timestamp": pa.timestamp("us"), "string": pa.string(), "float64": pa.float64()}
    columns = {name: pa.array([None if pd.isna(one) else one for one in frame[name]], types[kind]) for name, kind in kinds.items()}
    return ibis.memtable(pa.table(columns))
