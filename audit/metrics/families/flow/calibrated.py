"""Progress with each seller's moves weighed by what such moves of theirs have come to: M22."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.count import cells
from audit.metrics.declare.common import MIN_N
from audit.metrics.declare.metric import Metric
from audit.metrics.rows.flow.ladder import lines
from audit.metrics.rows.flow.moves import NEEDS
from audit.metrics.rows.flow.pushes import reported_from, steps, trained
from audit.metrics.rows.flow.reach import reaches
from audit.stats import shrink

_UNKNOWN = 10.0  # expected wins that the department's own ratio weighs where fewer than three sellers tell how much they differ


def calibration(bases: Bases) -> pd.DataFrame:
    """One row a seller: owner, `won` and `expected` of the stages that their deals, decided before the reported months, stood at; `factor`.

    A deal counts at every stage at which it really stood, with the chance of that stage. factor = (won + s·R) ÷ (expected + s) ÷ R
    with R the department's won ÷ expected and s the strength by which ratios of sellers are drawn together.
    """
    until: dt.datetime = reported_from(bases)
    found, parts = bases.rows_of(trained), []
    for pipeline, stages in lines(bases):
        wide = bases.rows_of(reaches)[pipeline]
        t = wide.filter((wide._ended < ibis.literal(until)) & (wide.semantic != "open"))
        stood = [(t[f"_f{at}"] < t._ended).fill_null(False) for at in range(len(stages))]
        sums = {f"n{at}": yes(there).sum() for at, there in enumerate(stood)} | {f"won{at}": yes(there & (t.semantic == "won")).sum() for at, there in enumerate(stood)}
        frame = bases.rows(t.group_by(owner=cells.label(t.owner)).agg(**sums))
        for at, stage in enumerate(stages):
            chance = found.get((pipeline, stage.name), np.nan)
            parts.append(pd.DataFrame({"owner": frame["owner"], "won": frame[f"won{at}"], "expected": frame[f"n{at}"] * chance}))
    if not parts:
        return pd.DataFrame(columns=["owner", "won", "expected", "factor"])
    frame = pd.concat(parts, ignore_index=True).dropna(subset="expected")
    frame = frame.groupby("owner", as_index=False, sort=True).agg(won=("won", "sum"), expected=("expected", "sum"))
    frame = frame[frame["expected"] > 0].reset_index(drop=True)
    return frame.assign(factor=_factors(frame["won"].to_numpy(dtype=float), frame["expected"].to_numpy(dtype=float)))


def _factors(won: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Ratios of sellers to the department's, drawn to 1 by how much they really differ.

    >>> _factors(np.array([20.0, 20.0]), np.array([20.0, 20.0])).tolist()
    [1.0, 1.0]
    """
    if not won.sum():
        return np.ones(len(won))
    ratio, strength = won.sum() / expected.sum(), _UNKNOWN
    if len(won) >= 3:
        tau2 = float(shrink.between(won / expected, ratio / expected, np.ones(len(won), dtype=bool))[0][0])
        strength = ratio / tau2 if tau2 > 0 else np.inf
    return np.ones(len(won)) if np.isinf(strength) else (won + strength * ratio) / (expected + strength) / ratio


def weighed(bases: Bases) -> ir.Table:
    """Moves of the reported months with `factor` of the seller who made them; 1 where nothing of theirs is decided."""
    import pyarrow as pa

    frame, t = bases.rows_of(calibration), bases.rows_of(steps)
    side = ibis.memtable(pa.table({"_owner": pa.array(frame["owner"], pa.string()), "_factor": pa.array(frame["factor"], pa.float64())}))
    t = t.left_join(side, t.owner == side._owner)
    return t.mutate(factor=t._factor.fill_null(1.0)).drop("_owner", "_factor")


def _gain(t: ir.Table, _: Bases) -> ir.Value:
    return t.gain * t.factor


METRICS = (
    Metric(
        id="pipeline_progress_calibrated", card="M22", kind="sum", unit="count", better="higher", basis="period", table="deals", rows=weighed, at="at",
        needs=(*NEEDS, "deals.owner_id"), where=None, numerator=_gain, denominator=None, compute=None, matures_days=0, min_n=MIN_N, slices=("owner", "team"),
        counter="pipeline_progress",
        source="Σ (P(win) after a move − before it) × the seller's calibration: won ÷ expected by the stages at which their deals stood before these months, "
               "relative to the department's and drawn to it by how much sellers really differ",
    ),
)
