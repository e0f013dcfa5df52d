"""Missed incoming calls and whether they were called back: M04."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases, worktime
from audit.metrics.bases.shape import told_beside, yes
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Metric, Row

_NEEDS = ("activities.kind", "activities.is_answered", "activities.started_at|activities.done_at|activities.created_at", "incoming calls")
_SLICES = ("owner", "team", "line", "hour", "weekday")
_LATELY = dt.timedelta(days=7)  # up to the end of the as-of day; who called earlier has gone elsewhere


def _dated(bases: Bases) -> ir.Table:
    """One row a call of a person with its beginning `at`; a planned call that was not made is none."""
    a = bases.activities
    a = a.filter(a.kind.isin(["call_in", "call_out"]) & ~a.is_auto)
    made = ibis.coalesce(a.started_at, a.done_at)
    at = ibis.ifelse(a.kind == "call_in", ibis.coalesce(made, a.created_at), ibis.ifelse(a.done_at.notnull(), made, None))
    a = a.select("activity_id", "kind", "owner", "team", "line", "phone", "is_answered", at=at)
    return a.filter(a["at"] < ibis.literal(bases.end))


def inquiries(bases: Bases) -> ir.Table:
    """One row an inquiry by telephone, with its first call's owner, team and line: `at`, `missed`, `hour`, `weekday`, `shift`,

    business minutes `back` to the next outgoing call to the number (empty: none) and `follow` to the end of the as-of day,
    `lost`: neither called back nor answered later. Calls of one number at most rules.caller_minutes apart are one inquiry,
    answered when anyone answered any of them. Calls that nobody knows the outcome of are left out.
    """
    calls = _dated(bases)
    came = calls.filter((calls.kind == "call_in") & calls.is_answered.notnull())
    caller = ibis.coalesce(came.phone, ibis.literal("?") + came.activity_id)  # a hidden number is a caller of its own
    came = came.mutate(_caller=caller)
    line = ibis.window(group_by=came._caller, order_by=[came["at"], came.activity_id])
    gap = came["at"].epoch_seconds() - came["at"].lag().over(line).epoch_seconds()
    both = _followed(came.mutate(_fresh=(gap > 60 * bases.client.rules.caller_minutes).fill_null(True)), calls)
    both = worktime.arrived(both, bases, "at")
    both = worktime.clocked(both, bases, _came="at", _back="_next_out")
    return both.mutate(missed=~both._answered, back=both._back - both._came,
                       follow=ibis.literal(worktime.now(bases)) - both._came,
                       lost=~both._answered & both._next_out.isnull() & both._next_answer.isnull())


def _followed(came: ir.Table, calls: ir.Table) -> ir.Table:
    """Inquiries of calls that came, `_fresh` where one begins: `_answered`, `_next_out` (the next outgoing call to the number) and

    `_next_answer` (the next call of the number that was answered, this inquiry's own included).
    """
    none = ibis.null("timestamp(6)")
    gone = calls.filter((calls.kind == "call_out") & calls.phone.notnull())
    kept = ("owner", "team", "line", "at", "activity_id", "_caller", "_begun", "_out", "_answer")
    both = ibis.union(
        came.mutate(_begun=ibis.ifelse(came._fresh, came["at"], none), _out=none, _answer=ibis.ifelse(came.is_answered, came["at"], none)).select(*kept),
        gone.mutate(_caller=gone.phone, _begun=none, _out=gone["at"], _answer=none).select(*kept),
    )
    order = [both["at"], both._out.notnull(), both.activity_id]  # a call out in the same second answers the call in
    on, later = (ibis.window(group_by=both._caller, order_by=order, rows=(start, None)) for start in (0, 1))
    both = both.mutate(_next_out=both._out.min().over(on), _next_answer=both._answer.min().over(on), _next_begun=both._begun.min().over(later))
    both = both.filter(both._begun.notnull())
    return both.mutate(_answered=both._next_answer.notnull() & (both._next_begun.isnull() | (both._next_answer < both._next_begun)))


def _unreturned(bases: Bases) -> pd.DataFrame:
    """Inquiries of the last seven days that nobody answered or called back, the newest first."""
    t = bases.rows_of(inquiries)
    t = t.filter(t.lost & (t["at"] >= ibis.literal(bases.end - _LATELY)))
    t = t.select("activity_id", "owner", "at", "shift", phone=t._caller.nullif("?" + t.activity_id))
    a = bases.activities
    a = a.semi_join(t, "activity_id")  # of all actions few are such calls
    t = told_beside(t, a.group_by(_call="activity_id").agg(entity=a.entity.min(), entity_id=a.entity_id.min()), "activity_id")
    frame = bases.rows(worktime.waited(t, bases, "at"))
    frame["waited_minutes"] = frame["waited_minutes"].astype(float).round(1)
    return frame.sort_values(["at", "activity_id"], ascending=[False, True], kind="stable")


def _in_hours(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return (t["shift"] == "in_hours").fill_null(False)


def _missed_in_hours(t: ir.Table, b: Bases) -> ir.BooleanValue:
    return _in_hours(t, b) & t.missed


def _is_missed(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return t.missed


def _missed(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t.missed)


def _called_back(t: ir.Table, b: Bases) -> ir.Value:
    limit = b.client.rules.callback_minutes
    return yes((t.back <= limit) & (t.follow >= limit))


def _old_enough(t: ir.Table, b: Bases) -> ir.Value:
    return yes(t.follow >= b.client.rules.callback_minutes)


def _lost(t: ir.Table, b: Bases) -> ir.Value:
    return yes(t.lost & (t.follow >= b.client.rules.callback_minutes))


def _metric(metric_id: str, where: Row, numerator: Row, denominator: Row, better, needs: tuple[str, ...], source: str,
            slices: tuple[str, ...] = _SLICES) -> Metric:
    return Metric(
        id=metric_id, card="M04", kind="share", unit="share", better=better, basis="period", table="activities", rows=inquiries,
        at="at", needs=(*_NEEDS, *needs), where=where, numerator=numerator, denominator=denominator, compute=None, matures_days=0,
        min_n=MIN_N, slices=slices, counter="missed_never" if metric_id != "missed_never" else "call_back", source=source,
    )


METRICS = (
    _metric("missed_calls", _in_hours, _missed, one, "lower", (),
            "inquiries by telephone in working hours that nobody answered ÷ all in working hours; calls of one number within "
            "rules.caller_minutes are one inquiry"),
    _metric("call_back", _missed_in_hours, _called_back, _old_enough, "higher", ("activities.phone",),
            "missed inquiries with an outgoing call to the number within rules.callback_minutes of business time ÷ missed in working hours"),
    _metric("missed_never", _is_missed, _lost, _old_enough, "lower", ("activities.phone",),
            "missed inquiries, at any hour, neither called back nor answered later ÷ missed", (*_SLICES, "shift")),
)

LISTINGS = (
    Listing(
        id="unreturned_calls", card="M04", needs=(*_NEEDS, "activities.phone"),
        columns=("activity_id", "owner", "at", "phone", "shift", "entity", "entity_id", "waited_minutes"), rows=_unreturned,
        source="inquiries of the last seven days that count as missed_never, those younger than rules.callback_minutes too, by their first call; "
               "business minutes waited to the end of the as-of day; the newest first",
    ),
)
