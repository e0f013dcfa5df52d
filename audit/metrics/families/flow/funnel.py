"""Conversion from stage to stage: M07, reached-based from history, or by current stage where there is none."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.count import cells, finish
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.flow import onward
from audit.metrics.rows.flow.ladder import cut, keys, lines, of_pipeline
from audit.metrics.rows.flow.reach import reaches

_SLICES = ("stage", "owner×stage", "source×stage", "segment×stage", "product×stage")


def _reached(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Of deals that ever reached a stage and did not stop there undecided, the share that went further."""
    frames = []
    for pipeline, stages in lines(bases):
        wide = bases.rows_of(reaches)[pipeline]
        for at, stage in enumerate(stages):
            rows = wide.filter(wide[f"_f{at}"].notnull())
            undecided = (rows.semantic == "open") & rows[f"_f{at + 1}"].isnull()
            rows = rows.mutate(_at=rows[f"_f{at}"], _there=yes(~undecided), _went=yes(rows[f"_f{at + 1}"].notnull()), _open=yes(undecided))
            frames.append(_stage_rows(metric, bases, ask, rows, pipeline, stage.name))
    return pd.concat(frames, ignore_index=True) if frames else finish.made(metric, bases, [{"value": np.nan, "n": 0}])


def _undecided(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Open deals that reached the stage and have not gone further, counted by stage."""
    records = []
    for pipeline, stages in lines(bases):
        wide = bases.rows_of(reaches)[pipeline]
        sums = {}
        for at in range(len(stages)):
            there = wide[f"_f{at}"].notnull() & wide[f"_f{at + 1}"].isnull() & (wide.semantic == "open")
            sums[str(at)] = yes(there).sum()
        rows = bases.rows(wide.agg(**sums))
        for at, stage in enumerate(stages):
            number = int(rows[str(at)].fillna(0).iloc[0])
            records.append(keys(bases, pipeline, stage.name) | {"value": number, "n": number, "sum_num": number})
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


def _stage_rows(
    metric: Metric, bases: Bases, ask: Ask, rows: ir.Table, pipeline: str | None, stage: str
) -> pd.DataFrame:
    """VALUES of one stage from rows with `_at`, `_there`, `_went` and `_open`, which may change yet: a period that holds one is provisional."""
    sums = {"_rows": rows.count(), "there": rows._there.sum(), "went": rows._went.sum(), "open": rows._open.sum()}
    return _shares(metric, bases, cells.collect(bases, rows, "_at", cut(ask), ask.periods, sums), pipeline, stage)


def _shares(metric: Metric, bases: Bases, rolled: list[cells.Rolled], pipeline: str | None, stage: str, mark: str = "") -> pd.DataFrame:
    """VALUES of one stage from the sums `there` and `went` that bear its `mark`."""
    frames = []
    for part in rolled:
        named = [keys(bases, pipeline, stage, by, group) for by, group in zip(part.by, part.group, strict=True)]
        by, group = (np.array([key[name] for key in named], dtype=object) for name in ("by", "group"))
        sums = {"num": part.sums[f"went{mark}"], "den": part.sums[f"there{mark}"]}
        sums |= {"num2": sums["num"], "numden": sums["num"], "den2": sums["den"]}
        part = cells.Rolled(part.period, by, group, part.number, part.sums, part.first)
        frames.append(finish.rows(metric, bases, part, sums, (part.sums["open"] > 0) & (part.period != "all")))
    return pd.concat(frames, ignore_index=True)


def _current(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Lower bound from the present stage alone: a lost deal is known to have reached only the first stage."""
    frames = []
    for pipeline, stages in lines(bases):
        d = of_pipeline(bases.deals, pipeline, bases)
        place = bases.stages.column(d.pipeline_id, d.stage_id, "ord")
        kind = bases.stages.column(d.pipeline_id, d.stage_id, "semantic")
        top = stages[-1].ord or 0
        reach = ibis.cases((d.semantic == "won", top + 1), ((kind == "open") & place.notnull(), place), else_=stages[0].ord or 0)
        d = d.mutate(_reach=reach)
        sums = {"_rows": d.count(), "open": yes(d.semantic == "open").sum()}
        for at, stage in enumerate(stages):
            further = (stages[at + 1].ord or 0) if at + 1 < len(stages) else top + 1
            sums |= {f"there{at}": yes(d._reach >= (stage.ord or 0)).sum(), f"went{at}": yes(d._reach >= further).sum()}
        rolled = cells.collect(bases, d, "created_at", cut(ask), ask.periods, sums)
        frames += [_shares(metric, bases, rolled, pipeline, stage.name, str(at)) for at, stage in enumerate(stages)]
    return pd.concat(frames, ignore_index=True) if frames else finish.made(metric, bases, [{"value": np.nan, "n": 0}])


_NEEDS = ("stage_history.entered_at", "stage_history.to_stage", "stages.ord", "deals.semantic")

METRICS = (
    Metric(
        id="stage_conversion_incidence", card="M07", kind="share", unit="share", better="higher", basis="cohort", table="deals",
        rows=deals, at="", needs=_NEEDS, where=None, numerator=None, denominator=None, compute=onward.values, matures_days=0,
        min_n=MIN_N, slices=_SLICES,
        counter="stage_undecided",
        source="Aalen–Johansen incidence of reaching a later stage, from the first entry to the stage or beyond; losing the "
        "deal competes, the undecided are censored at the as-of day",
    ),
    Metric(
        id="stage_undecided", card="M07", kind="count", unit="count", better="lower", basis="snapshot", table="deals",
        rows=deals, at="", needs=_NEEDS, where=None, numerator=None, denominator=None, compute=_undecided, matures_days=0,
        min_n=MIN_N, slices=("stage",), counter="stage_conversion",
        source="open deals that reached the stage and no later one; stage_conversion leaves them out",
    ),
    Metric(
        id="stage_conversion", card="M07", kind="share", unit="share", better="higher", basis="cohort", table="deals",
        rows=deals, at="", needs=_NEEDS,
        where=None, numerator=None, denominator=None, compute=_reached, matures_days=0, min_n=MIN_N, slices=_SLICES,
        counter="win_rate", source="reached a later stage ÷ reached the stage; deals still undecided in it are left out; "
        "dated by the first entry to the stage or beyond, a period is final when none of its deals is undecided",
    ),
    Metric(
        id="stage_conversion_current", card="M07", kind="share", unit="share", better="higher", basis="cohort",
        table="deals", rows=deals, at="created_at", needs=("deals.stage_id", "deals.semantic", "stages.ord"), where=None,
        numerator=None, denominator=None, compute=_current, matures_days=0, min_n=MIN_N, slices=_SLICES,
        counter="win_rate", source="now beyond the stage ÷ now at the stage or beyond; the stage at which a deal was lost "
        "is not known without history, so lost deals count in the first stage only and open ones as not gone further; a period is final when none is left open",
    ),
)
