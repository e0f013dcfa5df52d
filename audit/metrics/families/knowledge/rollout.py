"""What came of techniques as sellers took them up one after another: M67."""

from __future__ import annotations

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import finish
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.knowledge import rollout, tags


def _effect(rows_of):
    def compute(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
        """The whole over all techniques, and each; empty where too few sellers or months allow it."""
        found = bases.rows_of(rows_of)
        records = [_told("", "", found.whole(), found.sellers())]
        if ("technique",) in ask.slices:
            records += [_told("technique", name, found.effect(name), found.sellers(name)) for name in found.panels]
        return finish.made(metric, bases, records)

    return compute


def _told(by: str, group: str, one: rollout.Student | None, n: int) -> dict:
    low, high = one.interval() if one is not None else (np.nan, np.nan)
    return {"by": by, "group": group, "value": one.value if one is not None else np.nan, "low": low, "high": high, "n": n}


def _declared(name: str, rows_of, better: str, counter: str, source: str) -> Metric:
    return Metric(
        id=name, card="M67", kind="mean", unit="points", better=better, basis="snapshot", table="technique_tags", rows=tags.situations,  # type: ignore[arg-type]
        at="", needs=rollout.NEEDS, where=None, numerator=None, denominator=None, compute=_effect(rows_of), matures_days=0, min_n=rollout.ADOPTERS, empty="deals of sellers before and after they took a technique up",
        slices=("technique",), counter=counter, source=source)


METRICS = (
    _declared("technique_rollout_effect", rollout.told, "higher", "technique_rollout_placebo",
              "share of the seller's deals in the technique's stage that go further within rules.technique_step_days, months after the seller took it up "
              "(rules.technique_habit uses in four weeks) less what sellers and months without it let expect (Borusyak, Jaravel & Spiess 2024), "
              "errors by leaving sellers out"),
    _declared("technique_rollout_placebo", rollout.placebo, "neutral", "technique_rollout_effect",
              "the same for the three months before the seller took it up, as if it had begun then: other than nothing, sellers took it up because of how they sold"),
)
