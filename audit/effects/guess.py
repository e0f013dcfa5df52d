"""Outcome and time of a table when nobody named them: the only columns that can be meant, or an error that lists the choice."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from audit.effects.case import EMPTY
from audit.errors import UsageError

_OUTCOME = ("outcome", "value", "y")
_PERIODS, _FULL = 4, 0.8  # periods of a panel at least, and how much of units × periods its rows fill
_FLAGS = {"0", "1", "0.0", "1.0", "True", "False", "true", "false"}
_TIME = ("time", "date", "day", "week", "month", "period", "дата", "день", "неделя", "месяц", "седмица", "месец", "ден")


def outcome_of(frame: pd.DataFrame, taken: Iterable[str | None]) -> str:
    """The column to judge: one called so, the outcome or amount of a deals table, else the only column of numbers that is not used."""
    free = [str(name) for name in frame.columns if name not in set(taken)]
    named = _called(free, _OUTCOME)
    if named:
        return named
    deals = _of_deals(frame)
    found = next((deals[name] for name in ("won", "amount") if deals.get(name) in free), None)
    numeric = [name for name in free if pd.api.types.is_numeric_dtype(frame[name]) or _reads(frame[name])]
    if found is None and len(numeric) == 1:
        return numeric[0]
    if found is None:
        raise UsageError("effects.which", option="--outcome", n=len(numeric), names=", ".join(numeric[:10] or free[:10]))
    return found


def time_of(frame: pd.DataFrame, taken: Iterable[str | None]) -> str:
    """The column of time: one called so, the closing or creation of a deals table, else the only column of dates."""
    free = [str(name) for name in frame.columns if name not in set(taken)]
    deals = _of_deals(frame)
    found = _called(free, _TIME) or next((deals[name] for name in ("closed_at", "created_at") if deals.get(name) in free), None)
    dates = [name for name in free if pd.api.types.is_datetime64_any_dtype(frame[name]) or _dates(frame[name])]
    if found is None and len(dates) == 1:
        return dates[0]
    if found is None:
        raise UsageError("effects.which", option="--time", n=len(dates), names=", ".join(dates[:10] or free[:10]))
    return found


def refuse_panel(frame: pd.DataFrame, time: str, outcome: str, named: Iterable[str]) -> None:
    """UsageError for a panel of which nobody named the units: a mean over them would hide which of them the change reached.

    The mark of a panel: the same few values in every period, one row each, in a column that was not named.
    """
    periods = frame[time].nunique()
    if periods < _PERIODS or len(frame) < 2 * periods:
        return
    free = [name for name in frame.columns.drop_duplicates(keep=False) if name not in set(named)]
    units = [str(name) for name in free if not pd.api.types.is_float_dtype(frame[name]) and _is_unit(frame, name, time, periods)]
    if units:
        flags = [str(name) for name in free if name not in units and set(frame[name].dropna().astype("str").unique()) <= _FLAGS]
        raise UsageError("effects.panel", unit=units[0], time=time, outcome=outcome, units=", ".join(units[:5]), flags=", ".join(flags[:5]) or "–")


def _is_unit(frame: pd.DataFrame, name: str, time: str, periods: int) -> bool:
    try:
        units = frame[name].nunique()
        return units > 1 and len(frame) >= _FULL * units * periods and not frame.duplicated([name, time]).any()
    except TypeError:  # cells that hold lists
        return False


def _called(free: list[str], words: tuple[str, ...]) -> str | None:
    low = {name.strip().lower(): name for name in free}
    return next((low[word] for word in words if word in low), None)


def _of_deals(frame: pd.DataFrame) -> dict[str, str]:
    from audit.intake.deals import recognised

    return recognised(frame)


def _dates(column: pd.Series) -> bool:
    head = column.dropna().astype("str").head(50)
    return bool(len(head)) and bool(head.str.fullmatch(r"\d{4}-\d{2}(-\d{2})?([ T].*)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}.*").all())


def _reads(column: pd.Series) -> bool:
    head = column.dropna().astype("str").str.strip().head(50)
    head = head[~head.str.lower().isin(EMPTY)]
    return bool(len(head)) and bool(head.str.fullmatch(r"[-+]?\d[\d\s\u00a0]*([.,]\d+)?").all())
