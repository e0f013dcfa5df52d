"""Where we are: results by month, plan and fact, the funnel, deals going nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.sections.summary import figures
from audit.report.slides.parts import of_part
from audit.report.state import funnel as stages
from audit.report.state import leaks as stuck
from audit.report.state import results as sold

if TYPE_CHECKING:
    from audit.report.report import Report

PLACE = "report.state.heading"


def results(report: Report) -> list[Markup]:
    """Revenue by month, the key figures beside it."""
    part = sold.results(report)
    return of_part(report, PLACE, part._replace(rest=(figures(report),)) if part else None)


def plan_fact(report: Report) -> list[Markup]:
    """The plan against the fact."""
    return of_part(report, PLACE, sold.plan_fact(report))


def funnel(report: Report) -> list[Markup]:
    """The largest funnel, the share of won deals beside it."""
    part, won = stages.funnels(report), stages.winning(report)
    return of_part(report, PLACE, part._replace(rest=(*(won.rest if won else ()), part.rest[-1])) if part else None)


def leaks(report: Report) -> list[Markup]:
    """Open deals that nobody moves."""
    return of_part(report, PLACE, stuck.leaks(report))
