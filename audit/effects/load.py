"""Whatever was given (frame, file, Ibis table) with the names of its columns → a `Case`; every mistake told with column and row."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from audit.effects.case import EMPTY, KINDS, Case, Mix, skewed
from audit.effects.guess import outcome_of, refuse_panel, time_of
from audit.errors import NothingMeasurableError, UsageError, nearest

LARGEST = 1e100  # beyond, squares overflow
_SHARE = 0.01  # values from 0 to 1 the largest of which is smaller are hardly shares
MOST_LEVELS = 30  # of a covariate; further ones are one


def load(
    data: Any, *, outcome: str | None, at: Any, time: str | None, unit: str | None, treated: str | None, group: str | None, event: str | None,
    covariates: Sequence[str], controls: Sequence[str], kind: str, season: float | None, better: str, inflation: float | None,
) -> Case:
    """The rows of `data` whose outcome and design columns are filled; an outcome, and a time beside `at`, that are not named are looked for."""
    if outcome is None or (time is None and at is not None and group is None):
        data = whole(data)
        if not len(data):
            raise NothingMeasurableError("effects.no_rows", column=outcome or "–")
        time = time_of(data, (outcome, unit, treated, group, event, *covariates, *controls)) if time is None and at is not None and group is None else time
        outcome = outcome or outcome_of(data, (time, unit, treated, group, event, *covariates, *controls))
    named = [name for name in (outcome, time, unit, treated, group, event, *covariates, *controls) if name is not None]
    if at is not None and time is not None and unit is None and treated is None and group is None:
        data = whole(data)
        _known(data, named)
        refuse_panel(data, time, outcome, named)
    frame = _frame(data, named)
    _known(frame, named)
    frame = frame.reset_index(drop=True)  # rows keep their numbers, for messages, when some are left out
    if kind not in ("auto", *KINDS):
        raise UsageError("errors.unknown_name", kind="kind", name=kind, nearest=nearest(kind, ["auto", *KINDS]))
    for told, value, least in (("season", season, 1.0), ("inflation", inflation, -0.99)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float | np.number) or not np.isfinite(value) or value <= least):
            raise UsageError("effects.bad_number", name=told, value=value, least=least)
    if better not in ("higher", "lower"):
        raise UsageError("errors.unknown_name", kind="better", name=better, nearest="higher, lower")
    frame = frame[_filled(frame, [outcome, *(name for name in (time, unit, treated, group, event) if name)])]
    if not len(frame):
        raise NothingMeasurableError("effects.no_rows", column=outcome)
    when = None if time is None else _time(frame, time)
    y = _numbers(frame, outcome)
    of_kind = kind if kind != "auto" else kind_of(outcome, y, event)
    if of_kind == "duration" and (y < 0).any():
        row = int(np.flatnonzero(y < 0)[0])
        raise UsageError("effects.negative", column=outcome, n=int((y < 0).sum()), example=str(frame[outcome].iloc[row])[:60], row=int(frame.index[row]) + 1)
    return Case(
        outcome=outcome, kind=of_kind, y=y, better="lower" if of_kind == "duration" and better == "higher" and kind == "auto" else better, time=when,
        at=None if at is None else _point(at, when), group=_flag(frame, group), treated=_flag(frame, treated), event=_flag(frame, event),
        unit=None if unit is None else pd.factorize(frame[unit], sort=True)[0], units=() if unit is None else tuple(str(one) for one in pd.factorize(frame[unit], sort=True)[1]),
        mix=_mix(frame, covariates) if covariates else None, controls=np.column_stack([_numbers(frame, name) for name in controls]) if controls else None,
        control_names=tuple(controls), season=season, inflation=inflation,
    )


def whole(data: Any) -> pd.DataFrame:
    """Every column of a frame, a file or an Ibis table."""
    if isinstance(data, pd.DataFrame):
        return data
    if hasattr(data, "to_pyarrow") and hasattr(data, "schema"):
        return data.to_pyarrow().to_pandas()
    if not isinstance(data, str | os.PathLike):
        raise UsageError("effects.bad_data", kind=type(data).__name__)
    from audit.intake.bare import from_file

    return from_file(Path(data))


def _frame(data: Any, named: list[str]) -> pd.DataFrame:
    if isinstance(data, pd.DataFrame):
        return data
    if hasattr(data, "to_pyarrow") and hasattr(data, "schema"):  # an Ibis table: only the columns asked for leave the engine
        _known(pd.DataFrame(columns=list(data.schema().names)), named)
        return data.select(*dict.fromkeys(named)).to_pyarrow().to_pandas()
    if isinstance(data, str | os.PathLike) and Path(data).suffix.lower() == ".parquet" and Path(data).is_file():
        import pyarrow.parquet as pq

        try:
            names = pq.read_schema(data).names
        except (OSError, ValueError):
            return whole(data)
        _known(pd.DataFrame(columns=names), named)
        return pd.read_parquet(data, columns=list(dict.fromkeys(named)))
    return whole(data)


def _known(frame: pd.DataFrame, named: list[str]) -> None:
    for name in named:
        if list(frame.columns).count(name) > 1:
            raise UsageError("effects.twice", column=name, n=list(frame.columns).count(name))
        if name not in frame.columns:
            raise UsageError("errors.unknown_name", kind="column", name=name, nearest=nearest(str(name), [str(one) for one in frame.columns]))


def _filled(frame: pd.DataFrame, names: list[str]) -> np.ndarray:
    kept = np.ones(len(frame), dtype=bool)
    for name in names:
        column = frame[name]
        kept &= column.notna().to_numpy()
        if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column)):
            kept &= ~column.astype("str").str.strip().str.lower().isin(EMPTY).to_numpy(dtype=bool)
    return kept


def _numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    """A column as numbers none of which is infinite; NaN where a cell is empty."""
    values = _read(frame, name)
    wide = np.isinf(values) | (np.abs(values) > LARGEST)
    if wide.any():
        row = int(np.flatnonzero(wide)[0])
        raise UsageError("effects.not_finite", column=name, n=int(wide.sum()), example=str(frame[name].iloc[row])[:60], row=int(frame.index[row]) + 1)
    return values


def _read(frame: pd.DataFrame, name: str) -> np.ndarray:
    column = frame[name]
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype=float, na_value=np.nan)
    from audit.intake.bare import numbers
    from audit.intake.parse import parse_bool

    told = parse_bool(column.astype("str").fillna(""))
    if not told.bad.any():
        return told.values.to_numpy(dtype=float, na_value=np.nan)
    return numbers(frame, name).to_numpy(dtype=float, na_value=np.nan)


def _flag(frame: pd.DataFrame, name: str | None) -> np.ndarray | None:
    if name is None:
        return None
    try:
        values = _numbers(frame, name)
    except UsageError:
        values = np.full(len(frame), np.nan)
    odd = ~np.isin(values, (0.0, 1.0))
    if odd.any():
        row = int(np.flatnonzero(odd)[0])
        raise UsageError("effects.not_a_flag", column=name, n=int(odd.sum()), example=str(frame[name].iloc[row])[:60], row=int(frame.index[row]) + 1)
    return values.astype(int)


def _time(frame: pd.DataFrame, name: str) -> np.ndarray:
    """Dates, or numbers when the column holds numbers (periods counted by themselves)."""
    column = frame[name]
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype=float)
    if isinstance(column.dtype, pd.PeriodDtype):
        return column.dt.start_time.to_numpy().astype("datetime64[ns]")
    months = column.astype("str").str.fullmatch(r"\d{4}-\d{2}") if not pd.api.types.is_datetime64_any_dtype(column) else None
    if months is not None and months.all():
        return pd.to_datetime(column.astype("str") + "-01").to_numpy().astype("datetime64[ns]")
    from audit.intake.bare import times

    return times(frame, name).to_numpy().astype("datetime64[ns]")


def _point(at: Any, when: np.ndarray | None) -> np.datetime64 | float:
    """The first changed point on the scale of `time`: a day as YYYY-MM-DD or day first, or a number."""
    if when is None or np.issubdtype(when.dtype, np.datetime64):
        text = str(at).strip() if isinstance(at, str) else ""
        told = re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", text)
        try:
            if (isinstance(at, str) and not told and not re.match(r"\d{4}-\d{2}(-\d{2})?", text)) or isinstance(at, int | float | np.number):
                raise ValueError
            day = pd.Timestamp(int(told[3]), int(told[2]), int(told[1])) if told else pd.Timestamp(at)
        except (ValueError, TypeError):
            day = pd.NaT
        if day is pd.NaT:
            raise UsageError("effects.bad_date", value=str(at)[:60])
        return np.datetime64(day.tz_localize(None) if day.tzinfo else day, "ns")
    try:
        point = float(at)
    except (ValueError, TypeError):
        point = float("nan")
    if not np.isfinite(point):
        raise UsageError("effects.bad_point", value=str(at)[:60])
    return point


def _mix(frame: pd.DataFrame, covariates: Sequence[str]) -> Mix:
    """The covariates as numbers: a column a number (empty: the mean), a column a level of a text; rows that are alike are one kind."""
    parts: list[np.ndarray] = []
    names: list[str] = []
    text = [name for name in covariates if not _measured(frame[name])]
    of, kinds = _kinds(frame, text)
    for at, name in enumerate(text):
        levels = kinds[at][1]
        common = np.argsort(-np.bincount(kinds[at][0][of], minlength=len(levels)), kind="stable")[:MOST_LEVELS]
        for level in common[1:]:  # the commonest is what the others are set against
            parts.append((kinds[at][0] == level).astype(float))
            names.append(f"{name}: {levels[level]}")
    rows = np.column_stack(parts) if parts else np.zeros((int(of.max()) + 1, 0))
    numbers = [name for name in covariates if name not in text]
    if not numbers:
        return Mix(rows, of, tuple(names))
    values = np.column_stack([_numbers(frame, name) for name in numbers])
    means = np.array([np.nanmean(one) if np.isfinite(one).any() else 0.0 for one in values.T])
    return Mix(np.column_stack([rows[of], np.where(np.isnan(values), means, values)]), np.arange(len(frame)), (*names, *numbers))


def _measured(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _kinds(frame: pd.DataFrame, text: list[str]) -> tuple[np.ndarray, list[tuple[np.ndarray, pd.Index]]]:
    """(kind of every row, for each column: code by kind and its levels): kinds are the combinations that occur."""
    of = np.zeros(len(frame), dtype=np.int64)
    columns: list[tuple[np.ndarray, pd.Index]] = []
    for name in text:
        codes, levels = pd.factorize(frame[name].astype("str"), sort=True)
        codes = np.where(codes < 0, len(levels), codes)
        joint, pairs = pd.factorize(of * (len(levels) + 1) + codes, sort=True)
        before, code = np.divmod(np.asarray(pairs), len(levels) + 1)
        columns = [(known[before], named) for known, named in columns]
        columns.append((code, levels.append(pd.Index([""]))))
        of = joint
    return of, columns


def kind_of(outcome: str, y: np.ndarray, event: str | None) -> str:
    """rate for 0/1 and for shares between them, duration beside an event, count for small whole numbers, money for skewed amounts that are never negative, else value."""
    if event is not None:
        return "duration"
    if (y < 0).any():
        return "value"
    if y.max() <= 1:
        return "rate" if ((y == 0) | (y == 1)).all() or y.max() > _SHARE else "money" if skewed(y) else "value"
    some = y if len(y) <= 100_000 else y[:: len(y) // 100_000]
    if (some % 1 == 0).all() and np.quantile(some, 0.95) < 100:
        return "count"
    return "money" if skewed(y) else "value"
