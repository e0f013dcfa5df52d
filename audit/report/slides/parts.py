"""What all slides share: the sheet with its headline, words beside a picture, figures of a report without their folded numbers."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.frame import Part, look_on
from audit.report.markup import el, join

if TYPE_CHECKING:
    from audit.report.report import Report

FOLDED = re.compile(r"<details>.*?</details>", re.S)
MOST = 5  # rows of a table, zones with a slide of their own
NAMED = 34  # letters that name the slice of a change
DRAWN = 10  # rows of a picture, so that its letters stay readable from the last row of seats


def slide(report: Report, place: str, title: object, *body: object, class_: str = "") -> Markup:
    """One slide: in which section of the report we are (a key), the finding as its headline, what shows it."""
    return el("section", el("div", el("p", report.words(place), class_="place"), el("h2", title), el("div", *body, class_="body"), class_="sheet"),
              class_=f"slide {class_}".strip())


def beside(words: object, picture: Markup | None) -> tuple[Markup, ...]:
    """Words on the left and a picture on the right; either alone takes the whole."""
    sides = [el("div", words, class_="told") if words else None, el("div", shown(picture), class_="drawn") if picture else None]
    return tuple(side for side in sides if side)


def shown(figure: Markup) -> Markup:
    """A figure of the report without the numbers folded under it: on a slide nothing can be unfolded."""
    return Markup(FOLDED.sub("", figure))


def earliest_look(report: Report) -> date | None:
    """The first day after this report on which a change is measured."""
    return min((day for change in report.plan.changes if (day := look_on(report, change)) and day > report.as_of), default=None)


def of_part(report: Report, place: str, part: Part | None) -> list[Markup]:
    """A slide of a part of the report that has a picture; none without one."""
    if part is None or part.picture is None:
        return []
    words = [one for one in part.rest if one and not one.startswith("<figure")]
    return [slide(report, place, part.title, *beside(join(words), part.picture))]
