"""What the data answer, which files to ask for, what was found: the client's part of the data passport."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from audit.passport import say
from audit.report.frame import sentences
from audit.report.markup import details, el, items, join

if TYPE_CHECKING:
    from audit.report.report import Report

TOLD_ELSEWHERE = ("file", "question", "link")  # kinds that have a table or a list of their own


def carried(report: Report) -> Markup | None:
    """How much the data answer, or None without a passport."""
    return sentences(*say.lead(report.passport, report.words, report.say)) if report.passport else None


def asked(report: Report) -> Markup | None:
    """The files to ask the client for."""
    if not report.passport:
        return None
    wanted = report.passport.get("ask") or []
    body = items([_request(report, one) for one in wanted], class_="first", ordered=True) if wanted else el("p", report.say("passport.ask.nothing"))
    return join([el("h3", report.words("passport.ask.heading")), body])


def _request(report: Report, one: Mapping[str, Any]) -> Markup:
    first, *rest = say.request(one, report.words, report.passport.get("system"), report.say)
    return join([el("b", first), *rest], " ")


def found(report: Report) -> Markup | None:
    """What needs attention as a list, notes folded."""
    if not report.passport:
        return None
    odd = [one for one in say.notable(report.passport) if one["kind"] not in TOLD_ELSEWHERE or one["severity"] == "serious"]
    grave = [one for one in odd if one["severity"] != "note"]
    notes = [one for one in odd if one["severity"] == "note"]
    parts: list[Markup] = []
    if grave:
        parts += [el("h3", report.words("report.passport.found")), items([_line(report, one) for one in grave])]
    if notes:
        lines = items([say.told(one, report.words, report.say) for one in notes])
        parts.append(details(report.words("report.passport.notes", count=report.numbers.count(len(notes))), lines))
    return join(parts) if parts else None


def _line(report: Report, one: Mapping[str, Any]) -> Markup:
    said = say.told(one, report.words, report.say)
    return join([el("b", report.words("passport.severity.serious").capitalize() + "."), said], " ") if one["severity"] == "serious" else said
