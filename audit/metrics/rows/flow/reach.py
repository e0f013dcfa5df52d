"""How far deals got and what a stage is worth: first entries by stage, and the chance to win from each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import days
from audit.metrics.bases.stages import Stage
from audit.metrics.count import cells
from audit.metrics.rows.flow.ladder import lies_in, lines, of_pipeline
from audit.stats import survival

Pipeline = str | None


def reaches(bases: Bases) -> dict[Pipeline, ir.Table]:
    """By pipeline one row a deal with `_f0 … _fK`: when it first stood at stage k or beyond; `_fK` is winning.

    Stages passed before a deal's history begins are empty: when it entered them is not known, and those who fell out
    there are not known either. `_ended` is when the deal closed, `_last` when it last moved. Take it by `bases.rows_of`.
    """
    return {pipeline: _first_entries(bases, pipeline, stages) for pipeline, stages in lines(bases)}


def _first_entries(bases: Bases, pipeline: Pipeline, stages: list[Stage]) -> ir.Table:
    v = of_pipeline(bases.visits, pipeline, bases)
    beyond = {
        f"_f{at}": v.entered_at.min(where=((v.semantic == "open") & (v.ord >= stage.ord)) | (v.semantic == "won"))
        for at, stage in enumerate(stages)
    }
    begins = ibis.ifelse(v.is_unseen, v.ord + 1, v.ord).max(where=v.is_truncated)
    reach = v.group_by(_deal=v.deal_id).agg(**beyond, _begins=begins, _last=v.entered_at.max())
    d = bases.deals
    slices = [name for name in bases.slices("deals") if name not in ("stage", "pipeline", "loss_reason")]
    own = d.select("deal_id", "semantic", "won_at", "closed_at", *(name for name in slices if name in d.columns))
    wide = own.inner_join(reach, own.deal_id == reach._deal)
    # a won deal has passed every stage, whatever its history skipped
    filled = {f"_f{at}": ibis.ifelse(wide._begins > stage.ord, ibis.null("timestamp(6)"), ibis.coalesce(wide[f"_f{at}"], wide.won_at)).cast("timestamp(6)")
              for at, stage in enumerate(stages)}
    ended = ibis.ifelse(wide.semantic == "open", ibis.null("timestamp(6)"), ibis.coalesce(wide.closed_at, wide._last))
    wide = wide.mutate(**filled, **{f"_f{len(stages)}": wide.won_at}, _ended=ended)
    return bases.tables.backend.create_table(ibis.util.gen_name("audit_reach"), wide, temp=True)


def passages(wide: ir.Table, start: str, further: str, until: dt.datetime) -> ir.Table:
    """Deals that reached `start` before `until`: `_days` to `further`, to falling out or to `until`; `_went`, `_fell`, `_still`."""
    end = ibis.literal(until).cast("timestamp(6)")
    t = wide.filter(wide[start] < end)
    went = (t[further] < end).fill_null(False)
    fell = ~went & (t._ended < end).fill_null(False)
    stop = ibis.cases((went, t[further]), (fell, t._ended), else_=end)
    return t.mutate(_days=ibis.greatest(days(t[start], stop), 0.0), _went=ibis.ifelse(went, 1, 0), _fell=ibis.ifelse(fell, 1, 0),
                    _still=ibis.ifelse(went | fell, 0, 1))


def counted(bases: Bases, rows: ir.Table, slices: Iterable[cells.Slice] = ()) -> pd.DataFrame:
    """Bins of `passages` with by, group, `_days` (the mean inside a bin), `_rows`, went, fell, still."""
    sums = {"_rows": rows.count(), "went": rows._went.sum(), "fell": rows._fell.sum(), "still": rows._still.sum(),
            "_x": cells.exact_days(rows._days)}
    # what is still there must not stand in one bin with those who left: a bin ends at its mean
    extra = {"_bin": cells.duration_bin(rows._days), "_kind": rows._went + 2 * rows._fell}
    part = cells.collect(bases, rows, "", slices, (), sums, extra, 800)[0]
    frame = pd.DataFrame({"by": part.by, "group": part.group, **part.sums})
    return frame.assign(_days=frame["_x"] / frame["_rows"])


def incidence(rows: pd.DataFrame) -> survival.Curve:
    """Aalen–Johansen incidence of going further; falling out competes, the undecided are censored."""
    return survival.aalen_johansen(rows["_days"], rows["went"], rows["fell"], rows["still"])


def chances(bases: Bases, until: dt.datetime) -> dict[tuple[Pipeline, str], float]:
    """(pipeline, stage) → P(win | reached the stage) by what was known at `until`: the product of the stages' incidences.

    A product never falls from a stage to the next. A stage from which nobody has gone yet has no entry, nor have those
    before it.
    """
    found: dict[tuple[Pipeline, str], float] = {}
    for pipeline, stages in lines(bases):
        wide, chance = bases.rows_of(reaches)[pipeline], 1.0
        for at in reversed(range(len(stages))):
            rows = counted(bases, passages(wide, f"_f{at}", f"_f{at + 1}", until))
            if not rows["went"].sum() and not rows["fell"].sum():
                break
            chance *= float(incidence(rows).value[-1])
            found[pipeline, stages[at].name] = chance
    return found


def chances_now(bases: Bases) -> dict[tuple[Pipeline, str], float]:
    """`chances` by all that is known at the as-of day; take it by `bases.rows_of`."""
    return chances(bases, bases.end)


def worth(pipeline: ir.Value, stage: ir.Value, found: dict[tuple[Pipeline, str], float], bases: Bases) -> ir.Value:
    """The chance of each row's stage, empty where there is none."""
    pairs = [((stage == name) & lies_in(pipeline, line, bases), value) for (line, name), value in found.items()]
    return ibis.cases(*pairs, else_=ibis.null("float64")) if pairs else ibis.null("float64")
