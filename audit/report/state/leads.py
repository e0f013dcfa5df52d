"""Leads: how many become deals, by source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.charts.dots import Dot, dots
from audit.report.charts.style import HALF
from audit.report.figure import figure
from audit.report.frame import Part, facts, shown_of
from audit.report.markup import table
from audit.schema.results import TOO_FEW

if TYPE_CHECKING:
    from audit.report.report import Report

FIGURES = ("lead_conversion", "lead_conversion_ever", "lead_target_share", "lead_junk_share", "lead_win_rate", "revenue_per_lead")
MOST = 10


def leads(report: Report) -> Part | None:
    """Conversion of leads with its interval, whole and by source."""
    metric = next((m for m in ("lead_conversion", "lead_conversion_ever") if report.one(m)), None)
    shown = facts(report, FIGURES)
    if shown is None:
        return None
    if metric is None:
        return Part(report.say("report.leads.title_plain"), None, (shown,))
    whole = report.one(metric)
    assert whole is not None
    ever, days = _ever(metric), report.client.rules.conversion_days
    title = report.say(f"report.leads.title{ever}", n=whole.n, days=days, share=report.numbers.value("share", whole.value, whole.low, whole.high), count=report.numbers.count(whole.n))
    return Part(title, _figure(report, metric, whole.value), (shown,))


def _ever(metric: str) -> str:
    """The end of the key of a text: conversion has no term where only its whole history is known."""
    return "_ever" if metric == "lead_conversion_ever" else ""


def _figure(report: Report, metric: str, whole: float) -> Markup | None:
    by = next((by for by in ("source", "channel") if len(report.rows(metric, by)) >= 2), None)
    if by is None:
        return None
    numbers = report.numbers
    known = sorted((row for row in report.rows(metric, by) if row.status != TOO_FEW), key=lambda row: -row.n)
    rows = sorted(known[:MOST], key=lambda row: -row.value)
    if len(rows) < 2:
        return None
    drawn = dots(
        [Dot(report.level(by, row.group), row.value, row.low, row.high) for row in rows], report.theme, lambda v: numbers.tick("share", v),
        benchmark=whole, benchmark_name=report.words("report.people.whole"), width=HALF,
    )
    head = [report.slice_name(by), *[report.words(f"report.column.{name}") for name in ("value", "interval", "n")]]
    body = [(report.level(by, row.group), numbers.value("share", row.value, row.low, row.high), numbers.interval("share", row.low, row.high) or "–", numbers.count(row.n)) for row in rows]
    caption = report.say("report.leads.figure", by=report.slice_name(by).lower())
    return figure(
        drawn, title=caption, unit=report.words(f"report.leads.unit{_ever(metric)}", days=report.client.rules.conversion_days), note=shown_of(report, len(rows), len(known)),
        alt=report.say.plain("report.leads.alt", best=report.level(by, rows[0].group), high=numbers.value("share", rows[0].value, rows[0].low, rows[0].high),
                             worst=report.level(by, rows[-1].group), low=numbers.value("share", rows[-1].value, rows[-1].low, rows[-1].high)),
        numbers=table(caption, head, body, numeric=(1, 2, 3)), folded=report.words("report.folded.numbers"),
    )
