"""The draft plan of changes: tactical first, then strategic; owners and dates are the client's to agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from audit.report.block import Block
from audit.report.facts import change_name, gain_of, zone_number
from audit.report.frame import agreed, framed, with_interval
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
    lead = "report.plan.lead_agreed" if any(change.get("decision") == "agree" for change in changes) else "report.plan.lead"
    return framed(report, "plan", *parts, lead=report.say(lead))


def _table(report: Report, horizon: str, changes: list[dict[str, Any]]) -> Markup:
    head = [report.words(f"report.column.{name}") for name in ("change", "why", "owner", "effort", "per_month")]
    rows = []
    for change in changes:
        gain = gain_of(change)
        zones = [zone_number(report, str(one.get("zone_id", ""))) for one in (change, *change.get("also", ()))]
        what = el("span", change.get("what"), class_="what") if change.get("what") else None
        links = [el("a", report.words("report.plan.zone", number=number), href=f"#zone-{number}") for number in zones if number]
        why = join([change.get("why") or "", join(links, ", ")], " ")
        worth = with_interval(report.numbers.money(*gain), report.numbers.interval("money", gain.low, gain.high)) if gain else Markup("–")
        rows.append((join([change_name(report, change), what], " "), why, agreed(report, change), report.words(f"report.effort.{change.get('effort', 'medium')}"), worth))
    return table(report.words(f"report.plan.{horizon}"), head, rows, numeric=(4,), class_="plan bare")
