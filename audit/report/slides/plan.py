"""What first and how we will know: the first changes, the plan by horizon, its measurement, what was measured already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup

from audit.report.facts import change_name
from audit.report.frame import short, shown_of
from audit.report.markup import el
from audit.report.remeasured import summary as remeasured
from audit.report.sections.effects import last_measured
from audit.report.sections.measure import measured, measured_table
from audit.report.sections.memo import changes_table
from audit.report.sections.plan import HORIZONS
from audit.report.sections.summary import first as first_changes
from audit.report.sections.zones import zone_map
from audit.report.slides.parts import DRAWN, MOST, NAMED, beside, earliest_look, slide

if TYPE_CHECKING:
    from audit.report.report import Report

PLACE = "report.plan.heading"
FEW = 3  # changes that a slide tells in two tables and in words


def first(report: Report) -> list[Markup]:
    """The first three changes beside the map of worth and effort."""
    if not report.plan.changes:
        return []
    title = report.say("slides.first", name=short(change_name(report, report.plan.changes[0], NAMED), 90))
    return [slide(report, "report.summary.first", title, *beside(first_changes(report, NAMED), zone_map(report, DRAWN - 2)), class_="first")]


def changes(report: Report) -> list[Markup]:
    """The plan: on one slide where it is short, else a slide for each horizon."""
    parts = [part for horizon in HORIZONS if (part := _horizon(report, horizon))]
    if len(report.plan.changes) <= FEW:
        title = report.say.plain("slides.changes", n=len(report.plan.changes), count=report.numbers.count(len(report.plan.changes)))
        inner = [piece for part in parts for piece in (el("h3", part.title), part.table)]
        return [slide(report, PLACE, title, *inner)] if inner else []
    return [slide(report, PLACE, part.title, part.table, _rest(report, part.numbered[:MOST], part.numbered)) for part in parts]


class _Horizon(NamedTuple):
    """The changes of one horizon with their numbers in the plan, their headline and table."""

    numbered: list[tuple[int, dict[str, Any]]]
    title: Markup
    table: Markup


def _horizon(report: Report, horizon: str) -> _Horizon | None:
    numbered = [(at, change) for at, change in enumerate(report.plan.changes, start=1) if change.get("horizon") == horizon]
    if not numbered:
        return None
    title = report.say(f"slides.{horizon}", n=len(numbered), count=report.numbers.count(len(numbered)))
    kept, longest = [change for _, change in numbered[:MOST]], 110 if len(numbered) <= FEW else 0
    return _Horizon(numbered, title, changes_table(report, kept, caption=title, start=numbered[0][0], named=NAMED, longest=longest))


def measure(report: Report) -> list[Markup]:
    """By which metric, from which level to which, when."""
    everything = measured(report.plan.changes)
    if not everything:
        return []
    look, kept = earliest_look(report), everything[:MOST]
    title = report.say("slides.measure", day=report.words.date(look)) if look else report.say("slides.measure_plain")
    shown = measured_table(report, kept, ("change", "metric", "now", "target", "first_look", "shows"), NAMED)
    return [slide(report, "report.measure.heading", title, shown, _rest(report, kept, everything))]


def _rest(report: Report, kept: list[Any], everything: list[Any]) -> Markup | None:
    note = shown_of(report, len(kept), len(everything))
    return el("p", note, class_="note") if note else None


def effects(report: Report) -> list[Markup]:
    """What agreed changes have brought by the last month that was measured."""
    last = last_measured(report)
    if last is None:
        return []
    drawn = remeasured.curve(last)
    body = beside(el("p", remeasured.lead(last)), drawn) if drawn else (remeasured.overview(last, linked=False, brief=MOST), _rest(report, last.effects[:MOST], last.effects))
    return [slide(report, "report.effects.heading", remeasured.headline(last), *body)]
