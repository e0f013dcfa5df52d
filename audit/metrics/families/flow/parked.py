"""Deals put aside: what stands in stages for waiting is no work in hand, and is listed: M15."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.declare.common import MIN_N, is_open, one
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Kind, Metric, Row
from audit.metrics.rows.flow.aside import waiting


def open_deals(bases: Bases) -> ir.Table:
    """Deals in work with `parked` 1 for one in such a stage, else 0."""
    t = bases.deals.filter(bases.deals.semantic == "open")
    return t.mutate(parked=ibis.ifelse(t.stage.isin(bases.rows_of(waiting)).fill_null(False), 1, 0))


def _is_parked(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return t.parked == 1


def _is_active(t: ir.Table, b: Bases) -> ir.BooleanValue:
    return is_open(t, b) & (t.parked == 0)


def _listed(bases: Bases) -> pd.DataFrame:
    """Deals put aside, the dearest first."""
    t = bases.rows_of(open_deals, light=True)
    t = t.filter(t.parked == 1)
    frame = bases.rows(t.select("deal_id", "owner", "pipeline", "stage", "created_at", "last_activity_at", amount="amount_base"))
    return frame.sort_values(["amount", "deal_id"], ascending=[False, True], na_position="last")


_NEEDS = ("deals.semantic", "deals.stage_id", "parking stages")
_MONEY = ("deals.amount_base|deals.amount", "deals.amount of open deals")


def _metric(metric_id: str, kind: Kind, unit: str, better, needs: tuple[str, ...], where: Row | None, numerator: Row, denominator: Row | None,
            slices: tuple[str, ...], counter: str, source: str) -> Metric:
    return Metric(
        id=metric_id, card="M15", kind=kind, unit=unit, better=better, basis="snapshot", table="deals", rows=open_deals, at="", needs=(*_NEEDS, *needs),
        where=where, numerator=numerator, denominator=denominator, compute=None, matures_days=0, min_n=MIN_N, slices=slices, counter=counter, source=source)


_BY = ("owner", "team", "source", "segment", "pipeline")
METRICS = (
    _metric("deals_active", "count", "count", "band", (), _is_active, one, None, (*_BY, "stage", "owner×stage"), "deals_parked",
            "open deals out of the stages in which deals only wait (rules.parking_stages, else stages called so)"),
    _metric("deals_active_amount", "sum", "money", "band", _MONEY, _is_active, "amount_base", None, (*_BY, "stage", "owner×stage"), "deals_parked_amount",
            "Σ amount of these deals"),
    _metric("deals_parked", "count", "count", "lower", (), _is_parked, one, None, (*_BY, "stage"), "deals_in_work", "open deals in stages in which deals only wait"),
    _metric("deals_parked_amount", "sum", "money", "lower", _MONEY, _is_parked, "amount_base", None, (*_BY, "stage"), "deals_in_work_amount",
            "Σ amount of these deals"),
)
LISTINGS = (
    Listing(id="parked_deals", card="M15", needs=_NEEDS, columns=("deal_id", "owner", "pipeline", "stage", "created_at", "last_activity_at", "amount"),
            rows=_listed, source="open deals in stages in which deals only wait, the dearest first"),
)
