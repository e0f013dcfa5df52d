"""How many more deals, and of what check, finish the running plan: M25."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import finish
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.plan import catching
from audit.metrics.rows.plan.targets import DAY, Target
from audit.metrics.rows.results.checks import checks

_NEEDS = ("plans", "deals.semantic", "deals.closed_at|deals.won_at", "deals.amount_base|deals.amount")
_SPAN = dt.timedelta(weeks=13)  # how deals come is told by so many weeks
_POINTS = 12  # of a curve


def _goals(bases: Bases) -> Iterator[tuple[Target, float, dict[str, float], int]]:
    """(plan, what is still to come, checks, deals behind them) of the running revenue plans of the department and of every seller."""
    for one in catching.running(bases):
        found, own = checks(bases, one.group if one.by else None)
        yield one, max(one.target - one.fact, 0.0), {name: check for name, check in found.items() if check > 0}, own


def _number(gap: float, check: float) -> int:
    return math.ceil(round(gap / check, 9))


def _made(metric: Metric, bases: Bases, records: list[dict]) -> pd.DataFrame:
    """The records of running plans, which are said of the as-of day itself and so are never incomplete."""
    frame = finish.made(metric, bases, [*records, *({**r, "period": "all"} for r in records)] or [{"value": np.nan}])
    return frame.assign(status="ok")


def _required(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Deals still needed to finish the running revenue plan at the P25, mean and P75 check of own won deals."""
    records = []
    for one, gap, found, own in _goals(bases):
        for name, check in found.items():
            by, group = ("check", name) if not one.by else (f"{one.by}×check", f"{one.group} × {name}")
            records.append({"by": by, "group": group, "value": float(_number(gap, check)), "n": own, "sum_num": check,
                            "period": one.grain, "period_start": one.start, "period_end": one.end})
    return _made(metric, bases, records)


def pace(bases: Bases) -> dict[str, float]:
    """Deals won a working day by seller over the last thirteen weeks (since the first deal, if later), of all under the empty name."""
    start = max(bases.as_of + DAY - _SPAN, bases.first_day)
    d = bases.deals
    won = d.filter((d.semantic == "won") & (d.won_at >= dt.datetime.combine(start, dt.time())))
    frame = bases.rows(won.group_by("owner").agg(n=won.count()))
    days = max(bases.calendar().workdays(start, bases.as_of + DAY), 1)
    known = frame[frame["owner"].notna()]
    return {"": float(frame["n"].sum()) / days} | {str(owner): n / days for owner, n in known.itertuples(index=False)}


def _check(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """The mean check that the deals still to come at the usual pace must have."""
    records, usual = [], bases.rows_of(pace)
    for one, gap, _found, _own in _goals(bases):
        left = bases.calendar().workdays(bases.as_of + DAY, one.end)
        expected = usual.get(one.group if one.by else "", 0.0) * left
        if round(expected) >= 1:
            records.append({"by": one.by, "group": one.group, "value": gap / round(expected), "n": round(expected), "sum_num": gap,
                            "sum_den": round(expected), "period": one.grain, "period_start": one.start, "period_end": one.end})
    return _made(metric, bases, records)


def _pairs(bases: Bases) -> pd.DataFrame:
    """Points of deals × check = what is still to come, from few deals at the large check to many at the small one, the department's first."""
    rows = []
    for one, gap, found, _ in _goals(bases):
        if gap > 0 and found:
            fewest, most = (_number(gap, found[name]) for name in ("p75", "p25"))
            for number in sorted({round(x) for x in np.linspace(fewest, most, _POINTS)}):
                rows.append((one.group if one.by else None, one.start, one.end, gap, number, gap / number, gap / number / found["mean"]))
    return pd.DataFrame(rows, columns=["owner", "period_start", "period_end", "gap", "deals", "check", "of_mean"])


METRICS = (
    Metric(
        id="required_deals", card="M25", kind="figure", unit="count", better="lower", basis="closing", table="deals", rows=deals, at="closed_at",
        needs=_NEEDS, where=None, numerator=None, denominator=None, compute=_required, matures_days=0, min_n=MIN_N,
        slices=("check", "owner×check"), counter="avg_check", empty="running plan", source="gap to the running revenue plan ÷ P25, mean and P75 check, rounded up",
    ),
    Metric(
        id="required_check", card="M25", kind="figure", unit="money", better="lower", basis="closing", table="deals", rows=deals, at="closed_at",
        needs=_NEEDS, where=None, numerator=None, denominator=None, compute=_check, matures_days=0, min_n=MIN_N, slices=("owner",),
        counter="required_deals", empty="deals to be expected by the end of a running plan",
        source="gap to the running revenue plan ÷ deals that come by its end at the pace of the last thirteen weeks (working days left × deals won a "
               "working day, rounded); where not one deal is to be expected there is no such check",
    ),
)
LISTINGS = (
    Listing(id="required_pairs", card="M25", needs=_NEEDS, columns=("owner", "period_start", "period_end", "gap", "deals", "check", "of_mean"), rows=_pairs,
            source="points of deals × check = gap to the running revenue plan, from ⌈gap ÷ P75 check⌉ to ⌈gap ÷ P25 check⌉ deals; the check also as a "
                   "share of the mean one"),
)
