"""Time in stage and the speed of the pipeline: M18."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import days
from audit.metrics.count import cells, finish
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.metric import QUANTILE, Ask, Metric
from audit.metrics.rows.flow.ladder import cut, keys, lines, of_pipeline
from audit.metrics.rows.flow.waits import waited, won_soundly
from audit.stats import intervals, survival

_NEEDS = ("stage_history.entered_at", "stage_history.to_stage", "stages.ord", "deals.semantic")
_DRAWS = 4_000
_SLICES = ("stage", "owner×stage", "segment×stage")


def _stays(bases: Bases) -> ir.Table:
    """One row a visit to an open stage whose beginning was recorded: `_days` so far, `_left` when it has ended."""
    v = bases.visits.filter((bases.visits.semantic == "open") & ~bases.visits.is_unseen)
    until = ibis.coalesce(v.left_at, ibis.literal(bases.end).cast("timestamp(6)"))
    return v.mutate(_days=days(v.entered_at, until), _left=ibis.ifelse(v.left_at.notnull(), 1, 0))


def _sojourn(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Kaplan–Meier quantile of the stay in each stage; whoever is still inside is censored at the as-of day."""
    records = []
    for pipeline, stages in lines(bases):
        stays = of_pipeline(bases.rows_of(_stays), pipeline, bases)
        for stage in stages:
            t = stays.filter((stays.stage == stage.name) & (stays._days >= 0))
            bins = cells.duration_bin(t._days)
            sums = {"_rows": t.count(), "left": t._left.sum(), "_x": cells.exact_days(t._days)}
            part = cells.collect(bases, t, "", cut(ask), (), sums, {"_bin": bins, "_went": t._left}, 400)[0]
            frame = pd.DataFrame({"by": part.by, "group": part.group, **part.sums})
            for (by, group), rows in frame.groupby(["by", "group"], sort=False):
                records.append(keys(bases, pipeline, stage.name, by, group) | _quantile(rows, QUANTILE[metric.kind]))
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


def _quantile(rows: pd.DataFrame, q: float) -> dict[str, float]:
    inside = (rows["_x"] / rows["_rows"]).to_numpy()
    left = rows["left"].to_numpy()
    curve = survival.kaplan_meier(inside, left, rows["_rows"].to_numpy() - left)
    value, low, high = survival.km_quantile(curve, q)
    return {"value": value, "low": low, "high": high, "n": int(rows["_rows"].sum()), "sum_num": float(rows["_x"].sum()),
            "sum_den": float(rows["_rows"].sum())}


def _over(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Share of stays longer than the stage's norm; a stay still within it is undecided and left out."""
    records = []
    for pipeline, stages in lines(bases):
        stays = of_pipeline(bases.rows_of(_stays), pipeline, bases)
        for stage in stages:
            if stage.max_days is None:
                continue
            t = stays.filter(stays.stage == stage.name)
            over = t._days > stage.max_days
            t = t.filter(over | (t._left == 1))
            sums = {"_rows": t.count(), "over": (t._days > stage.max_days).sum().cast("float64")}
            part = cells.collect(bases, t, "", cut(ask), (), sums)[0]
            low, high = intervals.wilson(part.sums["over"], part.sums["_rows"])
            for i, (by, group) in enumerate(zip(part.by, part.group, strict=True)):
                over_n, n = part.sums["over"][i], part.sums["_rows"][i]
                if n:
                    records.append(keys(bases, pipeline, stage.name, by, group) | {
                        "value": over_n / n, "low": low[i], "high": high[i], "n": int(n), "sum_num": over_n, "sum_den": n,
                        "sum_num2": over_n, "sum_numden": over_n, "sum_den2": n})
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


def _velocity(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Open deals × win rate × mean won amount ÷ mean cycle, money a day, with a simulated interval."""
    d = bases.deals
    won = d.semantic == "won"
    sound = won_soundly(d, bases).fill_null(False)
    amount = ibis.ifelse(won, d.amount_base, 0.0).fill_null(0.0)
    wait = ibis.ifelse(sound, waited(d, bases), 0.0).fill_null(0.0)
    sums = {
        "_rows": d.count(), "open": (d.semantic == "open").sum(), "won": won.sum(), "lost": (d.semantic == "lost").sum(),
        "paid": (won & d.amount_base.notnull()).sum(), "x": cells.exact(amount), "xx": cells.exact(amount**2),
        "sound": sound.sum(), "w": cells.exact_days(wait), "ww": cells.exact(wait**2),
    }
    part = cells.collect(bases, d, "", ask.slices, (), {name: sum_.cast("float64") for name, sum_ in sums.items()})[0]
    records = []
    for i, (by, group) in enumerate(zip(part.by, part.group, strict=True)):
        s = {name: array[i] for name, array in part.sums.items()}
        if min(s["won"], s["paid"], s["sound"], s["w"]) > 0:
            value = s["open"] * s["won"] / (s["won"] + s["lost"]) * (s["x"] / s["paid"]) / (s["w"] / s["sound"])
            low, high = _simulated(s) if s["paid"] > 1 and s["sound"] > 1 and s["x"] > 0 else (np.nan, np.nan)
            records.append({"by": by, "group": group, "value": value, "low": low, "high": high, "n": int(s["won"] + s["lost"])})
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


def _simulated(s: dict[str, float]) -> tuple[float, float]:
    """95 % of what independent win rate, check and cycle would give; fixed seed."""
    rng = np.random.default_rng(23)
    rate = rng.beta(s["won"] + 0.5, s["lost"] + 0.5, _DRAWS)
    check, cycle = (_mean_draws(rng, s[n], s[a], s[b]) for n, a, b in (("paid", "x", "xx"), ("sound", "w", "ww")))
    low, high = np.quantile(s["open"] * rate * check / cycle, (0.025, 0.975))
    return float(low), float(high)


def _mean_draws(rng: np.random.Generator, n: float, total: float, squares: float) -> np.ndarray:
    """Draws of a positive mean: log-normal with the mean's own standard error."""
    middle = total / n
    spread = max(squares / n - middle**2, 0) / (n - 1) / middle**2
    width = np.log1p(spread)
    return middle * rng.lognormal(-width / 2, np.sqrt(width), _DRAWS)


METRICS = (
    Metric(
        id="stage_days", card="M18", kind="median", unit="days", better="lower", basis="cohort", table="deals", rows=deals,
        at="", needs=_NEEDS, where=None, numerator=None, denominator=None, compute=_sojourn, matures_days=0, min_n=MIN_N,
        slices=_SLICES, counter="stage_conversion",
        source="Kaplan–Meier median of the stay in the stage; any leaving ends it, stays of today are censored",
    ),
    Metric(
        id="stage_days_p80", card="M18", kind="p80", unit="days", better="lower", basis="cohort", table="deals", rows=deals,
        at="", needs=_NEEDS, where=None, numerator=None, denominator=None, compute=_sojourn, matures_days=0, min_n=MIN_N,
        slices=_SLICES, counter="stage_conversion", source="Kaplan–Meier 80 % quantile of the stay in the stage",
    ),
    Metric(
        id="stage_over_norm", card="M18", kind="share", unit="share", better="lower", basis="cohort", table="deals",
        rows=deals, at="", needs=(*_NEEDS, "stages.max_days"), where=None, numerator=None, denominator=None, compute=_over,
        matures_days=0, min_n=MIN_N, slices=_SLICES, counter="stage_conversion",
        source="stays longer than the stage's max_days ÷ stays that ended or are longer",
    ),
    Metric(
        id="sales_velocity", card="M18", kind="figure", unit="money", better="higher", basis="snapshot", table="deals",
        rows=deals, at="", needs=("deals.semantic", "deals.created_at", "deals.closed_at|deals.won_at",
                                  "deals.amount_base|deals.amount", "deals.semantic=lost"),
        where=None, numerator=None, denominator=None, compute=_velocity, matures_days=0, min_n=MIN_N,
        slices=("owner", "segment", "pipeline"), counter="win_rate",
        source="open deals × win rate × mean won amount ÷ mean cycle of won deals, a day; not additive over sellers",
    ),
)
