"""Clients who rose and fell by recency, frequency and money within three months: M14."""

from __future__ import annotations

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import finish, small
from audit.metrics.declare.common import MIN_N
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.activities import loyalty
from audit.metrics.rows.activities.base import clients

_NEEDS = ("deals.client_id", "deals.semantic", "deals.closed_at|deals.won_at", "deals.amount_base|deals.amount")
_SCORES = ("r", "f", "m")


def _moved(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Share of the clients known three months ago whose scores together have risen (fallen) since."""
    frame = bases.rows_of(loyalty.scores).dropna(subset=[f"{name}_before" for name in _SCORES])
    change = sum(frame[name] - frame[f"{name}_before"] for name in _SCORES)
    rows = frame.assign(x=change > 0 if metric.id == "rfm_risen" else change < 0)
    return finish.made(metric, bases, [small.share(rows) if len(rows) else {"value": np.nan, "n": 0}])


def _matrix(bases: Bases) -> pd.DataFrame:
    """One row a score (r, f or m), its level three months before (empty: not a client then) and now: clients, money; in order."""
    frame, parts = bases.rows_of(loyalty.scores), []
    for name in _SCORES:
        part = frame.assign(score=name, before=frame[f"{name}_before"], now=frame[name])
        parts.append(part.groupby(["score", "before", "now"], dropna=False, as_index=False).agg(clients=("who", "nunique"), money=("money", "sum")))
    whole = pd.concat(parts, ignore_index=True)
    whole["score"] = pd.Categorical(whole["score"], _SCORES)
    return whole.sort_values(["score", "before", "now"], na_position="last", kind="stable").astype({"score": str})


def _share(metric_id: str, better, source: str) -> Metric:
    return Metric(
        id=metric_id, card="M14", kind="share", unit="share", better=better, basis="snapshot", table="clients", rows=clients, at="", needs=_NEEDS,
        where=None, numerator=None, denominator=None, compute=_moved, matures_days=0, min_n=MIN_N, slices=(), counter="base_returned", source=source)


METRICS = (
    _share("rfm_risen", "higher", "clients whose recency, frequency and money scores together are higher than three months before ÷ clients of then"),
    _share("rfm_fallen", "lower", "clients whose recency, frequency and money scores together are lower than three months before ÷ clients of then"),
)
LISTINGS = (
    Listing(id="rfm_moves", card="M14", needs=_NEEDS, columns=("score", "before", "now", "clients", "money"), rows=_matrix,
            source="clients by score three months before and now, fifths (thirds of fewer than 100 clients) of each day's clients"),
)
