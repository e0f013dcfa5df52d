"""Where we are now: results, plan, funnel, cycle, leaks, leads, activity, money owed — what is measurable of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.report.block import Block
from audit.report.frame import article, framed
from audit.report.markup import el
from audit.report.state.activity import activity
from audit.report.state.cycle import cycle
from audit.report.state.funnel import funnels, winning
from audit.report.state.leads import leads
from audit.report.state.leaks import leaks
from audit.report.state.money import receivables
from audit.report.state.results import plan_fact, results

if TYPE_CHECKING:
    from audit.report.report import Report

PARTS = (results, plan_fact, funnels, winning, cycle, leads, leaks, activity, receivables)


def state(report: Report) -> Block:
    """An article for every part that the data allow."""
    shown = [article(made.title, made.picture, *made.rest) for part in PARTS if (made := part(report))]
    body = el("div", *shown, class_="grid") if shown else el("p", report.say("report.state.nothing"))
    return framed(report, "state", body, lead=report.say("report.state.lead") if shown else None)
