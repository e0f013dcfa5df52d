"""Who leaves, how soon, and whether it is the less productive: M63, M64."""

from __future__ import annotations

import dataclasses
import datetime as dt

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases, people
from audit.metrics.bases.shape import yes
from audit.metrics.count import finish, periods, small
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.activities import output
from audit.metrics.rows.quality import reviews
from audit.stats import intervals, survival

_STAFF = ("users.hired_at", "users.left_at")


def _window(staff: pd.DataFrame, start: dt.date, end: dt.date, months: float, kind: str) -> dict:
    """Exits of one kind in [start, end) ÷ average headcount × 12 ÷ months; exact Poisson."""
    exits, worked, met = 0, 0, 0
    for row in staff.itertuples():
        first, last = max(row.hired_at or start, start), min(row.left_at or end, end - finish.DAY)
        worked += max((last - first).days + 1, 0)
        met += last >= first
        exits += row.left_at is not None and start <= row.left_at < end and kind in ("", row.leave_kind)
    years = worked / (end - start).days * months / 12
    if not years:
        return {"value": np.nan, "n": 0}
    low, high = intervals.poisson(exits)
    return {"value": exits / years, "low": float(low) / years, "high": float(high) / years, "n": met, "sum_num": exits, "sum_den": years}


def _turnover(kind: str):
    """Twelve months up to the as-of day, by slice; complete calendar periods since the first hiring, annualised."""

    def compute(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
        staff = bases.rows_of(people.staff)
        staff = staff[~staff["is_manager"]]
        end, records = bases.as_of + finish.DAY, []
        start = (pd.Timestamp(end) - pd.DateOffset(months=12)).date()
        for key, rows in small.cells_of(staff, ask):
            records.append(key | _window(rows, start, end, 12, kind) | {"period_start": start})
        # before the first known exit nobody can tell whether leavers were recorded at all
        first: dt.date | None = min((day for day in staff["left_at"] if day is not None), default=None)
        for period, months in ((name, periods.MONTHS[name]) for name in ask.periods if name in periods.MONTHS):
            numbers = range(periods.number(first, period), periods.number(bases.as_of, period) + 1, months) if first else ()
            for number in numbers:
                a, b = periods.start(number, period), periods.end(number, period)
                records.append({"period": period, "period_start": a, "period_end": b} | _window(staff, a, min(b, end), months if b <= end else (end - a).days / people.YEAR_DAYS * 12, kind))
        return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])

    return compute


def _stays(bases: Bases) -> pd.DataFrame:
    """One row a person of known hiring: `time`, days of work up to the last or the as-of day, `x` whether it ended."""
    staff = bases.rows_of(people.staff)
    staff = staff[staff["hired_at"].notna()]
    time = [((left or bases.as_of) - hired).days + 1 for hired, left in zip(staff["hired_at"], staff["left_at"], strict=True)]
    return staff.assign(time=time, x=staff["left_at"].notna())


def _survival(days: int):
    """Share still at work after `days`; unknown where nobody has been watched so long."""

    def value(rows: pd.DataFrame) -> dict:
        if rows["time"].max() < days:
            return {"value": np.nan, "n": len(rows)}
        curve = survival.kaplan_meier(rows["time"], rows["x"], ~rows["x"])
        at = int(np.searchsorted(curve.time, days, side="right")) - 1
        if at < 0:
            return {"value": 1.0, "n": len(rows)}
        return {"value": float(curve.value[at]), "low": float(curve.low[at]), "high": float(curve.high[at]), "n": len(rows)}

    def compute(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
        return small.told(metric, bases, bases.rows_of(_stays), ask, "", value)

    return compute


def _exit_rate(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Exits a year of work by tercile of productivity before the month."""
    return small.told(metric, bases, bases.rows_of(output.terciles), ask, "", _hazard)


def _hazard(rows: pd.DataFrame) -> dict:
    exits, years = int(rows["x"].sum()), len(rows) / 12
    low, high = intervals.poisson(exits)
    return {"value": exits / years, "low": float(low) / years, "high": float(high) / years, "n": len(rows), "sum_num": exits, "sum_den": years}


def _ratio(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Exit rate of the lowest third ÷ that of the highest; exact for two Poisson counts by the share of the lowest."""
    frame = bases.rows_of(output.terciles)
    low, top = (frame[frame["tercile"] == name] for name in ("low", "top"))
    a, b = int(low["x"].sum()), int(top["x"].sum())
    if not a + b or not len(low) or not len(top):
        return finish.made(metric, bases, [{"value": np.nan, "n": a + b}])
    from scipy.special import betaincinv

    ends = [betaincinv(a, b + 1, 0.025) if a else 0.0, betaincinv(a + 1, b, 0.975) if b else 1.0]
    scale = len(top) / len(low)
    odds = [scale * share / (1 - share) if share < 1 else np.inf for share in ends]
    value = scale * (a + 0.5) / (b + 0.5)  # half an exit on both sides, so that none of the strong leaving has an answer
    inside = {"low": odds[0], "high": odds[1] if b else np.nan}
    return finish.made(metric, bases, [{"value": value, "n": a + b, **inside}])


def _regretted(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    frame = bases.rows_of(output.terciles)
    return small.told(metric, bases, frame.assign(x=frame["x"] & (frame["tercile"] == "top")), ask, "at", small.count)


def _lift(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    rows = output.lifts if metric.id == "effective_lift" else output.lifts_a_lead
    return small.told(metric, bases, bases.rows_of(rows), ask, "", small.mean)


def owned(bases: Bases) -> ir.Table:
    """Deals that somebody has, with `unlisted`: 1 where the list of staff does not know who."""
    known = bases.users.select(_user="user_id")
    d = bases.deals.filter(bases.deals.owner_id.notnull())
    d = d.left_join(known, d.owner_id == known._user)
    return d.mutate(unlisted=yes(d._user.isnull())).drop("_user")


_OUTPUT = (*_STAFF, "deals.owner_id", "deals.semantic", "deals.closed_at|deals.won_at", "deals.amount_base|deals.amount", "users.left_at=output known")


def _of_turnover(name: str, kind: str, *needs: str) -> Metric:
    told = {"": "everybody", "voluntary": "who left of their own will", "initiated": "whom the company let go"}[kind]
    return Metric(
        id=name, card="M63", kind="ratio", unit="share", better="lower", basis="period", table="users", rows=reviews.items, at="",
        needs=(*_STAFF, *needs), where=None, numerator=None, denominator=None, compute=_turnover(kind), matures_days=0, min_n=1, slices=("team",),
        counter="exit_rate" if kind else "staff_unlisted_share", source=f"exits of the last twelve months ÷ average headcount, managers left out: {told}",
    )


_LIFT = Metric(
    id="effective_lift", card="M64", kind="mean", unit="share", better="higher", basis="period", table="users", rows=reviews.items, at="",
    needs=("users.user_id", *_OUTPUT[2:-1], "users of a year's output"), where=None, numerator=None, denominator=None, compute=_lift, matures_days=0,
    min_n=5, slices=(), counter="exit_rate",
    source="money won a month in the last six months against the shrunk mean of the six before, two upper thirds of then",
)
METRICS = (
    _of_turnover("turnover", ""),
    _of_turnover("turnover_voluntary", "voluntary", "users.leave_kind"),
    _of_turnover("turnover_initiated", "initiated", "users.leave_kind"),
    *(Metric(
        id=name, card="M63", kind="share", unit="share", better="higher", basis="cohort", table="users", rows=reviews.items, at="", needs=_STAFF,
        where=None, numerator=None, denominator=None, compute=_survival(days), matures_days=0, min_n=5, slices=("team",), counter="turnover",
        source=f"share still at work {days} days after hiring, Kaplan–Meier; who is still there is censored",
    ) for name, days in (("stay_90_days", 90), ("stay_12_months", 365))),
    Metric(
        id="staff_unlisted_share", card="M63", kind="share", unit="share", better="lower", basis="cohort", table="deals", rows=owned, at="created_at",
        needs=(*_STAFF, "deals.owner_id", "deals.created_at"), where=None, numerator="unlisted", denominator=one, compute=None, matures_days=0, min_n=MIN_N,
        slices=(), counter="turnover", source="deals whose seller is not on the list of staff ÷ deals with a seller: leavers deleted from the CRM, whom turnover does not count",
    ),
    Metric(
        id="exit_rate", card="M64", kind="ratio", unit="share", better="neutral", basis="period", table="users", rows=reviews.items, at="",
        needs=_OUTPUT, where=None, numerator=None, denominator=None, compute=_exit_rate, matures_days=0, min_n=1, slices=("tercile",),
        counter="regretted_losses", source="exits ÷ years of work, by third of shrunk money won in the six months before",
    ),
    Metric(
        id="exit_ratio", card="M64", kind="figure", unit="ratio", better="neutral", basis="period", table="users", rows=reviews.items, at="",
        needs=_OUTPUT, where=None, numerator=None, denominator=None, compute=_ratio, matures_days=0, min_n=1, slices=(), counter="regretted_losses",
        source="exit rate of the lowest third ÷ that of the highest; describes, recommends nothing on a person",
    ),
    Metric(
        id="regretted_losses", card="M64", kind="count", unit="count", better="lower", basis="period", table="users", rows=reviews.items, at="",
        needs=_OUTPUT, where=None, numerator=None, denominator=None, compute=_regretted, matures_days=0, min_n=1, slices=("team",), counter="turnover",
        source="exits of people of the highest third by shrunk money won in the six months before",
    ),
    _LIFT,
    dataclasses.replace(
        _LIFT, id="effective_lift_a_lead", needs=("leads.owner_id", "leads.created_at", *_LIFT.needs), counter="effective_lift",
        source="money won a lead given in the last six months against the shrunk mean of the six before, two upper thirds of then with six leads or more in "
               "either half"),
)
