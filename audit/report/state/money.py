"""Money owed by its age."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.charts.bars import Bar, bars
from audit.report.figure import figure
from audit.report.frame import Part, facts
from audit.report.markup import table

if TYPE_CHECKING:
    from audit.report.report import Report

FIGURES = ("receivables", "overdue_share", "days_delinquent", "dso", "receivables_top5_share")


def receivables(report: Report) -> Part | None:
    """What clients owe, how old it is, and how much of it is overdue."""
    owed, overdue = report.one("receivables"), report.one("overdue_share")
    ages = report.rows("receivables_ageing", "bucket")
    if owed is None and not ages:
        return None
    title = report.say("report.receivables.title_plain")
    if owed and overdue:
        title = report.say("report.receivables.title", money=report.numbers.money(owed.value), share=report.numbers.value("share", overdue.value))
    return Part(title, _figure(report, ages) if ages else None, (facts(report, FIGURES),))


def _figure(report: Report, ages: list) -> Markup:
    numbers = report.numbers
    named = [(report.level("bucket", row.group), row) for row in ages]
    late = [row.value for row in ages if row.group != "not_due"]
    rows = [Bar(name, row.value, numbers.money(row.value), strong=bool(late) and row.group != "not_due" and row.value == max(late)) for name, row in named]
    caption = report.say("report.receivables.figure")
    head = [report.words("report.column.age"), report.words("report.column.owed")]
    return figure(
        bars(rows, report.theme), title=caption, unit=report.words("report.receivables.unit"),
        alt=report.say.plain("report.receivables.alt", money=numbers.money(sum(late))),
        numbers=table(caption, head, [(name, numbers.money(row.value)) for name, row in named], numeric=(1,)), folded=report.words("report.folded.numbers"),
    )
