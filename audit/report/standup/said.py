"""A task in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.markup import el
from audit.report.numbers import good
from audit.report.standup.parts import Row, unit, waited

if TYPE_CHECKING:
    from audit.report.standup.report import StandUp


def said(report: StandUp, task: Row) -> Markup:
    """What to do, with whom, and why today."""
    entity = task["entity"]
    if task["kind"] == "call_back":
        return _call(report, task)
    of = report.words("standup.unit.invoice", id=task.get("number") or task["id"]) + (f" · {task['client']}" if task.get("client") else "") if entity == "invoice" \
        else unit(report, task, entity, "id")
    if good(task.get("amount")) and task["kind"] != "collect":
        of = f"{of}, {report.money(task['amount'])}"
    key = f"standup.task.{task['kind']}"
    if task["kind"] == "collect":
        key += f"_{task['when']}"
    elif (task["kind"] in ("warm", "touch") and not task.get("at")) or (task["kind"] == "answer" and not task.get("source")):
        key += "_unknown"
    told = report.say(key, unit=of, amount=report.money(task.get("amount")), at=report.day(task.get("at")), waited=waited(report, task.get("minutes")),
                      source=task.get("source") or "–", stage=task.get("stage") or "–", action=action(report, task.get("action")),
                      days=_days(report, task.get("days")), limit=_days(report, task.get("limit")))
    if task.get("flags"):
        told += report.say("standup.task.flags", flags=flags(report, task["flags"]))
    more = task.get("number") if task["kind"] == "overdue" else None
    return el("span", told, " " + report.words("standup.task.more", n=more - 1, more=report.numbers.count(more - 1)) if isinstance(more, int) and more > 1 else None)


def _call(report: StandUp, task: Row) -> Markup:
    """Whom to call back: the number's last digits, and the deal or request that the caller has."""
    told = report.say("standup.task.call_back", phone=task["phone"] or "–", at=report.day(task["at"]), time=task["at"][11:16], waited=waited(report, task["minutes"]))
    entity, unit_ = task.get("about") or (None, None)
    return el("span", told, f" {report.words(f'standup.unit.{entity}', id=unit_)}." if entity in ("deal", "lead") else None)


def action(report: StandUp, kind: object) -> str:
    """One action of a kind, in words."""
    key = f"standup.action.{kind}"
    return report.words(key) if report.words.has(key) else report.level("kind", str(kind or "task"))


def flags(report: StandUp, names: object) -> str:
    """What is amiss with a deal or lead, in words."""
    return ", ".join(report.words(f"metrics.level.flag.{name}") for name in str(names or "").split(", ") if name) or "–"


def _days(report: StandUp, value: float | None) -> str:
    return report.numbers.value("days", round(value)) if good(value) else "–"
