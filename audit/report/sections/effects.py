"""What agreed changes have brought by now: the last monthly re-measurement up to the day of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.block import Block
from audit.report.frame import framed
from audit.report.markup import el
from audit.report.remeasured.report import Remeasurement, measured
from audit.report.remeasured.summary import curve, lead, overview

if TYPE_CHECKING:
    from audit.report.report import Report


def effects(report: Report) -> Block:
    """Every change with verdict, effect and money; nothing before the first month that was measured and over by the day of the report."""
    last = last_measured(report)
    if last is None:
        return Block("effects", report.words("report.effects.heading"), Markup(""), report.page)
    where = el("p", report.say("report.effects.pages", month=report.words.month(last.month)), class_="note")
    return framed(report, "effects", overview(last, linked=False), curve(last), where, lead=lead(last))


def last_measured(report: Report) -> Remeasurement | None:
    """The last month that was measured and over by the day of the report."""
    over = [found for month in measured(report.workspace) if (found := Remeasurement.open(report.workspace, month, report.lang)).content["as_of"] <= str(report.as_of)]
    return over[-1] if over else None
