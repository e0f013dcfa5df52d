"""What people did by day, who was there to do it, and how far the norms of it were met."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import told_beside
from audit.metrics.count import periods

CAP = 1.5  # a day of three norms does not make up for two idle days
CALLS = ("call_out", "call_in")
# the steps of a sale that are actions, and the kinds that take each
STEPS: dict[str, tuple[str, ...]] = {"call": CALLS, "meeting": ("meeting", "presentation", "measurement", "site_visit"), "proposal": ("proposal",),
                                     "invoice": ("invoice",)}
_NORM = ["metric", "role", "per", "value", "valid_from", "owner_id", "valid_until", "set_at"]
_COMMON = ("at", "owner", "team", "kind", "own")
DONE = ("activities.kind", "activities.done_at|activities.started_at")  # what actions done are counted from
ATTAINED = (*DONE, "norms")  # and how far norms were met


def done(bases: Bases) -> ir.Table:
    """One row a day, person and kind of things done: `at`, owner, team, `kind`, their number `n`; `own` is 0 for what repeats another row.

    Kinds beyond those of the table: `conversation` (an answered call of rules.talk_seconds or more), `invoice`, `deal`.
    """
    parts = []
    if bases.tables.has("activities.kind"):
        a = bases.activities
        a = a.filter(a.done_at.notnull() & ~a.is_auto).mutate(at=a.done_at, own=ibis.literal(1))
        parts.append(a.select(*_COMMON))
        talk = a.filter(a.kind.isin(CALLS) & a.is_answered.fill_null(True)
                        & (a.duration_s >= bases.client.rules.talk_seconds))
        parts.append(talk.mutate(kind=ibis.literal("conversation"), own=ibis.literal(0)).select(*_COMMON))
    if bases.tables.has("invoices.issued_on"):
        i = bases.full("invoices").filter(lambda t: t.issued_on <= ibis.literal(bases.as_of))
        if bases.tables.has("users", "invoices.owner_id"):
            side = bases.users.select(_user="user_id", owner="owner", team="team")
            i = told_beside(i, side, "owner_id")
        else:
            i = i.mutate(owner=i.owner_id, team=ibis.null("string"))
        parts.append(i.mutate(at=i.issued_on.cast("timestamp(6)"), kind=ibis.literal("invoice"), own=ibis.literal(0)).select(*_COMMON))
    if bases.tables.has("deals.semantic", "deals.closed_at|deals.won_at"):
        d = bases.deals.filter(bases.deals.won_at.notnull())
        parts.append(d.mutate(at=d.won_at, kind=ibis.literal("deal"), own=ibis.literal(0)).select(*_COMMON))
    if bases.tables.has("proposals.sent_at", "proposals.deal_id", "deals") and not bases.rows_of(_logged_proposals):
        p = bases.full("proposals").filter(lambda t: t.sent_at < ibis.literal(bases.end))
        side = bases.deals.select(_deal="deal_id", owner="owner", team="team")
        p = p.inner_join(side, p.deal_id == side._deal)
        parts.append(p.mutate(at=p.sent_at, kind=ibis.literal("proposal"), own=ibis.literal(0)).select(*_COMMON))
    both = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return both.group_by("owner", "team", "kind", "own", at=both["at"].truncate("D")).agg(n=both.count())


def _logged_proposals(bases: Bases) -> bool:
    """Whether proposals are in the log of actions; then the table of proposals would count them twice."""
    if not bases.tables.has("activities.kind"):
        return False
    return bool(bases.tables.backend.to_pyarrow((bases.activities.kind == "proposal").sum()).as_py())


def by_day(bases: Bases) -> pd.DataFrame:
    """Number of things done: owner, kind, day, n."""
    t = bases.rows_of(done)
    frame = bases.rows(t.group_by(owner=t.owner, kind=t.kind, day=t["at"].cast("date")).agg(n=t.n.sum()))
    return frame.sort_values(["owner", "kind", "day"], kind="stable").reset_index(drop=True)


def norms(bases: Bases) -> pd.DataFrame:
    """Norms of activities, columns of _NORM: those of the table, else of client.yml; what runs derived from the plan where the client has set none."""
    if bases.tables.has("norms.value"):
        frame = bases.rows(bases.full("norms"))[_NORM]
    else:
        frame = pd.DataFrame([norm.model_dump() for norm in bases.client.norms if not isinstance(norm, str)], columns=_NORM)
    own = frame["set_at"].isna()
    frame = frame[own] if own.any() else frame
    frame = frame[frame["per"].isin(["day", "week", "month"]) & (frame["value"] > 0)]
    return frame.assign(role=frame["role"].fillna(""), owner_id=frame["owner_id"].fillna("")).reset_index(drop=True)


def units(bases: Bases) -> pd.DataFrame:
    """One row a seller, kind and unit of its norm (day, week or month): owner, kind, start, per, attained (capped), weekday of a day."""
    calendar, away = bases.calendar(), bases.rows_of(absences)
    daily = bases.rows_of(by_day)
    counted = dict(zip(zip(*(daily[name].tolist() for name in ("owner", "kind", "day")), strict=True), daily["n"].tolist(), strict=True))
    begins = daily.groupby("kind")["day"].min().to_dict()  # before it the log does not hold that kind
    first = daily.groupby(["owner", "kind"])["day"].min().to_dict()
    records = []
    for norm in until_the_next(bases.rows_of(norms)).itertuples():
        kinds = kinds_of(norm)
        logged = min((begins[kind] for kind in kinds if kind in begins), default=None)
        for seller in bases.rows_of(people).itertuples():
            own = min((first[seller.owner, kind] for kind in kinds if (seller.owner, kind) in first), default=None)
            # without a role nobody says whose norm it is: it is that of those who do such things at all
            named = bool(norm.role or norm.owner_id)
            if logged is None or not is_of(norm, seller) or (not named and own is None):
                continue
            begin = max(day for day in (logged, seller.hired_at, norm.valid_from, None if named else own) if isinstance(day, dt.date))
            last = min(day for day in (bases.as_of, seller.left_at) if isinstance(day, dt.date))
            stop = min(day for day in (last + dt.timedelta(days=1), norm.until) if isinstance(day, dt.date))
            present = [day for day in calendar.workdays_in(begin, stop) if (seller.user_id, day) not in away]
            records += _attained(norm, seller, kinds, present, (begin, norm.until), counted, bases)
    frame = pd.DataFrame(records, columns=["owner", "kind", "start", "per", "attained"])
    return frame.assign(weekday=[str(start.isoweekday()) if per == "day" else None for start, per in zip(frame["start"], frame["per"], strict=True)])


def until_the_next(frame: pd.DataFrame) -> pd.DataFrame:
    """Norms with `until`, the day from which it or the next one for the same no longer lets it hold; a norm without a day is the first."""
    frame = frame.sort_values("valid_from", na_position="first", kind="stable")
    following = frame.groupby(["metric", "role", "per", "owner_id"])["valid_from"].shift(-1)
    ends = [min((day for day in both if isinstance(day, dt.date)), default=None) for both in zip(following, frame["valid_until"], strict=True)]
    return frame.assign(until=pd.Series(ends, index=frame.index, dtype=object))


def kinds_of(norm) -> tuple[str, ...]:
    """Kinds of things done that a row of `norms` counts: one of a step counts all that take it."""
    if isinstance(norm.set_at, dt.date) and norm.metric in STEPS:
        return STEPS[norm.metric]
    return CALLS if norm.metric in ("call", "calls") else (norm.metric,)


def is_of(norm, seller) -> bool:
    """Whether a row of `norms` speaks of a row of `people`."""
    return norm.role in ("", seller.role) and norm.owner_id in ("", seller.user_id)


def _attained(
    norm, seller, kinds: tuple[str, ...], present: list[dt.date], held: tuple[dt.date, dt.date | None], counted: dict, bases: Bases
) -> list[dict]:
    """Attainment of each unit, the norm reduced to the days the seller was there and to the part of a full job.

    A unit in which the norm began or gave way counts what was done on the days on which it `held`.
    """
    calendar, rows = bases.calendar(), []
    groups: dict[dt.date, list[dt.date]] = {}
    for day in present:
        groups.setdefault(periods.start(periods.number(day, norm.per), norm.per), []).append(day)
    for start, days in groups.items():
        end = periods.end(periods.number(start, norm.per), norm.per)
        if end > bases.as_of + dt.timedelta(days=1):
            continue
        expected = norm.value * seller.fte * len(days) / max(calendar.workdays(start, end), 1)
        last = min(end, held[1]) if isinstance(held[1], dt.date) else end
        span = [day for day in (start + dt.timedelta(days=step) for step in range((last - start).days)) if day >= held[0]]
        number = sum(counted.get((seller.owner, kind, day), 0) for kind in kinds for day in span)
        rows.append({"owner": seller.owner, "kind": norm.metric, "start": start, "per": norm.per,
                     "attained": min(number / expected, CAP)})
    return rows


def people(bases: Bases) -> pd.DataFrame:
    """user_id, owner, role, hired_at, left_at, fte of people, robots left out."""
    if bases.tables.has("users.user_id"):
        u = bases.users.filter(~bases.users.is_system.fill_null(False))
        part = bases.each("users", "user_id").select(_user="user_id", fte="fte")
        frame = bases.rows(told_beside(u, part, "user_id"))
    else:
        t = bases.rows_of(done)
        frame = bases.rows(t.filter(t.owner.notnull()).select("owner").distinct())
        frame = frame.assign(user_id=frame["owner"], role="", hired_at=None, left_at=None, fte=1.0)
    return frame.assign(fte=frame["fte"].fillna(1.0).replace(0.0, 1.0)).sort_values("owner", kind="stable")


def absences(bases: Bases) -> set[tuple[str, dt.date]]:
    """(user_id, day) of every day a person was away."""
    if not bases.tables.has("absences.date"):
        return set()
    return {(row.user_id, row.date) for row in bases.rows(bases.full("absences").select("user_id", "date")).itertuples()}


def present(bases: Bases, seller, start: dt.date, end: dt.date) -> list[dt.date]:
    """Working days in [start, end) on which a row of `people` was employed and not away."""
    hired, left = (day if isinstance(day, dt.date) else None for day in (seller.hired_at, seller.left_at))
    start, end = max(start, hired or start), min(end, left + dt.timedelta(days=1) if left else end)
    away = bases.rows_of(absences)
    return [day for day in bases.calendar().workdays_in(start, max(end, start)) if (seller.user_id, day) not in away]
