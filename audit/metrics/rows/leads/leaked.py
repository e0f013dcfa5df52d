"""How open deals and leads stood at the ends of past periods, with what was amiss with each then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases, frames, shape
from audit.metrics.rows.leads import touches
from audit.metrics.rows.leads.leaking import answer_by, deal_flags, log_begins, log_days, overdue_before, silent

DEAL_FLAGS = ("no_next", "overdue", "silent", "orphan", "stale_date")
LEAD_FLAGS = ("no_next", "untouched", "silent", "overdue")
_PLANS = ("no_next", "overdue")  # what only a log of planned actions tells
_DAY = dt.timedelta(days=1)
_RUNS = 104  # the last runs of so many weeks make a trend of two years
_MONTHS, _WEEKS = 12, 13  # ends of periods at which leads are looked at


def told(bases: Bases) -> dict[dt.date, tuple[str, ...]]:
    """The last stored run of every week, and which flags of its open deals it tells; a run without any is left out.

    Where the CRM gives the next (the last) action of a deal, a run tells of plans (of silence) only if it stored that too: the log
    of actions alone would say less of the past than is said of today.
    """
    if "deal_snapshots" not in bases.tables:
        return {}
    s = bases.full("deal_snapshots")
    names = ("expected_close_on", "next_activity_at", "last_activity_at", "owner_id")
    found = bases.rows(s.filter(_open(s)).group_by(day=s.as_of).agg(**{name: ibis._[name].count() for name in names}))
    due, done = _logs_begin(bases)
    flags: dict[dt.date, tuple[str, ...]] = {}
    for row in found.assign(day=pd.to_datetime(found["day"]).dt.date).sort_values("day").itertuples():
        planned = row.next_activity_at > 0 or (due is not None and row.day >= due)
        knows = {"no_next": planned, "overdue": planned, "silent": row.last_activity_at > 0 or (done is not None and row.day >= done),
                 "orphan": row.owner_id > 0 and bases.tables.has("users.user_id"), "stale_date": row.expected_close_on > 0}
        flags[row.day] = tuple(name for name in DEAL_FLAGS if knows[name])
    weekly = {day.isocalendar()[:2]: day for day, names in flags.items() if names}  # of one week the later
    return {day: flags[day] for day in list(weekly.values())[-_RUNS:]}


def told_of_leads(bases: Bases) -> dict[dt.date, tuple[str, ...]]:
    """Every day of `lead_days`, and which flags the log of actions tells of the leads open then: of plans from the first one on."""
    due = bases.rows_of(log_days)["due"].get("lead")
    plans = None if pd.isna(due) else due.date()
    return {day: tuple(name for name in LEAD_FLAGS if name not in _PLANS or (plans is not None and day >= plans)) for day in bases.rows_of(lead_days)}


def _open(s: ir.Table) -> ir.BooleanValue:
    return s.semantic.fill_null("open") == "open"


def _logs_begin(bases: Bases) -> tuple[dt.date | None, dt.date | None]:
    """The day on which the log of actions of deals begins to tell of plans, and of what was done; None where the CRM says it besides."""
    has = bases.tables.has
    if not has("activities.entity", "activities.entity_id"):
        return None, None
    begins = bases.rows_of(log_days)
    first = {"next": begins["due"].get("deal"), "last": begins["done"].get("deal")}
    due, done = (None if pd.isna(day) or has(f"deals.{name}_activity_at") else day.date() for name, day in first.items())
    return due, done


def _moments(bases: Bases, days: Iterable[dt.date]) -> ir.Table:
    """One row a day: `at`, `_ends`, `_late` (what was due before it was overdue), `_answer` (leads that came before it had had their SLA)."""
    rows = [{"at": dt.datetime.combine(day, dt.time()), "_ends": dt.datetime.combine(day + _DAY, dt.time()), "_late": overdue_before(bases, day)}
            for day in days]
    frame = pd.DataFrame([row | {"_answer": answer_by(bases, row["_ends"])} for row in rows], columns=["at", "_ends", "_late", "_answer"])
    return frames.table(frame, **dict.fromkeys(frame.columns, "timestamp"))


def deals_then(bases: Bases) -> ir.Table:
    """One row a run of `told` and deal that was open then: `at`, owner and team then, stage then, `amount`, the flags and `leaks`;
    what a run does not tell means nothing."""
    runs = bases.rows_of(told)
    known = {name for flags in runs.values() for name in flags}
    s = bases.full("deal_snapshots")
    s = s.filter(_open(s)).mutate(at=s.as_of.cast("timestamp(6)"))
    order = [s[name] for name in ("owner_id", "stage_id", "expected_close_on", "amount")]
    s = s.mutate(_place=ibis.row_number().over(ibis.window(group_by=["as_of", "deal_id"], order_by=order))).filter(lambda t: t._place == 0).drop("_place")
    s = s.inner_join(_moments(bases, runs), "at")
    d = bases.deals
    side = d.select(_deal="deal_id", _owner="owner", _team="team", _made="created_at", _rate=shape.factor(d, bases, "deals"))
    s = shape.told_beside(s, side, "deal_id")
    s = _owned(_acted(s, bases, "deal", "deal_id"), bases)
    begins = log_begins(bases, "deal") if bases.tables.has("activities.entity") else ibis.null("timestamp(6)")
    s = s.mutate(_since=ibis.greatest(s._made, ibis.coalesce(begins, s._made)), amount=s.amount * s._rate.fill_null(1.0),
                 orphan=s.orphan if "orphan" in known else ibis.literal(False), stage=bases.stages.label(s.pipeline_id, s.stage_id))
    s = deal_flags(s, bases, s.as_of, s._ends, s._late, known)
    return s.select("at", "owner", "team", "stage", "amount", *DEAL_FLAGS, leaks=ibis.or_(*(s[name] for name in DEAL_FLAGS)))


def _owned(s: ir.Table, bases: Bases) -> ir.Table:
    """`s` with owner and team of the seller who had the deal then, and `orphan`: nobody, a robot, or somebody who had left by then."""
    if not bases.tables.has("users.user_id", "deal_snapshots.owner_id"):
        return s.mutate(owner=ibis.coalesce(s.owner_id, s._owner), team=s._team, orphan=ibis.literal(False))
    side = bases.users.select(_user="user_id", owner="owner", team="team", _left="left_at", _robot="is_system")
    s = s.left_join(side, s.owner_id == side._user)
    gone = s._user.isnull() | (s._left.cast("timestamp(6)") < s["at"]) | s._robot.fill_null(False)
    return s.mutate(owner=ibis.coalesce(s.owner, s.owner_id), orphan=gone.fill_null(False))


def _acted(s: ir.Table, bases: Bases, entity: str, key: str) -> ir.Table:
    """`s` with the first attempt to reach the client and the last done action, the earliest due one undone and one ahead, as each stood at `_ends`."""
    if not bases.tables.has("activities.entity_id", "activities.entity"):
        none = ibis.null("timestamp(6)")
        return s.mutate(_first=none, _last=none, _due=none, _ahead=none)
    a = bases.activities
    a = a.filter((a.entity == entity) & ~a.is_auto)
    a = a.select(_of="entity_id", _born="created_at", _by="due_at", _done="done_at", _tried=touches.is_attempt(a, bases))
    p = s.select(_run="at", _unit=key, _end="_ends")
    p = p.inner_join(a, p._unit == a._of)
    p = p.filter(p._born.isnull() | (p._born < p._end))
    undone = p._by.notnull() & (p._done.isnull() | (p._done >= p._end))
    side = p.group_by("_run", "_unit").agg(
        _first=p._done.min(where=(p._done < p._end) & p._tried), _last=p._done.max(where=p._done < p._end), _due=p._by.min(where=undone),
        _ahead=p._by.max(where=undone & (p._by >= p._end)))
    return s.left_join(side, (s["at"] == side._run) & (s[key] == side._unit)).drop("_run", "_unit")


def lead_days(bases: Bases) -> list[dt.date]:
    """Last days of the months of a year and of the weeks of a quarter, all before the as-of day and after the first lead."""
    month, months = bases.as_of.replace(day=1), []
    for _ in range(_MONTHS):
        months.append(month - _DAY)
        month = (month - _DAY).replace(day=1)
    sunday = bases.as_of - dt.timedelta(days=bases.as_of.isoweekday() % 7 or 7)
    weeks = [sunday - dt.timedelta(weeks=number) for number in range(_WEEKS)]
    return sorted(day for day in {*months, *weeks} if day >= bases.first_day)


def leads_then(bases: Bases) -> ir.Table:
    """One row a day of `lead_days` and lead that was open at its end, by its dates: `at`, source, channel, the flags and `leaks`.

    The seller of then is not known. A lead closed on an unknown day is left out, and so is one from before the log of actions.
    """
    t, m = bases.leads, _moments(bases, bases.rows_of(lead_days))
    t = t.select("lead_id", "created_at", "closed_at", "semantic", "source", "channel")
    t = t.inner_join(m, [(t.created_at < m._ends) & ((t.semantic == "open") | (t.closed_at >= m._ends))])
    t = _acted(t, bases, "lead", "lead_id")
    begins = log_begins(bases, "lead")
    t = t.filter((t._first.notnull() | (t.created_at >= begins)).fill_null(False))
    days = [day for day, names in bases.rows_of(told_of_leads).items() if "no_next" in names]
    plans = t["at"] >= ibis.timestamp(f"{days[0]} 00:00:00") if days else ibis.literal(False)
    late = (t.created_at < t._answer).fill_null(False)
    t = t.mutate(
        no_next=plans & t._ahead.isnull() & (t._first.notnull() | late), untouched=t._first.isnull() & late, overdue=(t._due < t._late).fill_null(False),
        silent=(t._first.notnull() & silent(t._last, ibis.null("float64"), t._ends, bases)).fill_null(False))
    return t.select("at", "source", "channel", *LEAD_FLAGS, leaks=ibis.or_(*(t[name] for name in LEAD_FLAGS)))
