"""People in tiers and what works in talks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from audit.report.frame import short, shown_of
from audit.report.markup import el, items, join
from audit.report.sections.people import figures_of, win_rates
from audit.report.sections.techniques import PROVEN, lifts, points
from audit.report.slides.parts import DRAWN, beside, slide
from audit.report.tiers import proven, toned

if TYPE_CHECKING:
    from audit.report.report import Report

SELLERS, LETTERS, TECHNIQUES = 2, 24, 4  # sellers that a tier names and letters of a name, techniques


def people(report: Report) -> list[Markup]:
    """Strengths before where help is needed, everybody with an interval beside."""
    drawn = win_rates(report, DRAWN)
    if drawn is None:
        return []
    above, below = proven(report, report.strengths), proven(report, report.zones)
    title = report.say("slides.people", count=report.numbers.count(len(toned(report, "win_rate"))), above=report.numbers.count(len(above)), below=report.numbers.count(len(below)))
    tiers = el("div", _tier(report, "above", above), _tier(report, "below", below), class_="tiers")
    return [slide(report, "report.people.heading", title, *beside(tiers, drawn))]


def _tier(report: Report, tier: str, found: dict[str, list[dict[str, Any]]]) -> Markup:
    """Who is in a tier, each by the first of the findings."""
    names = sorted(found)
    lines = [el("span", el("b", short(name, LETTERS)), ": ", report.say.plain("report.people.against", **figures_of(report, found[name][0]))) for name in names[:SELLERS]]
    note = shown_of(report, min(len(names), SELLERS), len(names))
    body = (items(lines), el("p", note, class_="note") if note else None) if lines else (el("p", report.say(f"report.people.no_{tier}")),)
    return el("div", el("h3", report.words(f"report.people.{tier}")), *body, class_=f"tier {tier}" if lines else "tier")


def techniques(report: Report) -> list[Markup]:
    """Proven techniques beside the differences of all; none where no talks were judged."""
    heard = [one for one in report.techniques.get("techniques", ()) if one["uses"]]
    drawn = lifts(report, heard, DRAWN)
    if drawn is None:
        return []
    works = [one for one in heard if one["status"] == PROVEN]
    title = report.say("slides.techniques", n=len(works), count=report.numbers.count(len(works))) if works else report.say("slides.no_techniques")
    said = [el("span", el("b", one["title"]), ": ", points(report, one)) for one in works[:TECHNIQUES]]
    words = join([items(said) if said else el("p", report.say("report.techniques.none_proven")), el("p", report.say("techniques.association"), class_="note")])
    return [slide(report, "report.techniques.heading", title, *beside(words, drawn))]
