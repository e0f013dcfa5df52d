"""Actions and their norms: M31."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics import cells, finish, periods
from audit.metrics.bases import Bases
from audit.metrics.common import MIN_N, deals
from audit.metrics.metric import Ask, Metric
from audit.stats import intervals

CAP = 1.5  # a day of three norms does not make up for two idle days
_CALLS = ("call_out", "call_in")
_COMMON = ("at", "owner", "team", "kind", "own")


def done(bases: Bases) -> ir.Table:
    """One row a thing done by a person: `at`, owner, team, `kind`; `own` is 0 for what repeats another row.

    Kinds beyond those of the table: `conversation` (an answered call of rules.talk_seconds or more), `invoice`, `deal`.
    """
    parts = []
    if bases.tables.has("activities.kind"):
        a = bases.activities
        a = a.filter(a.done_at.notnull() & ~a.is_auto).mutate(at=a.done_at, own=ibis.literal(1))
        parts.append(a.select(*_COMMON))
        talk = a.filter(a.kind.isin(_CALLS) & a.is_answered.fill_null(True)
                        & (a.duration_s >= bases.client.rules.talk_seconds))
        parts.append(talk.mutate(kind=ibis.literal("conversation"), own=ibis.literal(0)).select(*_COMMON))
    if bases.tables.has("invoices.issued_on"):
        i = bases.full("invoices").filter(lambda t: t.issued_on <= ibis.literal(bases.as_of))
        if bases.tables.has("users", "invoices.owner_id"):
            side = bases.users.select(_user="user_id", owner="owner", team="team")
            i = i.left_join(side, i.owner_id == side._user).drop("_user")
        else:
            i = i.mutate(owner=i.owner_id, team=ibis.null("string"))
        parts.append(i.mutate(at=i.issued_on.cast("timestamp(6)"), kind=ibis.literal("invoice"), own=ibis.literal(0)).select(*_COMMON))
    if bases.tables.has("deals.semantic", "deals.closed_at|deals.won_at"):
        d = bases.deals.filter(bases.deals.won_at.notnull())
        parts.append(d.mutate(at=d.won_at, kind=ibis.literal("deal"), own=ibis.literal(0)).select(*_COMMON))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _count(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Actions by slice; conversations, invoices and deals are counted in their own kind only."""
    t = bases.rows_of(done)
    rolled = cells.collect(bases, t, "at", ask.slices, ask.periods, {"_rows": t.count(), "own": t.own.sum()})
    frames = []
    for part in rolled:
        part = finish.zero_filled(part, periods.number(bases.as_of, part.period)) if part.period != "all" else part
        kinds = np.array(["kind" in by.split("×") for by in part.by])
        number = np.where(kinds, part.sums["_rows"], part.sums["own"])
        frames.append(finish.rows(metric, bases, part, {"num": number}, np.zeros(len(number), dtype=bool)))
    return pd.concat(frames, ignore_index=True)


def norms(bases: Bases) -> pd.DataFrame:
    """Norms of activities: kind, role, per, value, valid_from; those of the table, else of client.yml."""
    if bases.tables.has("norms.value"):
        frame = bases.rows(bases.full("norms"))[["metric", "role", "per", "value", "valid_from"]]
    else:
        inline = [norm.model_dump() for norm in bases.client.norms if not isinstance(norm, str)]
        frame = pd.DataFrame(inline, columns=["metric", "role", "per", "value"]).assign(valid_from=None)
    frame = frame[frame["per"].isin(["day", "week", "month"]) & (frame["value"] > 0)]
    return frame.assign(role=frame["role"].fillna("")).reset_index(drop=True)


def units(bases: Bases) -> pd.DataFrame:
    """One row a seller, kind and unit of its norm (day, week or month): owner, kind, start, per, attained (capped)."""
    calendar, sellers, away = bases.calendar(), _sellers(bases), _absences(bases)
    t = bases.rows_of(done)
    daily = bases.rows(t.group_by(owner=t.owner, kind=t.kind, day=t["at"].cast("date")).agg(n=t.count()))
    counted = {(row.owner, row.kind, row.day): row.n for row in daily.itertuples()}
    begins = daily.groupby("kind")["day"].min().to_dict()  # before it the log does not hold that kind
    first = daily.groupby(["owner", "kind"])["day"].min().to_dict()
    records = []
    for norm in bases.rows_of(norms).itertuples():
        kinds = _CALLS if norm.metric in ("call", "calls") else (norm.metric,)
        logged = min((begins[kind] for kind in kinds if kind in begins), default=None)
        for seller in sellers.itertuples():
            own = min((first[seller.owner, kind] for kind in kinds if (seller.owner, kind) in first), default=None)
            # without a role nobody says whose norm it is: it is that of those who do such things at all
            if logged is None or (norm.role and norm.role != seller.role) or (not norm.role and own is None):
                continue
            begin = max(day for day in (logged, seller.hired_at, norm.valid_from, None if norm.role else own)
                        if isinstance(day, dt.date))
            last = min(day for day in (bases.as_of, seller.left_at) if isinstance(day, dt.date))
            present = [day for day in calendar.workdays_in(begin, last + dt.timedelta(days=1))
                       if (seller.user_id, day) not in away]
            records += _attained(norm, seller, kinds, present, counted, bases)
    return pd.DataFrame(records, columns=["owner", "kind", "start", "per", "attained"])


def _attained(norm, seller, kinds: tuple[str, ...], present: list[dt.date], counted: dict, bases: Bases) -> list[dict]:
    """Attainment of each unit, the norm reduced to the days the seller was there and to the part of a full job."""
    calendar, rows = bases.calendar(), []
    groups: dict[dt.date, list[dt.date]] = {}
    for day in present:
        groups.setdefault(periods.start(periods.number(day, norm.per), norm.per), []).append(day)
    for start, days in groups.items():
        end = periods.end(periods.number(start, norm.per), norm.per)
        if end > bases.as_of + dt.timedelta(days=1):
            continue
        expected = norm.value * seller.fte * len(days) / max(calendar.workdays(start, end), 1)
        span = [start + dt.timedelta(days=step) for step in range((end - start).days)]
        number = sum(counted.get((seller.owner, kind, day), 0) for kind in kinds for day in span)
        rows.append({"owner": seller.owner, "kind": norm.metric, "start": start, "per": norm.per,
                     "attained": min(number / expected, CAP)})
    return rows


def _sellers(bases: Bases) -> pd.DataFrame:
    """user_id, owner, role, hired_at, left_at, fte of people, robots left out."""
    if bases.tables.has("users.user_id"):
        u = bases.users.filter(~bases.users.is_system.fill_null(False))
        part = bases.full("users").distinct(on="user_id", keep="first").select(_user="user_id", fte="fte")
        frame = bases.rows(u.left_join(part, u.user_id == part._user).drop("_user"))
    else:
        t = bases.rows_of(done)
        frame = bases.rows(t.filter(t.owner.notnull()).select("owner").distinct())
        frame = frame.assign(user_id=frame["owner"], role="", hired_at=None, left_at=None, fte=1.0)
    return frame.assign(fte=frame["fte"].fillna(1.0).replace(0.0, 1.0)).sort_values("owner", kind="stable")


def _absences(bases: Bases) -> set[tuple[str, dt.date]]:
    if not bases.tables.has("absences.date"):
        return set()
    return {(row.user_id, row.date) for row in bases.rows(bases.full("absences").select("user_id", "date")).itertuples()}


def _grouped(frame: pd.DataFrame, ask: Ask) -> list[tuple[dict, pd.DataFrame]]:
    """(keys of VALUES, rows) of every asked slice and period."""
    found = []
    for one in dict.fromkeys([(), *(s for s in ask.slices if set(s) <= set(frame.columns))]):
        for period in ("all", *ask.periods):
            numbers = [0 if period == "all" else periods.number(day, period) for day in frame["start"]]
            for labels, rows in frame.assign(_p=numbers).groupby(["_p", *one], sort=True):
                key: dict = {"by": "×".join(one), "group": " × ".join(str(x) for x in labels[1:]), "period": period}
                if period != "all":
                    key |= {"period_start": periods.start(labels[0], period), "period_end": periods.end(labels[0], period)}
                found.append((key, rows))
    return found


def _attainment(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Mean capped attainment over seller-units."""
    records = []
    for key, rows in _grouped(bases.rows_of(units), ask):
        x = rows["attained"].to_numpy()
        low, high = intervals.mean(len(x), x.sum(), (x**2).sum(), (x**3).sum())
        records.append(key | {"value": x.mean(), "low": float(low), "high": float(high), "n": len(x), "sum_num": x.sum(),
                              "sum_den": len(x), "sum_num2": (x**2).sum(), "sum_numden": x.sum(), "sum_den2": len(x)})
    return finish.made(metric, bases, records or [{"value": np.nan}])


def _hits(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Share of seller-days on which every daily norm was met."""
    frame = bases.rows_of(units)
    frame = frame[frame["per"] == "day"].groupby(["owner", "start"], as_index=False)["attained"].min()
    records = []
    for key, rows in _grouped(frame, ask):
        hit, n = int((rows["attained"] >= 1).sum()), len(rows)
        low, high = intervals.wilson(hit, n)
        records.append(key | {"value": hit / n, "low": float(low), "high": float(high), "n": n, "sum_num": hit, "sum_den": n,
                              "sum_num2": hit, "sum_numden": hit, "sum_den2": n})
    return finish.made(metric, bases, records or [{"value": np.nan}])


METRICS = (
    Metric(
        id="activity_count", card="M31", kind="count", unit="count", better="higher", basis="period", table="activities",
        rows=deals, at="at", needs=("activities.kind", "activities.done_at|activities.started_at"), where=None,
        numerator=None, denominator=None, compute=_count, matures_days=0, min_n=MIN_N,
        slices=("kind", "owner", "team", "owner×kind"), counter="tasks_on_time", source="actions done by people in the period",
    ),
    Metric(
        id="norm_attainment", card="M31", kind="mean", unit="share", better="higher", basis="period", table="activities",
        rows=deals, at="at", needs=("activities.kind", "activities.done_at|activities.started_at", "norms"), where=None,
        numerator=None, denominator=None, compute=_attainment, matures_days=0, min_n=MIN_N,
        slices=("owner", "kind", "owner×kind"), counter="win_rate",
        source="mean of min(done ÷ norm, 1.5) over seller-days (weeks, months); absences and part-time lower the norm",
    ),
    Metric(
        id="norm_hit_days", card="M31", kind="share", unit="share", better="higher", basis="period", table="activities",
        rows=deals, at="at", needs=("activities.kind", "activities.done_at|activities.started_at", "norms"), where=None,
        numerator=None, denominator=None, compute=_hits, matures_days=0, min_n=MIN_N, slices=("owner",), counter="win_rate",
        source="seller-days with every daily norm met ÷ seller-days",
    ),
)
