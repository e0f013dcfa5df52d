"""Cells of databases to arrow columns that lose nothing: integers, decimals and times exact, all else as text."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

TIME_ZONED, TIME_UTC, TIME, DAY, WHOLE, REAL, EXACT, FLAG, TEXT = "time_zoned", "time_utc", "time", "day", "whole", "real", "exact", "flag", "text"


def of_text(column: pa.ChunkedArray, kind: str) -> pa.ChunkedArray:
    """A column of text as its kind (zoned times carry their offset, UTC ones have none); it stays text where one cell does not fit (`infinity`, a year BC, `NaN`)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        if kind == EXACT:
            return column.cast(_decimal(column))
        if kind == FLAG:
            return pc.equal(column, "t")
        if kind == TIME_ZONED:
            return pc.cast(column, pa.timestamp("us", "UTC"))
        if kind == TIME_UTC:
            return pc.assume_timezone(pc.cast(column, pa.timestamp("us")), "UTC")
        wanted = {WHOLE: pa.int64(), REAL: pa.float64(), DAY: pa.date32(), TIME: pa.timestamp("us")}.get(kind)
        return column.cast(wanted) if wanted is not None else column
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return column


def _decimal(column: pa.ChunkedArray) -> pa.DataType:
    """The decimal type that holds every cell of a column of plain numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pc.any(pc.invert(pc.match_substring_regex(column, r"^-?\d+(\.\d+)?$"))).as_py():
        raise pa.ArrowInvalid("not plain numbers")
    size = pc.utf8_length(pc.replace_substring_regex(column, r"[^\d]", ""))
    scale = pc.utf8_length(pc.replace_substring_regex(column, r"^[^.]*\.?", ""))
    digits, places = pc.max(size).as_py() or 1, pc.max(scale).as_py() or 0
    whole = pc.max(pc.subtract(size, scale)).as_py() or 1
    if max(whole + places, digits) > 38:
        raise pa.ArrowInvalid("too long for a decimal")
    return pa.decimal128(max(whole + places, 1), places)


def of_values(values: list) -> pa.Array:
    """A column of Python values of any kinds: exact where all are of one, else text."""
    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int} or kinds <= {float} or kinds <= {str} or kinds <= {bool}:
        try:
            return pa.array(values, type=pa.string() if not kinds else None)
        except (pa.ArrowInvalid, OverflowError):
            pass
    if kinds == {int, float} and all(abs(value) < 2**53 for value in values if isinstance(value, int)):
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    return pa.array([text(value) for value in values], pa.string())


def text(value: Any) -> str | None:
    """One cell as text.

    >>> text(dt.timedelta(hours=25, seconds=5)), text(b"\\xff"), text("a"), text({"a": 1}), text(1.5)
    ('25:00:05', '\\\\xff', 'a', '{"a": 1}', '1.5')
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        raw = bytes(value)
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return "\\x" + raw.hex()
    if isinstance(value, dt.timedelta):
        seconds = int(value.total_seconds())
        return f"{'-' if seconds < 0 else ''}{abs(seconds) // 3600:02d}:{abs(seconds) // 60 % 60:02d}:{abs(seconds) % 60:02d}"
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=text)
    if isinstance(value, Decimal):
        return format(value, "f")
    return repr(value) if isinstance(value, float) else str(value)


def flat(table: pa.Table) -> pa.Table:
    """A table whose nested, binary and interval columns are text and whose zoned times are in UTC; names are told apart."""
    import pyarrow as pa

    arrays, names = [], list[str]()
    for name, column in zip(table.column_names, table.columns, strict=True):
        kind = column.type
        if pa.types.is_dictionary(kind):
            column, kind = column.cast(kind.value_type), kind.value_type
        if pa.types.is_timestamp(kind) and kind.tz:
            column = column.cast(pa.timestamp(kind.unit, "UTC"))
        elif pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind) \
                or pa.types.is_duration(kind) or pa.types.is_interval(kind) or isinstance(kind, pa.BaseExtensionType):
            column = pa.chunked_array([pa.array([text(value) for value in column.to_pylist()], pa.string())])
        again = sum(known == name or known.startswith(f"{name}__") for known in names)
        arrays.append(column)
        names.append(f"{name}__{again + 1}" if name in names else name)
    return pa.table(arrays, names=names)
