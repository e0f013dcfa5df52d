"""Speed to lead: how soon a person answers a request, in business minutes: M03."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from itertools import pairwise

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases, worktime
from audit.metrics.bases.shape import dated, yes
from audit.metrics.count import cells, finish, periods
from audit.metrics.declare.common import MIN_N, one, within
from audit.metrics.declare.metric import Ask, Metric, Row, said
from audit.metrics.rows.leads import touches
from audit.stats import survival

_NEEDS = ("leads.created_at", *touches.NEEDS, "contacts of leads", "hours of leads")
_SLICES = ("owner", "team", "source", "channel", "segment", "region", "hour", "weekday", "shift")
_SHARES = (0.5, 0.9)
_BINS = 1_000  # about so many bins of `_bin`


def arrivals(bases: Bases) -> ir.Table:
    """One row a lead with `hour`, `weekday`, `shift`, and in business minutes

    `wait` until the first attempt and `talk_wait` until the first two-way contact (none so far: empty; earlier than the
    lead: 0), `follow` until the end of the as-of day. `early`: reached before the lead was typed in. `known`: the hours
    of arrival and attempt are known and the log of actions reaches back to it; `talk_known` likewise. `untried`, `untalked`:
    no attempt, no contact within rules.conversion_days.
    """
    side = bases.rows_of(touches.of_leads)
    t = bases.leads.filter(bases.leads.created_at.notnull())
    t = t.left_join(side, t.lead_id == side._unit)
    t = t.select("lead_id", *bases.slices("leads"), "created_at", "assigned_at", "_first", "_two_way")
    t = worktime.arrived(t, bases, "created_at")
    t = t.mutate(_given=ibis.ifelse((t.assigned_at < ibis.literal(bases.end)) & ~dated(t.assigned_at), t.assigned_at, None))
    t = worktime.clocked(t, bases, _came="created_at", _reached="_first", _talked="_two_way", _handed="_given")
    logged = ~dated(t.created_at) & (t.created_at >= touches.log_begins(bases, side)).fill_null(False)
    term = bases.client.rules.conversion_days
    return t.mutate(
        untried=~within(t.created_at, t._first, term), untalked=~within(t.created_at, t._two_way, term),
        routing=_positive(t._handed - t._came), own_wait=_positive(t._reached - t._handed), own_follow=ibis.literal(worktime.now(bases)) - t._handed,
        wait=_positive(t._reached - t._came), talk_wait=_positive(t._talked - t._came),
        follow=ibis.literal(worktime.now(bases)) - t._came, early=(t._first < t.created_at).fill_null(False),
        known=logged & ~dated(t._first).fill_null(False), talk_known=logged & ~dated(t._two_way).fill_null(False),
    )


def _positive(minutes: ir.Value) -> ir.Value:
    """Minutes, 0 for the negative and empty for the empty (`greatest` would make 0 of it)."""
    return ibis.ifelse(minutes < 0, 0.0, minutes)


def _routed(t: ir.Table, _: Bases) -> ir.BooleanValue:
    """The hours of arrival and of handing over to a seller are known."""
    return t.routing.notnull() & ~dated(t.created_at)


def _owned(t: ir.Table, b: Bases) -> ir.BooleanValue:
    return t.known & _routed(t, b)


def _bin(minutes: ir.Value) -> ir.Value:
    """Bin of a wait: a minute within ten hours of work, a quarter of an hour within a hundred, then ten hours."""
    return ibis.cases((minutes < 600, minutes.floor()), (minutes < 6_000, (minutes / 15).floor() * 15),
                      else_=(minutes / 600).floor() * 600)


def _quantile(wait: str, known: Row, share: float, follow: str = "follow"):
    """Time by which a share of the leads was reached, by Kaplan–Meier: leads not reached yet are censored at the as-of day."""
    def compute(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
        return finish.made(metric, bases, bases.rows_of(_quantiles(wait, known, follow, ask))[share] or [{"value": np.nan}])

    return compute


@cache
def _quantiles(wait: str, known: Row, follow: str, ask: Ask) -> Callable[[Bases], dict[float, list[dict]]]:
    """What gives the records of every quantile of a wait, by its share."""
    def counted(bases: Bases) -> dict[float, list[dict]]:
        t = bases.rows_of(arrivals)
        t = t.filter(said(known, t, bases))
        reached = t[wait].notnull()
        time = ibis.ifelse(reached, t[wait], t[follow])
        sums = {"_rows": t.count(), "event": yes(reached).sum(), "_x": cells.exact(time)}
        found: dict[float, list[dict]] = {share: [] for share in _SHARES}
        for part in cells.collect(bases, t, "created_at", ask.slices, ask.periods, sums, {"_bin": _bin(time)}, _BINS):
            for share, records in _curves(part).items():
                found[share] += records
        return found

    return counted


def _curves(part: cells.Rolled) -> dict[float, list[dict]]:
    """By share one record a group and period; a bin stands at the mean of its waits."""
    assert part.unit is not None
    heads, (counted, x, event) = part.heads(), (part.sums[name] for name in ("_rows", "_x", "event"))
    ends = np.searchsorted(part.unit, np.arange(len(heads.by) + 1))
    found: dict[float, list[dict]] = {share: [] for share in _SHARES}
    for unit, (first, last) in enumerate(pairwise(ends)):
        mine = first + np.flatnonzero(counted[first:last] > 0)
        rows, events = counted[mine], event[mine]
        time = x[mine] / np.maximum(rows, 1)
        curve = survival.kaplan_meier(time, events, rows - events)
        record = {"by": heads.by[unit], "group": heads.group[unit], "n": int(rows.sum()), "sum_num": events.sum(), "sum_den": rows.sum(), "period": part.period}
        if part.period != "all":
            record |= {"period_start": periods.start(heads.number[unit], part.period),
                       "period_end": periods.end(heads.number[unit], part.period)}
        for share, records in found.items():
            value, low, high = survival.km_quantile(curve, share)
            young = part.period != "all" and not survival.settled(time, rows == events, value)
            records.append(record | {"value": value, "low": low, "high": high, "young": young})
    return found


def _limit(bases: Bases, name: str) -> float:
    """Business minutes of a limit: a number, the agreed time to answer or one working day."""
    if name == "sla":
        return float(bases.client.rules.lead_sla_minutes)
    return float(bases.calendar().minutes_a_day) if name == "day" else float(name)


def _in_time(name: str) -> Row:
    def value(t: ir.Table, b: Bases) -> ir.Value:
        return yes((t.wait <= _limit(b, name)) & (t.follow >= _limit(b, name)))

    return value


def _old_enough(name: str) -> Row:
    def value(t: ir.Table, b: Bases) -> ir.Value:
        return yes(t.follow >= _limit(b, name))

    return value


def _too_young(name: str) -> Row:
    def value(t: ir.Table, b: Bases) -> ir.Value:
        return yes(t.follow < _limit(b, name))

    return value


def _never(flag: str) -> Row:
    def value(t: ir.Table, b: Bases) -> ir.Value:
        return yes(t[flag] & (t.follow >= _limit(b, "sla")))

    return value


def _early(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t.early)


def _unknown(t: ir.Table, _: Bases) -> ir.Value:
    return yes(~t.known)


def _wait(metric_id: str, wait: str, share: float, source: str) -> Metric:
    """One quantile of a wait; a quantile that too few leads have reached is empty."""
    known = "known" if wait == "wait" else "talk_known"
    return Metric(
        id=metric_id, card="M03", kind="p90" if share == 0.9 else "median", unit="minutes", better="lower", basis="cohort",
        table="leads", rows=arrivals, at="created_at", needs=_NEEDS, where=None, numerator=None, denominator=None,
        compute=_quantile(wait, known, share), matures_days=0, min_n=MIN_N, slices=_SLICES,
        counter="speed_never" if wait == "wait" else "contact_never", source=source,
    )


def _given(metric_id: str, wait: str, share: float, known: Row, source: str) -> Metric:
    """One quantile of a wait before or after a lead was given to a seller."""
    return dataclasses.replace(_wait(metric_id, "wait", share, source), needs=(*_NEEDS, "leads.assigned_at"), counter="speed_median",
                               compute=_quantile(wait, known, share, "own_follow" if wait == "own_wait" else "follow"))


def _share(metric_id: str, numerator: Row, denominator: Row, source: str, *, better="lower", where: Row | None = "known",
           counter: str = "lead_conversion", matures: int | str = 0, undecided: Row | None = None) -> Metric:
    """One share of leads."""
    return Metric(
        id=metric_id, card="M03", kind="share", unit="share", better=better, basis="cohort", table="leads", rows=arrivals,
        at="created_at", needs=_NEEDS, where=where, numerator=numerator, denominator=denominator, compute=None,
        matures_days=matures, min_n=MIN_N, slices=_SLICES, counter=counter, undecided=undecided, source=source,
    )


def _within(name: str, source: str) -> Metric:
    return _share(f"speed_within_{name}", _in_time(name), _old_enough(name), source, better="higher", counter="contact_never", undecided=_too_young(name))


METRICS = (
    _wait("speed_median", "wait", 0.5, "Kaplan–Meier median of business minutes from arrival to the first attempt of a person; "
          "leads not reached are censored at the as-of day"),
    _wait("speed_p90", "wait", 0.9, "Kaplan–Meier 90 % point of business minutes from arrival to the first attempt of a person"),
    _given("routing_median", "routing", 0.5, _routed, "median of business minutes from arrival to the handing over to a seller"),
    _given("routing_p90", "routing", 0.9, _routed, "90 % point of business minutes from arrival to the handing over to a seller"),
    _given("speed_own_median", "own_wait", 0.5, _owned, "Kaplan–Meier median of business minutes from the handing over to the first attempt of a person"),
    _within("5", "reached within 5 business minutes ÷ leads at least so old"),
    _within("sla", "reached within rules.lead_sla_minutes of business time ÷ leads at least so old"),
    _within("60", "reached within 60 business minutes ÷ leads at least so old"),
    _within("day", "reached within the business minutes of one working day ÷ leads at least so old"),
    _share("speed_never", _never("untried"), _old_enough("sla"), "leads that no person tried to reach within rules.conversion_days (of younger ones: so far) ÷ "
           "leads older than rules.lead_sla_minutes of business time", matures="conversion_days"),
    _wait("contact_median", "talk_wait", 0.5, "Kaplan–Meier median of business minutes from arrival to the first two-way contact"),
    _wait("contact_p90", "talk_wait", 0.9, "Kaplan–Meier 90 % point of business minutes from arrival to the first two-way contact"),
    _share("contact_never", _never("untalked"), _old_enough("sla"), "leads without a two-way contact within rules.conversion_days (of younger ones: so far) ÷ "
           "leads older than rules.lead_sla_minutes of business time", where="talk_known", matures="conversion_days"),
    _share("speed_early", _early, one, "leads reached before they were typed in (their wait counts as 0) ÷ leads"),
    _share("speed_unknown", _unknown, one,
           "leads whose wait is not known ÷ leads: the hour of arrival or of the attempt is missing, or the log of actions begins later",
           where=None),
)
