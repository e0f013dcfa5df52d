"""Stage conversion within the time that a stage usually takes, so that old and young cohorts are compared alike: M07."""

from __future__ import annotations

from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import cells, finish, periods
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.flow.ladder import cut, keys, lines
from audit.metrics.rows.flow.reach import incidence, passages, reaches
from audit.stats import survival

_NEEDS = ("stage_history.entered_at", "stage_history.to_stage", "stages.ord", "deals.semantic")
_PART = 0.8  # of those who leave a stage have left it within its horizon
_TERMS = (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365)  # horizons in days: a term said in round numbers seldom moves from month to month


def _within(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Incidence of going further by the stage's horizon, of all, of slices and of those who came in each period."""
    records: list[dict[str, Any]] = []
    for pipeline, stages in lines(bases):
        wide = bases.rows_of(reaches)[pipeline]
        for at, stage in enumerate(stages):
            rows = passages(wide, f"_f{at}", f"_f{at + 1}", bases.end)
            whole = _binned(bases, rows, f"_f{at}", cut(ask), ())
            limit = term(horizon(whole[whole["by"] == ""]))
            if limit != limit:
                continue
            late = bases.end - pd.Timedelta(days=limit).to_pytimedelta()
            for (by, group), part in whole.groupby(["by", "group"], sort=False):
                records.append(keys(bases, pipeline, stage.name, by, group) | _by(part, limit))
            by_period = _binned(bases, rows, f"_f{at}", [], ask.periods) if ask.periods else whole[:0]
            for (period, number), part in by_period[by_period["period"] != "all"].groupby(["period", "number"], sort=True):
                end = periods.end(number, period)
                records.append(keys(bases, pipeline, stage.name) | _by(part, limit) | {
                    "period": period, "period_start": periods.start(number, period), "period_end": end, "young": end > late.date()})
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


def horizon(rows: pd.DataFrame) -> float:
    """Days in which four of five have left the stage either way (Kaplan–Meier), at most the longest stay that ended; NaN where nobody left."""
    left = (rows["went"] + rows["fell"]).to_numpy(dtype=float)
    if not left.sum():
        return float("nan")
    days = rows["_days"].to_numpy(dtype=float)
    found = survival.km_quantile(survival.kaplan_meier(days, left, rows["still"].to_numpy(dtype=float)), _PART)[0]
    return float(found) if found == found else float(days[left > 0].max())


def term(days: float) -> float:
    """The shortest of _TERMS that holds `days`, beyond them whole years; NaN of NaN."""
    return days if days != days else float(next((one for one in _TERMS if days <= one), np.ceil(days / 365) * 365))


def _binned(bases: Bases, rows: ir.Table, at: str, slices: list[tuple[str, ...]], wanted: tuple[str, ...]) -> pd.DataFrame:
    """Bins of `passages` with period, number, by, group, `_days`, went, fell, still."""
    sums = {"_rows": rows.count(), "went": rows._went.sum(), "fell": rows._fell.sum(), "still": rows._still.sum(), "_x": cells.exact_days(rows._days)}
    extra = {"_bin": cells.duration_bin(rows._days), "_kind": rows._went + 2 * rows._fell}
    frames = [pd.DataFrame({"period": part.period, "number": part.number, "by": part.by, "group": part.group, **part.sums})
              for part in cells.collect(bases, rows, at, slices, wanted, sums, extra, 800)]
    frame = pd.concat(frames, ignore_index=True)
    return frame.assign(_days=frame["_x"] / frame["_rows"])


def _by(rows: pd.DataFrame, limit: float) -> dict[str, Any]:
    """Incidence by the horizon; NaN where nobody is decided by then."""
    curve, n = incidence(rows), int(rows["_rows"].sum())
    at = int(np.searchsorted(curve.time, limit + 1e-9, side="right")) - 1
    decided = rows[(rows["_days"] <= limit + 1e-9) & (rows["still"] == 0)]
    if at < 0 or not len(decided):
        return {"value": np.nan, "n": n}
    inside = 0 < curve.value[at] < 1
    return {"value": float(curve.value[at]), "low": float(curve.low[at]) if inside else np.nan, "high": float(curve.high[at]) if inside else np.nan, "n": n}


METRICS = (
    Metric(
        id="stage_conversion_within", card="M07", kind="share", unit="share", better="higher", basis="cohort", table="deals", rows=deals, at="",
        needs=_NEEDS, where=None, numerator=None, denominator=None, compute=_within, matures_days=0, min_n=MIN_N,
        slices=("stage", "owner×stage", "source×stage", "segment×stage", "product×stage"), counter="stage_undecided",
        source="Aalen–Johansen incidence of reaching a later stage within the stage's horizon, the days in which four of five leave it either way, rounded up to 1, 2, 3, 5, 7, "
               "10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365 days or whole years; "
               "dated by the first entry to the stage or beyond, a period is final when its last deal has had the horizon",
    ),
)
