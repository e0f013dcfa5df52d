"""Fields that a stage asks for, and fields that hold one value nearly everywhere: M43."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import finish
from audit.metrics.declare.common import MIN_N, deals, one
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.flow.ladder import lies_in, lines
from audit.metrics.rows.hygiene import filled
from audit.metrics.rows.quality import reviews
from audit.stats import intervals

_OWN = ("owner_id",)  # one seller may well have most of the records


def demands(bases: Bases) -> dict[str, list[tuple[str | None, int]]]:
    """Field of deals → (pipeline, rank of the stage) from which on it must be filled: rules.stage_fields, else those of rules.yml."""
    written = [tuple(part.strip() for part in line.split("/", 1)) for line in bases.client.rules.stage_fields]
    usual = filled.rules()["stage_fields"]
    found: dict[str, list[tuple[str | None, int]]] = {}
    for pipeline, stages in lines(bases):
        places = [(len(stages) - 1, usual["last"]), *([(1, usual["second"])] if len(stages) > 2 else [])]
        named = [(rank, [field for name, field in written if name.casefold() in (stage.name.casefold(), stage.id.casefold())])
                 for rank, stage in enumerate(stages)]
        for rank, columns in named if written else places:
            for field in columns:
                if bases.tables.has(f"deals.{field}"):
                    found.setdefault(field, []).append((pipeline, rank))
    return found


def asked(bases: Bases) -> ir.Table:
    """One row an open deal and field that its stage asks for: owner, team, stage, `field`, `filled` 1 with a real value."""
    d = bases.deals.filter(bases.deals.semantic == "open")
    d = d.mutate(_rank=bases.stages.column(d.pipeline_id, d.stage_id, "rank"))
    parts = []
    for field, places in demands(bases).items():
        there = ibis.or_(*(lies_in(d.pipeline, pipeline, bases) & (d._rank >= rank).fill_null(False) for pipeline, rank in places))
        parts.append(d.filter(there).select("deal_id", "owner", "team", "stage", field=ibis.literal(f"deals.{field}"), filled=filled.states(d[field])[1]))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def commonest(bases: Bases) -> pd.DataFrame:
    """One row a mandatory field with ten real values or more: field, its commonest value (the first of equals), `most` that have
    it, `filled` with any real one."""
    found: dict[str, pd.DataFrame] = {}
    for name, rows, known in filled.required(bases):
        for field in known:
            if field not in _OWN:
                t = rows.group_by(field).agg(n=rows.count())  # texts are looked at once, however many rows have them
                t = t.filter(filled.states(t[field])[1] == 1)
                value = t[field].strip() if t[field].type().is_string() else t[field]
                counted = t.group_by(value=value).agg(n=t.n.sum())
                whole = counted.agg(filled=counted.n.sum())
                top = counted.order_by([counted.n.desc(), counted["value"]]).limit(1).cross_join(whole)
                found[f"{name}.{field}"] = bases.rows(top).assign(field=f"{name}.{field}").astype({"value": object})
    frame = pd.concat(found.values(), ignore_index=True) if found else pd.DataFrame(columns=["value", "n", "filled", "field"])
    frame = frame.rename(columns={"n": "most"}).assign(value=[str(one) for one in frame["value"]])
    return frame[frame["filled"] >= MIN_N].sort_values("field").reset_index(drop=True)


def _shares(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Values that are the commonest of their field ÷ values filled, of all fields and of each."""
    frame = bases.rows_of(commonest)
    parts = [("", "", frame), *(("field", row["field"], frame.loc[[at]]) for at, row in frame.iterrows() if ("field",) in ask.slices)]
    records = []
    for by, group, rows in parts:
        num, den = float(rows["most"].sum()), float(rows["filled"].sum())
        low, high = (float(x) for x in intervals.wilson(num, den)) if den else (np.nan, np.nan)
        records.append({"by": by, "group": group, "value": num / den if den else np.nan, "low": low, "high": high, "n": int(den), "sum_num": num,
                        "sum_den": den, "sum_num2": num, "sum_numden": num, "sum_den2": den})
    return finish.made(metric, bases, records)


def suspect(bases: Bases) -> pd.DataFrame:
    """Rows of `commonest` in which one value has more than rules.uniform_share, the most uniform first, with `share`."""
    frame = bases.rows_of(commonest)
    frame = frame.assign(share=frame["most"] / frame["filled"])
    return frame[frame["share"] > bases.client.rules.uniform_share].sort_values(["share", "field"], ascending=[False, True])


def _number(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    return finish.made(metric, bases, [{"value": len(suspect(bases)), "n": len(bases.rows_of(commonest))}])


_CARDS = ("deals|leads|clients|contacts",)
METRICS = (
    Metric(
        id="stage_fields_filled", card="M43", kind="share", unit="share", better="higher", basis="snapshot", table="deals", rows=asked, at="",
        needs=("deals.semantic", "deals.stage_id", "stages.ord", "fields of stages"), where=None, numerator="filled", denominator=one, compute=None,
        matures_days=0, min_n=MIN_N, slices=("stage", "field", "owner", "team"), counter="placeholder_share",
        source="fields with a real value ÷ fields that the stages of open deals ask for: rules.stage_fields, else client and source from the second stage "
               "on, amount, planned closing, product and client in the last",
    ),
    Metric(
        id="commonest_value_share", card="M43", kind="share", unit="share", better="neutral", basis="snapshot", table="deals", rows=deals, at="",
        needs=_CARDS, where=None, numerator=None, denominator=None, compute=_shares, matures_days=0, min_n=MIN_N, slices=("field",),
        counter="completeness", source="real values equal to the commonest of their field ÷ real values of mandatory fields with ten of them or more",
    ),
    Metric(
        id="uniform_fields", card="M43", kind="figure", unit="count", better="lower", basis="snapshot", table="deals", rows=deals, at="",
        needs=_CARDS, where=None, numerator=None, denominator=None, compute=_number, matures_days=0, min_n=MIN_N, slices=(),
        counter="completeness", source="mandatory fields of which one value has more than rules.uniform_share of the real values",
    ),
    Metric(
        id="script_kept", card="M43", kind="mean", unit="share", better="higher", basis="period", table="qa_reviews", rows=reviews.scripted, at="at",
        needs=(*reviews.RANDOM, "qa_reviews about the script"), where=None, numerator="kept", denominator=one, compute=None, matures_days=0, min_n=MIN_N,
        slices=("owner", "team", "object", "version"), counter="qa_outcome_link",
        source="mean over conversations and letters reviewed at random of items on the script with full points ÷ items on it that applied; these are "
               "blocks, else items, else checklists called so (script, technology, algorithm)",
    ),
)
LISTINGS = (
    Listing(id="uniform_fields", card="M43", needs=_CARDS, columns=("field", "value", "share", "filled"), rows=suspect,
            source="mandatory fields of which one value has more than rules.uniform_share of the real values, the most uniform first"),
)
