"""Business time inside queries: the working calendar as a small table, joined by date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from audit.calendar import WorkCalendar
from audit.metrics.bases.shape import dated

if TYPE_CHECKING:
    from audit.metrics.bases import Bases

YEARS = 25  # of the calendar before the as-of day; an earlier time is a slip of the pen and has no business time


def calendar(bases: Bases) -> WorkCalendar:
    """The client's working calendar; rows of the table `calendar`, their hours too, win over the country's."""
    hours, ours = bases.client.working_hours, bases.client.calendar
    off, on, spans = set(ours.days_off), set(ours.working_days), {}
    if bases.tables.has("calendar.date", "calendar.is_workday|calendar.work_start"):
        for row in bases.rows(bases.full("calendar").select("date", "is_workday", "work_start", "work_end")).itertuples():
            if row.is_workday is not None and row.is_workday == row.is_workday:
                (on if row.is_workday else off).add(row.date)
                (off if row.is_workday else on).discard(row.date)
            if row.work_start and row.work_end and row.work_start < row.work_end:
                spans[row.date] = (row.work_start, row.work_end)
    return WorkCalendar(bases.client.country, (hours.start, hours.end), off, on, hours.days, spans)


def days(bases: Bases) -> ir.Table:
    """One row a day from YEARS before the as-of day to the day after it; see `WorkCalendar.ledger`."""
    import pyarrow as pa

    first = dt.date(bases.as_of.year - YEARS, 1, 1)
    columns = bases.calendar().ledger(first, bases.as_of + dt.timedelta(days=2))
    return ibis.memtable(pa.table({f"_{name}": pa.array(values) for name, values in columns.items()}))


def now(bases: Bases) -> float:
    """Business minutes on the clock of `clocked` at the end of the as-of day."""
    columns = bases.calendar().ledger(dt.date(bases.as_of.year - YEARS, 1, 1), bases.as_of + dt.timedelta(days=2))
    return float(columns["minutes"][-1])


def clocked(table: ir.Table, bases: Bases, **columns: str) -> ir.Table:
    """`table` with `name=column` as a reading of the business clock: minutes of work up to that time.

    The difference of two readings is the business minutes between; a mere date reads as the day's beginning.
    Empty where the time is, and where it lies outside the calendar's days.
    """
    return _joined(table, bases, [*columns.values()], lambda *days: {name: day.reading for name, day in zip(columns, days, strict=True)})


def waited(table: ir.Table, bases: Bases, since: str, name: str = "waited_minutes") -> ir.Table:
    """`table` with `name`: business minutes from column `since` to the end of the as-of day; of a mere date nobody knows them."""
    end = now(bases)
    return _joined(table, bases, [since], lambda day: {name: ibis.ifelse(dated(day.time), None, end - day.reading)})


def business_minutes(table: ir.Table, bases: Bases, start: str, end: str, name: str = "minutes") -> ir.Table:
    """`table` with `name`: working minutes from column `start` to column `end`, local times, signed."""
    return _joined(table, bases, [start, end], lambda first, last: {name: last.reading - first.reading})


def workdays(table: ir.Table, bases: Bases, start: str, **ends: str) -> ir.Table:
    """`table` with `name=end`: working days in [`start`, `end`) by their dates, signed."""
    return _joined(table, bases, [start, *ends.values()],
                   lambda first, *last: {name: day.workdays - first.workdays for name, day in zip(ends, last, strict=True)})


def counted(table: ir.Table, bases: Bases, column: str, name: str) -> ir.Table:
    """`table` with `name`: working days from the calendar's beginning to the day of `column`; a day off counts as the next one."""
    return _joined(table, bases, [column], lambda day: {name: day.workdays})


def arrived(table: ir.Table, bases: Bases, at: str) -> ir.Table:
    """`table` with `hour` ("00"…"23"), `weekday` ("1" Monday … "7") and `shift` of the time `at`.

    `shift` is in_hours or out_of_hours; of a mere date nothing but the weekday is known.
    """
    def said(day: _Day) -> dict[str, ir.Value]:
        mere, unknown = dated(day.time), ibis.null("string")
        hour = day.time.hour().cast("string").lpad(2, "0")
        return {"hour": ibis.ifelse(mere, unknown, hour), "weekday": (day.time.day_of_week.index() + 1).cast("string"),
                "shift": ibis.ifelse(mere, unknown, day.shift)}

    return _joined(table, bases, [at], said)


@dataclass(frozen=True)
class _Day:
    """The calendar's day of a time, as the ledger tells it."""

    time: ir.Value
    workdays: ir.Value
    minutes: ir.Value
    opens: ir.Value
    lasts: ir.Value

    @property
    def now(self) -> ir.Value:
        """Minute of the day."""
        return minute(self.time)

    @property
    def reading(self) -> ir.Value:
        """Minutes of work from the calendar's beginning to the time."""
        return self.minutes + ibis.least(ibis.greatest(self.now - self.opens, 0.0), self.lasts)

    @property
    def shift(self) -> ir.Value:
        """in_hours or out_of_hours."""
        inside = (self.now >= self.opens) & (self.now < self.opens + self.lasts)
        return ibis.cases((inside, "in_hours"), (~inside, "out_of_hours"), else_=None)


def _joined(table: ir.Table, bases: Bases, columns: list[str], make: Callable[..., dict[str, ir.Value]]) -> ir.Table:
    """`table` with what `make` makes of the days of these columns.

    All in one select: each further one would name every column of the table once more, to Ibis and to the engine.
    """
    side = bases.rows_of(days)
    joined, found = table, []
    for at, column in enumerate(columns):
        here = {name: f"{name}_{at}" if name in joined.columns else name for name in side.columns}
        joined = joined.left_join(side, [(ibis._[column].cast("date"), "_day")], rname=f"{{name}}_{at}")
        found.append(here)
    made = make(*(_Day(joined[column], *(joined[names[f"_{one}"]] for one in ("workdays", "minutes", "opens", "lasts")))
                  for names, column in zip(found, columns, strict=True)))
    return joined.select(*(joined[name] for name in table.columns if name not in made), **made)


def minute(time: ir.Value) -> ir.Value:
    """Minutes since the day's beginning with their fraction, whole seconds."""
    if time.type().is_date():
        return ibis.literal(0.0)
    return (time.hour() * 3_600 + time.minute() * 60 + time.second()).cast("float64") / 60
