"""The defence for a projector: the same findings as the report, one a slide, in the order of the argument."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.block import Block
from audit.report.markup import join
from audit.report.slides.close import limits, steps
from audit.report.slides.cost import cost, zones
from audit.report.slides.people import people, techniques
from audit.report.slides.plan import changes, effects, first, measure
from audit.report.slides.state import funnel, leaks, plan_fact, results

if TYPE_CHECKING:
    from audit.report.report import Report

# the title slide is the frame's; each of these gives slides, or none where the data say nothing of it
SLIDES: tuple[Callable[[Report], list[Markup]], ...] = (
    results, plan_fact, funnel, leaks, cost, zones, first, changes, measure, effects, people, techniques, limits, steps,
)


def deck(report: Report) -> Block:
    """All slides as one block."""
    return Block("slides", report.words("slides.heading"), join(made for part in SLIDES for made in part(report)), report.page)
