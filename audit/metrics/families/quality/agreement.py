"""Whether reviewers agree: M58."""

from __future__ import annotations

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.count import finish
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.quality import reviews
from audit.stats import agreement

_TWICE = (*reviews.NEEDS, "qa_reviews.object_id", "qa_reviews.reviewer_id", "qa_reviews of two reviewers")


def _double(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t.reviewers >= 2)


def totals(bases: Bases) -> pd.DataFrame:
    """Scores of things that two people or more reviewed: unit × reviewer, a mean where one did it twice; models are no people."""
    t = bases.rows_of(reviews.scored)
    t = t.filter(~reviews.by_model(t, bases))
    frame = bases.rows(t.group_by("unit", "reviewer_id").agg(x=t.score.mean().round(6)))
    table = frame.pivot(index="unit", columns="reviewer_id", values="x").sort_index(axis=0).sort_index(axis=1)
    return table[table.notna().sum(axis=1) >= 2]


def _fullest(table: pd.DataFrame) -> np.ndarray:
    """The scores of the two reviewers with most things in common; those of all where all reviewed everything."""
    if table.notna().all(axis=None):
        return table.to_numpy()
    pairs = [(int((table[a].notna() & table[b].notna()).sum()), -i, -j) for i, a in enumerate(table) for j, b in enumerate(table) if i < j]
    _, i, j = max(pairs, default=(0, 0, 0))
    return table.iloc[:, [-i, -j]].dropna().to_numpy()


def _icc(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    scores = _fullest(bases.rows_of(totals))
    if len(scores) < 2:
        return finish.made(metric, bases, [{"value": np.nan, "n": len(scores)}])
    value, low, high = agreement.icc(scores)
    return finish.made(metric, bases, [{"value": value, "low": low, "high": high, "n": len(scores)}])


def _with_model(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """ICC of people's mean score of a thing with the model's."""
    t = bases.rows_of(reviews.scored)
    frame = bases.rows(t.group_by("unit", model=reviews.by_model(t, bases)).agg(x=t.score.mean().round(6)))
    pairs = frame.pivot(index="unit", columns="model", values="x").reindex(columns=[False, True]).dropna().sort_index().to_numpy()
    value, low, high = agreement.icc(pairs) if len(pairs) > 1 else (np.nan, np.nan, np.nan)
    return finish.made(metric, bases, [{"value": value, "low": low, "high": high, "n": len(pairs)}])


def _alpha(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Alpha of totals, and of each item with its points as ordered levels."""
    whole = bases.rows_of(totals).stack().rename("x").reset_index()
    records = [{"value": agreement.alpha(whole["unit"], whole["x"], "interval") if len(whole) else np.nan, "n": whole["unit"].nunique()}]
    if ("item",) in ask.slices:
        t = bases.rows_of(reviews.items)
        t = t.filter(~reviews.by_model(t, bases))
        frame = bases.rows(t.group_by("item_id", "unit", "reviewer_id").agg(x=t.part.mean().round(6)))
        for item, rows in frame.groupby("item_id", sort=True):
            twice = int((rows.groupby("unit")["x"].size() >= 2).sum())
            value = agreement.alpha(rows["unit"].to_numpy(dtype=str), rows["x"], "ordinal") if twice else np.nan
            records.append({"by": "item", "group": str(item), "value": value, "n": twice})
    return finish.made(metric, bases, records)


def _alpha_with_model(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Alpha of people's mean total with the model's, and of each item."""
    parts = [("", "", bases.rows_of(reviews.scored), "score")]
    if ("item",) in ask.slices:
        parts.append(("item", "item_id", bases.rows_of(reviews.items), "part"))
    records = []
    for by, key, t, column in parts:
        names = [key] if key else []
        frame = bases.rows(t.group_by(*names, "unit", model=reviews.by_model(t, bases)).agg(x=t[column].mean().round(6)))
        frame = frame.sort_values([*names, "unit", "model"], kind="stable")
        frame = frame[frame.groupby([*names, "unit"])["model"].transform("nunique") == 2]
        for label, rows in frame.groupby(key, sort=True) if key else [("", frame)]:
            value = agreement.alpha(rows["unit"].to_numpy(dtype=str), rows["x"], "ordinal" if key else "interval") if len(rows) else np.nan
            records.append({"by": by, "group": str(label), "value": value, "n": rows["unit"].nunique()})
    return finish.made(metric, bases, records)


METRICS = (
    Metric(
        id="reviewer_icc", card="M58", kind="ratio", unit="ratio", better="higher", basis="snapshot", table="qa_reviews", rows=reviews.scored,
        at="", needs=_TWICE, where=None, numerator=None, denominator=None, compute=_icc, matures_days=0, min_n=MIN_N, slices=(),
        counter="double_scored_share", source="ICC(2,1) of total scores of the two reviewers with most things in common (Shrout & Fleiss 1979)",
    ),
    Metric(
        id="reviewer_alpha", card="M58", kind="ratio", unit="ratio", better="higher", basis="snapshot", table="qa_reviews", rows=reviews.scored,
        at="", needs=_TWICE, where=None, numerator=None, denominator=None, compute=_alpha, matures_days=0, min_n=MIN_N, slices=("item",),
        counter="double_scored_share", source="Krippendorff's alpha: of totals on the interval scale, of each item on the ordinal one",
    ),
    Metric(
        id="reviewer_model_icc", card="M58", kind="ratio", unit="ratio", better="higher", basis="snapshot", table="qa_reviews", rows=reviews.scored,
        at="", needs=(*_TWICE[:-1], "qa_reviews of a model"), where=None, numerator=None, denominator=None, compute=_with_model, matures_days=0,
        min_n=MIN_N, slices=(), counter="double_scored_share",
        source="ICC(2,1) of the mean score of people with that of the model; a model is a reviewer who is a system user, or called model or ai",
    ),
    Metric(
        id="reviewer_model_alpha", card="M58", kind="ratio", unit="ratio", better="higher", basis="snapshot", table="qa_reviews", rows=reviews.scored,
        at="", needs=(*_TWICE[:-1], "qa_reviews of a model"), where=None, numerator=None, denominator=None, compute=_alpha_with_model, matures_days=0,
        min_n=MIN_N, slices=("item",), counter="reviewer_model_icc",
        source="Krippendorff's alpha of the mean of people with the model's: of totals on the interval scale, of each item on the ordinal one",
    ),
    Metric(
        id="double_scored_share", card="M58", kind="share", unit="share", better="higher", basis="period", table="qa_reviews", rows=reviews.things,
        at="at", needs=(*reviews.NEEDS, "qa_reviews.object_id", "qa_reviews.reviewer_id"), where=None, numerator=_double, denominator=one,
        compute=None, matures_days=0, min_n=MIN_N, slices=("owner", "team", "object"), counter="reviewer_icc",
        source="things scored by two reviewers or more ÷ things reviewed; a tenth is enough",
    ),
)
