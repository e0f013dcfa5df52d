"""Lost leads and deals: open units that nobody leads on: M01."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.common import MIN_N, one
from audit.metrics.metric import Metric, Row
from audit.metrics.shape import yes

_NEXT = "deals.next_activity_at|activities.due_at"
_DONE = "deals.last_activity_at|activities.done_at|activities.started_at"
_STALE = "deals.expected_close_on"
_TOUCH = ("activities.entity_id", "activities.done_at|activities.started_at")
_ANY = "|".join((_NEXT, _DONE, _STALE))
_SLICES = ("owner", "team", "source", "stage", "pipeline", "segment")


def _touches(bases: Bases, entity: str) -> ir.Table:
    """By unit: the last done and first done human action, the earliest undone due time, whether one is planned ahead."""
    a = bases.activities
    a = a.filter((a.entity == entity) & ~a.is_auto)
    end, due = ibis.literal(bases.end), a.done_at.isnull() & a.due_at.notnull()
    return a.group_by(_unit=a.entity_id).agg(
        _last=a.done_at.max(), _touched=a.done_at.min(), _due=a.due_at.min(where=due),
        _ahead=a.due_at.max(where=due & (a.due_at >= end)),
    )


def _with_touches(table: ir.Table, bases: Bases, entity: str, key: str) -> ir.Table:
    if not bases.tables.has("activities.entity_id", "activities.entity"):
        none = ibis.null("timestamp(6)")
        return table.mutate(_last=none, _touched=none, _due=none, _ahead=none)
    side = _touches(bases, entity)
    return table.left_join(side, table[key] == side._unit).drop("_unit")


def _log_begins(bases: Bases, entity: str) -> ir.Value:
    """First done action that the log holds for this kind of unit; of earlier silence nothing is known."""
    a = bases.activities
    first = bases.rows(a.agg(day=a.done_at.min(where=(a.entity == entity) & ~a.is_auto)))["day"].iloc[0]
    return ibis.null("timestamp(6)") if first is None or first != first else ibis.literal(first.to_pydatetime())


def overdue_before(bases: Bases) -> dt.datetime:
    """What was due earlier is overdue by more than no business day: before the last working day up to `as_of`."""
    return dt.datetime.combine(bases.calendar().last_workday(bases.as_of), dt.time())


def _silent(last: ir.Value, norm: ir.Value, bases: Bases) -> ir.Value:
    waited = (ibis.literal(bases.end).epoch_seconds() - last.epoch_seconds()) / 86_400
    return waited > ibis.coalesce(norm, ibis.literal(float(bases.client.rules.silent_days)))


def open_deals(bases: Bases) -> ir.Table:
    """One row an open deal with its flags `no_next, overdue, silent, orphan, stale_date` and `leaks`."""
    d = bases.deals.filter(bases.deals.semantic == "open")
    d = _with_touches(d, bases, "deal", "deal_id")
    end, has = ibis.literal(bases.end), bases.tables.has
    last = ibis.greatest(ibis.coalesce(d._last, d.last_activity_at), ibis.coalesce(d.last_activity_at, d._last))
    begins = _log_begins(bases, "deal") if has("activities.entity") else ibis.null("timestamp(6)")
    last = ibis.coalesce(ibis.ifelse(last < end, last, None), ibis.greatest(d.created_at, ibis.coalesce(begins, d.created_at)))
    due = ibis.coalesce(d._due, ibis.ifelse(d.next_activity_at < end, d.next_activity_at, None))
    norm = bases.stages.column(d.pipeline_id, d.stage_id, "max_days")
    ahead = d._ahead.notnull() | (d.next_activity_at >= end).fill_null(False)
    no = ibis.literal(False)
    d = d.mutate(
        no_next=~ahead if has(_NEXT) else no,
        overdue=(due < ibis.literal(overdue_before(bases))).fill_null(False) if has(_NEXT) else no,
        silent=_silent(last, norm, bases).fill_null(False) if has(_DONE) else no,
        orphan=d.user_gone if has("deals.owner_id") else no,
        stale_date=(d.expected_close_on < ibis.literal(bases.as_of)).fill_null(False) if has(_STALE) else no,
    )
    return d.mutate(leaks=d.no_next | d.overdue | d.silent | d.orphan | d.stale_date)


def open_leads(bases: Bases) -> ir.Table:
    """One row an open lead with its flags `untouched, silent, overdue, orphan`, `leaks`, and `logged`."""
    t = bases.leads.filter(bases.leads.semantic == "open")
    t = _with_touches(t, bases, "lead", "lead_id")
    has = bases.tables.has
    known = has(*_TOUCH)
    no = ibis.literal(False)
    begins = _log_begins(bases, "lead") if known else ibis.null("timestamp(6)")
    logged = (t._touched.notnull() | (t.created_at >= begins)).fill_null(False)
    late = (t.created_at < ibis.literal(_answer_by(bases))).fill_null(False)
    t = t.mutate(
        logged=logged,  # whether the log would hold its first touch
        untouched=logged & t._touched.isnull() & late,
        silent=(t._touched.notnull() & _silent(t._last, ibis.null("float64"), bases)).fill_null(False) if known else no,
        overdue=(t._due < ibis.literal(overdue_before(bases))).fill_null(False) if has("activities.due_at") else no,
        orphan=t.user_gone if has("leads.owner_id") else no,
    )
    return t.mutate(leaks=t.untouched | t.silent | t.overdue | t.orphan)


def _answer_by(bases: Bases) -> dt.datetime:
    """A lead that came before this moment has had its whole SLA of business minutes by the end of `as_of`."""
    import numpy as np

    calendar, sla = bases.calendar(), bases.client.rules.lead_sla_minutes
    low, high = 0, 60 * 24 * 60  # minutes back from the end of the day
    while low < high:
        middle = (low + high) // 2
        start = np.datetime64(bases.end) - np.timedelta64(middle, "m")
        if calendar.business_minutes([start], [np.datetime64(bases.end)])[0] > sla:
            high = middle
        else:
            low = middle + 1
    return bases.end - dt.timedelta(minutes=low)


def _flag(name: str) -> Row:
    def value(t: ir.Table, _: Bases) -> ir.Value:
        return yes(t[name])

    return value


def _at_risk(t: ir.Table, _: Bases) -> ir.Value:
    return ibis.ifelse(t.leaks, t.amount_base, 0.0)


def _logged(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return t.logged


def _share(metric_id: str, flag: str, needs: tuple[str, ...], source: str, leads: bool = False) -> Metric:
    """One share of open deals (or leads) that carry a flag."""
    return Metric(
        id=metric_id, card="M01", kind="share", unit="share", better="lower", basis="snapshot",
        table="leads" if leads else "deals", rows=open_leads if leads else open_deals, at="",
        needs=("leads.created_at", "leads.semantic", *needs) if leads else ("deals.semantic", *needs), where=_logged if flag == "untouched" else None,
        numerator=_flag(flag), denominator=one, compute=None, matures_days=0, min_n=MIN_N,
        slices=("owner", "team", "source", "channel", "segment") if leads else _SLICES,
        counter="lead_junk_share" if leads else "tasks_on_time", source=source,
    )

METRICS = (
    _share("leaking_deals", "leaks", (_ANY,), "open deals with at least one flag ÷ open deals; flags without data are not raised"),
    _share("leak_no_next", "no_next", (_NEXT,), "open deals without an action planned ahead ÷ open deals"),
    _share("leak_overdue", "overdue", (_NEXT,), "open deals with an action overdue by a business day or more ÷ open deals"),
    _share("leak_silent", "silent", (_DONE,),
           "open deals without a done action for longer than the stage's max_days or rules.silent_days ÷ open deals"),
    _share("leak_orphan", "orphan", ("deals.owner_id", "users.user_id"), "open deals whose owner is absent, gone or a robot ÷ open deals"),
    _share("leak_stale_date", "stale_date", (_STALE,), "open deals whose expected close has passed ÷ open deals"),
    _share("leaking_leads", "leaks", ("|".join((*_TOUCH, "activities.due_at")),), "open leads with at least one flag ÷ open leads", leads=True),
    _share("leak_untouched", "untouched", (*_TOUCH, "activities of leads"),
           "open leads older than rules.lead_sla_minutes of business time that no person has touched ÷ open leads; "
           "leads older than the log of actions are left out", leads=True),
    _share("leak_leads_silent", "silent", (*_TOUCH, "activities of leads"), "open touched leads without an action for rules.silent_days ÷ open leads", leads=True),
    _share("leak_leads_orphan", "orphan", ("leads.owner_id", "users.user_id"), "open leads whose owner is absent, gone or a robot ÷ open leads", leads=True),
    Metric(
        id="money_at_risk", card="M01", kind="sum", unit="money", better="lower", basis="snapshot", table="deals",
        rows=open_deals, at="", needs=("deals.semantic", _ANY, "deals.amount_base|deals.amount", "deals.amount of open deals"),
        where=None, numerator=_at_risk, denominator=None, compute=None, matures_days=0, min_n=MIN_N, slices=_SLICES,
        counter="leaking_deals", source="Σ amount of leaking deals",
    ),
)
