"""Productivity: results a full-time working day and a conversation, and how it changes: M34."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import finish, periods
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.reckon.trend import slopes
from audit.metrics.rows.activities import actions
from audit.metrics.rows.plan import outlook

DAY = dt.timedelta(days=1)


def monthly(bases: Bases) -> pd.DataFrame:
    """One row a seller and month: owner, team, role, start, days (full-time working days there), heard (those since the log has conversations), money,
    margin, deals, talks.

    A seller is there from the day of hiring, or from the first deal where that is not known, to the last; days away do not count.
    What is won in a month spent away is kept, with no days.
    """
    flows, daily = bases.rows_of(outlook.flows), bases.rows_of(actions.by_day)
    won, talks = flows[flows["what"] == "won"], daily[daily["kind"] == "conversation"]
    first = flows.groupby("owner")["day"].min().to_dict()
    teams = dict(bases.rows(bases.users.select("owner", "team")).itertuples(index=False))
    money, margin, number = (_by_month(won, name) for name in ("money", "margin", "n"))
    spoken, records = _by_month(talks, "n"), []
    logged = talks["day"].min() if len(talks) else dt.date.max
    opening = min(first.values(), default=bases.as_of)
    for seller in bases.rows_of(actions.people).itertuples():
        if seller.owner not in first:
            continue
        began = max(seller.hired_at, opening) if isinstance(seller.hired_at, dt.date) else first[seller.owner]
        last = min(day for day in (bases.as_of, seller.left_at) if isinstance(day, dt.date))
        days: dict[dt.date, float] = {}
        heard: dict[dt.date, float] = {}
        for day in actions.present(bases, seller, began, bases.as_of + DAY):
            start = day.replace(day=1)
            days[start] = days.get(start, 0.0) + seller.fte
            heard[start] = heard.get(start, 0.0) + seller.fte * (day >= logged)
        away = {start for owner, start in {*number, *spoken} if owner == seller.owner and began.replace(day=1) <= start <= last} - {*days}
        for start in sorted({*days, *away}):
            key = (seller.owner, start)
            records.append({"owner": seller.owner, "team": teams.get(seller.owner) or "", "role": seller.role, "start": start,
                            "days": days.get(start, 0.0), "heard": heard.get(start, 0.0),
                            "money": money.get(key, 0.0), "margin": margin.get(key, 0.0), "deals": number.get(key, 0.0), "talks": spoken.get(key, 0.0)})
    return pd.DataFrame(records, columns=["owner", "team", "role", "start", "days", "heard", "money", "margin", "deals", "talks"])


def _by_month(frame: pd.DataFrame, column: str) -> dict[tuple[str, dt.date], float]:
    found: dict[tuple[str, dt.date], float] = {}
    for owner, day, value in zip(frame["owner"], frame["day"], frame[column], strict=True):
        key = (owner, day.replace(day=1))
        found[key] = found.get(key, 0.0) + float(value)
    return found


def _rates(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Σ result ÷ Σ days (or conversations) of the whole, of every seller and team, of all time and by month."""
    top, bottom = RATES[metric.id]
    frame, records = bases.rows_of(monthly), []
    for one in dict.fromkeys([(), *(s for s in ask.slices if len(s) == 1 and s[0] in ("owner", "team"))]):
        for period in ("all", *(p for p in ask.periods if p in periods.MONTHS)):
            number = [0 if period == "all" else periods.number(day, period) for day in frame["start"]]
            for labels, rows in frame.assign(_p=number).groupby(["_p", *one], sort=True):
                size = float(rows[bottom].sum())
                if size <= 0 or (one and not labels[1]):
                    continue
                record: dict = {"by": "".join(one), "group": labels[1] if one else "", "period": period, "value": float(rows[top].sum()) / size,
                                "n": round(size), "sum_num": float(rows[top].sum()), "sum_den": size}
                if period != "all":
                    record |= {"period_start": periods.start(labels[0], period), "period_end": periods.end(labels[0], period)}
                records.append(record)
    return finish.made(metric, bases, records or [{"value": math.nan, "n": 0}])


def _trend(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Change of revenue a day in a month, as a share of the department's mean; the running month is left out."""
    frame = bases.rows_of(monthly)
    over = [(day + 31 * DAY).replace(day=1) <= bases.as_of + DAY for day in frame["start"]]
    frame = frame.loc[(frame["days"] > 0) & pd.Series(over, index=frame.index, dtype=bool)]
    days = float(frame["days"].sum())
    mean = float(frame["money"].sum()) / days if days else 0.0
    if mean <= 0:
        return finish.made(metric, bases, [{"value": math.nan, "n": 0}])
    wide = frame.assign(y=frame["money"] / frame["days"] / mean).pivot(index="owner", columns="start", values="y").sort_index()
    found = slopes(wide.to_numpy(dtype=float), np.array([day.month for day in wide.columns]))
    names = [("", ""), *(("owner", str(owner)) for owner in wide.index)]
    months = [int(wide.notna().to_numpy().sum()), *wide.notna().sum(axis=1)]
    records = [{"by": by, "group": group, "value": value, "low": low, "high": high, "n": int(n)}
               for (by, group), value, low, high, n in zip(names, *found, months, strict=True) if value == value]
    return finish.made(metric, bases, records or [{"value": math.nan, "n": 0}])


# metric → what is counted of `monthly` and over what
RATES = {"revenue_per_day": ("money", "days"), "margin_per_day": ("margin", "days"), "deals_per_day": ("deals", "days"), "conversations_per_day": ("talks", "heard"),
         "revenue_per_conversation": ("money", "talks")}
_TALKS = ("activities.kind", "activities.duration_s", "activities.done_at|activities.started_at")
_NEEDS = ("users.user_id", "deals.created_at", "deals.owner_id", "deals.semantic", "deals.closed_at|deals.won_at")
_MONEY = (*_NEEDS, "deals.amount_base|deals.amount")


def _metric(metric_id: str, unit: str, compute, needs: tuple[str, ...], counter: str, source: str, slices: tuple[str, ...] = ("owner", "team")) -> Metric:
    return Metric(
        id=metric_id, card="M34", kind="figure", unit=unit, better="higher", basis="closing", table="deals", rows=deals, at="closed_at",
        needs=needs, where=None, numerator=None, denominator=None, compute=compute, matures_days=0, min_n=MIN_N, slices=slices,
        counter=counter, source=source)


METRICS = (
    _metric("revenue_per_day", "money", _rates, _MONEY, "margin_share", "Σ amount of deals won ÷ Σ working days there × full-time share"),
    _metric("margin_per_day", "money", _rates, (*_NEEDS, "deals.margin"), "margin_share",
            "Σ margin of deals won ÷ Σ working days there × full-time share; deals without a margin add nothing"),
    _metric("deals_per_day", "count", _rates, _NEEDS, "avg_check", "deals won ÷ Σ working days there × full-time share"),
    _metric("conversations_per_day", "ratio", _rates, (*_NEEDS, *_TALKS), "win_rate",
            "answered calls of a conversation's length ÷ Σ working days there × full-time share, since the log has such calls"),
    _metric("revenue_per_conversation", "money", _rates, (*_MONEY, *_TALKS),
            "activity_count", "Σ amount of deals won ÷ answered calls of a conversation's length"),
    _metric("productivity_trend", "share", _trend, _MONEY, "margin_share",
            "slope a month of revenue a day ÷ its mean; sellers' slopes drawn to the common one", ("owner",)),
)
