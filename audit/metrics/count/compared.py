"""Which months are compared with which: a period with the same one a year before, the whole with the year before it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import periods
from audit.metrics.declare.metric import Ask

_SHORT = 3  # months compared where two years of history are not there


def last_complete(bases: Bases) -> int:
    """Number of the last month that is over at the as-of day."""
    last = periods.number(bases.as_of, "month")
    return last if periods.end(last, "month") <= bases.as_of + dt.timedelta(days=1) else last - 1


def spans(first: int, until: int, ask: Ask) -> Iterator[tuple[dict, range, range]]:
    """(keys of VALUES, months then, months now) of complete months in [first, until).

    The whole is twelve months over the twelve before, else three over three, provisional for the season; beside it every
    complete period asked for over the same one a year before.
    """
    span = next((months for months in (12, _SHORT) if until - 2 * months >= first), 0)
    if span:
        key = {"young": span == _SHORT, "period_start": periods.start(until - span, "month"), "period_end": periods.start(until, "month")}
        yield key, range(until - 2 * span, until - span), range(until - span, until)
    for period in (name for name in ask.periods if name in periods.MONTHS):
        size = periods.MONTHS[period]
        for start in range(-(-(first + 12) // size) * size, until - size + 1, size):
            key = {"period": period, "period_start": periods.start(start, period), "period_end": periods.end(start, period)}
            yield key, range(start - 12, start - 12 + size), range(start, start + size)


def of_months(frame: pd.DataFrame, bases: Bases, ask: Ask) -> Iterator[tuple[dict, pd.DataFrame, pd.DataFrame]]:
    """(keys of VALUES, rows then, rows now) of a frame with the column `month`; its first month may be a part of one."""
    if len(frame):
        for key, then, now in spans(int(frame["month"].min()) + 1, last_complete(bases) + 1, ask):
            yield key, frame[frame["month"].isin(then)], frame[frame["month"].isin(now)]
