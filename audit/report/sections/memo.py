"""One page: what to fix first, who, by when, what it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from audit.report.block import Block
from audit.report.facts import change_name, gain_of, how_many, total_gain
from audit.report.frame import agreed, first_look, framed, sentences, short, with_interval
from audit.report.markup import el, join, table
from audit.report.numbers import good

if TYPE_CHECKING:
    from audit.report.report import Report

MOST = 6


def memo(report: Report) -> Block:
    """A table of at most six changes and three sentences around it."""
    changes = list(report.plan.changes)[:MOST]
    total, leaking = total_gain(report), how_many(report, "leaking_deals")
    numbers, say = report.numbers, report.say
    lead = sentences(
        say("report.memo.worth", gain=numbers.money(*total), interval=numbers.interval("money", total.low, total.high)) if total else None,
        say("report.memo.leaks", n=round(leaking), count=numbers.count(leaking)) if leaking and leaking >= 1 else None,
        None if changes else say("report.memo.nothing"),
    )
    return framed(report, "memo", changes_table(report, changes) if changes else None, el("p", say("report.memo.ask")) if any(change.get("decision") != "agree" for change in changes) else None,
                  el("p", say("report.memo.caution"), class_="note"), lead=lead or None)


def changes_table(report: Report, changes: Sequence[dict[str, Any]], *, caption: object = None, start: int = 1, named: int = 70, longest: int = 220) -> Markup:
    """Changes, numbered from `start`: who, first look, worth; a slice is named in at most `named` letters, what to do told in `longest` or not at all (0)."""
    head = [report.words(f"report.column.{name}") for name in ("change", "owner", "first_look", "per_month")]
    rows = []
    for at, change in enumerate(changes, start=start):
        gain = gain_of(change)
        worth = with_interval(report.numbers.money(*gain), report.numbers.interval("money", gain.low, gain.high)) if gain else _units(report, change)
        do = el("span", short(str(change.get("what") or ""), longest), class_="what") if longest else None
        what = join([el("b", f"{at}. {change_name(report, change, named)}"), do], " ")
        rows.append((what, agreed(report, change), first_look(report, change), worth))
    return table(caption or report.words("report.memo.table"), head, rows, numeric=(3,), class_="plan")


def _units(report: Report, change: dict) -> Markup:
    units = change.get("gain_units_per_month")
    return Markup("–") if not good(units) else report.say("report.memo.units", units=report.numbers.value("count", round(units, 1)))
