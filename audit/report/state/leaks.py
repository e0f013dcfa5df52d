"""Open deals that nobody moves, by the reason why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.charts.bars import Bar, bars
from audit.report.facts import how_many
from audit.report.figure import figure
from audit.report.frame import Part, facts
from audit.report.markup import table

if TYPE_CHECKING:
    from audit.report.report import Report

CAUSES = ("leak_no_next", "leak_overdue", "leak_silent", "leak_orphan", "leak_stale_date")
FIGURES = ("money_at_risk", "leaking_leads", "overdue_tasks", "tasks_on_time")


def leaks(report: Report) -> Part | None:
    """How many open deals leak, why, and what money is in them."""
    leaking, open_deals, risk = report.one("leaking_deals"), report.one("deals_in_work"), report.one("money_at_risk")
    if leaking is None:
        return None
    numbers = report.numbers
    stuck = how_many(report, "leaking_deals") or 0
    values = {"n": round(stuck), "count": numbers.count(stuck)}
    if risk and risk.value > 0:
        title = report.say("report.leaks.title_money", **values, money=numbers.money(risk.value))
    elif open_deals:
        title = report.say("report.leaks.title_of", **values, open=numbers.count(open_deals.value))
    else:
        title = report.say("report.leaks.title", **values)
    found = [(metric, count) for metric in CAUSES if (count := how_many(report, metric)) is not None]
    return Part(title, _figure(report, found) if found else None, (facts(report, FIGURES),))


def _figure(report: Report, found: list) -> Markup:
    numbers = report.numbers
    ordered = sorted(found, key=lambda pair: -pair[1])
    rows = [Bar(_cause(report, metric), count, numbers.count(count), strong=at == 0) for at, (metric, count) in enumerate(ordered)]
    head = [report.words("report.column.reason"), report.words("report.column.deals")]
    caption = report.say("report.leaks.figure")
    worst = ordered[0]
    return figure(
        bars(rows, report.theme), title=caption, unit=report.words("report.leaks.unit"),
        alt=report.say.plain("report.leaks.alt", reason=_cause(report, worst[0]), count=numbers.count(worst[1])),
        numbers=table(caption, head, [(_cause(report, m), numbers.count(count)) for m, count in ordered], numeric=(1,)), folded=report.words("report.folded.numbers"),
    )


def _cause(report: Report, metric: str) -> str:
    return report.words(f"report.leaks.cause.{metric.removeprefix('leak_')}")
