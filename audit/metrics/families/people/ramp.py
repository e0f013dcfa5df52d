"""How soon newcomers come up to the result, in which season they came, and with whose deals: M62."""

from __future__ import annotations

import datetime as dt
from statistics import median

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases, frames, people
from audit.metrics.bases.shape import yes
from audit.metrics.count import finish, small
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.flow import waits
from audit.metrics.rows.plan import seasons
from audit.metrics.rows.quality import reviews
from audit.stats import intervals

_NEEDS = ("users.hired_at", "deals.owner_id", "deals.semantic", "deals.closed_at|deals.won_at")
_CURVE = 24  # months of the ramp curve
_YEAR = dt.timedelta(days=365)
_FIRST = 3  # months from that of hiring whose season is told beside a newcomer
_COLUMNS = ("owner", "team", "hired_at", "hire_quarter", "season", "months", "reached", "first_deal_days", "first_deal")


def tenured(bases: Bases) -> dict[int, float]:
    """Month → median number of deals won by sellers a year and longer on staff on its first day; months of fewer than two are left out."""
    won, staff = bases.rows_of(people.wins), bases.rows_of(people.sellers)
    found = {}
    for month in range(people.month_of(bases.first_day), _last(bases) + 1):
        start = people.first_of(month)
        made = [won.get((row.user_id, month), 0) for row in staff.itertuples()
                if row.hired_at is not None and row.hired_at + _YEAR <= start and (row.left_at is None or row.left_at >= start)]
        if len(made) > 1 and median(made) > 0:
            found[month] = float(median(made))
    return found


def _last(bases: Bases) -> int:
    """The last complete month."""
    return people.month_of(bases.as_of + finish.DAY) - 1


def newcomers(bases: Bases) -> pd.DataFrame:
    """Staff hired since the deals begin, managers left out."""
    frame = bases.rows_of(people.staff)
    frame = frame[frames.mask(day is not None and day >= bases.first_day for day in frame["hired_at"]) & ~frame["is_manager"]]
    return frame.assign(hire_quarter=[str((day.month + 2) // 3) for day in frame["hired_at"]])


def months(bases: Bases) -> pd.DataFrame:
    """One row a newcomer and complete month since the month of hiring, while at work: `tenure` from 0, `x`, his deals won ÷ the tenured's median."""
    won, norm, rows = bases.rows_of(people.wins), bases.rows_of(tenured), []
    for row in newcomers(bases).itertuples():
        first = people.month_of(row.hired_at)
        last = min(_last(bases), people.month_of(row.left_at) if row.left_at else _last(bases))
        for month in range(first, last + 1):
            if month in norm:
                rows.append({"user_id": row.user_id, "owner": row.owner, "team": row.team, "hire_quarter": row.hire_quarter, "tenure": month - first,
                             "x": won.get((row.user_id, month), 0) / norm[month]})
    return pd.DataFrame(rows, columns=["user_id", "owner", "team", "hire_quarter", "tenure", "x"])


def ramps(bases: Bases) -> pd.DataFrame:
    """One row a newcomer with rules.ramp_months complete months or more: `time`, months from that of hiring to the first of a run of good ones, `x`
    whether it came; else the last month at which a run could have begun."""
    rules, rows = bases.client.rules, []
    for (user, owner), mine in bases.rows_of(months).groupby(["user_id", "owner"], sort=True):
        good = {int(row.tenure) for row in mine.itertuples() if row.x >= rules.ramp_share}
        known = [int(place) for place in mine["tenure"]]
        starts = [place for place in known if all(place + step in known for step in range(rules.ramp_months))]
        if starts:
            first = next((place for place in starts if all(place + step in good for step in range(rules.ramp_months))), None)
            rows.append({"user_id": user, "owner": owner, "team": mine["team"].iloc[0], "hire_quarter": mine["hire_quarter"].iloc[0],
                         "time": starts[-1] if first is None else first, "x": first is not None})
    return pd.DataFrame(rows, columns=["user_id", "owner", "team", "hire_quarter", "time", "x"])


def _ramp(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    return small.told(metric, bases, bases.rows_of(ramps), ask, "", small.half)


def _busiest(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """By calendar quarter the part of newcomers hired in it, Wilson; the whole is that of the busiest one, picked and so without an interval."""
    hired = bases.rows_of(newcomers)["hire_quarter"].value_counts().reindex(["1", "2", "3", "4"], fill_value=0)
    n = int(hired.sum())
    records: list[dict] = [{"value": hired.max() / n if n else np.nan, "n": n, "sum_num": hired.max(), "sum_den": n}]
    if n and ("hire_quarter",) in ask.slices:
        for name, hit in hired.items():
            low, high = intervals.wilson(hit, n)
            records.append({"by": "hire_quarter", "group": name, "value": hit / n, "low": float(low), "high": float(high), "n": n, "sum_num": hit, "sum_den": n})
    return finish.made(metric, bases, records)


def ramped(bases: Bases) -> pd.DataFrame:
    """One row a newcomer, the latest first: when hired and in which quarter, `season`, the index of the first three months by deals won a working
    day (empty of less than two years), `months` to the result and whether it was `reached`, days to the first deal and whether it came."""
    known = bases.rows_of(seasons.index)
    frame = bases.rows_of(newcomers)
    season = [np.mean([known[(day.month + step - 1) % 12 + 1] for step in range(_FIRST)]) if known else np.nan for day in frame["hired_at"]]
    way = bases.rows_of(ramps).rename(columns={"time": "months", "x": "reached"})[["user_id", "months", "reached"]]
    deals = bases.rows_of(firsts)
    deals = deals[deals["milestone"] == "deal"].rename(columns={"time": "first_deal_days", "x": "first_deal"})[["user_id", "first_deal_days", "first_deal"]]
    frame = frame.assign(season=season).merge(way, on="user_id", how="left").merge(deals, on="user_id", how="left")
    return frame.sort_values(["hired_at", "owner"], ascending=[False, True], kind="stable")


def _curve(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Mean output of newcomers by month of tenure, in parts of the tenured's median."""
    frame = bases.rows_of(months)
    frame = frame[frame["tenure"] < _CURVE].assign(tenure=frame["tenure"].map("{:02d}".format))
    return small.told(metric, bases, frame, ask, "", small.mean)


def firsts(bases: Bases) -> pd.DataFrame:
    """One row a newcomer and kind of first event whose log was there when he came: `time` in days from hiring, `x` whether it came."""
    found: dict[str, dict[str, list[dt.date]]] = {}
    if bases.tables.has("activities.kind", "activities.owner_id", "activities.done_at|activities.started_at"):
        a = bases.activities.filter(bases.activities.done_at.notnull() & ~bases.activities.is_auto)
        for name, kinds in (("call", ["call_out", "call_in"]), ("meeting", ["meeting"])):
            found[name] = _days(bases, a.filter(a.kind.isin(kinds)), "done_at")
    d = bases.deals.filter(bases.deals.won_at.notnull())
    found["deal"] = _days(bases, d, "won_at")
    if bases.tables.has("payments.deal_id", "payments.received_on"):
        p = bases.full("payments").filter(lambda t: t.received_on <= ibis.literal(bases.as_of))
        p = p.select(_deal="deal_id", received_on="received_on")
        owned = bases.deals.select("deal_id", "owner_id")
        found["payment"] = _days(bases, p.inner_join(owned, p._deal == owned.deal_id), "received_on")
    rows = []
    for name, days in found.items():
        begins = min((own[0] for own in days.values()), default=None)
        for row in newcomers(bases).itertuples():
            if begins is not None and row.hired_at >= begins:
                end = row.left_at or bases.as_of
                day = next((one for one in days.get(row.user_id, ()) if one >= row.hired_at), None)  # what was before he came is another's
                came = day is not None and day <= end
                rows.append({"user_id": row.user_id, "team": row.team, "milestone": name, "time": ((day if came else end) - row.hired_at).days, "x": came})
    return pd.DataFrame(rows, columns=["user_id", "team", "milestone", "time", "x"])


def _days(bases: Bases, table, at: str) -> dict[str, list[dt.date]]:
    """user_id → days on which something was done, in order."""
    t = table.filter(table.owner_id.notnull())
    found: dict[str, list[dt.date]] = {}
    for row in bases.rows(t.select(who=t.owner_id, day=t[at].cast("date")).distinct()).itertuples():
        if day := frames.day_of(row.day):
            found.setdefault(row.who, []).append(day)
    return {who: sorted(days) for who, days in found.items()}


def started(bases: Bases) -> ir.Table:
    """One row a deal that a newcomer won within a year of being hired: the deal's columns and `handed`, 1 where it was made before that day."""
    import pyarrow as pa

    frame = newcomers(bases)
    side = ibis.memtable(pa.table({"_who": pa.array(frame["user_id"], pa.string()), "_hired": pa.array(list(frame["hired_at"]), pa.date32())}))
    d = bases.deals.filter(bases.deals.won_at.notnull())
    t = d.inner_join(side, d.owner_id == side._who)
    hired = t._hired.cast("timestamp(6)")
    t = t.filter((t.won_at >= hired) & (t.won_at < hired + ibis.interval(days=_YEAR.days)))
    return t.mutate(handed=yes((t.created_at < t._hired.cast("timestamp(6)")).fill_null(False))).drop("_who", "_hired")


def _first(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Median days to the first deal; by milestone those to the first of each."""
    frame = bases.rows_of(firsts)
    deals = small.told(metric, bases, frame[frame["milestone"] == "deal"], Ask(ask.periods, tuple(one for one in ask.slices if "milestone" not in one)), "", small.half)
    if ("milestone",) not in ask.slices:
        return deals
    steps = [{"by": "milestone", "group": name, **small.half(rows)} for name, rows in frame.groupby("milestone", sort=False)]
    return pd.concat([deals, finish.made(metric, bases, steps)], ignore_index=True) if steps else deals


def _floor(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """The mean cycle of a deal in months: what a newcomer begins cannot be won sooner."""
    return finish.made(metric, bases, [{"value": bases.rows_of(waits.cycle) / people.YEAR_DAYS * 12, "n": len(newcomers(bases))}])


METRICS = (
    Metric(
        id="ramp_months", card="M62", kind="median", unit="months", better="lower", basis="cohort", table="users", rows=reviews.items, at="",
        needs=(*_NEEDS, "users.hired_at=newcomers"), where=None, numerator=None, denominator=None, compute=_ramp, matures_days=0, min_n=5,
        slices=("team", "hire_quarter"), counter="newcomer_handed_share",
        source="median months from hiring to the first of rules.ramp_months months with rules.ramp_share of the tenured's median; Kaplan–Meier",
    ),
    Metric(
        id="ramp_curve", card="M62", kind="mean", unit="share", better="higher", basis="cohort", table="users", rows=reviews.items, at="",
        needs=(*_NEEDS, "users.hired_at=newcomers"), where=None, numerator=None, denominator=None, compute=_curve, matures_days=0, min_n=3,
        slices=("tenure",), counter="ramp_months", source="mean of deals won in the month ÷ the median of sellers a year on staff, by month since hiring",
    ),
    Metric(
        id="first_deal_days", card="M62", kind="median", unit="days", better="lower", basis="cohort", table="users", rows=reviews.items, at="",
        needs=(*_NEEDS, "users.hired_at=newcomers"), where=None, numerator=None, denominator=None, compute=_first, matures_days=0, min_n=5,
        slices=("team", "milestone"), counter="ramp_months", source="median days from hiring to the first deal won (call, meeting, payment); Kaplan–Meier",
    ),
    Metric(
        id="newcomer_handed_share", card="M62", kind="share", unit="share", better="neutral", basis="closing", table="deals", rows=started, at="won_at",
        needs=(*_NEEDS, "deals.created_at", "users.hired_at=newcomers"), where=None, numerator="handed", denominator=one, compute=None, matures_days=0,
        min_n=MIN_N, slices=("owner", "team"), counter="ramp_months",
        source="deals made before the newcomer was hired ÷ deals that newcomers won within a year of it: what they were handed, they did not begin",
    ),
    Metric(
        id="ramp_floor_months", card="M62", kind="figure", unit="months", better="neutral", basis="snapshot", table="users", rows=reviews.items, at="",
        needs=(*_NEEDS, "deals.created_at", "users.hired_at=newcomers"), where=None, numerator=None, denominator=None, compute=_floor, matures_days=0,
        min_n=MIN_N, slices=(), counter="ramp_months", source="mean days from creation to winning of won deals, in months: a ramp is hardly shorter; n: newcomers",
    ),
    Metric(
        id="hires_in_quarter", card="M62", kind="figure", unit="share", better="neutral", basis="snapshot", table="users", rows=reviews.items, at="",
        needs=("users.hired_at", "users.hired_at=newcomers"), where=None, numerator=None, denominator=None, compute=_busiest, matures_days=0,
        min_n=MIN_N, slices=("hire_quarter",), counter="ramp_months",
        source="newcomers hired in the calendar quarter (1 January–March … 4) of any year ÷ newcomers; the whole is the largest of the four: a quarter of them "
               "comes in each where hires do not bunch",
    ),
)

LISTINGS = (
    Listing(
        id="newcomer_ramps", card="M62", needs=(*_NEEDS, "users.hired_at=newcomers"), columns=_COLUMNS, rows=ramped,
        source="newcomers with the season of their first months, the months to the result and the days to the first deal",
    ),
)
