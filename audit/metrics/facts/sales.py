"""Facts about deals, leads, plans and forecasts."""

from __future__ import annotations

from collections.abc import Callable

import ibis

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.declare.common import MIN_N
from audit.metrics.facts.row import row
from audit.metrics.families.hygiene.filling import demands
from audit.metrics.rows.flow import aside
from audit.metrics.rows.leads.leaked import told
from audit.metrics.rows.money import unpaid
from audit.metrics.rows.plan import claims, outlook
from audit.metrics.rows.plan.targets import targets
from audit.metrics.rows.results import priorities


def _lost_deals(bases: Bases) -> bool:
    return bases.survey["lost"] > 0


def _lost_leads(bases: Bases) -> bool:
    return bool(row(bases, bases.leads, n=bases.leads.semantic.isin(["lost", "junk"]).sum())["n"])


def _junk_leads(bases: Bases) -> bool:
    return bool(row(bases, bases.leads, n=(bases.leads.semantic == "junk").sum())["n"])


def _lost_amounts(bases: Bases) -> bool:
    """Many CRMs empty or zero the amount of a lost deal; then a rate by value is of won deals alone."""
    deals = bases.deals
    lost = deals.semantic == "lost"
    found = row(bases, deals, lost=lost.sum(), valued=(lost & (deals.amount_base > 0)).sum())
    return bool(found["lost"]) and found["valued"] >= 0.5 * found["lost"]


def _open_amounts(bases: Bases) -> bool:
    """Open deals have amounts at all."""
    deals = bases.deals
    return bool(row(bases, deals, n=((deals.semantic == "open") & (deals.amount_base != 0)).sum())["n"])


def _plans(bases: Bases) -> bool:
    return bases.tables.has("plans.target") or (not isinstance(bases.client.plans, str) and bool(bases.client.plans))


def _variable_pay(bases: Bases) -> bool:
    return bool(bases.client.variable_pay)


def _norms(bases: Bases) -> bool:
    if not isinstance(bases.client.norms, str) and bases.client.norms:
        return True
    return bases.tables.has("norms.value") and bool(row(bases, bases.full("norms"), n=bases.full("norms").count())["n"])


def _plan_facts(bases: Bases) -> bool:
    """What the plan is measured by is there: payments, bills, or deals won."""
    if bases.client.plan_basis == "invoiced":
        return bases.tables.has("invoices.issued_on", "invoices.amount")
    if bases.client.plan_basis == "paid":
        return bases.tables.has("payments.received_on", "payments.amount")
    if bases.client.plan_basis == "shipped":
        return bases.tables.has("deals.shipped_at")
    return bases.tables.has("deals.semantic", "deals.closed_at|deals.won_at")


def _months_to_test(bases: Bases) -> bool:
    """Half a year of deals, and three months after it on which a forecast can be tested."""
    return outlook.tested(bases)


def _claims_over(bases: Bases) -> bool:
    """Runs stored, or a log tells, planned closings of a month that is over by now."""
    return bases.tables.has(*claims.NEEDS) and bool(row(bases, t := bases.rows_of(claims.claims), n=yes(t.is_over).sum())["n"])


def _claims_begun(bases: Bases) -> bool:
    """For a month that is over by now the planned closings of the moment when it began are known."""
    return bases.tables.has(*claims.NEEDS) and bool(row(bases, t := bases.rows_of(claims.standing), n=yes(t.is_over).sum())["n"])


def _runs_of_leaks(bases: Bases) -> bool:
    """Earlier runs stored open deals and tell at least one sign of their being lost."""
    return bool(bases.rows_of(told))


def _forecasts_over(bases: Bases) -> bool:
    """Forecasts were stored of periods that are over by now."""
    t = bases.full("forecasts") if "forecasts" in bases.tables else None
    if t is None:
        return False
    return bool(row(bases, t, n=((t.made_at < bases.end) & (t.period_end <= bases.end.date())).sum())["n"])


def _before_outcome(column: str) -> Callable[[Bases], bool]:
    """A slice filled only after winning tells nothing about winning (filled within 15 points for won and lost)."""
    def told(bases: Bases) -> bool:
        deals = bases.deals
        won, lost, known = deals.semantic == "won", deals.semantic == "lost", deals[column].notnull()
        found = row(bases, deals, won=won.sum(), lost=lost.sum(), won_known=(won & known).sum(), lost_known=(lost & known).sum())
        if not found["won"] or not found["lost"]:
            return False
        return abs(found["won_known"] / found["won"] - found["lost_known"] / found["lost"]) <= 0.15

    return told


def _demands(bases: Bases) -> bool:
    """Exit criteria name kinds of actions by the words of `activities.kind`."""
    return any(stage.demands for stage in bases.stages.all)


def _sellers_plans(bases: Bases) -> bool:
    """Sellers have revenue plans of their own."""
    known = _plans(bases) and _plan_facts(bases)
    return known and any(one.by == "owner" and one.measure == "revenue" for one in bases.rows_of(targets))


def _commits_over(bases: Bases) -> bool:
    """Some of these forecasts are what somebody committed to; one of no kind is taken as such."""
    if not _forecasts_over(bases):
        return False
    t = bases.full("forecasts")
    said = (t.kind.fill_null("commit") == "commit") & (t.made_at < bases.end) & (t.period_end <= bases.end.date())
    return bool(row(bases, t, n=yes(said).sum())["n"])


def _stages_ask(bases: Bases) -> bool:
    """Some stage asks for a field that deals have."""
    return bool(demands(bases))


def _parking_stages(bases: Bases) -> bool:
    """Some open stage is one in which deals only wait."""
    return bool(bases.rows_of(aside.waiting))


def _bills_watched(bases: Bases) -> bool:
    """Ten invoices were watched for the 30 days after they were issued."""
    if not bases.tables.has("invoices.issued_on", "invoices.amount", "payments.received_on"):
        return False
    t = bases.rows_of(unpaid.looks)
    past = t["at"] < ibis.literal(bases.end) - ibis.interval(days=unpaid.STEP)
    return (row(bases, t, n=yes((t.age == "0") & past).sum())["n"] or 0) >= MIN_N


def _of_lost_leads(column: str) -> Callable[[Bases], bool]:
    """What is known of converted leads alone tells nothing about converting (filled within 15 points for both)."""
    def told(bases: Bases) -> bool:
        if not bases.tables.has("leads.lead_id"):
            return False
        t = bases.leads
        won, lost, known = t.is_converted, t.semantic.isin(["lost", "junk"]), t[column].notnull()
        found = row(bases, t, won=yes(won).sum(), lost=yes(lost).sum(), won_known=yes(won & known).sum(), lost_known=yes(lost & known).sum())
        if not found["won"] or not found["lost"] or not found["lost_known"]:
            return False
        return abs(found["won_known"] / found["won"] - found["lost_known"] / found["lost"]) <= 0.15

    return told


FACTS: dict[str, Callable[[Bases], bool]] = {
    "deals.semantic=lost": _lost_deals,
    "leads.semantic=junk": _junk_leads,
    "leads.semantic=lost or junk": _lost_leads,
    "deals.amount of lost deals": _lost_amounts,
    "deals.amount of open deals": _open_amounts,
    "plans": _plans,
    "norms": _norms,
    "variable pay": _variable_pay,
    "deals won or payments": _plan_facts,
    "planned closings of months that are over": _claims_over,
    "planned closings as months began": _claims_begun,
    "deal_snapshots of earlier runs": _runs_of_leaks,
    "forecasts of periods that are over": _forecasts_over,
    "forecasts of kind commit": _commits_over,
    "deals of nine months": _months_to_test,
    "stages.exit_criterion=kinds": _demands,
    "deals.segment of lost deals": _before_outcome("segment"),
    "deals.need of lost deals": _before_outcome("need"),
    "leads.segment of lost leads": _of_lost_leads("segment"),
    "leads.closed_at of lost leads": _of_lost_leads("closed_at"),
    "plans of sellers": _sellers_plans,
    "invoices of two months": _bills_watched,
    "fields of stages": _stages_ask,
    "priority segments": priorities.known,
    "parking stages": _parking_stages,
}
