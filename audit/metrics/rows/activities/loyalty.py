"""How clients buy again: recency, frequency and money, and who comes back after a long silence."""

from __future__ import annotations

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import cells, periods
from audit.metrics.rows.hygiene.identity import named

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


def returns(bases: Bases, of: pd.Series | None = None) -> pd.DataFrame:
    """One row a month: clients `dormant` at its start (the last purchase at least twelve months before) and of them `back`.

    With `of` (the group of each client by id) one row a `group` and month; clients that it does not name are of the group `cells.EMPTY`.
    """
    frame, last = bases.rows_of(months), periods.number(bases.as_of, "month")
    keys = ["month"] if of is None else ["group", "month"]
    if not len(frame):
        return pd.DataFrame(columns=[*keys, "dormant", "back"])
    groups, code = np.unique(np.zeros(len(frame), dtype=int) if of is None else frame["who"].map(of).fillna(cells.EMPTY).astype(str), return_inverse=True)
    bought, first = frame["month"].to_numpy(dtype=np.int64), int(frame["month"].min())
    again = frame.groupby("who")["month"].shift(-1).to_numpy(dtype=float)
    start = bought + DORMANT + 1  # the first month before whose start twelve whole months lie empty
    until = np.where(np.isnan(again), last, again).astype(np.int64)
    slept = start <= until
    dormant, back = np.zeros((len(groups), last - first + 2)), np.zeros((len(groups), last - first + 2))
    np.add.at(dormant, (code[slept], start[slept] - first), 1)
    np.add.at(dormant, (code[slept], until[slept] - first + 1), -1)
    woke = slept & ~np.isnan(again)
    np.add.at(back, (code[woke], until[woke] - first), 1)
    number = last - first + 1
    rows = pd.DataFrame({"group": np.repeat(groups, number), "month": np.tile(np.arange(first, last + 1), len(groups)),
                         "dormant": np.cumsum(dormant, axis=1)[:, :-1].ravel(), "back": back[:, :-1].ravel()})
    return rows.loc[rows["dormant"] > 0, [*keys, "dormant", "back"]].reset_index(drop=True)


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
        # equal values have equal scores, by the mean of their places: of clients who mostly bought once, these stand in the middle
        by[name] = np.ceil(values.rank(method="average", pct=True) * parts - 1e-9).astype(int) if len(by) else 0
    return by.drop(columns="last")
