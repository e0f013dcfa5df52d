"""What the report cannot say, and the next steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.passport.say import request
from audit.report.facts import change_name, lacking, unmeasured
from audit.report.frame import short
from audit.report.markup import el, items
from audit.report.sections.limits import ALWAYS
from audit.report.slides.parts import NAMED, earliest_look, slide

if TYPE_CHECKING:
    from audit.report.report import Report

LACKING, FILES = 6, 2  # lines of what is lacking, files to ask for


def limits(report: Report) -> list[Markup]:
    """What must not be read into it, beside what the exports lack."""
    found = sorted(unmeasured(report).items(), key=lambda pair: -len(pair[1]))
    count = sum(len(metrics) for _, metrics in found)
    title = report.say("report.limits.unmeasured_means", n=count, count=report.numbers.count(count)) if count else report.say("report.limits.all_measured")
    lacks = [short(lacking(report, needs), 110) for needs, _ in found[:LACKING]]
    most = el("div", el("h3", report.words("slides.lacks")), items(lacks), class_="told") if lacks else None
    always = el("div", el("h3", report.words("slides.always")), items([report.say(f"report.limits.{name}") for name in ALWAYS]), class_="told")
    return [slide(report, "report.limits.heading", title, always, most, class_="limits")]


def steps(report: Report) -> list[Markup]:
    """Who has to do what after the defence."""
    changes, say = list(report.plan.changes), report.say
    open_ones = sum(change.get("decision") not in ("agree", "postpone") for change in changes)
    look, wanted = earliest_look(report), (report.passport.get("ask") or [])[:FILES]
    said = [
        say("slides.next.agree", n=open_ones, count=report.numbers.count(open_ones)) if open_ones else None,
        say("slides.next.start", name=short(change_name(report, changes[0], NAMED), 120)) if changes else None,
        *[say("slides.next.send", file=short(request(one, report.words, None)[0].rstrip("."), 150)) for one in wanted],
        say("slides.next.look", day=report.words.date(look)) if look else None,
        say("slides.next.monthly") if changes else None,
    ]
    told = [one for one in said if one]
    title = say("slides.next.decide" if open_ones else "slides.next.begun")
    return [slide(report, "slides.next.heading", title, items(told, class_="steps", ordered=True), class_="words")] if told else []
