"""New money and new clients by what was paid, not by what was won: M13, M28, M30."""

from __future__ import annotations

from typing import Literal

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import history
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.metric import Ask, Kind, Metric, Row
from audit.metrics.rows.results.receipts import NEEDS, PAYERS, ready, receipts

_SLICES = ("owner", "team", "source", "segment", "product")


def _fresh(t: ir.Table, _: Bases) -> ir.Value:
    return ibis.ifelse(t._logo | t._line, t.amount, 0.0)


def _young(t: ir.Table, _: Bases) -> ir.Value:
    return ibis.ifelse(t._new, t.amount, 0.0)


def _old(t: ir.Table, _: Bases) -> ir.Value:
    return ibis.ifelse(t._new, 0.0, t.amount)


def _paid(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Sums over payments; what lies before the burn-in is provisional."""
    return history.since(metric, bases, ask, bases.rows_of(receipts), bases.rows_of(ready))


def _amount(t: ir.Table, _: Bases) -> ir.Value:
    return t.amount


def _per_payer(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Clients who paid, each once a period."""
    return history.once(metric, bases, ask, PAYERS, bases.rows_of(ready))


def _payers(name: str, kind: Kind, unit: str, better: Literal["higher", "band"], numerator: Row, counter: str, source: str) -> Metric:
    """A metric of the distinct clients who paid in a period."""
    return Metric(
        id=name, card="M30", kind=kind, unit=unit, better=better, basis="closing", table="payments", rows=receipts, at="at", needs=NEEDS, where=None,
        numerator=numerator, denominator=one if kind == "share" else None, compute=_per_payer, matures_days=0, min_n=MIN_N, slices=_SLICES,
        counter=counter, source=source)


def _declared(name: str, card: str, kind, unit: str, numerator: Row, better, counter: str, source: str,
              more: tuple[str, ...] = ()) -> Metric:
    return Metric(
        id=name, card=card, kind=kind, unit=unit, better=better, basis="closing", table="payments", rows=receipts, at="at", needs=NEEDS, where=None,
        numerator=numerator, denominator=_amount if kind == "ratio" else None, compute=_paid, matures_days=0, min_n=MIN_N, slices=(*_SLICES, *more), counter=counter,
        whose="client_id" if kind == "ratio" else "", source=source)


METRICS = (
    _declared("new_clients_paid", "M28", "count", "count", "_first", "higher", "new_clients",
              "clients whose first payment ever falls into the period, with the slices of its deal; before the burn-in provisional"),
    _declared("new_money_paid", "M13", "sum", "money", _fresh, "higher", "receipts",
              "Σ payments of clients in the calendar month of their first payment, and of known ones in that of their first payment for a product "
              "line (for a product where no lines are known)", ("part",)),
    _declared("new_money_paid_share", "M13", "ratio", "share", _fresh, "higher", "receipts", "the same ÷ Σ payments of known clients"),
    _declared("new_client_paid_share", "M30", "ratio", "share", _young, "band", "receipts",
              "Σ payments of clients within 12 months of their first payment ÷ Σ payments of known clients"),
    _declared("new_client_receipts", "M30", "sum", "money", _young, "higher", "known_client_receipts",
              "Σ payments of clients within 12 months of their first payment"),
    _declared("known_client_receipts", "M30", "sum", "money", _old, "higher", "new_client_receipts",
              "Σ payments of clients whose first payment lies further back"),
    _payers("new_payer_share", "share", "share", "band", history.is_new, "known_payers",
            "clients who paid in the period within 12 months of their first payment ÷ clients who paid in it; a client counts once a period, with the "
            "slices of its first payment in it"),
    _payers("new_payers", "count", "count", "higher", history.is_new, "known_payers", "clients who paid in the period within 12 months of their first payment"),
    _payers("known_payers", "count", "count", "higher", history.is_known, "new_payers", "clients who paid in the period and whose first payment lies further back"),
)
