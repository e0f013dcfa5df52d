"""Frames → values that SQLite holds, and rows → frames: texts of any characters, moments, numbers; always the same columns and types."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

TIMES = {"at", "started_at", "decided_at", "recorded_at", "ended_at"}
NUMBERS = {"amount", "confidence", "precision", "recall", "f1", "f1_low", "f1_high", "rank"}
WHOLE = {"turn", "start", "end", "revision", "size", "n", "positives", "version_no"}


def held(text: Any) -> str | bytes | None:
    """A text as SQLite takes it: one with half a character, which is no UTF-8, as bytes; None for what is no text."""
    if not isinstance(text, str):
        return None if text is None or text != text else str(text)
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def told(value: Any) -> Any:
    """The text that `held` was given."""
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value


def values(frame: pd.DataFrame, columns: Sequence[str]) -> list[list[Any]]:
    """The columns of a frame as SQLite takes them, absent ones as None."""
    return [_values(frame[name], name) if name in frame else [None] * len(frame) for name in columns]


def _values(column: pd.Series, name: str) -> list[Any]:
    import pandas as pd

    if name in TIMES:
        return [None if one is pd.NaT else int(one) for one in _micros(column)]
    if name in NUMBERS or name in WHOLE:
        kind = float if name in NUMBERS else int
        return [None if one is None or one != one else kind(one) for one in column.astype("object").where(column.notna(), None)]
    return [held(one) for one in column.astype("object").where(column.notna(), None)]


def _micros(column: pd.Series) -> list[Any]:
    import pandas as pd

    moments = pd.to_datetime(column, errors="coerce", format=None if pd.api.types.is_datetime64_any_dtype(column) else "ISO8601")
    whole = moments.dt.tz_localize(None).astype("datetime64[us]")
    return [pd.NaT if gone else one for one, gone in zip(whole.astype("int64"), whole.isna(), strict=True)]


def micros(moment: dt.datetime | dt.date | str | None, *, end: bool = False) -> int | None:
    """A moment in microseconds since 1970; a day (no hour told) begins at its midnight, with `end` it lasts until the last one."""
    if moment is None:
        return None
    day = isinstance(moment, dt.date) and not isinstance(moment, dt.datetime)
    if isinstance(moment, str):
        day = len(moment.strip()) <= len("2026-01-31")
        moment = dt.datetime.fromisoformat(moment.strip())
    whole = moment if isinstance(moment, dt.datetime) else dt.datetime.combine(moment, dt.time())
    since = whole.replace(tzinfo=None) - dt.datetime(1970, 1, 1)
    return since // dt.timedelta(microseconds=1) + (86_400_000_000 - 1 if day and end else 0)


def now() -> int:
    """This moment, UTC, in microseconds since 1970."""
    return int(dt.datetime.now(dt.UTC).timestamp() * 1_000_000)


def frame(rows: Iterable[Sequence[Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Rows as a frame with the types that go with the names of its columns, also when there is none."""
    import pandas as pd

    parts = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pd.DataFrame({name: _column(part, name) for name, part in zip(columns, parts, strict=True)}, columns=list(columns))


def _column(part: Sequence[Any], name: str) -> Any:
    import numpy as np
    import pandas as pd

    if name in TIMES:
        return np.array([np.iinfo(np.int64).min if one is None else one for one in part], dtype="int64").view("datetime64[us]")
    if name in NUMBERS:
        return np.array([np.nan if one is None else one for one in part], dtype="float64")
    if name in WHOLE:
        return pd.array(list(part), dtype="Int64" if None in part else "int64")
    if name in {"present", "latest", "empty"}:
        return np.array([bool(one) for one in part], dtype=bool)
    texts = [told(one) for one in part]
    if any(isinstance(one, dict | list | tuple) for one in texts):
        return pd.Series(texts, dtype="object")
    try:
        return pd.Series(texts, dtype="str")
    except UnicodeEncodeError:  # half a character, which no file can hold, stays as it is
        return pd.Series(texts, dtype="object")
