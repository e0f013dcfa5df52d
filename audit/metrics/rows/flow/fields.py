"""What values fields of deals had and since when, from a log of their changes: planned closings and amounts."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases

_TIME = "timestamp(6)"


def _states(bases: Bases, field: str) -> ir.Table:
    """One row a value of `field` by the as-of day, of several of one second the last in order: deal_id, seen, until (empty while
    it stands), planned, amount, owner_id (the person who set it, empty for robots and people nobody knows)."""
    t = bases.full("field_history")
    t = t.filter((t.field == field) & (t.changed_at < ibis.literal(bases.end)))
    t = t.mutate(planned=t.expected_close_on.cast(_TIME), seen=t.changed_at.cast(_TIME))
    window = ibis.window(group_by=t.deal_id, order_by=[t.seen, t.planned, t.amount, t.changed_by])
    t = t.mutate(until=t.seen.lead().over(window))
    t = t.filter(t.until.isnull() | (t.until > t.seen))
    if not bases.tables.has("users.user_id"):
        return t.select("deal_id", "seen", "until", "planned", "amount", owner_id=ibis.null("string"))
    people = bases.users.filter(~bases.users.is_system.fill_null(False)).select(_user="user_id")
    t = t.left_join(people, t.changed_by == people._user)
    return t.select("deal_id", "seen", "until", "planned", "amount", owner_id=t._user)


def plans(bases: Bases) -> ir.Table:
    """`_states` of the planned closing."""
    return _states(bases, "expected_close_on")


def amounts(bases: Bases) -> ir.Table:
    """`_states` of the amount."""
    return _states(bases, "amount")


def last_day(bases: Bases) -> dt.datetime | None:
    """The last day by the as-of day of which the log of planned closings tells, None where it tells of none."""
    t = bases.rows_of(plans)
    last = bases.tables.backend.to_pyarrow(t.agg(last=t.seen.max())).to_pylist()[0]["last"]
    return dt.datetime.combine(last.date(), dt.time()) if last else None
