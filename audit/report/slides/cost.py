"""What it costs: the sum of the growth zones, then each of the largest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from audit.report.belief import compared, unit_of
from audit.report.facts import total_gain
from audit.report.frame import short, with_interval
from audit.report.markup import el, join, terms
from audit.report.numbers import good
from audit.report.sections.summary import way
from audit.report.sections.zones import a_year, by_month, counted, headline, nothing, peers, zone_map
from audit.report.slides.parts import DRAWN, MOST, beside, slide
from audit.zones.remedies import told

if TYPE_CHECKING:
    from audit.report.report import Report

PLACE = "report.zones.heading"


def cost(report: Report) -> list[Markup]:
    """The sum with its interval and the way to the attainable; without zones, that none was found."""
    total, say, numbers = total_gain(report), report.say, report.numbers
    if not report.zones:
        tested = report.findings.get("tested")
        return [slide(report, PLACE, report.words("report.summary.headline_none"), el("p", nothing(report)), class_="words")] if tested else []
    if total is None:
        return []
    part = report.words.share(report.client.rules.attainable_share, 0)
    title = say.plain("report.summary.cost", gain=numbers.money(*total), interval=numbers.interval("money", total.low, total.high), part=part)
    return [slide(report, "slides.cost", title, *beside(join([el("p", counted(report)), el("p", a_year(report))]), way(report) or zone_map(report)))]


def zones(report: Report) -> list[Markup]:
    """A slide for each of the largest zones."""
    return [_zone(report, finding) for finding in report.zones[:MOST]]


def _zone(report: Report, finding: dict[str, Any]) -> Markup:
    """The finding as the headline; its shortfall, benchmark, rows, best twin and remedy beside the picture."""
    numbers, unit = report.numbers, unit_of(report, finding)
    others = ", ".join(report.slice_name(str(name)).lower() for name in finding.get("confounders") or [])
    pairs = [
        ("gap", with_interval(numbers.gap(unit, finding["gap"], finding.get("low"), finding.get("high")), numbers.gap_interval(unit, finding.get("low"), finding.get("high")))
         if good(finding.get("gap")) else None),
        ("against", compared(report, finding)),
        ("like", others or None),
        ("n", numbers.count(finding.get("n"))),
    ]
    facts = terms([(report.words(f"slides.zone.{name}"), said) for name, said in pairs if said], class_="facts")
    drawn = peers(report, finding, DRAWN) or by_month(report, finding)
    return slide(report, PLACE, headline(report, finding, 60), *beside(join([facts, _do(report, finding)]), drawn), class_="shortfall")


def _do(report: Report, finding: dict[str, Any]) -> Markup | None:
    """What to do, in a line and a sentence."""
    said = [str(told(finding, part, report.words) or "").rstrip(".") for part in ("title", "what")] if finding.get("remedy") else []
    if not any(said):
        return None
    return el("p", el("b", report.words("report.zones.do")), " ", report.say("slides.sentence", text=". ".join(short(one, 110) for one in said if one)), class_="do")
