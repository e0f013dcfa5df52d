"""Results by month and the plan."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.charts.burnup import Period, burnup
from audit.report.facts import monthly_revenue, plan_rows, plan_span, year_on_year
from audit.report.figure import figure
from audit.report.frame import Part, facts, told
from audit.report.markup import el, table, terms
from audit.report.state.lines import monthly_figure
from audit.schema.results import INCOMPLETE

if TYPE_CHECKING:
    from audit.report.report import Report

FIGURES = ("won_deals", "avg_check", "median_check", "new_clients", "new_client_revenue_share", "margin_share", "deals_in_work", "deals_in_work_amount")


def results(report: Report) -> Part | None:
    """Revenue by month with the check, deals and new clients beside it."""
    revenue, growth = monthly_revenue(report), year_on_year(report)
    shown = facts(report, FIGURES)
    drawn = monthly_figure(report, "revenue", "money")
    if shown is None and drawn is None:
        return None
    if revenue and growth is not None:
        key = "report.results.title_up" if growth >= 0 else "report.results.title_down"
        title = report.say(key, revenue=report.numbers.money(revenue[0]), growth=report.words.share(abs(growth), 0))
    elif revenue:
        title = report.say("report.results.title", revenue=report.numbers.money(revenue[0]))
    else:
        title = report.say("report.results.title_plain")
    return Part(title, drawn, (shown,))


def plan_fact(report: Report) -> Part | None:
    """The plan against the fact, summed over the last months of the plan."""
    both, span = plan_rows(report), plan_span(report)
    if span is None:
        return None
    numbers, gap = report.numbers, span.plan - span.fact
    title = report.say(
        "report.plan_fact.behind" if gap > 0 else "report.plan_fact.ahead",
        share=report.words.share(span.share, 0), gap=numbers.money(abs(gap)), span=_span(report, span.first, span.last),
    )
    rows = [Period(fact.start, target.value, fact.value, fact.status != INCOMPLETE) for target, fact in both if fact.start]
    running = report.one("plan_run_rate") if not rows[-1].complete else None
    drawn = _figure(report, rows, ("−" if gap > 0 else "+") + numbers.money(abs(gap)), span.share) if len(rows) > 1 else None
    pace = el("p", report.say("report.plan_fact.run_rate", value=numbers.money(running.value))) if running else None
    return Part(title, drawn, (pace, *_to_date(report)))


def _to_date(report: Report) -> tuple[Markup | None, Markup | None]:
    """The last period of the plan to date, all its figures of that period alone, under its name."""
    running = report.one("plan_line_gap")
    if running is None:
        return None, None
    found = [(metric, next((row for period in ("month", "quarter", "year", "week") for row in report.rows(metric, period=period) if row.start == running.start), None))
             for metric in ("plan_to_date", "plan_line_gap", "plan_days_behind")]
    shown = [(report.title(metric), told(report, metric, row)) for metric, row in found if row]
    label = report.say("report.plan_fact.to_date", month=report.words.month(running.start)) if running.start else None
    return (el("p", label, class_="note") if label and shown else None), (terms(shown, class_="facts") if shown else None)


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
