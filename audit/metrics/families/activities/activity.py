"""Actions and their norms: M31."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import cells, finish, periods
from audit.metrics.count.workdays import a_workday
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.activities import daily
from audit.metrics.rows.activities.actions import ATTAINED, DONE, done, units
from audit.stats import intervals


def _count(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Actions by slice; conversations, invoices and deals are counted in their own kind only."""
    t = bases.rows_of(done)
    rolled = cells.collect(bases, t, "at", ask.slices, ask.periods, {"_rows": t.n.sum(), "own": (t.n * t.own).sum()})
    frames = []
    for part in rolled:
        part = finish.zero_filled(part, periods.number(bases.as_of, part.period)) if part.period != "all" else part
        kinds = np.array(["kind" in by.split("×") for by in part.by])
        number = np.where(kinds, part.sums["_rows"], part.sums["own"])
        frames.append(finish.rows(metric, bases, part, {"num": number}, np.zeros(len(number), dtype=bool)))
    return pd.concat(frames, ignore_index=True)


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
    frame = frame[frame["per"] == "day"].groupby(["owner", "start", "weekday"], as_index=False)["attained"].min()
    records = []
    for key, rows in _grouped(frame, ask):
        hit, n = int((rows["attained"] >= 1).sum()), len(rows)
        low, high = intervals.wilson(hit, n)
        records.append(key | {"value": hit / n, "low": float(low), "high": float(high), "n": n, "sum_num": hit, "sum_den": n,
                              "sum_num2": hit, "sum_numden": hit, "sum_den2": n})
    return finish.made(metric, bases, records or [{"value": np.nan}])


def _began(bases: Bases) -> dict[str, dt.date]:
    """Logs of one kind begin later than those of another."""
    t = bases.rows_of(done)
    frame = bases.rows(t.group_by("kind", "own").agg(day=t["at"].cast("date").min()))
    return {"": min(frame.loc[frame["own"] == 1, "day"], default=bases.as_of)} | dict(zip(frame["kind"], frame["day"], strict=True))


_DONE = Metric(
    id="activity_count", card="M31", kind="count", unit="count", better="higher", basis="period", table="activities",
    rows=deals, at="at", needs=DONE, where=None,
    numerator=None, denominator=None, compute=_count, matures_days=0, min_n=MIN_N,
    slices=("kind", "owner", "team", "owner×kind"), counter="tasks_on_time", source="actions done by people in the period",
)
METRICS = (
    _DONE,
    a_workday(_DONE, "actions_a_workday", "actions done by people ÷ working days of the client's calendar, from the first action (of the kind) to the as-of day", _began),
    Metric(
        id="norm_attainment", card="M31", kind="mean", unit="share", better="higher", basis="period", table="activities",
        rows=deals, at="at", needs=ATTAINED, where=None,
        numerator=None, denominator=None, compute=_attainment, matures_days=0, min_n=MIN_N,
        slices=("owner", "kind", "owner×kind", "weekday"), counter="win_rate",
        source="mean of min(done ÷ norm, 1.5) over seller-days (weeks, months); absences and part-time lower the norm; by weekday of daily norms",
    ),
    Metric(
        id="norm_hit_days", card="M31", kind="share", unit="share", better="higher", basis="period", table="activities",
        rows=deals, at="at", needs=ATTAINED, where=None,
        numerator=None, denominator=None, compute=_hits, matures_days=0, min_n=MIN_N, slices=("owner", "weekday"), counter="win_rate",
        source="seller-days with every daily norm met ÷ seller-days",
    ),
)

LISTINGS = (
    Listing(
        id="day_report", card="M31", needs=DONE, columns=daily.COLUMNS, rows=daily.report,
        source="done from the last working day to the as-of day and in the running month by every person at work, nothing done is a row too; kinds done by anyone "
               "in the last 20 working days, or with a norm and on record at all; the norm of the person, else of the role, else of all, those of weeks and months "
               "spread over their working days, times the part of a full job, 0 for days away; usual: the mean of the 20 working days before, of 5 at least",
    ),
)
