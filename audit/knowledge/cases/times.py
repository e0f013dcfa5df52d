"""Times as written → the client's time without an offset, and places inside a recording → seconds."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from itertools import pairwise

import pandas as pd

from audit.intake.parse import date_style, parse_dates

_CLOCK = re.compile(r"^\[?(?:(\d{1,3}):)?(\d{1,3}):(\d{2})(?:[.,](\d{1,3}))?\]?$")
_SECONDS = re.compile(r"^(\d{1,12}(?:\.\d+)?)\s*s?$")
_HOURLESS = re.compile(r"\d[:T]\d|\d{10}|\.\d|\d\s*[AaPp]\.?[Mm]")
_COMMA = re.compile(r"^([\d./-]+),\s*")
_ISO = re.compile(r"^\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}:\d{2})?$")
RECORDING = 48 * 3600  # seconds: a longer one is no place inside a recording
MILLI, TICKS = 2.0, 2_000.0  # units of time a letter spoken takes: seconds below the first, milliseconds below the second, else 100 ns


def moments(texts: Sequence[object], zone: str) -> list[dt.datetime | None]:
    """Times in `zone`, day and month told apart by all of them together; None for what is no time."""
    written = ["" if text is None else _COMMA.sub(r"\1 ", str(text).strip()) for text in texts]
    if not any(written):
        return [None] * len(written)
    cells = pd.Series(written, dtype="str")
    values = parse_dates(cells, date_style(cells).order, zone).values
    return [None if pd.isna(value) else value.to_pydatetime() for value in values]


def moment(text: object, zone: str) -> dt.datetime | None:
    """One time."""
    plain = str(text).strip() if text is not None else ""
    return dt.datetime.fromisoformat(plain) if _ISO.match(plain) and _real(plain) else moments([plain], zone)[0]


def _real(text: str) -> bool:
    try:
        return dt.datetime.fromisoformat(text).year >= 1900
    except ValueError:
        return False


def settled(texts: Sequence[object], zone: str) -> list[str]:
    """Times as ISO texts, day and month told apart by all of them together; what is no time stays as it is.

    >>> settled(["3/5/2026", "3/25/2026 10:00", "soon"], "UTC")
    ['2026-03-05', '2026-03-25 10:00:00', 'soon']
    """
    written = ["" if text is None else str(text).strip() for text in texts]
    return [text if when is None else f"{when:%Y-%m-%d}" if only_day(text) else f"{when:%Y-%m-%d %H:%M:%S}" for text, when in zip(written, moments(written, zone), strict=True)]


def only_day(text: object) -> bool:
    """Whether a time is told without its hour.

    >>> only_day("2026-03-05"), only_day("05.03.2026 10:00")
    (True, False)
    """
    return not _HOURLESS.search(re.sub(r"^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}", "", str(text).strip()))


def clock(text: object) -> float | None:
    """Seconds of a mark such as 00:12, 1:02:03.5 or 3.5s; None for anything else.

    >>> clock("[01:12]"), clock("1:00:02,500"), clock("0.88s"), clock("2026-03-05")
    (72.0, 3602.5, 0.88, None)
    """
    if isinstance(text, bool) or text is None:
        return None
    plain = str(text).strip()
    if found := _CLOCK.match(plain):
        hours, minutes, seconds, parts = found.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + (int(parts) / 10 ** len(parts) if parts else 0.0)
    found = _SECONDS.match(plain)
    return float(found[1]) if found else None


def seconds(starts: Sequence[float | None], ends: Sequence[float | None], letters: Sequence[int]) -> list[float | None]:
    """Places in a recording as seconds, whatever their unit: a letter takes about 0.07 seconds to speak, so the unit shows itself."""
    spans = [(end - start, size) for start, end, size in zip(starts, ends, letters, strict=True) if start is not None and end is not None and size]
    if not spans:
        known = [(start, size) for start, size in zip(starts, letters, strict=True) if start is not None]
        spans = [(after[0] - before[0], before[1]) for before, after in pairwise(known) if before[1]]
    taken, size = sum(span for span, _ in spans), sum(size for _, size in spans)
    pace = taken / size if size else 0.0
    unit = 1.0 if pace < MILLI else 1e3 if pace < TICKS else 1e7
    return [None if start is None or start / unit > RECORDING else start / unit for start in starts]
