"""How the pack is counted and what it cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.report.block import Block
from audit.report.markup import items
from audit.report.standup.parts import framed

if TYPE_CHECKING:
    from audit.report.standup.report import StandUp

_SAID = ("as_of", "plan", "hot", "payments", "tasks", "sure", "names")


def limits(report: StandUp) -> Block:
    """A few lines of method, and every part that could not be made."""
    basis = report.words(f"standup.basis.{report.content['plan_basis']}")
    told: list[object] = [report.words(f"standup.limits.{name}", as_of=report.words.date(report.as_of), basis=basis, hot=report.client.rules.hot_days, most=report.client.rules.standup_tasks)
                          for name in _SAID if name != "names" or report.client.client_names == "hidden"]
    told += [report.words("standup.lacks", part=report.words(f"standup.part.{name}"), lacks=", ".join(what)) for name, what in report.content["lacks"].items()]
    return framed(report, "limits", items(told))
