"""New clients and their money: M28, M30; priority groups: M12."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.count import cells, finish, history, likened
from audit.metrics.count.workdays import a_workday, earliest
from audit.metrics.declare.common import DEAL_SLICES, MIN_N, deals, is_closed, one
from audit.metrics.declare.metric import Ask, Kind, Metric, Row
from audit.metrics.rows.results.purchases import BUYERS, burnt_in, purchases

_CLOSED = ("deals.semantic", "deals.closed_at|deals.won_at")
_CLIENT = (*_CLOSED, "deals.client_id")
_PAID = (*_CLIENT, "deals.amount_base|deals.amount")


def _per_purchase(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """First purchases, or shares of new clients; what lies before the burn-in is provisional."""
    return history.since(metric, bases, ask, bases.rows_of(purchases), bases.rows_of(burnt_in))


def _per_buyer(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Clients who bought, each once a period."""
    return history.once(metric, bases, ask, BUYERS, bases.rows_of(burnt_in))


def _standardised(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Win rate of each segment if it had the usual mix of source and product: observed ÷ expected × the whole's rate.

    Expected wins come from the win rate of each source × product among all segments (indirect standardisation).
    """
    mix = [name for name in ("source", "product") if name in bases.slices("deals")]
    d = bases.deals.filter(is_closed(bases.deals, bases))
    columns = {name: cells.label(d[name]) for name in ["segment", *mix]}
    frame = bases.rows(d.group_by(**columns).agg(n=d.count(), hits=(d.semantic == "won").sum()))
    records = likened.standardised(frame, "segment", [*mix]) if len(frame) else []
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


def _first(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t._first)


def _new_money(t: ir.Table, _: Bases) -> ir.Value:
    return ibis.ifelse(t._new, t.amount_base, 0.0)


def _old_money(t: ir.Table, _: Bases) -> ir.Value:
    return ibis.ifelse(t._new, 0.0, t.amount_base)


def _fresh_money(t: ir.Table, _: Bases) -> ir.Value:
    return ibis.ifelse(t._logo | t._line, t.amount_base, 0.0)


def _active(t: ir.Table, b: Bases) -> ir.Value:
    soon = t.won_at <= t._start + ibis.interval(days=b.client.rules.second_purchase_days)
    ready = ibis.literal(b.rows_of(burnt_in)).cast("timestamp(6)")  # whose first deal lies before it may be an old client
    return yes(t._second & soon & ((t._start >= ready) | (t.won_at < ready)))


def _bought(name: str, card: str, kind: Kind, unit: str, needs: tuple[str, ...], numerator: Row, counter: str, source: str,
            more: tuple[str, ...] = ()) -> Metric:
    """A metric of purchases; a ratio is of the money won."""
    return Metric(
        id=name, card=card, kind=kind, unit=unit, better="higher", basis="closing", table="deals", rows=deals, at="won_at", needs=needs,
        where=None, numerator=numerator, denominator="amount_base" if kind == "ratio" else None, compute=_per_purchase, matures_days=0, min_n=MIN_N,
        slices=(*DEAL_SLICES, *more), counter=counter, whose="client_id" if kind == "ratio" else "", source=source)


def _buyers(name: str, kind: Kind, unit: str, better: Literal["higher", "band"], numerator: Row, counter: str, source: str) -> Metric:
    """A metric of the distinct clients who bought in a period."""
    return Metric(
        id=name, card="M30", kind=kind, unit=unit, better=better, basis="closing", table="deals", rows=deals, at="won_at", needs=_CLIENT, where=None,
        numerator=numerator, denominator=one if kind == "share" else None, compute=_per_buyer, matures_days=0, min_n=MIN_N, slices=DEAL_SLICES,
        counter=counter, source=source)


def _began(bases: Bases) -> dict[str, dt.date]:
    return earliest(bases, bases.rows_of(purchases), "won_at")


def _ready(bases: Bases) -> dict[str, dt.date]:
    """The day from which `new_clients` counts the whole history."""
    ready = bases.rows_of(burnt_in)
    return {"": ready} if ready <= bases.as_of else bases.rows_of(_began)


_NEW = Metric(
    id="new_clients", card="M28", kind="count", unit="count", better="higher", basis="closing", table="deals",
    rows=deals, at="won_at", needs=_CLIENT, where=None, numerator=_first, denominator=None, compute=_per_purchase,
    matures_days=0, min_n=MIN_N, slices=DEAL_SLICES, counter="new_client_revenue_share",
    source="clients whose first won deal ever falls into the period; before the burn-in provisional",
)
METRICS = (
    Metric(
        id="segment_win_rate_standardised", card="M12", kind="share", unit="share", better="higher", basis="closing",
        table="deals", rows=deals, at="closed_at",
        needs=(*_CLOSED, "deals.segment|clients.segment", "deals.semantic=lost", "deals.segment of lost deals"),
        where=is_closed, numerator=one, denominator=one, compute=_standardised, matures_days=0, min_n=MIN_N,
        slices=("segment",), counter="win_rate",
        source="wins ÷ wins expected from source and product × the win rate of all (indirect standardisation)",
    ),
    _NEW,
    a_workday(_NEW, "new_clients_a_workday", "new clients ÷ working days of the client's calendar, of the whole history from the burn-in on", _began, _ready),
    Metric(
        id="new_client_share", card="M30", kind="share", unit="share", better="band", basis="closing", table="deals",
        rows=deals, at="won_at", needs=_CLIENT, where=None, numerator=history.is_new, denominator=one, compute=_per_purchase,
        matures_days=0, min_n=MIN_N, slices=DEAL_SLICES, counter="revenue",
        whose="client_id", source="deals won from clients within 12 months of their first ÷ deals won from known clients",
    ),
    Metric(
        id="new_client_revenue_share", card="M30", kind="ratio", unit="share", better="band", basis="closing",
        table="deals", rows=deals, at="won_at", needs=(*_CLIENT, "deals.amount_base|deals.amount"), where=None,
        numerator=_new_money, denominator="amount_base", compute=_per_purchase, matures_days=0, min_n=MIN_N, slices=DEAL_SLICES,
        counter="revenue", whose="client_id", source="Σ amount won from clients within 12 months of their first deal ÷ Σ amount won",
    ),
    _buyers("new_buyer_share", "share", "share", "band", history.is_new, "known_buyers",
            "clients who bought in the period within 12 months of their first deal ÷ clients who bought in it; a client counts once a period, with the "
            "slices of its first deal won in it"),
    _buyers("new_buyers", "count", "count", "higher", history.is_new, "known_buyers", "clients who bought in the period within 12 months of their first deal"),
    _buyers("known_buyers", "count", "count", "higher", history.is_known, "new_buyers", "clients who bought in the period and whose first deal lies further back"),
    _bought("new_money", "M13", "sum", "money", _PAID, _fresh_money, "revenue",
            "Σ amount won from clients in the calendar month of their first deal, and from known ones in that of their first deal of a product "
            "line (of a product where no lines are known)", ("part",)),
    _bought("new_money_share", "M13", "ratio", "share", _PAID, _fresh_money, "revenue", "the same ÷ Σ amount won"),
    _bought("active_new_clients", "M28", "count", "count", _CLIENT, _active, "new_clients",
            "clients whose second won deal falls into the period, within rules.second_purchase_days of the first"),
    _bought("new_client_revenue", "M30", "sum", "money", _PAID, _new_money, "known_client_revenue",
            "Σ amount won from clients within 12 months of their first deal"),
    _bought("known_client_revenue", "M30", "sum", "money", _PAID, _old_money, "new_client_revenue",
            "Σ amount won from clients whose first deal lies further back"),
)
