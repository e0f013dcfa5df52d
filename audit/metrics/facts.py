"""Needs that are facts about rows, not columns: without them a number would be right and mislead."""

from __future__ import annotations

from collections.abc import Callable

import ibis.expr.types as ir

from audit.metrics.bases import Bases


def _row(bases: Bases, table: ir.Table, **sums: ir.Value) -> dict:
    return bases.tables.backend.to_pyarrow(table.agg(**sums)).to_pylist()[0]


def _lost_deals(bases: Bases) -> bool:
    return bases.survey["lost"] > 0


def _lost_leads(bases: Bases) -> bool:
    return bool(_row(bases, bases.leads, n=bases.leads.semantic.isin(["lost", "junk"]).sum())["n"])


def _lead_actions(bases: Bases) -> bool:
    return bool(_row(bases, bases.activities, n=(bases.activities.entity == "lead").sum())["n"])


def _junk_leads(bases: Bases) -> bool:
    return bool(_row(bases, bases.leads, n=(bases.leads.semantic == "junk").sum())["n"])


def _lost_amounts(bases: Bases) -> bool:
    """Many CRMs empty or zero the amount of a lost deal; then a rate by value is of won deals alone."""
    deals = bases.deals
    lost = deals.semantic == "lost"
    row = _row(bases, deals, lost=lost.sum(), valued=(lost & (deals.amount_base > 0)).sum())
    return bool(row["lost"]) and row["valued"] >= 0.5 * row["lost"]


def _open_amounts(bases: Bases) -> bool:
    """Open deals have amounts at all."""
    deals = bases.deals
    return bool(_row(bases, deals, n=((deals.semantic == "open") & (deals.amount_base != 0)).sum())["n"])


def _plans(bases: Bases) -> bool:
    return bases.tables.has("plans.target") or (not isinstance(bases.client.plans, str) and bool(bases.client.plans))


def _norms(bases: Bases) -> bool:
    return bases.tables.has("norms.value") or (not isinstance(bases.client.norms, str) and bool(bases.client.norms))


def _plan_facts(bases: Bases) -> bool:
    """What the plan is measured by is there: payments, or deals won."""
    if bases.client.plan_basis == "paid":
        return bases.tables.has("payments.received_on", "payments.amount")
    return bases.tables.has("deals.semantic", "deals.closed_at|deals.won_at")


def _segment_before_outcome(bases: Bases) -> bool:
    """A segment filled only after winning tells nothing about winning (filled within 15 points for won and lost)."""
    deals = bases.deals
    won, lost, known = deals.semantic == "won", deals.semantic == "lost", deals.segment.notnull()
    row = _row(bases, deals, won=won.sum(), lost=lost.sum(), won_known=(won & known).sum(), lost_known=(lost & known).sum())
    if not row["won"] or not row["lost"]:
        return False
    return abs(row["won_known"] / row["won"] - row["lost_known"] / row["lost"]) <= 0.15


FACTS: dict[str, Callable[[Bases], bool]] = {
    "deals.semantic=lost": _lost_deals,
    "activities of leads": _lead_actions,
    "leads.semantic=junk": _junk_leads,
    "leads.semantic=lost or junk": _lost_leads,
    "deals.amount of lost deals": _lost_amounts,
    "deals.amount of open deals": _open_amounts,
    "plans": _plans,
    "norms": _norms,
    "deals won or payments": _plan_facts,
    "deals.segment of lost deals": _segment_before_outcome,
}
