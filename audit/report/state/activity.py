"""What sellers do: actions by kind and the attainment of norms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.charts.bars import Bar, bars
from audit.report.figure import figure
from audit.report.frame import Part, facts, shown_of
from audit.report.markup import el, table

if TYPE_CHECKING:
    from audit.report.report import Report

DERIVED = ("conversation", "invoice", "deal")  # counted beside the actions: a talk is one of the calls
FIGURES = ("norm_attainment", "norm_hit_days", "tasks_on_time")


def activity(report: Report) -> Part | None:
    """Actions by kind over the whole time; attainment of norms where norms are given."""
    counted = {row.group: row for row in report.rows("activity_count", "kind")}
    kinds = sorted((row for kind, row in counted.items() if kind not in DERIVED), key=lambda row: -row.value)
    talks, whole = counted.get("conversation"), report.one("activity_count")
    shown = facts(report, FIGURES)
    attained = report.one("norm_attainment")
    if not kinds and attained is None:
        return None
    title = report.say("report.activity.title_plain")
    if attained:
        title = report.say("report.activity.title", share=report.numbers.value("share", attained.value, attained.low, attained.high))
    elif kinds:
        total = whole.value if whole else sum(row.value for row in kinds)
        title = report.say("report.activity.title_count", n=round(total), count=report.numbers.count(total))
    said = el("p", report.say("report.activity.talks", n=round(talks.value), count=report.numbers.count(talks.value),
                              seconds=report.numbers.count(report.client.rules.talk_seconds)), class_="note") if talks else None
    return Part(title, _figure(report, kinds) if len(kinds) >= 2 else None, (said, shown))


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

