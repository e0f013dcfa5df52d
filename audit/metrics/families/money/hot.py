"""Clients close to payment: M39."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import finish, periods
from audit.metrics.declare.common import MIN_N, deals, one
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.flow import stuck
from audit.metrics.rows.leads import leaking
from audit.metrics.rows.money.heat import chances, hot, hot_stages, seen
from audit.stats import intervals

_NEEDS = ("stage_history.entered_at", "stage_history.to_stage", "stages.ord", "deals.semantic", "deals.closed_at|deals.won_at",
          "activities.done_at|activities.started_at")
_BY = ("owner", "team", "segment")
_FLAGS = ("no_next", "overdue", "silent", "orphan", "stale_date")


def _hits(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Won within the horizon among the deals that the list of each past month end would have named, by the looks before it."""
    frame = bases.rows_of(seen)
    records, total = [], [0, 0]
    # where older looks were not taken, what a stage is worth is told anew as the months go by
    young = len(frame) > 0 and frame["look"].min() >= bases.first_day + dt.timedelta(days=31)
    for look, now in frame.groupby("look", sort=True):
        past = frame[frame["look"] < look]
        named = set(hot_stages(chances(past), bases))
        rows = now.loc[[key in named for key in zip(now["pipeline"], now["stage"], strict=True)]]
        won, n = int(rows["won"].sum()), int(rows["n"].sum())
        if not n:
            continue
        total = [total[0] + won, total[1] + n]
        if "month" in ask.periods:
            number = periods.number(look, "month")
            records.append(_share(won, n) | {"period": "month", "period_start": periods.start(number, "month"),
                                             "period_end": periods.end(number, "month"), "young": young})
    return finish.made(metric, bases, [_share(*total) if total[1] else {"value": float("nan"), "n": 0}, *records])


def _share(hits: int, n: int) -> dict[str, float]:
    low, high = intervals.wilson(hits, n)
    return {"value": hits / n, "low": float(low), "high": float(high), "n": n, "sum_num": hits, "sum_den": n, "sum_num2": hits,
            "sum_numden": hits, "sum_den2": n}


def _blockers(bases: Bases, frame: pd.DataFrame) -> list[str]:
    """What stands in the way of each deal: the flags of a leak, too long a stay in the stage; empty where nothing does."""
    t = bases.rows_of(leaking.open_deals)
    flags = bases.rows(t.filter(t.deal_id.isin(frame["deal_id"].tolist())).select("deal_id", *_FLAGS)).set_index("deal_id").astype(bool)
    flags["stuck"] = False
    s = bases.rows_of(stuck.standing)
    held = bases.rows(s.filter(s.is_stuck & s.deal_id.isin(frame["deal_id"].tolist())).select("deal_id"))["deal_id"]
    flags.loc[flags.index.isin(held), "stuck"] = True
    return [", ".join(name for name in flags.columns if one in flags.index and flags.at[one, name]) for one in frame["deal_id"]]


def _listed(bases: Bases) -> pd.DataFrame:
    """Hot deals, the neglected first, then the dearest."""
    t = bases.rows_of(hot)
    frame = bases.rows(t.select("deal_id", "owner", "pipeline", "stage", "chance", "unpaid", "touched_at", "next_at", "neglected",
                                amount=t.amount_base, days_in_stage=t.days_in_stage.round(1), acts_in_week=t.acts))
    frame = frame.assign(neglected=frame["neglected"].astype(bool), blockers=_blockers(bases, frame))
    return frame.sort_values(["neglected", "amount", "deal_id"], ascending=[False, False, True], na_position="last")


METRICS = (
    Metric(
        id="hot_deals", card="M39", kind="count", unit="count", better="higher", basis="snapshot", table="deals", rows=hot, at="",
        needs=_NEEDS, where=None, numerator=one, denominator=None, compute=None, matures_days=0, min_n=MIN_N, slices=_BY,
        counter="hot_hit_rate",
        source="open deals in a stage from which at least rules.hot_chance were won within rules.hot_days working days (where no stage "
               "is, in the nearest one), or with an unpaid invoice due by then",
    ),
    Metric(
        id="hot_amount", card="M39", kind="sum", unit="money", better="higher", basis="snapshot", table="deals", rows=hot, at="",
        needs=(*_NEEDS, "deals.amount_base|deals.amount"), where=None, numerator="amount_base", denominator=None, compute=None,
        matures_days=0, min_n=MIN_N, slices=_BY, counter="hot_hit_rate", source="Σ amount of hot deals",
    ),
    Metric(
        id="hot_neglected", card="M39", kind="share", unit="share", better="lower", basis="snapshot", table="deals", rows=hot, at="",
        needs=_NEEDS, where=None, numerator="neglected", denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=_BY,
        counter="hot_hit_rate", source="hot deals without a done action in the last two working days ÷ hot deals",
    ),
    Metric(
        id="hot_actions", card="M39", kind="mean", unit="count", better="higher", basis="snapshot", table="deals", rows=hot, at="",
        needs=_NEEDS, where=None, numerator="acts", denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=_BY,
        counter="hot_hit_rate", whose="client_id", source="actions done in the last seven days ÷ hot deals",
    ),
    Metric(
        id="hot_hit_rate", card="M39", kind="share", unit="share", better="higher", basis="cohort", table="deals", rows=deals, at="",
        needs=_NEEDS, where=None, numerator=None, denominator=None, compute=_hits, matures_days=0, min_n=MIN_N, slices=(),
        counter="hot_deals",
        source="won within the horizon ÷ deals that the list of each past month end would have named, from what was known then",
    ),
)

LISTINGS = (
    Listing(
        id="hot_deals", card="M39", needs=_NEEDS,
        columns=("deal_id", "owner", "pipeline", "stage", "days_in_stage", "amount", "chance", "unpaid", "touched_at", "next_at",
                 "acts_in_week", "neglected", "blockers"),
        rows=_listed, source="see the metric hot_deals; neglected: no action in two working days; blockers: flags of a leak (M01) and stuck (M21)",
    ),
)
