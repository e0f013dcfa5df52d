"""How we will know: for every change its metric, where it stands, where it should be, and when it is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from audit.report.block import Block
from audit.report.facts import change_name
from audit.report.frame import first_look, framed
from audit.report.markup import el, items, table

if TYPE_CHECKING:
    from audit.report.report import Report

COLUMNS = ("change", "metric", "now", "target", "first_look", "least", "shows")
NUMERIC = ("now", "target", "least")
RULES = ("same_way", "wait", "monthly", "checks", "words", "together")


def measure(report: Report) -> Block:
    """A table of measurements and the rules by which a result is called a result."""
    changes = list(report.plan.changes)
    rules = items([report.say(f"report.measure.rule.{name}") for name in RULES])
    if not changes:
        return framed(report, "measure", rules, lead=report.say("report.measure.nothing"))
    return framed(report, "measure", measured_table(report, measured(changes)),
                  el("h3", report.words("report.measure.rules")), rules, lead=report.say("report.measure.lead"))


def measured_table(report: Report, changes: Sequence[dict[str, Any]], columns: Sequence[str] = COLUMNS, named: int = 70) -> Markup:
    """What each change is measured by, from which level, when: `columns` of COLUMNS; a slice is named in at most `named` letters."""
    cells = [_cells(report, change, named) for change in changes]
    head = [report.words(f"report.column.{name}") for name in columns]
    return table(report.words("report.measure.table"), head, [[row[name] for name in columns] for row in cells],
                 numeric=[at for at, name in enumerate(columns) if name in NUMERIC])


def _cells(report: Report, change: dict[str, Any], named: int) -> dict[str, str]:
    metric, numbers = str(change.get("metric") or ""), report.numbers
    unit = report.unit(metric)
    return {
        "change": change_name(report, change, named), "metric": report.title(metric), "now": numbers.value(unit, change.get("baseline")), "target": numbers.value(unit, change.get("target")),
        "first_look": first_look(report, change), "least": _least(report, change, unit), "shows": _shows(report, change),
    }


def measured(changes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The changes, and after each the further metrics that it is to move."""
    return [one for change in changes for one in (change, *({**change, **more} for more in change.get("also", ())))]


def _least(report: Report, change: dict[str, Any], unit: str) -> str:
    """The least change of the metric that can be told from chance by the first look."""
    least = change.get("detectable")
    return "–" if least is None else report.numbers.gap(unit, least if change.get("direction") != "lower" else -least)


def _shows(report: Report, change: dict[str, Any]) -> str:
    """The day from which the target itself can be told from chance, counted from this report where no start is agreed."""
    days, start = change.get("seen_after_days"), change.get("start_on") or report.as_of
    if days is None:
        return report.words("plan.book.unseen") if change.get("detectable") is not None else "–"
    return report.words.date(start + timedelta(days=int(days)), "medium")
