"""How clients buy again: recency, frequency and money, and who comes back after a long silence."""

from __future__ import annotations

import numpy as np
import pandas as pd

from audit.metrics import cells, periods
from audit.metrics.bases import Bases
from audit.metrics.identity import named

DORMANT = 12  # months without a purchase
_FEW = 100  # clients below which fifths are unsteady: thirds
_BACK = 3  # months before, to see who moved


def months(bases: Bases) -> pd.DataFrame:
    """One row a client and month with a purchase: who, month (number), purchases, money."""
    d = bases.deals.filter(lambda t: (t.semantic == "won") & t.client_id.notnull() & t.won_at.notnull())
    d = named(d, bases)
    keys = {"who": d.who, "month": periods.key(d.won_at, "month")}
    frame = bases.rows(d.group_by(**keys).agg(purchases=d.count(), money=cells.exact(d.amount_base.fill_null(0.0))))
    return frame.sort_values(["who", "month"]).reset_index(drop=True)


def returns(bases: Bases) -> pd.DataFrame:
    """One row a month: clients `dormant` at its start (the last purchase at least twelve months before) and of them `back`."""
    frame, last = bases.rows_of(months), periods.number(bases.as_of, "month")
    if not len(frame):
        return pd.DataFrame(columns=["month", "dormant", "back"])
    first = int(frame["month"].min())
    after = frame.groupby("who")["month"].shift(-1)
    dormant, back = np.zeros(last - first + 2), np.zeros(last - first + 2)
    for bought, again in zip(frame["month"], after, strict=True):
        start = bought + DORMANT + 1  # the first month before whose start twelve whole months lie empty
        until = last if np.isnan(again) else int(again)
        if start <= until:
            dormant[start - first] += 1
            dormant[until - first + 1] -= 1
            back[until - first] += 0.0 if np.isnan(again) else 1.0
    rows = pd.DataFrame({"month": np.arange(first, last + 1), "dormant": np.cumsum(dormant)[:-1], "back": back[:-1]})
    return rows[rows["dormant"] > 0].reset_index(drop=True)


def scores(bases: Bases) -> pd.DataFrame:
    """One row a client who ever bought: who, months since the last purchase, purchases, money, scores r, f, m from 1 to 5 (to 3
    of fewer than 100 clients; 5 is best), and the scores three months before on the scale of then."""
    frame, now = bases.rows_of(months), periods.number(bases.as_of, "month")
    here, then = _scored(frame, now), _scored(frame[frame["month"] <= now - _BACK], now - _BACK)
    old = then[["r", "f", "m"]].add_suffix("_before")
    return here.join(old).reset_index().sort_values(["m", "f", "r", "who"], ascending=[False, False, False, True])


def _scored(frame: pd.DataFrame, now: int) -> pd.DataFrame:
    by = frame.groupby("who").agg(last=("month", "max"), purchases=("purchases", "sum"), money=("money", "sum"))
    parts = 5 if len(by) >= _FEW else 3
    by["silent_months"] = now - by["last"]
    for name, values in (("r", -by["silent_months"]), ("f", by["purchases"]), ("m", by["money"])):
        # equal values have equal scores; the best share of clients has the highest
        by[name] = np.ceil(values.rank(method="max", pct=True) * parts - 1e-9).astype(int) if len(by) else 0
    return by.drop(columns="last")
