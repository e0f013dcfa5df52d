"""One query a table: rows by month of every event, filled cells of every needed column, counts of what is odd."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir

from audit.metrics.bases.shape import dated, days, wait, yes
from audit.passport.base import Then
from audit.passport.gaps import Series
from audit.schema import BY_NAME

# table → events counted by month: name → the columns that date it, best first
EVENTS: dict[str, dict[str, tuple[str, ...]]] = {
    "leads": {"leads.created_at": ("created_at",)},
    "deals": {"deals.created_at": ("created_at",), "deals.closed_at": ("ended",)},
    "stage_history": {"stage_history.entered_at": ("entered_at",)},
    "activities": {"activities": ("done_at", "started_at", "created_at"), "activities.calls": ("done_at", "started_at", "created_at")},
    "proposals": {"proposals.sent_at": ("sent_at",)},
    "invoices": {"invoices.issued_on": ("issued_on",)},
    "payments": {"payments.received_on": ("received_on",)},
    "qa_reviews": {"qa_reviews.reviewed_at": ("reviewed_at",)},
    "meetings": {"meetings.held_at": ("held_at",)},
    "spend": {"spend.date": ("date",)},
}
CALLS = ("call_out", "call_in")
# columns that only some rows must have: column → outcomes of the rows that must
ONLY: dict[str, tuple[str, ...]] = {
    "deals.closed_at": ("won", "lost"), "deals.won_at": ("won",), "deals.loss_reason": ("lost",), "deals.margin": ("won",),
    "deals.profit": ("won",), "deals.expected_close_on": ("open",), "deals.next_activity_at": ("open",),
    "leads.closed_at": ("converted", "junk", "lost"), "leads.converted_at": ("converted",), "leads.deal_id": ("converted",),
}
CLOCKS = {"deals": ("created_at", "closed_at"), "leads": ("created_at",), "stage_history": ("entered_at",), "activities": ("done_at", "started_at")}
MINUTES, YEAR, ROUND = 5, 365, 1_000


@dataclass
class Counted:
    """What one query told of a table: rows, first and last day and months of its events, sums by name."""

    rows: int = 0
    first: dict[str, dt.date] = field(default_factory=dict)
    last: dict[str, dt.date] = field(default_factory=dict)
    months: dict[str, dict[dt.date, int]] = field(default_factory=dict)
    sums: dict[str, int] = field(default_factory=dict)


def count(then: Then, name: str, needed: list[str]) -> Counted:
    """Counts of table `name`; `needed` are columns whose filling is asked."""
    table = then.table(name)
    events = {event: _moment(table, event, columns) for event, columns in EVENTS.get(name, {}).items()}
    sums = {"rows": table.count(), **_filled(table, name, needed), **_clocks(table, name)}
    if name == "deals":
        sums |= _of_deals(table, then)
    ends = {f"{side}:{event}": getattr(value, how)() for event, value in events.items() for side, how in (("first", "min"), ("last", "max"))}
    keys = {f"month{at}": value.truncate("M").cast("date") for at, value in enumerate(events.values())}
    rows = then.rows(table.group_by(**keys).agg(**sums, **ends) if keys else table.agg(**sums))
    return _summed(rows, list(events), list(sums))


def _moment(table: ir.Table, event: str, columns: tuple[str, ...]) -> ir.Value:
    known = [table[column] for column in columns]
    value = ibis.coalesce(*known) if len(known) > 1 else known[0]
    none = ibis.null(value.type())
    if event == "deals.closed_at":
        return ibis.ifelse(table.semantic.isin(["won", "lost"]), value, none)
    if event.startswith("activities"):
        return ibis.ifelse(table.kind.isin(CALLS).fill_null(False) == (event == "activities.calls"), value, none)
    return value


def _summed(rows: list[dict], events: list[str], sums: list[str]) -> Counted:
    """The rows of the grouped query added up, by month and in all."""
    made = Counted(sums={name: sum(int(row[name] or 0) for row in rows) for name in sums})
    made.rows = made.sums["rows"]
    for at, event in enumerate(events):
        months: dict[dt.date, int] = defaultdict(int)
        for row in rows:
            if row[f"month{at}"] is not None:
                months[row[f"month{at}"]] += int(row["rows"])
        made.months[event] = dict(sorted(months.items()))
        for side, pick in (("first", min), ("last", max)):
            known = [_day(row[f"{side}:{event}"]) for row in rows if row[f"{side}:{event}"] is not None]
            if known:
                getattr(made, side)[event] = pick(known)
    return made


def _day(moment: dt.date) -> dt.date:
    return moment.date() if isinstance(moment, dt.datetime) else moment


def must(table: ir.Table, column: str) -> ir.BooleanValue | None:
    """Rows that must have `column` (table.column), None when all must."""
    wanted = ONLY.get(column)
    return table.semantic.isin(wanted).fill_null(False) if wanted else None


def _filled(table: ir.Table, name: str, needed: list[str]) -> dict[str, ir.Value]:
    """filled:column and, where only some rows must have it, must:column."""
    found: dict[str, ir.Value] = {}
    for column in needed:
        rows = must(table, f"{name}.{column}")
        some = table[column].notnull()
        found[f"filled:{column}"] = yes(some if rows is None else some & rows).sum()
        if rows is not None:
            found[f"must:{column}"] = yes(rows).sum()
    return found


def _clocks(table: ir.Table, name: str) -> dict[str, ir.Value]:
    """midnight:column and timed:column (all that are filled) of columns that should tell the hour."""
    found: dict[str, ir.Value] = {}
    for column in CLOCKS.get(name, ()):
        found[f"midnight:{column}"] = yes(dated(table[column])).sum()
        found[f"timed:{column}"] = table[column].count()
    return found


def _of_deals(table: ir.Table, then: Then) -> dict[str, ir.Value]:
    """Counts of odd deals and of the deals that could be odd so."""
    closed = table.semantic.isin(["won", "lost"])
    both = closed & table.created_at.notnull() & table.ended.notnull()
    exact = both & ~dated(table.created_at) & ~dated(table.ended)
    taken = days(table.created_at, table.ended)
    open_ = table.semantic == "open"
    age = days(table.created_at, ibis.literal(then.bases.end))
    return {
        "both": yes(both).sum(), "back": yes(both & (wait(table.created_at, table.ended) < 0)).sum(),
        "exact": yes(exact).sum(), "quick": yes(exact & (taken >= 0) & (taken * 1440 < MINUTES)).sum(),
        "priced": table.amount.count(), "zero": yes(table.amount == 0).sum(),
        "symbolic": yes((table.amount > 0) & (table.amount <= 1)).sum(),
        "positive": yes(table.amount > 1).sum(), "round": yes((table.amount > 1) & (table.amount % ROUND == 0)).sum(),
        "won": yes(table.semantic == "won").sum(),
        "won_unpriced": yes((table.semantic == "won") & (table.amount.isnull() | (table.amount == 0))).sum(),
        "open": yes(open_ & table.created_at.notnull()).sum(), "old": yes(open_ & (age > YEAR)).sum(),
    }


def future(then: Then, name: str) -> dict[str, tuple[int, int]]:
    """(values later than today, values) of every column of `name` that tells what has happened; no such column is left out."""
    from audit.passport.base import BORN, HAPPENED

    table = then.bases.full(name)
    columns = dict.fromkeys(c for c in (*BORN.get(name, ()), *HAPPENED.get(name, ())) if c in BY_NAME[name])
    columns = {c: None for c in columns if then.bases.tables.has(f"{name}.{c}")}
    if not columns:
        return {}
    limit = then.today + dt.timedelta(days=1)
    sums = {f"{kind}:{c}": table[c].count() if kind == "all" else yes(table[c] >= ibis.literal(limit).cast(table[c].type())).sum()
            for c in columns for kind in ("late", "all")}
    row = then.one(table.agg(**sums))
    return {c: (int(row[f"late:{c}"] or 0), int(row[f"all:{c}"])) for c in columns}


def series(counted: dict[str, Counted], as_of: dt.date) -> tuple[list[dt.date], list[Series]]:
    """The months of all events up to `as_of`, and every event's rows in them with the days that the data cover."""
    events = {event: one for one in counted.values() for event in one.months if one.months[event]}
    if not events:
        return [], []
    start = min(min(one.months[event]) for event, one in events.items())
    months = [dt.date(start.year + at // 12, at % 12 + 1, 1) for at in range(start.month - 1, (as_of.year - start.year) * 12 + as_of.month)]
    order = [event for named in EVENTS.values() for event in named]
    return months, [Series(event, tuple(events[event].months[event].get(month, 0) for month in months),
                           _days(months, events[event].first[event], as_of), events[event].first[event], events[event].last[event])
                    for event in order if event in events]


def _days(months: list[dt.date], first: dt.date, as_of: dt.date) -> tuple[int, ...]:
    """Days of every month from the first event to the as-of day."""
    found = []
    for month in months:
        after = dt.date(month.year + month.month // 12, month.month % 12 + 1, 1)
        found.append(max(0, (min(after, as_of + dt.timedelta(days=1)) - max(month, first)).days))
    return tuple(found)
