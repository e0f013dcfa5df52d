"""Open deals that nobody moves, by the reason why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.charts.bars import Bar, bars
from audit.report.figure import figure
from audit.report.frame import article, told
from audit.report.markup import table, terms

if TYPE_CHECKING:
    from audit.report.report import Report

CAUSES = ("leak_no_next", "leak_overdue", "leak_silent", "leak_orphan", "leak_stale_date")
FIGURES = (("money_at_risk", "money"), ("leaking_leads", "count"), ("overdue_tasks", "count"), ("tasks_on_time", "share"))


def leaks(report: Report) -> Markup | None:
    """How many open deals leak, why, and what money is in them."""
    leaking, open_deals, risk = report.one("leaking_deals"), report.one("deals_in_work"), report.one("money_at_risk")
    if leaking is None:
        return None
    numbers = report.numbers
    values = {"n": round(leaking.value), "count": numbers.count(leaking.value)}
    if risk and risk.value > 0:
        title = report.say("report.leaks.title_money", **values, money=numbers.money(risk.value))
    elif open_deals:
        title = report.say("report.leaks.title_of", **values, open=numbers.count(open_deals.value))
    else:
        title = report.say("report.leaks.title", **values)
    found = [(metric, value) for metric in CAUSES if (value := report.one(metric))]
    facts = [(report.title(metric), told(report, unit, value)) for metric, unit in FIGURES if (value := report.one(metric))]
    return article(title, _figure(report, found) if found else None, terms(facts, class_="facts") if facts else None)


def _figure(report: Report, found: list) -> Markup:
    numbers = report.numbers
    ordered = sorted(found, key=lambda pair: -pair[1].value)
    rows = [Bar(report.title(metric), value.value, numbers.count(value.value), strong=at == 0) for at, (metric, value) in enumerate(ordered)]
    head = [report.words("report.column.reason"), report.words("report.column.deals")]
    caption = report.say("report.leaks.figure")
    worst = ordered[0]
    return figure(
        bars(rows, report.theme), title=caption, unit=report.words("report.leaks.unit"),
        alt=report.say.plain("report.leaks.alt", reason=report.title(worst[0]), count=numbers.count(worst[1].value)),
        numbers=table(caption, head, [(report.title(m), numbers.count(v.value)) for m, v in ordered], numeric=(1,)), folded=report.words("report.folded.numbers"),
    )
