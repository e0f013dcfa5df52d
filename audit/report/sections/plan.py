"""The draft plan of changes: tactical first, then strategic; owners and dates are the client's to agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from audit.report.block import Block
from audit.report.facts import change_name, gain_of, zone_number
from audit.report.frame import framed, with_interval
from audit.report.markup import el, join, table

if TYPE_CHECKING:
    from audit.report.report import Report

HORIZONS = ("tactical", "strategic")


def plan(report: Report) -> Block:
    """One table a horizon."""
    changes = list(report.plan.changes)
    if not changes:
        return framed(report, "plan", el("p", report.say("report.plan.nothing")))
    parts = []
    for horizon in HORIZONS:
        chosen = [change for change in changes if change.get("horizon") == horizon]
        if chosen:
            parts += [el("h3", report.words(f"report.plan.{horizon}")), el("p", report.say(f"report.plan.{horizon}_means")), _table(report, horizon, chosen)]
    return framed(report, "plan", *parts, lead=report.say("report.plan.lead"))


def _table(report: Report, horizon: str, changes: list[dict[str, Any]]) -> Markup:
    head = [report.words(f"report.column.{name}") for name in ("change", "why", "owner", "effort", "per_month")]
    rows = []
    for change in changes:
        gain, number = gain_of(change), zone_number(report, str(change.get("zone_id", "")))
        what = el("span", change.get("what"), class_="what") if change.get("what") else None
        why = join([change.get("why") or "", el("a", report.words("report.plan.zone", number=number), href=f"#zone-{number}") if number else None], " ")
        worth = with_interval(report.numbers.money(*gain), report.numbers.interval("money", gain.low, gain.high)) if gain else Markup("–")
        owner = change.get("owner") or el("span", report.words("report.plan.to_agree"), class_="blank")
        rows.append((join([change_name(report, change), what], " "), why, owner, report.words(f"report.effort.{change.get('effort', 'medium')}"), worth))
    return table(report.words(f"report.plan.{horizon}"), head, rows, numeric=(4,), class_="plan bare")
