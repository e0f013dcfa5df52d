"""Growth of revenue over the comparable period: M27."""

from __future__ import annotations

import numpy as np
import pandas as pd

from audit.metrics import cells, finish, periods
from audit.metrics.bases import Bases
from audit.metrics.common import DEAL_SLICES, MIN_N, deals
from audit.metrics.metric import Ask, Metric

_Z = 1.959963984540054
_SHORT = 3  # months compared where a year of history is not there


def _growth(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """A period over the same one a year before; the whole is the last twelve complete months over the twelve before.

    Without two years of history the whole is the last three complete months over the three before, provisional:
    the season cannot be told from growth.
    """
    d = bases.deals
    d = d.filter((d.semantic == "won") & d.won_at.notnull())
    x = d.amount_base.fill_null(0.0)
    sums = {"_rows": d.count(), "x": cells.exact(x), "xx": cells.exact(x.clip(-1e10, 1e10) ** 2)}
    part = cells.collect(bases, d, "won_at", ask.slices, ("month",), sums)[1]
    frame = pd.DataFrame({"by": part.by, "group": part.group, "month": part.number, "n": part.sums["_rows"],
                          "x": part.sums["x"], "xx": part.sums["xx"]})
    if not len(frame):
        return finish.made(metric, bases, [{"value": np.nan}])
    first = int(frame["month"].min())
    last = periods.number(bases.as_of, "month")  # the running month unless it ends on the as-of day
    whole_until = last + 1 if periods.end(last, "month") <= bases.as_of + finish.DAY else last
    records = []
    for (by, group), rows in frame.groupby(["by", "group"], sort=False):
        series = rows.set_index("month")[["n", "x", "xx"]].reindex(range(first, last + 1), fill_value=0.0)
        for period in ask.periods:
            if period in periods.MONTHS:
                records += _yearly(series, period, first, whole_until, {"by": by, "group": group})
        records += _latest(series, first, whole_until, {"by": by, "group": group})
    return finish.made(metric, bases, records or [{"value": np.nan}])


def _yearly(series: pd.DataFrame, period: str, first: int, until: int, key: dict) -> list[dict]:
    """Every complete period that has the same one a year before in the data, the first month of which may be partial."""
    size = periods.MONTHS[period]
    starts = range(-(-(first + 1) // size) * size + 12, until - size + 1, size)
    found = []
    for start in starts:
        now, then = (series.loc[s:s + size - 1].sum() for s in (start, start - 12))
        record = _compared(now, then)
        if record:
            found.append(key | record | {"period": period, "period_start": periods.start(start, period),
                                         "period_end": periods.end(start, period)})
    return found


def _latest(series: pd.DataFrame, first: int, until: int, key: dict) -> list[dict]:
    span = next((months for months in (12, _SHORT) if until - 2 * months >= first), 0)
    if not span:
        return []
    now, then = (series.loc[s:s + span - 1].sum() for s in (until - span, until - 2 * span))
    record = _compared(now, then)
    if not record:
        return []
    return [key | record | {"young": span == _SHORT, "period_start": periods.start(until - span, "month"),
                            "period_end": periods.start(until, "month")}]


def _compared(now: pd.Series, then: pd.Series) -> dict:
    """Growth with the interval of a ratio of two compound Poisson sums on the log scale; {} where there was nothing."""
    if then["x"] <= 0 or now["x"] < 0:
        return {}
    record = {"value": now["x"] / then["x"] - 1, "n": int(min(now["n"], then["n"])), "sum_num": now["x"], "sum_den": then["x"]}
    if now["x"] > 0 and record["n"] >= MIN_N:
        half = _Z * np.sqrt(now["xx"] / now["x"] ** 2 + then["xx"] / then["x"] ** 2)
        record |= {"low": (1 + record["value"]) * np.exp(-half) - 1, "high": (1 + record["value"]) * np.exp(half) - 1}
    return record


METRICS = (
    Metric(
        id="revenue_growth", card="M27", kind="ratio", unit="share", better="higher", basis="closing", table="deals",
        rows=deals, at="closed_at",
        needs=("deals.semantic", "deals.closed_at|deals.won_at", "deals.amount_base|deals.amount"), where=None,
        numerator=None, denominator=None, compute=_growth, matures_days=0, min_n=MIN_N, slices=DEAL_SLICES,
        counter="margin_share", source="revenue ÷ revenue of the same period a year before − 1",
    ),
)
