"""How a base of clients is worked through: M14."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.count import cells, finish, periods
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.activities import loyalty
from audit.metrics.rows.activities.base import assigned, clients, since
from audit.stats import intervals

_OWNED = ("clients.client_id", "clients.owner_id")
_TALKS = (*_OWNED, "activities.done_at|activities.started_at", "activities.kind", "activities.client_id|activities.entity_id")
_AHEAD = (*_OWNED, "deals.next_activity_at|activities.due_at")
_DECIDERS = (*_OWNED, "contacts.client_id", "contacts.is_decision_maker")
_BOUGHT = ("deals.client_id", "deals.semantic", "deals.closed_at|deals.won_at")
_BY = ("owner", "team", "segment", "cell", "rfm")
_PARTS = ("contacted", "planned", "decider", "back")


def _covered(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t.talks > 0)


def _a_day(t: ir.Table, b: Bases) -> ir.Value:
    start = since(b, b.client.rules.base_contact_days).date()
    return t.talks / float(max(b.calendar().workdays(start, b.end.date()), 1))


def _window(t: ir.Table, b: Bases) -> ir.Value:
    return t.talks * 0.0 + float(b.client.rules.base_contact_days)


def _has_norm(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return t.cell != "none"


def _in_norm(t: ir.Table, b: Bases) -> ir.Value:
    norms = zip(("A", "B", "C"), b.client.rules.contact_norms, strict=True)
    kept = [(t.cell == cell, t.talked_at >= ibis.literal(since(b, days))) for cell, days in norms]
    return yes(ibis.cases(*kept, else_=False))


def _whose(bases: Bases, name: str) -> pd.Series:
    """Client → the seller, team or segment of it, of clients that a seller has."""
    t = bases.rows_of(assigned)
    frame = bases.rows(t.filter(t[name].notnull()).select("client_id", name))
    return frame.drop_duplicates("client_id").set_index("client_id")[name]


def _back(bases: Bases, name: str = "") -> pd.DataFrame:
    """`loyalty.returns` with `group`: of all clients, or by whose they are."""
    return bases.rows_of(_back_by(name))


@cache
def _back_by(name: str) -> Callable[[Bases], pd.DataFrame]:
    def counted(bases: Bases) -> pd.DataFrame:
        return loyalty.returns(bases, _whose(bases, name)) if name else loyalty.returns(bases).assign(group="")

    return counted


def _returned(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Dormant clients who bought in a month ÷ dormant at its start; the whole adds up the last twelve months."""
    records: list[dict] = []
    for (by,) in (("",), *ask.slices):
        for group, frame in _back(bases, by).groupby("group", sort=True):
            year = frame[frame["month"] > periods.number(bases.as_of, "month") - 12]
            records.append(_share(year["back"].sum(), year["dormant"].sum()) | {"by": by, "group": group})
            for row in frame.itertuples() if "month" in ask.periods else ():
                records.append(_share(row.back, row.dormant) | {"by": by, "group": group, "period": "month", "period_start": periods.start(row.month, "month"),
                                                                "period_end": periods.end(row.month, "month")})
    return finish.made(metric, bases, records or [_share(0, 0)])


def _share(hits: float, n: float) -> dict[str, Any]:
    if not n:
        return {"value": np.nan, "n": 0}
    low, high = intervals.wilson(hits, n)
    return {"value": hits / n, "low": float(low), "high": float(high), "n": int(n), "sum_num": hits, "sum_den": n, "sum_num2": hits,
            "sum_numden": hits, "sum_den2": n}


def _parts(bases: Bases, by: str) -> dict[str, tuple[int, dict[str, float]]]:
    """Group → its clients and the shares of the parts that the data have."""
    t = bases.rows_of(assigned)
    sums = {"n": t.count(), "contacted": yes(t.talks > 0).sum(), "planned": t.planned.sum(), "decider": t.decider.sum()}
    frame = bases.rows(t.group_by(group=cells.label(t[by])).agg(**sums) if by else t.agg(**sums).mutate(group=ibis.literal("")))
    known = {"contacted": not bases.lacks(*_TALKS), "planned": not bases.lacks(*_AHEAD), "decider": not bases.lacks(*_DECIDERS)}
    year = _back(bases, by) if not bases.lacks(*_BOUGHT) else pd.DataFrame(columns=["group", "month", "dormant", "back"])
    year = year[year["month"] > periods.number(bases.as_of, "month") - 12].groupby("group")[["back", "dormant"]].sum()
    found = {}
    for row in frame.sort_values("group").to_dict("records"):
        shares = {name: float(row[name]) / row["n"] for name, there in known.items() if there and row["n"]}
        if row["group"] in year.index and row["n"]:
            shares["back"] = float(year["back"][row["group"]] / year["dormant"][row["group"]])
        found[row["group"]] = int(row["n"]), shares
    return found


def _index(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """0–100: the parts that the data have, weighed by rules.base_weights; the parts beside it, so that none hides in the sum."""
    weights = dict(zip(_PARTS, bases.client.rules.base_weights, strict=True))
    records: list[dict] = []
    for by in ("", "owner", "team", "segment"):
        one, cut = ((by,), (by, "part")) if by else ((), ("part",))
        for group, (n, shares) in _parts(bases, by).items() if not by or {one, cut} & {*ask.slices} else ():
            total = sum(weights[name] for name in shares)
            value = 100 * sum(weights[name] * share for name, share in shares.items()) / total if total else np.nan
            records += [{"by": by, "group": group, "value": value, "n": n}] if not by or one in ask.slices else []
            if cut in ask.slices:
                records += [{"by": "×".join(cut), "group": " × ".join([group, name] if by else [name]), "value": 100 * share, "n": n}
                            for name, share in shares.items()]
    return finish.made(metric, bases, records)


def _neglected(bases: Bases) -> pd.DataFrame:
    """Clients without a two-way contact within their norm, the dearest first."""
    t = bases.rows_of(assigned)
    t = t.filter((_has_norm(t, bases)) & (_in_norm(t, bases) == 0))
    frame = bases.rows(t.select("client_id", "name", "owner", "cell", "money", "talked_at", "planned"))
    return frame.sort_values(["money", "client_id"], ascending=[False, True])


def _rfm(bases: Bases) -> pd.DataFrame:
    return bases.rows_of(loyalty.scores).rename(columns={"who": "client_id"})


METRICS = (
    Metric(
        id="base_coverage", card="M14", kind="share", unit="share", better="higher", basis="snapshot", table="clients", rows=assigned, at="",
        needs=_TALKS, where=None, numerator=_covered, denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=_BY,
        counter="base_talks_a_day", source="clients with a two-way contact in rules.base_contact_days ÷ clients that a seller has",
    ),
    Metric(
        id="base_talks_a_day", card="M14", kind="sum", unit="count", better="higher", basis="snapshot", table="clients", rows=assigned, at="",
        needs=_TALKS, where=None, numerator=_a_day, denominator=None, compute=None, matures_days=0, min_n=MIN_N, slices=_BY,
        counter="base_coverage", source="two-way contacts with clients of the base ÷ working days of rules.base_contact_days",
    ),
    Metric(
        id="base_talk_interval", card="M14", kind="ratio", unit="days", better="lower", basis="snapshot", table="clients", rows=assigned,
        at="", needs=_TALKS, where=None, numerator=_window, denominator="talks", compute=None, matures_days=0, min_n=MIN_N,
        slices=_BY, counter="base_talks_a_day", source="client-days of rules.base_contact_days ÷ two-way contacts in them",
    ),
    Metric(
        id="base_in_norm", card="M14", kind="share", unit="share", better="higher", basis="snapshot", table="clients", rows=assigned, at="",
        needs=(*_TALKS, *_BOUGHT, "deals.amount_base|deals.amount"), where=_has_norm, numerator=_in_norm, denominator=one, compute=None,
        matures_days=0, min_n=MIN_N, slices=_BY, counter="base_coverage",
        source="buyers of the year whose last two-way contact lies within rules.contact_norms of their cell A, B, C ÷ buyers of the year",
    ),
    Metric(
        id="base_planned", card="M14", kind="share", unit="share", better="higher", basis="snapshot", table="clients", rows=assigned, at="",
        needs=_AHEAD, where=None, numerator="planned", denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=_BY,
        counter="base_coverage", source="clients with an action ahead ÷ clients that a seller has",
    ),
    Metric(
        id="base_decider", card="M14", kind="share", unit="share", better="higher", basis="snapshot", table="clients", rows=assigned, at="",
        needs=_DECIDERS, where=None, numerator="decider", denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=_BY,
        counter="base_coverage", source="clients with a contact who decides ÷ clients that a seller has",
    ),
    Metric(
        id="base_returned", card="M14", kind="share", unit="share", better="higher", basis="period", table="clients", rows=clients, at="",
        needs=_BOUGHT, where=None, numerator=None, denominator=None, compute=_returned, matures_days=0, min_n=MIN_N, slices=("owner", "team", "segment"),
        counter="avg_check", source="clients silent for twelve months at the start of a month who bought in it ÷ clients so silent",
    ),
    Metric(
        id="base_index", card="M14", kind="figure", unit="score", better="higher", basis="snapshot", table="clients", rows=clients, at="",
        needs=_TALKS, where=None, numerator=None, denominator=None, compute=_index, matures_days=0, min_n=MIN_N,
        slices=("part", "owner", "owner×part", "team", "segment"),
        counter="base_talks_a_day",
        source="100 × Σ weight × part ÷ Σ weight over the parts that the data have: contacted, next action, decision maker known, "
               "dormant clients returned; weights rules.base_weights",
    ),
)

LISTINGS = (
    Listing(id="base_neglected", card="M14", needs=(*_TALKS, *_BOUGHT, "deals.amount_base|deals.amount"),
            columns=("client_id", "name", "owner", "cell", "money", "talked_at", "planned"), rows=_neglected,
            source="buyers of the year without a two-way contact within the norm of their cell"),
    Listing(id="rfm", card="M14", needs=(*_BOUGHT, "deals.amount_base|deals.amount"),
            columns=("client_id", "silent_months", "purchases", "money", "r", "f", "m", "r_before", "f_before", "m_before"), rows=_rfm,
            source="fifths (thirds of fewer than 100 clients) by recency, frequency and money, now and three months before"),
)
