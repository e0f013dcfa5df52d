"""What became of the tasks of the last stand-up: a stand-up is correction, not a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.report.block import Block
from audit.report.markup import el
from audit.report.standup.parts import Column, framed, listed
from audit.report.standup.said import said

if TYPE_CHECKING:
    from audit.report.standup.report import StandUp


def before(report: StandUp) -> Block:
    """Issued and done by seller, and what is left."""
    last = report.content["before"]
    if not last or not last["issued"]:
        return framed(report, "before", el("p", report.words("standup.before.none")))
    count = report.numbers.count
    lead = report.say("standup.before.lead", date=report.day(last["date"]), issued=count(last["issued"]), done=count(last["done"]), share=report.words.share(last["done"] / last["issued"], 0))
    sellers = [Column("owner", lambda row: row["owner"] or report.words("standup.nobody")), Column("issued", lambda row: count(row["issued"]), True),
               Column("done", lambda row: count(row["done"]), True), Column("done_share", lambda row: report.words.share(row["done"] / row["issued"], 0), True)]
    left = [Column("owner", lambda row: row["owner"] or report.words("standup.nobody")), Column("task", lambda row: said(report, row))]
    return framed(report, "before", listed(report, report.words("standup.before.sellers"), last["sellers"], sellers, first=30),
                  listed(report, report.words("standup.before.left"), last["left"], left, first=5), el("p", report.words("standup.before.how"), class_="note"), lead=lead)
