"""Columns of a bare table, whatever their headers: text, times and numbers, or an error that names the cell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from audit.errors import Phrase, UnreadableError, UsageError
from audit.intake.parse import date_style, number_style, parse_dates, parse_numbers
from audit.intake.parse.column import unpacked
from audit.intake.parse.numbers import LIMIT
from audit.intake.read.source import EXACT


def from_file(path: Path, words: frozenset[str] = frozenset()) -> pd.DataFrame:
    """The cells of one table in a file, as text or as they were typed; `words` are headers to look for. UnreadableError, UsageError with its row."""
    from audit.intake.read import read_table, sniff

    if not path.is_file():
        raise UsageError("errors.file_missing", path=path)
    if sniff.kind(path) == "parquet":
        try:
            return _exact(pd.read_parquet(path), path)
        except (OSError, ValueError) as why:
            raise UnreadableError("intake.unreadable", file=path.name, why=Phrase("intake.problem.damaged_parquet")) from why
    source = read_table(path, words)[0]
    if source.problem:
        raise UnreadableError("intake.unreadable", file=path.name, why=Phrase(f"intake.problem.{source.problem}"))
    torn = {place: reason for place, reason in source.faults.items() if reason != "total_row"}
    if torn:
        place, reason = next(iter(torn.items()))
        raise UsageError("intake.bad_rows", file=path.name, n=len(torn), row=int(source.rows[place]), why=Phrase(f"intake.reason.{reason}"))
    if source.faults:
        return source.cells[~source.faults.at(np.arange(len(source.cells)))]
    return source.cells.apply(unpacked)


def _exact(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Whole numbers beyond 2^53 that stand beside empty cells, read again as text: pandas has made floats of them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for field in pq.read_schema(path):
        if pa.types.is_integer(field.type) and field.name in frame and pd.api.types.is_float_dtype(frame[field.name]) and (frame[field.name].abs() > EXACT).any():
            column = pq.read_table(path, columns=[field.name]).column(0)
            frame[field.name] = column.cast(pa.string()).to_pandas().astype("str").to_numpy()
    return frame


def text(values: pd.Series) -> pd.Series:
    """Any column as text, without a Python step a row."""
    import pyarrow as pa

    if isinstance(values.dtype, pd.CategoricalDtype):
        codes = values.cat.codes.to_numpy()
        labels = pd.array([str(label) for label in values.cat.categories], dtype="str")
        return pd.Series(labels.take(codes, allow_fill=True) if len(labels) else pd.array([None] * len(values), dtype="str"))
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
            values = values.astype("Int64")
        return pd.Series(pa.array(values, from_pandas=True).cast(pa.string()).to_pandas(), dtype="str").reset_index(drop=True)
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.strftime("%Y-%m-%d %H:%M:%S").astype("str")
    if isinstance(values.dtype, pd.StringDtype):
        return values.str.strip().replace("", None).astype("str").reset_index(drop=True)
    try:
        codes, unique = pd.factorize(values)
    except TypeError:  # cells that hold lists
        codes, unique = pd.factorize(values.map(str, na_action="ignore"))
    labels = pd.array([str(label).strip() or None for label in unique], dtype="str")
    return pd.Series(labels.take(codes, allow_fill=True) if len(labels) else pd.array([None] * len(values), dtype="str"))


def times(frame: pd.DataFrame, header: str) -> pd.Series:
    """A column as times of whole seconds; UsageError with count, example and row where cells are no dates."""
    values = frame[header]
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_localize(None)
    if pd.api.types.is_datetime64_dtype(values):
        return pd.Series(values.to_numpy().astype("datetime64[s]").astype("datetime64[us]"))
    cells = values.astype("str").fillna("") if not pd.api.types.is_numeric_dtype(values) else text(values).fillna("")
    style = date_style(cells)
    if style.asks:
        raise UsageError("intake.date_order", column=header, examples=", ".join(style.examples))
    parsed = parse_dates(cells, style.order, "UTC")
    refuse_bad(frame, header, parsed.bad, "intake.bad_dates")
    return parsed.values


def numbers(frame: pd.DataFrame, header: str) -> pd.Series:
    """A column as numbers; UsageError with count, example and row where cells are none."""
    values = frame[header]
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        exact = values.to_numpy(dtype="float64", na_value=np.nan)
        refuse_bad(frame, header, np.abs(exact) >= LIMIT, "intake.bad_numbers")
        return pd.Series(exact)
    cells = values.astype("str").fillna("")
    style = number_style(cells)
    if style.asks:
        raise UsageError("intake.decimal_mark", column=header, examples=", ".join(style.examples))
    parsed, _ = parse_numbers(cells, style.mark)
    refuse_bad(frame, header, parsed.bad, "intake.bad_numbers")
    return parsed.values


def refuse_bad(frame: pd.DataFrame, header: str, bad: np.ndarray, key: str) -> None:
    """UsageError `key` with the first of the bad cells."""
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise UsageError(key, column=header, n=int(bad.sum()), example=str(frame[header].iloc[row])[:60], row=_row(frame, row))


def _row(frame: pd.DataFrame, place: int) -> int:
    """The row as the table numbers it: rows that were left out before count as well, where the frame still has their numbers."""
    return (int(frame.index[place]) if pd.api.types.is_integer_dtype(frame.index) else place) + 1
