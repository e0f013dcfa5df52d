"""A history of rows as a panel: the mean of each unit in each month, and how many rows are behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from audit.errors import NothingMeasurableError, UsageError, nearest

if TYPE_CHECKING:
    import pandas as pd

LEAST_UNITS, LEAST_MONTHS, MOST_MONTHS = 4, 6, 24
LATELY = 3  # months: a unit without a row in them has left


class Panel(NamedTuple):
    """Units × months, both in order; `n` rows behind each of `means`; `rows`: variance of single rows within a unit's month."""

    units: tuple[str, ...]
    months: np.ndarray  # datetime64[M]
    means: np.ndarray
    n: np.ndarray
    rows: float


def panel(history: pd.DataFrame, outcome: str, unit: str, time: str) -> Panel:
    """The last two years of `history` (a row a deal, or a row a unit and month): whole months, units that still work.

    Rows without outcome, unit or time are left out. UsageError for a column that is not there or is no number or time; NothingMeasurableError with fewer
    than 4 units or 6 months.
    """
    import pandas as pd

    for name in (outcome, unit, time):
        if name not in history.columns:
            raise UsageError("errors.unknown_name", kind="column", name=name, nearest=nearest(name, [str(column) for column in history.columns]))
    frame = pd.DataFrame({
        "y": _numbers(history[outcome], outcome), "unit": history[unit].astype("string").str.strip(), "month": _months(history[time], time)}).dropna()
    frame = frame[frame["unit"] != ""]
    _need(0 if frame.empty else frame["unit"].nunique(), 0 if frame.empty else frame["month"].nunique(), unit)
    last = frame["month"].max()
    frame = frame[frame["month"] > last - MOST_MONTHS]
    months = np.arange(int(frame["month"].min()), int(last) + 1)
    cells = frame.groupby(["unit", "month"])["y"].agg(["mean", "size", "var"]).reset_index()
    n = cells.pivot(index="unit", columns="month", values="size").reindex(columns=months).fillna(0.0)
    here = (n.to_numpy()[:, -LATELY:].sum(1) > 0) & ((n.to_numpy() > 0).sum(1) >= LATELY)
    means = cells.pivot(index="unit", columns="month", values="mean").reindex(columns=months)
    _need(int(here.sum()), len(months), unit)
    degrees = (cells["size"] - 1).clip(lower=0)
    rows = float((cells["var"].fillna(0.0) * degrees).sum() / degrees.sum()) if degrees.sum() else 0.0
    return Panel(tuple(str(name) for name in n.index[here]), months.astype("datetime64[M]"), means.to_numpy(dtype=float)[here], n.to_numpy(dtype=float)[here], rows)


def _numbers(column: pd.Series, name: str) -> pd.Series:
    import pandas as pd

    try:
        numbers = pd.to_numeric(column).astype("float64")
    except (TypeError, ValueError):
        raise UsageError("plan.stagger.not_number", name=name) from None
    return numbers.where(np.isfinite(numbers))


def _months(column: pd.Series, name: str) -> pd.Series:
    """Months since 1970."""
    import pandas as pd

    try:
        if pd.api.types.is_numeric_dtype(column):
            raise TypeError  # a number of months is no date
        stamps = column.dt.to_timestamp() if isinstance(column.dtype, pd.PeriodDtype) else pd.to_datetime(column, format="mixed")
        stamps = stamps.dt.tz_localize(None) if stamps.dt.tz is not None else stamps
    except (TypeError, ValueError, AttributeError):
        raise UsageError("plan.stagger.not_time", name=name) from None
    return ((stamps.dt.year - 1970) * 12 + stamps.dt.month - 1).astype("Int64")


def _need(units: int, months: int, name: str) -> None:
    if units < LEAST_UNITS or months < LEAST_MONTHS:
        raise NothingMeasurableError("plan.stagger.few", units=units, months=months, name=name, least_units=LEAST_UNITS, least_months=LEAST_MONTHS)
