"""What sellers do: actions by kind and the attainment of norms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.charts.bars import Bar, bars
from audit.report.figure import figure
from audit.report.frame import article, facts, shown_of
from audit.report.markup import table

if TYPE_CHECKING:
    from audit.report.report import Report

FIGURES = ("norm_attainment", "norm_hit_days", "tasks_on_time")


def activity(report: Report) -> Markup | None:
    """Actions by kind over the whole time; attainment of norms where norms are given."""
    kinds = sorted(report.rows("activity_count", "kind"), key=lambda row: -row.value)
    shown = facts(report, FIGURES)
    attained = report.one("norm_attainment")
    if not kinds and attained is None:
        return None
    title = report.say("report.activity.title_plain")
    if attained:
        title = report.say("report.activity.title", share=report.numbers.value("share", attained.value, attained.low, attained.high))
    elif kinds:
        total = sum(row.value for row in kinds)
        title = report.say("report.activity.title_count", n=round(total), count=report.numbers.count(total))
    return article(title, _figure(report, kinds) if len(kinds) >= 2 else None, shown)


def _figure(report: Report, kinds: list) -> Markup:
    numbers = report.numbers
    named = [(report.level("kind", row.group), row) for row in kinds[:10]]
    rows = [Bar(name, row.value, numbers.count(row.value), strong=at == 0) for at, (name, row) in enumerate(named)]
    caption = report.say("report.activity.figure")
    head = [report.words("report.column.kind"), report.words("report.column.count")]
    return figure(
        bars(rows, report.theme), title=caption, unit=report.words("report.activity.unit"), note=shown_of(report, len(named), len(kinds)),
        alt=report.say.plain("report.activity.alt", kind=named[0][0], count=numbers.count(named[0][1].value)),
        numbers=table(caption, head, [(name, numbers.count(row.value)) for name, row in named], numeric=(1,)), folded=report.words("report.folded.numbers"),
    )

