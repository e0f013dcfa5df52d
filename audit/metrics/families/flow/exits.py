"""Where deals go from a stage, how fast, and how long they stay in all: M18."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import days, yes
from audit.metrics.count import cells, finish
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.flow.ladder import cut, keys, lines, of_pipeline
from audit.stats import intervals, survival

_NEEDS = ("stage_history.entered_at", "stage_history.to_stage", "stages.ord", "deals.semantic")
_WAYS = ("forward", "back", "lost")
_MONTH = 30  # days
_SLICES = ("stage", "owner×stage", "segment×stage")


def exits(bases: Bases) -> ir.Table:
    """One row a stay in an ordered open stage whose beginning was recorded: `_days` so far and how it ended, 0/1 each:

    `forward` to a later stage or to winning, `back`, `lost`, `aside` (to another pipeline or a stage without order).
    """
    v = bases.visits.filter((bases.visits.semantic == "open") & ~bases.visits.is_unseen)
    until = ibis.coalesce(v.left_at, ibis.literal(bases.end).cast("timestamp(6)"))
    same = (v.next_pipeline == v.pipeline).fill_null(True)
    left, lost = v.left_at.notnull(), (v.next_semantic == "lost").fill_null(False)
    won = (v.next_semantic == "won").fill_null(False)
    ahead = (same & (v.next_rank > v.rank)).fill_null(False)
    back = (same & (v.next_rank < v.rank)).fill_null(False)
    forward = left & ~lost & (won | ahead)
    back = left & ~lost & ~won & back
    return v.mutate(
        _days=ibis.greatest(days(v.entered_at, until), 0.0), forward=yes(forward), back=yes(back), lost=yes(left & lost),
        aside=yes(left & ~lost & ~forward & ~back), still=yes(~left))


def _binned(bases: Bases, pipeline: str | None, stage: str, ask: Ask) -> pd.DataFrame:
    """Stays in one stage counted by bins of their length and by how they ended; every metric of stays reads the same counts."""
    return bases.rows_of(_bins(pipeline, stage, tuple(cut(ask))))


@cache
def _bins(pipeline: str | None, stage: str, slices: tuple[tuple[str, ...], ...]) -> Callable[[Bases], pd.DataFrame]:
    def counted(bases: Bases) -> pd.DataFrame:
        t = of_pipeline(bases.rows_of(exits), pipeline, bases)
        t = t.filter(t.stage == stage)
        sums = {"_rows": t.count(), "_x": cells.exact_days(t._days)} | {way: t[way].sum() for way in (*_WAYS, "aside", "still")}
        kind = t.forward + 2 * t.back + 3 * t.lost + 4 * t.aside
        part = cells.collect(bases, t, "", slices, (), sums, {"_bin": cells.duration_bin(t._days), "_kind": kind}, 1_000)[0]
        frame = pd.DataFrame({"by": part.by, "group": part.group, **part.sums})
        return frame.assign(_at=frame["_x"] / frame["_rows"])

    return counted


def _way(metric: Metric, bases: Bases, ask: Ask, way: str) -> pd.DataFrame:
    """Incidence of leaving in one way by the end of the curve, the other ways competing."""
    records = []
    for pipeline, stages in lines(bases):
        for stage in stages:
            for (by, group), rows in _binned(bases, pipeline, stage.name, ask).groupby(["by", "group"], sort=False):
                ended = rows["_rows"] - rows["still"]
                if ended.sum():
                    curve = survival.aalen_johansen(rows["_at"], rows[way], ended - rows[way], rows["still"])
                    low, high = intervals.wilson(rows[way].sum(), ended.sum())
                    value = float(curve.value[-1])
                    if 0 < value < 1:
                        low, high = curve.low[-1], curve.high[-1]
                    records.append(keys(bases, pipeline, stage.name, by, group) | {
                        "value": value, "low": float(low), "high": float(high), "n": int(rows["_rows"].sum())})
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


def _speed(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Stages passed in thirty days at the median stay."""
    records = []
    for pipeline, stages in lines(bases):
        for stage in stages:
            for (by, group), rows in _binned(bases, pipeline, stage.name, ask).groupby(["by", "group"], sort=False):
                left = (rows["_rows"] - rows["still"]).to_numpy()
                curve = survival.kaplan_meier(rows["_at"], left, rows["still"])
                median, low, high = survival.km_quantile(curve, 0.5)
                slowest = 0.0 if median == median and high != high else _per(high)  # so few have left that the stay has no upper end
                speed = {"value": _per(median), "low": slowest, "high": _per(low), "n": int(rows["_rows"].sum())}
                records.append(keys(bases, pipeline, stage.name, by, group) | speed)
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


def _per(median: float) -> float:
    return _MONTH / median if median > 0 else float("nan")


def totals(bases: Bases) -> ir.Table:
    """One row a closed deal and stage: `_days` in it over all visits, those of deals whose history is whole."""
    t = bases.rows_of(exits)
    t = t.filter((t.deal_semantic != "open") & ~t.is_truncated)
    slices = {name: t[name].max() for name in ("owner", "segment")}
    return t.group_by(deal_id=t.deal_id, pipeline=t.pipeline, stage=t.stage).agg(_days=t._days.sum(), _at=t.deal_closed_at.max(), **slices)


def _total(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Mean days that a closed deal spent in the stage, all its visits added up."""
    records = []
    for pipeline, stages in lines(bases):
        t = of_pipeline(bases.rows_of(totals), pipeline, bases)
        for stage in stages:
            mine = t.filter(t.stage == stage.name)
            sums = {"_rows": mine.count(), "x": cells.exact_days(mine._days), "xx": cells.exact(mine._days**2), "xxx": cells.exact(mine._days**3)}
            part = cells.collect(bases, mine, "", [one for one in cut(ask) if set(one) <= {"owner", "segment"}], (), sums)[0]
            low, high = intervals.mean(part.sums["_rows"], part.sums["x"], part.sums["xx"], part.sums["xxx"])
            records += [keys(bases, pipeline, stage.name, part.by[i], part.group[i]) | {
                "value": part.sums["x"][i] / n, "low": low[i], "high": high[i], "n": int(n), "sum_num": part.sums["x"][i],
                "sum_den": n, "sum_num2": part.sums["xx"][i], "sum_numden": part.sums["x"][i], "sum_den2": n}
                for i, n in enumerate(part.sums["_rows"]) if n]
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


def _share(way: str, better: str, counter: str) -> Metric:
    return Metric(
        id=f"stage_exit_{way}", card="M18", kind="share", unit="share", better=better, basis="cohort", table="deals",  # type: ignore[arg-type]
        rows=deals, at="", needs=_NEEDS, where=None, numerator=None, denominator=None, compute=partial(_way, way=way),
        matures_days=0, min_n=MIN_N, slices=_SLICES, counter=counter,
        source=f"Aalen–Johansen incidence of leaving the stage {way}; other ways of leaving compete, stays of today are censored",
    )


METRICS = (
    _share("forward", "higher", "win_rate"),
    _share("back", "lower", "stage_exit_forward"),
    _share("lost", "lower", "stage_undecided"),
    Metric(
        id="stage_speed", card="M18", kind="median", unit="count", better="higher", basis="cohort", table="deals", rows=deals,
        at="", needs=_NEEDS, where=None, numerator=None, denominator=None, compute=_speed, matures_days=0, min_n=MIN_N,
        slices=_SLICES, counter="stage_exit_back",
        source="30 ÷ the Kaplan–Meier median of the stay: stages like this one that a deal passes in thirty days",
    ),
    Metric(
        id="stage_days_total", card="M18", kind="mean", unit="days", better="lower", basis="closing", table="deals", rows=deals,
        at="", needs=_NEEDS, where=None, numerator=None, denominator=None, compute=_total, matures_days=0, min_n=MIN_N,
        slices=_SLICES, counter="stage_exit_back",
        source="mean days of a closed deal in the stage, all its visits added up; deals with a whole history only",
    ),
)
