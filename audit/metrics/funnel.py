"""Conversion from stage to stage: M07, reached-based from history, or by current stage where there is none."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics import cells, finish
from audit.metrics.bases import Bases
from audit.metrics.common import MIN_N, deals
from audit.metrics.ladder import cut, keys, lines, of_pipeline
from audit.metrics.metric import Ask, Metric
from audit.metrics.shape import yes
from audit.metrics.stages import Stage

_SLICES = ("stage", "owner×stage", "source×stage", "segment×stage", "product×stage")


def _reached(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Of deals that ever reached a stage and did not stop there undecided, the share that went further."""
    frames = []
    for pipeline, stages in lines(bases):
        wide = _first_entries(bases, pipeline, stages)
        for at, stage in enumerate(stages):
            first, further = wide[f"_f{at}"], wide[f"_f{at + 1}"]
            undecided = (wide.semantic == "open") & further.isnull()
            rows = wide.filter(first.notnull() & ~undecided)
            rows = rows.mutate(_at=rows[f"_f{at}"], _went=yes(rows[f"_f{at + 1}"].notnull()))
            frames.append(_stage_rows(metric, bases, ask, rows, pipeline, stage.name))
    return pd.concat(frames, ignore_index=True) if frames else finish.made(metric, bases, [{"value": np.nan, "n": 0}])


def _first_entries(bases: Bases, pipeline: str | None, stages: list[Stage]) -> ir.Table:
    """One row a deal with `_f0 … _fK`: when it first stood at stage k or beyond; `_fK` is winning.

    Stages passed before a deal's history begins are empty: when it entered them is not known, and those who fell out
    there are not known either.
    """
    v = of_pipeline(bases.visits, pipeline, bases)
    beyond = {
        f"_f{at}": v.entered_at.min(where=((v.semantic == "open") & (v.ord >= stage.ord)) | (v.semantic == "won"))
        for at, stage in enumerate(stages)
    }
    begins = ibis.ifelse(v.is_unseen, v.ord + 1, v.ord).max(where=v.is_truncated)
    reach = v.group_by(_deal=v.deal_id).agg(**beyond, _begins=begins)
    d = bases.deals
    slices = [name for name in bases.slices("deals") if name not in ("stage", "pipeline", "loss_reason")]
    own = d.select("deal_id", "semantic", "won_at", *(name for name in slices if name in d.columns))
    wide = own.inner_join(reach, own.deal_id == reach._deal)
    # a won deal has passed every stage, whatever its history skipped
    filled = {f"_f{at}": ibis.ifelse(wide._begins > stage.ord, ibis.null("timestamp(6)"), ibis.coalesce(wide[f"_f{at}"], wide.won_at)).cast("timestamp(6)")
              if stage.ord is not None else wide[f"_f{at}"] for at, stage in enumerate(stages)}
    wide = wide.mutate(**filled, **{f"_f{len(stages)}": wide.won_at})
    return bases.tables.backend.create_table(ibis.util.gen_name("audit_reach"), wide, temp=True)


def _stage_rows(
    metric: Metric, bases: Bases, ask: Ask, rows: ir.Table, pipeline: str | None, stage: str
) -> pd.DataFrame:
    """VALUES of one stage from rows with `_at` and `_went`."""
    rolled = cells.collect(bases, rows, "_at", cut(ask), ask.periods, {"_rows": rows.count(), "went": rows._went.sum()})
    frames = []
    for part in rolled:
        named = [keys(bases, pipeline, stage, by, group) for by, group in zip(part.by, part.group, strict=True)]
        by, group = (np.array([key[name] for key in named], dtype=object) for name in ("by", "group"))
        sums = {"num": part.sums["went"], "den": part.sums["_rows"]}
        sums |= {"num2": sums["num"], "numden": sums["num"], "den2": sums["den"]}
        part = cells.Rolled(part.period, by, group, part.number, part.sums, part.first)
        frames.append(finish.rows(metric, bases, part, sums, np.zeros(len(by), dtype=bool)))
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
        for at, stage in enumerate(stages):
            further = (stages[at + 1].ord or 0) if at + 1 < len(stages) else top + 1
            rows = d.filter(d._reach >= (stage.ord or 0))
            rows = rows.mutate(_went=yes(rows._reach >= further), _at=rows.created_at)
            frames.append(_stage_rows(metric, bases, ask, rows, pipeline, stage.name))
    return pd.concat(frames, ignore_index=True) if frames else finish.made(metric, bases, [{"value": np.nan, "n": 0}])


METRICS = (
    Metric(
        id="stage_conversion", card="M07", kind="share", unit="share", better="higher", basis="cohort", table="deals",
        rows=deals, at="", needs=("stage_history.entered_at", "stage_history.to_stage", "stages.ord", "deals.semantic"),
        where=None, numerator=None, denominator=None, compute=_reached, matures_days=0, min_n=MIN_N, slices=_SLICES,
        counter="win_rate", source="reached a later stage ÷ reached the stage; deals still undecided in it are left out; "
        "dated by the first entry to the stage or beyond",
    ),
    Metric(
        id="stage_conversion_current", card="M07", kind="share", unit="share", better="higher", basis="cohort",
        table="deals", rows=deals, at="created_at", needs=("deals.stage_id", "deals.semantic", "stages.ord"), where=None,
        numerator=None, denominator=None, compute=_current, matures_days=0, min_n=MIN_N, slices=_SLICES,
        counter="win_rate", source="now beyond the stage ÷ now at the stage or beyond; the stage at which a deal was lost "
        "is not known without history, so lost deals count in the first stage only and open ones as not gone further",
    ),
)
