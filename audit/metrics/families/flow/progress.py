"""Progress towards the result before there is one, and the work that remains: M22."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import days, yes
from audit.metrics.count import finish
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.flow.ladder import keys, lines, of_pipeline
from audit.metrics.rows.flow.moves import NEEDS, acted
from audit.metrics.rows.flow.pushes import steps
from audit.metrics.rows.flow.reach import chances_now, counted, incidence, passages, reaches
from audit.metrics.rows.flow.waits import half

_SLICES = ("owner", "team", "stage", "source", "segment", "pipeline")
_COLUMNS = ("deal_id", "owner", "pipeline", "stage", "done", "steps", "chance", "days_left", "actions_left", "amount", "expected_amount")


def _money(t: ir.Table, _: Bases) -> ir.Value:
    return t.gain * t.amount_base


def _chance(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """P(win | reached the stage) by all that is known, and how many deals reached it."""
    found, records = bases.rows_of(chances_now), []
    for pipeline, stages in lines(bases):
        wide = bases.rows_of(reaches)[pipeline]
        reached = bases.rows(wide.agg(**{str(at): wide[f"_f{at}"].count() for at in range(len(stages))}))
        for at, stage in enumerate(stages):
            value = found.get((pipeline, stage.name), np.nan)
            records.append(keys(bases, pipeline, stage.name) | {"value": value, "n": int(reached[str(at)].iloc[0])})
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


def _to_win(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Days from reaching the stage by which half of the winners have won."""
    records = []
    for pipeline, stages in lines(bases):
        wide = bases.rows_of(reaches)[pipeline]
        for at, stage in enumerate(stages):
            rows = counted(bases, passages(wide, f"_f{at}", f"_f{len(stages)}", bases.end))
            won = int(rows["went"].sum())
            if won:
                value, low, high = half(*(rows[name].to_numpy() for name in ("_days", "went", "fell", "still")))
                records.append(keys(bases, pipeline, stage.name) | {"value": value, "low": low, "high": high, "n": won})
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


def _remaining(bases: Bases) -> pd.DataFrame:
    """Open deals in an ordered stage: what is done, the chance, and what winners took from there; most expected money first."""
    found, frames = bases.rows_of(chances_now), []
    for pipeline, stages in lines(bases):
        wide = bases.rows_of(reaches)[pipeline]
        v = bases.visits.filter(lambda t: (t.deal_semantic == "open") & t.left_at.isnull() & (t.semantic == "open") & t["rank"].notnull())
        side = wide.select(_unit="deal_id", **{f"_f{at}": wide[f"_f{at}"] for at in range(len(stages))})
        here = v.inner_join(side, v.deal_id == side._unit)
        since = ibis.cases(*((here["rank"] == at, here[f"_f{at}"]) for at in range(len(stages))), else_=here.entered_at)
        here = here.mutate(_age=ibis.greatest(days(ibis.coalesce(since, here.entered_at), ibis.literal(bases.end)), 0.0))
        frame = bases.rows(of_pipeline(here, pipeline, bases).select(
            "deal_id", "owner", "pipeline", "stage", "rank", "_age", amount="amount_base"))
        pace = _pace(bases, wide, len(stages))
        for at, stage in enumerate(stages):
            mine = frame[frame["rank"] == at]
            left = _left(counted(bases, passages(wide, f"_f{at}", f"_f{len(stages)}", bases.end)), mine["_age"].to_numpy())
            frames.append(mine.assign(done=at, steps=len(stages), chance=found.get((pipeline, stage.name), np.nan), days_left=left.round(1),
                                      actions_left=(left * pace[at]).round(1)))
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*_COLUMNS])
    whole = whole.assign(expected_amount=(whole["amount"] * whole["chance"]).round(2), chance=whole["chance"].round(4))
    return whole.sort_values(["expected_amount", "deal_id"], ascending=[False, True], na_position="last")


def _left(rows: pd.DataFrame, age: np.ndarray) -> np.ndarray:
    """Days still to go for half of those who win after so long in the stage; NaN where none has won so late."""
    if not rows["went"].sum():
        return np.full(len(age), np.nan)
    curve = incidence(rows)
    so_far = np.concatenate([[0.0], curve.value])[np.searchsorted(curve.time, age, side="right")]
    last = curve.value[-1]
    at = np.searchsorted(curve.value, (so_far + last) / 2 - 1e-12)
    return np.where(so_far < last - 1e-12, np.maximum(curve.time[np.minimum(at, len(curve.time) - 1)] - age, 0.0), np.nan)


def _pace(bases: Bases, wide: ir.Table, steps_: int) -> list[float]:
    """Actions a day of won deals from reaching each stage to winning; NaN without actions."""
    if not bases.tables.has("activities.entity_id", "activities.done_at|activities.started_at"):
        return [float("nan")] * steps_
    won = wide.filter(wide.won_at.notnull())
    a = bases.rows_of(acted, light=True)
    a = a.filter((a.kind != "task").fill_null(True))
    done = won.inner_join(a, won.deal_id == a._deal)
    acts = bases.rows(done.agg(**{str(at): yes((done["at"] >= done[f"_f{at}"]) & (done["at"] <= done.won_at)).sum() for at in range(steps_)}))
    spent = bases.rows(won.agg(**{str(at): days(won[f"_f{at}"], won.won_at).sum() for at in range(steps_)}))
    number = [(acts[str(at)].iloc[0], spent[str(at)].iloc[0]) for at in range(steps_)]
    return [float(n) / float(d) if d and d == d and n == n else float("nan") for n, d in number]


METRICS = (
    Metric(
        id="stage_win_chance", card="M22", kind="share", unit="share", better="higher", basis="cohort", table="deals", rows=deals, at="",
        needs=NEEDS, where=None, numerator=None, denominator=None, compute=_chance, matures_days=0, min_n=MIN_N, slices=("stage",),
        counter="stage_undecided", source="P(win | reached the stage): product of the Aalen–Johansen incidences of this and the later stages",
    ),
    Metric(
        id="stage_days_to_win", card="M22", kind="median", unit="days", better="lower", basis="cohort", table="deals", rows=deals, at="",
        needs=NEEDS, where=None, numerator=None, denominator=None, compute=_to_win, matures_days=0, min_n=MIN_N, slices=("stage",),
        counter="stage_win_chance",
        source="days from reaching the stage by which half of those who win have won, by Aalen–Johansen incidence",
    ),
    Metric(
        id="pipeline_progress", card="M22", kind="sum", unit="count", better="higher", basis="period", table="deals", rows=steps, at="at",
        needs=NEEDS, where=None, numerator="gain", denominator=None, compute=None, matures_days=0, min_n=MIN_N, slices=_SLICES,
        counter="moves_evidenced",
        source="Σ (P(win) after a move − before it) over moves by people in the last rules.progress_months: expected deals gained; P(win) of "
        "a stage by what was known before these months, moves from or to stages without it left out",
    ),
    Metric(
        id="pipeline_progress_money", card="M22", kind="sum", unit="money", better="higher", basis="period", table="deals", rows=steps,
        at="at", needs=(*NEEDS, "deals.amount_base|deals.amount", "deals.amount of open deals"), where=None, numerator=_money,
        denominator=None, compute=None, matures_days=0, min_n=MIN_N, slices=_SLICES, counter="moves_evidenced",
        source="Σ amount × (P(win) after a move − before it) over the same moves: expected money gained",
    ),
)

LISTINGS = (
    Listing(
        id="remaining_work", card="M22", needs=NEEDS, columns=_COLUMNS, rows=_remaining,
        source="open deals: stages done of all, chance to win, days by which half of the winners who stood there as long had won, and "
        "actions with the client at the pace of winners; most expected money first",
    ),
)
