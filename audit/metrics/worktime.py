"""Business time inside queries: the working calendar as a small table, joined by date."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from audit.calendar import WorkCalendar
from audit.metrics.shape import dated

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
    for name, column in columns.items():
        table = _joined(table, bases, column, **{name: _reading})
    return table


def business_minutes(table: ir.Table, bases: Bases, start: str, end: str, name: str = "minutes") -> ir.Table:
    """`table` with `name`: working minutes from column `start` to column `end`, local times, signed."""
    table = clocked(table, bases, _from=start, _to=end)
    return table.mutate(**{name: table._to - table._from}).drop("_from", "_to")


def workdays(table: ir.Table, bases: Bases, start: str, end: str, name: str = "workdays") -> ir.Table:
    """`table` with `name`: working days in [`start`, `end`) by their dates, signed."""
    for key, column in (("_from", start), ("_to", end)):
        table = _joined(table, bases, column, **{key: lambda t, _: t._workdays})
    return table.mutate(**{name: table._to - table._from}).drop("_from", "_to")


def counted(table: ir.Table, bases: Bases, column: str, name: str) -> ir.Table:
    """`table` with `name`: working days from the calendar's beginning to the day of `column`; a day off counts as the next one."""
    return _joined(table, bases, column, **{name: lambda t, _: t._workdays})


def arrived(table: ir.Table, bases: Bases, at: str) -> ir.Table:
    """`table` with `hour` ("00"…"23"), `weekday` ("1" Monday … "7") and `shift` of the time `at`.

    `shift` is in_hours or out_of_hours; of a mere date nothing but the weekday is known.
    """
    table = _joined(table, bases, at, shift=_shift)
    time = table[at]
    weekday = (time.day_of_week.index() + 1).cast("string")
    hour = ibis.ifelse(dated(time), ibis.null("string"), time.hour().cast("string").lpad(2, "0"))
    return table.mutate(hour=hour, weekday=weekday, shift=ibis.ifelse(dated(time), ibis.null("string"), table["shift"]))


def _joined(table: ir.Table, bases: Bases, column: str, **values) -> ir.Table:
    """`table` with what each of `values` makes of a row, its calendar day and the minute of that day."""
    side = bases.rows_of(days)
    kept = list(table.columns)
    moment = table[column]
    joined = table.left_join(side, moment.cast("date") == side._day)
    made = {name: value(joined, minute(joined[column])) for name, value in values.items()}
    return joined.mutate(**made).select(*(name for name in kept if name not in made), *made)


def minute(time: ir.Value) -> ir.Value:
    """Minutes since the day's beginning with their fraction, whole seconds."""
    if time.type().is_date():
        return ibis.literal(0.0)
    return (time.hour() * 3_600 + time.minute() * 60 + time.second()).cast("float64") / 60


def _reading(t: ir.Table, now: ir.Value) -> ir.Value:
    return t._minutes + ibis.least(ibis.greatest(now - t._opens, 0.0), t._lasts)


def _shift(t: ir.Table, now: ir.Value) -> ir.Value:
    inside = (now >= t._opens) & (now < t._opens + t._lasts)
    return ibis.cases((inside, "in_hours"), (~inside, "out_of_hours"), else_=None)
