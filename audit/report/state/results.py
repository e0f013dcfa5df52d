"""Results by month and the plan."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.charts.burnup import Period, burnup
from audit.report.facts import monthly_revenue, year_on_year
from audit.report.figure import figure
from audit.report.frame import article, sentences, told
from audit.report.markup import el, table, terms
from audit.report.state.lines import monthly_figure
from audit.schema.results import INCOMPLETE

if TYPE_CHECKING:
    from audit.report.report import Report

FIGURES = (
    ("won_deals", "count"), ("avg_check", "money"), ("median_check", "money"), ("new_clients", "count"), ("new_client_revenue_share", "share"),
    ("margin_share", "share"), ("deals_in_work", "count"), ("deals_in_work_amount", "money"),
)


def results(report: Report) -> Markup | None:
    """Revenue by month with the check, deals and new clients beside it."""
    revenue, growth = monthly_revenue(report), year_on_year(report)
    facts = [(report.title(metric), told(report, unit, value)) for metric, unit in FIGURES if (value := report.one(metric))]
    drawn = monthly_figure(report, "revenue", "money")
    if not facts and drawn is None:
        return None
    if revenue and growth is not None:
        key = "report.results.title_up" if growth >= 0 else "report.results.title_down"
        title = report.say(key, revenue=report.numbers.money(revenue[0]), growth=report.words.share(abs(growth), 0))
    elif revenue:
        title = report.say("report.results.title", revenue=report.numbers.money(revenue[0]))
    else:
        title = report.say("report.results.title_plain")
    return article(title, drawn, terms(facts, class_="facts") if facts else None)


def plan_fact(report: Report) -> Markup | None:
    """The plan against the fact, summed over the months of the plan."""
    attained, gap = report.one("plan_attainment"), report.one("plan_gap")
    targets = {row.start: row for row in report.months("plan_target", 12)}
    facts = {row.start: row for row in report.months("plan_fact", 12)}
    both = [start for start in targets if start and start in facts]
    if attained is None and len(both) < 2:
        return None
    numbers = report.numbers
    drawn, title = None, report.say("report.plan_fact.title_plain")
    if len(both) >= 2:
        rows = [Period(s, targets[s].value, facts[s].value, facts[s].status != INCOMPLETE) for s in both]
        done = [row for row in rows if row.complete] or rows
        plan, fact = sum(row.plan for row in done), sum(row.fact for row in done)
        behind = plan - fact
        share = fact / plan if plan else 0.0
        title = report.say(
            "report.plan_fact.behind" if behind > 0 else "report.plan_fact.ahead",
            share=report.words.share(share, 0), gap=numbers.money(abs(behind)), span=_span(report, done[0].start, done[-1].start),
        )
        drawn = _figure(report, rows, ("−" if behind > 0 else "+") + numbers.money(abs(behind)), share)
    said = sentences(
        report.say("report.plan_fact.run_rate", value=numbers.money(run.value)) if (run := report.one("plan_run_rate")) else None,
        report.say("report.plan_fact.gap", value=numbers.money(abs(gap.value))) if gap and gap.value < 0 else None,
    )
    return article(title, drawn, el("p", said) if said else None)


def _span(report: Report, first: date, last: date) -> str:
    """'January–September 2026', or one month."""
    if first == last:
        return report.words.month(last)
    return report.words.month(first, "LLLL" if first.year == last.year else "LLLL y") + "–" + report.words.month(last)


def _figure(report: Report, rows: list[Period], gap: str, share: float) -> Markup:
    numbers = report.numbers
    drawn = burnup(
        rows, report.theme, lambda v: numbers.tick("money", v), lambda d: report.words.month(d, "LLL"),
        plan_name=report.words("report.plan_fact.plan"), fact_name=report.words("report.plan_fact.fact"), gap=gap,
    )
    head = [report.words(f"report.column.{name}") for name in ("month", "plan", "fact", "attained")]
    body = [
        (report.words.month(row.start), numbers.money(row.plan), numbers.money(row.fact) + ("" if row.complete else " *"),
         report.words.share(row.fact / row.plan if row.plan else None, 0))
        for row in rows
    ]
    return figure(
        drawn, title=report.say("report.plan_fact.figure"), alt=report.say.plain("report.plan_fact.alt", share=report.words.share(share, 0), gap=gap),
        numbers=table(report.say("report.plan_fact.figure"), head, body, numeric=(1, 2, 3)), folded=report.words("report.folded.numbers"),
        note=report.words("report.state.incomplete") if any(not row.complete for row in rows) else None,
    )
