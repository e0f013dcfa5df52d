"""Open deals and leads with what is amiss with each: no next step, an overdue one, silence, nobody at work, a date past."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from itertools import compress

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import told_beside
from audit.metrics.rows.leads import touches

NEXT = ("deals.next_activity_at|activities.due_at", "planned actions of deals")
DONE = ("deals.last_activity_at|activities.done_at|activities.started_at", "done actions of deals")
STALE = ("deals.expected_close_on",)
ANY = ("|".join((NEXT[0], DONE[0], *STALE)), "signs of open deals")
AWAY = ("leads.owner_id", "absences.user_id", "absences.date")
TOUCH = ("activities.entity_id", "activities.done_at|activities.started_at")
PLANNED = ("activities.entity_id", "activities.due_at", "planned actions of leads")


def _touches(table: ir.Table, bases: Bases, entity: str, key: str) -> ir.Table:
    """By unit of `table`: the last done human action, the first attempt to reach the client, the earliest undone due time, whether one is planned ahead."""
    a = bases.activities
    a = a.filter((a.entity == entity) & ~a.is_auto)
    units = table.select(_of=key)
    a = a.semi_join(units, a.entity_id == units._of)  # of all actions few are of what is open
    end, due = ibis.literal(bases.end), a.done_at.isnull() & a.due_at.notnull()
    return a.group_by(_unit=a.entity_id).agg(
        _last=a.done_at.max(), _touched=a.done_at.min(where=touches.is_attempt(a, bases)), _due=a.due_at.min(where=due),
        _ahead=a.due_at.max(where=due & (a.due_at >= end)),
    )


def _with_touches(table: ir.Table, bases: Bases, entity: str, key: str, make: Callable[[ir.Table], dict[str, ir.Value]] = lambda _: {}) -> ir.Table:
    if not bases.tables.has("activities.entity_id", "activities.entity"):
        none = ibis.null("timestamp(6)")
        return table.mutate(_last=none, _touched=none, _due=none, _ahead=none, **make(table))
    side = _touches(table, bases, entity, key)
    return told_beside(table, side, key, make)


def log_begins(bases: Bases, entity: str) -> ir.Value:
    """First done action that the log holds for this kind of unit; of earlier silence nothing is known."""
    first = bases.rows_of(log_days)["done"].get(entity)
    return ibis.null("timestamp(6)") if first is None or first != first else ibis.literal(first.to_pydatetime())


def log_days(bases: Bases) -> pd.DataFrame:
    """By kind of unit when the log of people's actions begins: `done`, the first done action, and `due`, the first that was planned."""
    a = bases.activities
    a = a.filter(a.entity.notnull() & ~a.is_auto)
    sums = {"done": a.done_at.min(), "due": ibis.coalesce(a.created_at, a.due_at).min(where=a.due_at.notnull())}
    return bases.rows(a.group_by("entity").agg(**sums)).set_index("entity")


def overdue_before(bases: Bases, day: dt.date) -> dt.datetime:
    """What was due earlier is overdue by more than no business day at the end of `day`: before the last working day up to it."""
    return dt.datetime.combine(bases.calendar().last_workday(day), dt.time())


def silent(last: ir.Value, norm: ir.Value, end: ir.Value, bases: Bases) -> ir.Value:
    """Whether the last action lies further before `end` than `norm` days, rules.silent_days where there is no norm."""
    waited = (end.epoch_seconds() - last.epoch_seconds()) / 86_400
    return waited > ibis.coalesce(norm, ibis.literal(float(bases.client.rules.silent_days)))


def acted_at(t: ir.Table, end: ir.Value) -> ir.Value:
    """The last done action of a deal before `end`: the later of what the log of actions and what the deal itself says."""
    said = ibis.ifelse(t.last_activity_at < end, t.last_activity_at, None)
    return ibis.greatest(ibis.coalesce(t._last, said), ibis.coalesce(said, t._last))


def deal_flags(t: ir.Table, bases: Bases, day: ir.Value, end: ir.Value, late: ir.Value, told: Collection[str]) -> ir.Table:
    """`t` with `no_next, overdue, silent, stale_date` at `end`, the end of `day`; flags not in `told` are not raised. What was due
    before `late` is overdue; `_last, _due, _ahead` come from the log of actions, `_since` is from when silence is known."""
    no = ibis.literal(False)
    last = ibis.coalesce(acted_at(t, end), t._since)
    due = ibis.coalesce(t._due, ibis.ifelse(t.next_activity_at < end, t.next_activity_at, None))
    norm = bases.stages.column(t.pipeline_id, t.stage_id, "max_days")
    ahead = t._ahead.notnull() | (t.next_activity_at >= end).fill_null(False)
    return t.mutate(
        no_next=~ahead if "no_next" in told else no,
        overdue=(due < late).fill_null(False) if "overdue" in told else no,
        silent=silent(last, norm, end, bases).fill_null(False) if "silent" in told else no,
        stale_date=(t.expected_close_on < day).fill_null(False) if "stale_date" in told else no,
    )


def open_deals(bases: Bases) -> ir.Table:
    """One row an open deal with its flags `no_next, overdue, silent, orphan, stale_date` and `leaks`, and its `age`."""
    d = bases.deals.filter(bases.deals.semantic == "open")
    has = bases.tables.has
    begins = log_begins(bases, "deal") if has("activities.entity") else ibis.null("timestamp(6)")
    d = _with_touches(d, bases, "deal", "deal_id", lambda d: {
        "_since": ibis.greatest(d.created_at, ibis.coalesce(begins, d.created_at)), "orphan": d.user_gone if has("deals.owner_id") else ibis.literal(False)})
    told = {"no_next": NEXT, "overdue": NEXT, "silent": DONE, "stale_date": STALE}
    late = ibis.literal(overdue_before(bases, bases.as_of))
    d = deal_flags(d, bases, ibis.literal(bases.as_of), ibis.literal(bases.end), late, [name for name, needs in told.items() if not bases.lacks(*needs)])
    return d.mutate(leaks=d.no_next | d.overdue | d.silent | d.orphan | d.stale_date, age=_age(d.age_days))


def _age(days: ir.Value) -> ir.Value:
    """Band of an open unit's age: up to a month, a quarter, half a year, older; empty where its beginning is not known."""
    return ibis.cases((days.isnull(), ibis.null("string")), (days <= 30, "0-30"), (days <= 90, "31-90"), (days <= 180, "91-180"), else_="180+")


def named(frame: pd.DataFrame, flags: Sequence[str]) -> list[str]:
    """Of each row the names of the raised flags in this order."""
    raised = frame[[*flags]].astype(bool).to_numpy()
    return [", ".join(compress(flags, row)) for row in raised]


def open_leads(bases: Bases) -> ir.Table:
    """One row an open lead with its flags `no_next, untouched, silent, overdue, orphan, away`, `leaks`, `logged` and its `age`.

    A lead that nobody touched and whose SLA still runs needs no next step yet; where nobody plans actions of leads nothing is said of them.
    """
    t = bases.leads.filter(bases.leads.semantic == "open")
    t = _with_absence(_with_touches(t, bases, "lead", "lead_id"), bases)
    has = bases.tables.has
    known = has(*TOUCH)
    no = ibis.literal(False)
    begins = log_begins(bases, "lead") if known else ibis.null("timestamp(6)")
    logged = (t._touched.notnull() | (t.created_at >= begins)).fill_null(False)
    late = (t.created_at < ibis.literal(answer_by(bases, bases.end))).fill_null(False)
    t = t.mutate(
        logged=logged,  # whether the log would hold its first touch
        untouched=logged & t._touched.isnull() & late,
        silent=(t._touched.notnull() & silent(t._last, ibis.null("float64"), ibis.literal(bases.end), bases)).fill_null(False) if known else no,
        overdue=(t._due < ibis.literal(overdue_before(bases, bases.as_of))).fill_null(False) if has("activities.due_at") else no,
        orphan=t.user_gone if has("leads.owner_id") else no,
        no_next=no if bases.lacks(*PLANNED) else t._ahead.isnull() & (t._touched.notnull() | late),
    )
    return t.mutate(leaks=t.no_next | t.untouched | t.silent | t.overdue | t.orphan | t.away, age=_age(t.age_days))


def _with_absence(t: ir.Table, bases: Bases) -> ir.Table:
    """`t` with `away`: its owner was absent on the last working day up to `as_of`, by the table of absences."""
    if not bases.tables.has(*AWAY):
        return t.mutate(away=ibis.literal(False))
    day = ibis.literal(bases.calendar().last_workday(bases.as_of))
    absent = bases.full("absences").filter(lambda a: a.date == day).select(_absent="user_id").distinct()
    return told_beside(t, absent, "owner_id", lambda t: {"away": t._absent.notnull()})


def answer_by(bases: Bases, end: dt.datetime) -> dt.datetime:
    """A lead that came before this moment has had its whole SLA of business minutes by `end`."""
    import numpy as np

    calendar, sla = bases.calendar(), bases.client.rules.lead_sla_minutes
    low, high = 0, 60 * 24 * 60  # minutes back from the end
    while low < high:
        middle = (low + high) // 2
        start = np.datetime64(end) - np.timedelta64(middle, "m")
        if calendar.business_minutes([start], [np.datetime64(end)])[0] > sla:
            high = middle
        else:
            low = middle + 1
    return end - dt.timedelta(minutes=low)
