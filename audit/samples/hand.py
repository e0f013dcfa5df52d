"""Everything beside the CRM, accounting and telephony that the department keeps by hand, each from a random stream of its own."""

from __future__ import annotations

import datetime as dt

from audit.samples import control, knowledge, offers, outlook, reviews, staff
from audit.samples.books import Invoice
from audit.samples.crm import DEAL_HEADER
from audit.samples.sheet import Facts, Sheet
from audit.samples.text import Rows
from audit.samples.things import World

CSV = ("calendar.csv",)


def sheets(world: World, issued: list[Invoice], tables: dict[str, Rows], seed: int) -> tuple[dict[str, Sheet], Facts]:
    """(name of file → sheet, facts of TRUTH.md); `tables` are the rows of the deals and calls files."""
    found = control.deviations(seed)
    plans, calls = staff.development(seed, found), reviews.calls(seed, tables["telephony_calls.csv"])
    made = {
        "hr.xlsx": staff.hr(), "absences.xlsx": staff.absences(seed), "development.xlsx": plans, "competences.xlsx": staff.competences(seed, plans),
        "surveys.xlsx": staff.surveys(seed), "qa_calls_1.xlsx": calls["1.0"], "qa_calls_2.xlsx": calls["2.0"], "qa_deals.xlsx": reviews.deals(world, seed),
        "standups.xlsx": control.standups(seed), "deviations.xlsx": control.deviations_sheet(found, seed), "control_time.xlsx": control.control_time(seed),
        "norms.xlsx": control.norms(), "calendar.csv": control.calendar(), "proposals.xlsx": offers.proposals(world, seed), "1c_invoices.xlsx": offers.invoices(issued),
        "deal_products.xlsx": offers.products(world, seed), "contacts.xlsx": offers.contacts(world, seed), "companies.xlsx": offers.companies(world), "techniques.xlsx": knowledge.items(world, seed),
        "technique_uses.xlsx": knowledge.uses(world, seed), "forecasts.xlsx": outlook.forecasts(world, seed),
        "funnel_snapshots.xlsx": outlook.snapshots(world, seed, _planned(tables["bitrix24_deals.csv"])), "growth_actions.xlsx": outlook.actions(), "spend.xlsx": outlook.spend(seed),
    }
    facts: Facts = {
        **staff.hr_facts(world), **staff.absence_facts(made["absences.xlsx"]), **staff.development_facts(plans), **staff.competence_facts(made["competences.xlsx"], plans),
        **staff.survey_facts(made["surveys.xlsx"]), **reviews.call_facts(calls), **reviews.deal_facts(made["qa_deals.xlsx"]), **control.standup_facts(made["standups.xlsx"]),
        **control.deviation_facts(found), **control.control_facts(made["control_time.xlsx"]), **offers.proposal_facts(made["proposals.xlsx"]), **offers.invoice_facts(issued),
        **offers.product_facts(made["deal_products.xlsx"], world), **offers.company_facts(made["companies.xlsx"]), **offers.contact_facts(made["contacts.xlsx"]), **knowledge.use_facts(made["technique_uses.xlsx"], world),
        **outlook.forecast_facts(made["forecasts.xlsx"], world), **outlook.snapshot_facts(made["funnel_snapshots.xlsx"]), **outlook.action_facts(made["growth_actions.xlsx"]),
        **outlook.spend_facts(made["spend.xlsx"], world),
    }
    return made, facts


def _planned(rows: Rows) -> dict[str, dt.date]:
    """Deal id → planned close as the deals file says it."""
    key, day = DEAL_HEADER.index("ID"), DEAL_HEADER.index("Предполагаемая дата закрытия")
    return {row[key]: dt.datetime.strptime(row[day], "%d.%m.%Y").date() for row in rows[1:]}
