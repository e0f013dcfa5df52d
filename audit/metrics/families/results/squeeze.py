"""Revenue that grew while less of it stayed as margin: M27."""

from __future__ import annotations

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.declare.common import DEAL_SLICES, MIN_N, deals
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.results import growing
from audit.stats import intervals

_COVERED, _ALIKE = 0.7, 0.15  # part of revenue whose margin must be known in both periods, and how far the parts may lie apart
_FALL = 0.001  # of the share; less is rounding
_MONTHS = 12  # latest months of the listing
_NEEDS = ("deals.semantic", "deals.closed_at|deals.won_at", "deals.amount_base|deals.amount", "deals.margin")
_COLUMNS = ("period", "period_start", "period_end", "by", "group", "deals_then", "deals_now", "revenue_then", "revenue_now", "growth",
            "share_then", "share_now", "change", "low", "high", "clear", "known_then", "known_now", "given_up")


def _share(sums: growing.Sums) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Margin ÷ revenue of deals of which both are known, and its interval where these are MIN_N or more."""
    low, high = intervals.ratio(sums["known"], sums["kept"], sums["base"], sums["kept2"], sums["both"], sums["base2"])
    few = sums["known"] < MIN_N
    return sums["kept"] / sums["base"], np.where(few, np.nan, low), np.where(few, np.nan, high)


def _looked(then: growing.Sums, now: growing.Sums) -> tuple[growing.Sums, np.ndarray]:
    """What the listing says of each group, and of which groups enough margin is known then and now to say it.

    The interval of the change is made of those of both shares (Zou & Donner 2008, Stat. Med. 27:1693–1702).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        (old, old_low, old_high), (new, new_low, new_high) = _share(then), _share(now)
        known = [sums["base"] / sums["money"] for sums in (then, now)]
        growth, change = now["money"] / then["money"] - 1, new - old
        low = change - np.hypot(new - new_low, old_high - old)
        high = change + np.hypot(new_high - new, old - old_low)
        told = (np.minimum(*known) >= _COVERED) & (np.abs(known[1] - known[0]) <= _ALIKE) & (then["money"] > 0) & (now["money"] > 0)
        squeezed = (growth > 0) & (change <= -_FALL)
        found = {"deals_then": then["n"], "deals_now": now["n"], "revenue_then": then["money"], "revenue_now": now["money"], "growth": growth,
                 "share_then": old, "share_now": new, "change": change, "low": low, "high": high, "clear": high < 0, "known_then": known[0],
                 "known_now": known[1], "given_up": np.where(squeezed, -change * now["money"], 0.0)}
    return found, told


def _changed(then: growing.Sums, now: growing.Sums) -> tuple[growing.Sums, np.ndarray]:
    """The change of the share."""
    found, told = _looked(then, now)
    n = np.minimum(then["known"], now["known"]).astype(np.int64)
    return {"value": found["change"], "low": found["low"], "high": found["high"], "n": n}, told


def _given_up(then: growing.Sums, now: growing.Sums) -> tuple[growing.Sums, np.ndarray]:
    """Money of the margin that fell behind; 0 where revenue did not grow or the share did not fall."""
    found, told = _looked(then, now)
    n = np.minimum(then["known"], now["known"]).astype(np.int64)
    return {"value": found["given_up"], "n": n, "sum_num": found["revenue_now"], "sum_den": found["revenue_then"]}, told


def _of(compare):
    def compute(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
        frame = bases.rows_of(growing.won(ask.slices))
        return growing.told(metric, bases, _windows(bases, frame, ask), compare)

    return compute


def _windows(bases: Bases, frame: pd.DataFrame, ask: Ask):
    """The same months as those of the growth of revenue."""
    first = int(frame["month"].min()) if len(frame) else 0
    return growing.windows(bases, frame, ask, first, first)


def squeezed(bases: Bases) -> pd.DataFrame:
    """One row a slice, group and period in which revenue grew and its margin share fell: both numbers, then and now; sure falls and most money first.

    Periods: the latest months, and the latest year as a whole (`all`), each over the same a year before. `clear`: the change is surely below 0.
    """
    have = bases.slices("deals")
    slices = tuple((name,) for name in DEAL_SLICES if name in have)
    frame, records = bases.rows_of(growing.won(slices)), []
    found = list(_windows(bases, frame, Ask(("month",), slices)))
    months = [one for one in found if "period" in one.key]
    for window in (*months[-_MONTHS:], *(one for one in found if one.key.get("young") is False)):  # of a shorter history the season is not told apart
        told, enough = _looked(window.then, window.now)
        records += window.records(told, enough & (told["given_up"] > 0))
    rows = pd.DataFrame(records, columns=list(_COLUMNS)).assign(period=lambda t: t["period"].fillna("all"))
    order = ["clear", "given_up", "period_start", "period", "by", "group"]
    return rows.sort_values(order, ascending=[False, False, False, True, True, True], kind="stable")


def _metric(metric_id: str, kind, unit: str, better, compare, counter: str, source: str) -> Metric:
    return Metric(
        id=metric_id, card="M27", kind=kind, unit=unit, better=better, basis="closing", table="deals", rows=deals, at="closed_at", needs=_NEEDS,
        where=None, numerator=None, denominator=None, compute=_of(compare), matures_days=0, min_n=MIN_N, slices=DEAL_SLICES, counter=counter, source=source)


_SURE = "not said where the margin is known of less than 70 % of revenue in either period, or of parts more than 15 points apart"
METRICS = (
    _metric("margin_share_change", "ratio", "share", "higher", _changed, "revenue_growth",
            f"margin ÷ revenue less that of the same period a year before, of deals of which both are known; {_SURE}"),
    _metric("margin_squeeze", "figure", "money", "lower", _given_up, "revenue_growth",
            f"revenue × fall of the margin share against the same period a year before, where revenue grew and the share fell by a tenth of a point or more, else 0; {_SURE}"),
)

LISTINGS = (
    Listing(
        id="margin_squeezes", card="M27", needs=_NEEDS, columns=_COLUMNS, rows=squeezed,
        source="groups and months in which revenue grew over the same month a year before and its margin share fell, with both numbers",
    ),
)
