"""The progress of the plan: agreed, started, done in time, and what was realised of what was promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.report.block import Block
from audit.report.markup import el, table
from audit.report.remeasured.parts import day, framed, title_of

if TYPE_CHECKING:
    from audit.report.remeasured.report import Remeasurement

_COUNTS = ("proposed", "agreed", "started", "done", "on_time", "overdue")


def progress(report: Remeasurement) -> Block:
    """A row a horizon, and the days of every change."""
    told = report.content["progress"]
    head = [report.words("remeasure.progress.horizon"), *(report.words(f"remeasure.progress.{name}") for name in _COUNTS)]
    rows = [(report.words(f"plan.{name}"), *(_count(report, part, key) for key in _COUNTS)) for name, part in told["by_horizon"].items() if part["proposed"]]
    rows.append((report.words("remeasure.progress.all"), *(_count(report, told, key) for key in _COUNTS)))
    counts = table(report.words("remeasure.progress.table"), head, rows, numeric=range(1, len(head)))
    days = [(title_of(report, one), one["owner"] or "–", day(report, one["start_on"]), day(report, one["due_on"]), day(report, one["done_on"])) for one in report.effects]
    names = [report.words(f"remeasure.{key}") for key in ("column.title", "fact.owner", "fact.start_on", "progress.due_on", "progress.done_on")]
    return framed(report, "progress", counts, el("h3", report.words("remeasure.progress.days")), table(report.words("remeasure.progress.days"), names, days))


def _count(report: Remeasurement, told: dict, name: str) -> str:
    if name == "on_time" and told["done_with_due"]:
        return report.words("remeasure.summary.of", n=report.numbers.count(told["on_time"]), all=report.numbers.count(told["done_with_due"]))
    return report.numbers.count(told[name])
