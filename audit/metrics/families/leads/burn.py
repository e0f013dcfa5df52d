"""Traffic burn: leads that a seller loses where colleagues would not have lost the same leads: M11."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import ibis
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases, worktime
from audit.metrics.bases.shape import yes
from audit.metrics.count import finish, periods
from audit.metrics.declare.common import MIN_N, leads, within
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.activities import actions
from audit.metrics.rows.activities.actions import ATTAINED
from audit.stats import intervals, multiplicity, shrink, tests

_MIX = ["source", "segment", "hour"]
_WEIGHT = 10.0  # leads of a coarser group that a finer one is mixed with, so that two leads of an hour do not make a norm
_ALIKE = 0.15  # sellers' ratios to the expected are taken to differ by this at least: people do, and one outlier is not to be shrunk away
_LEADS = ("leads.created_at", "leads.owner_id", "leads.converted_at|leads.deal_id|leads.semantic|deals.lead_id")
_MONEY = ("deals.lead_id|leads.deal_id", "deals.semantic", "deals.amount_base|deals.amount")


def handled(bases: Bases) -> pd.DataFrame:
    """Leads old enough to be judged, counted: owner, source, segment, hour, day (its number), `n`, `converted` within rules.conversion_days."""
    rules, t = bases.client.rules, bases.leads
    late = bases.end - pd.Timedelta(days=rules.conversion_days).to_pytimedelta()
    t = worktime.arrived(t.filter((t.created_at < ibis.literal(late)) & t.owner.notnull()), bases, "created_at")
    t = t.mutate(_day=periods.key(t.created_at, "day"), _won=yes(t.is_converted & within(t.created_at, t.converted_at, rules.conversion_days)))
    frame = bases.rows(t.group_by("owner", *_MIX, day=t._day).agg(n=t.count(), converted=t._won.sum()))
    frame = frame.assign(**{name: frame[name].fillna("") for name in _MIX}, converted=frame["converted"].astype(float), n=frame["n"].astype(float))
    frame = frame.sort_values(["owner", *_MIX, "day"], kind="stable").reset_index(drop=True)
    return frame.astype(dict.fromkeys(["owner", *_MIX], "category"))


def judged(counts: pd.DataFrame) -> pd.DataFrame:
    """One row a seller: leads `n`, `converted`, `expected` of the colleagues with the same leads, `burn` with `low`, `high`, and `q`.

    Expected: Σ over source × segment × hour of the seller's leads × the colleagues' conversion there (mixed with that of the
    source × segment, and it with the whole, by _WEIGHT leads each). burn = 1 − converted ÷ expected, shrunk to 0 by
    the spread of sellers (Paule–Mandel); q by Benjamini–Hochberg over the sellers.
    """
    f = counts.groupby(["owner", *_MIX], as_index=False, observed=True)[["n", "converted"]].sum()
    rate = pd.Series(0.0, index=f.index)
    for keys in ([], _MIX[:2], _MIX):
        whole = f.groupby(keys, observed=True)[["n", "converted"]].transform("sum") if keys else f[["n", "converted"]].sum()
        others = whole - f.groupby(["owner", *keys], observed=True)[["n", "converted"]].transform("sum")
        weight = _WEIGHT if keys else 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = (others["converted"] + weight * rate) / (others["n"] + weight)
    f = f.assign(expected=f["n"] * rate, spread=f["n"] * rate * (1 - rate))
    sellers = f.groupby("owner", as_index=False, observed=True)[["n", "converted", "expected", "spread"]].sum(min_count=1).astype({"owner": object})
    rest = sellers["n"].sum() - sellers["n"]
    sellers = sellers[(sellers["expected"] > 0) & (sellers["spread"] > 0) & (rest > 0)].reset_index(drop=True)
    if not len(sellers):
        return sellers.assign(burn=[], low=[], high=[], q=[])
    # the colleagues' conversion is an estimate too, from so many leads of theirs
    error = np.sqrt(sellers["spread"] * (1 + sellers["n"] / (counts["n"].sum() - sellers["n"])))
    ratio, variance = (sellers["converted"] / sellers["expected"]).to_numpy(), ((error / sellers["expected"]) ** 2).to_numpy()
    tau2 = shrink.peers_spread(ratio, variance, np.ones(len(ratio), dtype=bool), prior=_ALIKE, floor=_ALIKE, centre=1.0, leave_out=False).tau2
    kept = tau2 / (tau2 + variance)
    burn, half = kept * (1 - ratio), intervals._z(intervals.LEVEL) * np.sqrt(kept * variance)
    p = tests.lower_tail((ratio - 1) / np.sqrt(variance))
    return sellers.assign(burn=burn, low=burn - half, high=burn + half, q=multiplicity.q_values(p))


def _attained(bases: Bases, span: tuple[dt.date, dt.date] | None) -> dict[str, float]:
    """Attainment of activity norms by seller (M31) in the days, weeks and months that begin within `span`, else in all; empty where there are no norms."""
    if bases.lacks(*ATTAINED):
        return {}
    frame = bases.rows_of(actions.units)
    if span is not None:
        frame = frame[(frame["start"] >= span[0]) & (frame["start"] < span[1])]
    return frame.groupby("owner")["attained"].mean().to_dict()


def _shown(counts: pd.DataFrame, bases: Bases, span: tuple[dt.date, dt.date] | None = None) -> pd.DataFrame:
    """Sellers who may be judged: who fell short of their norms in the same time are judged by volume first (M33)."""
    gate, known = bases.client.rules.volume_gate, _attained(bases, span)
    found = judged(counts)
    return found[np.array([known.get(owner, gate) >= gate for owner in found["owner"]], dtype=bool)].reset_index(drop=True)


def worths(bases: Bases) -> pd.DataFrame:
    """Leads converted at least rules.win_days ago by the day of conversion: `day` (its number), and up to and with it `n` and `won`, money won within rules.win_days."""
    t, days = bases.leads, bases.client.rules.win_days
    t = t.filter(t.is_converted & (t.converted_at < ibis.literal(_known_until(bases))))
    won = ibis.ifelse(within(t.converted_at, t.won_at, days), t.won_amount, 0.0).cast("decimal(38, 4)")
    t = t.mutate(_day=periods.key(t.converted_at, "day"), _won=won)
    frame = bases.rows(t.group_by(day=t._day).agg(n=t.count(), won=t._won.sum().cast("float64"))).sort_values("day")
    return pd.DataFrame({"day": frame["day"].to_numpy(dtype=np.int64), "n": frame["n"].cumsum(), "won": frame["won"].fillna(0.0).cumsum()})


def _known_until(bases: Bases) -> pd.Timestamp:
    return pd.Timestamp(bases.end) - pd.Timedelta(days=bases.client.rules.win_days)


def worth(bases: Bases, end: dt.date | None = None) -> float:
    """Money of one converted lead: Σ won within rules.win_days ÷ leads converted before `end` and at least rules.win_days ago; NaN when there is none."""
    known = bases.rows_of(worths)
    if end is not None:
        known = known[known["day"] < periods.number(end, "day")]
    return float(known["won"].iloc[-1] / known["n"].iloc[-1]) if len(known) else float("nan")


@cache
def _parts(ask: Ask) -> Callable[[Bases], list[tuple[dict, pd.DataFrame]]]:
    """What gives (keys of VALUES, sellers) of the whole, of every asked period and, over the whole history, of every source."""
    return lambda bases: _judged_parts(bases, ask)


def _judged_parts(bases: Bases, ask: Ask) -> list[tuple[dict, pd.DataFrame]]:
    counts, found = bases.rows_of(handled), []
    for period in ("all", *ask.periods):
        numbers = periods.rolled(counts["day"].to_numpy(dtype=np.int64), "day", period) if period != "all" else np.zeros(len(counts), dtype=int)
        for number in np.unique(numbers):
            mine = counts[numbers == number]
            span = None if period == "all" else (periods.start(int(number), period), periods.end(int(number), period))
            key = {"period": period} | ({"period_start": span[0], "period_end": span[1]} if span else {})
            found.append((key | {"by": "", "group": ""}, _shown(mine, bases, span)))
            if ("source",) in ask.slices and period == "all":
                found += [(key | {"by": "source", "group": str(source) or "—"}, _shown(rows, bases)) for source, rows in mine.groupby("source", observed=True)]
    return found


def _burn(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Burn by seller, and of all: what is burned ÷ what was expected."""
    records: list[dict] = []
    for key, sellers in bases.rows_of(_parts(ask)):
        times = {"traffic_burn": None, "burned_leads": 1.0}[metric.id] if metric.id != "burned_money" else worth(bases, key.get("period_end"))
        if metric.id == "burned_money" and "period_end" in key:
            key = key | {"young": pd.Timestamp(key["period_end"]) > _known_until(bases)}
        lost = (sellers["expected"] * sellers["burn"].clip(lower=0)).sum()
        if len(sellers):
            value = lost * times if times is not None else lost / sellers["expected"].sum()
            records.append(key | {"value": value, "n": int(sellers["n"].sum())})
        if ("owner",) in ask.slices and not key["by"]:
            scale = [1.0] * len(sellers) if times is None else sellers["expected"] * times
            for row, by in zip(sellers.itertuples(), scale, strict=True):
                ends = [max(end, 0.0) * by if times is not None else end for end in (row.burn, row.low, row.high)]
                records.append(key | {"by": "owner", "group": row.owner, "value": ends[0], "low": ends[1], "high": ends[2], "n": int(row.n)})
    return finish.made(metric, bases, records or [{"value": np.nan}])


def _rows(bases: Bases) -> pd.DataFrame:
    """Sellers who burn traffic, the dearest first."""
    sellers = _shown(bases.rows_of(handled), bases)
    lost = sellers["expected"] * sellers["burn"].clip(lower=0)
    value = worth(bases) if bases.tables.has(*_MONEY) else float("nan")
    sellers = sellers.assign(burned_leads=lost, burned_money=lost * value, leads=sellers["n"].astype(int), converted=sellers["converted"].astype(int))
    return sellers[lost > 0].sort_values(["burned_leads", "owner"], ascending=[False, True])


_BURN = Metric(
    id="traffic_burn", card="M11", kind="ratio", unit="share", better="lower", basis="cohort", table="leads", rows=leads, at="created_at",
    needs=_LEADS, where=None, numerator=None, denominator=None, compute=_burn, matures_days="conversion_days", min_n=MIN_N,
    slices=("owner", "source"), counter="norm_attainment",
    source="1 − converted ÷ expected, the expected by colleagues' conversion of the same sources, segments and hours, shrunk to the "
           "department; sellers below rules.volume_gate of their norms of the same time are not judged; of all: burned ÷ expected",
)
METRICS = (
    _BURN,
    replace(_BURN, id="burned_leads", kind="figure", unit="count", counter="traffic_burn",
            source="expected conversions × burn where it is above 0, Σ over sellers"),
    replace(_BURN, id="burned_money", kind="figure", unit="money", needs=(*_LEADS, *_MONEY), counter="traffic_burn",
            source="burned leads × amount won within rules.win_days per lead converted by the end of the period and at least rules.win_days ago"),
)
LISTINGS = (
    Listing(
        id="traffic_burn", card="M11", needs=_LEADS,
        columns=("owner", "leads", "converted", "expected", "burn", "low", "high", "q", "burned_leads", "burned_money"), rows=_rows,
        source="sellers whose conversion is below the colleagues' on the same sources, segments and hours",
    ),
)
