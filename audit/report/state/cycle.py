"""How long a deal takes: the curve of winning, with deals still open counted as such."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.charts.incidence import Point, incidence
from audit.report.figure import figure
from audit.report.frame import Part, facts
from audit.report.markup import table

if TYPE_CHECKING:
    from audit.report.report import Report, Value

FIGURES = ("cycle_days", "cycle_days_mean", "open_older_than_p90", "stuck_deals", "stuck_money")


def cycle(report: Report) -> Part | None:
    """The cumulative-incidence curve and the figures of duration."""
    half = report.one("cycle_days_half") or report.one("cycle_days")  # the heading says what the curve shows
    curve = _figure(report)
    if half is None and curve is None:
        return None
    title = report.say("report.cycle.title_plain")
    if half:
        title = report.say("report.cycle.title", n=round(half.value), days=report.numbers.value("days", round(half.value)))
    return Part(title, curve, (facts(report, FIGURES),))


def _curve(report: Report) -> list[tuple[float, Value]]:
    points = []
    for row in report.rows("cycle_incidence", "day"):
        try:
            points.append((float(row.group), row))
        except ValueError:
            continue
    return sorted(points, key=lambda pair: pair[0])


def _figure(report: Report) -> Markup | None:
    points = _curve(report)
    if len(points) < 3:
        return None
    numbers, half = report.numbers, report.one("cycle_days_half")
    final = points[-1][1].value
    half_text = report.words("report.cycle.half", days=numbers.value("days", round(half.value))) if half else ""
    drawn = incidence(
        [Point(day, row.value, row.low, row.high) for day, row in points], report.theme, lambda v: numbers.tick("share", v),
        days=report.words("report.cycle.axis"), half=half.value if half else None, half_text=half_text,
    )
    head = [report.words(f"report.column.{name}") for name in ("day", "won_by", "interval")]
    step = max(1, len(points) // 14)
    body = [
        (numbers.count(day), numbers.value("share", row.value, row.low, row.high), numbers.interval("share", row.low, row.high) or "–")
        for day, row in points[::step]
    ]
    alt = report.say.plain("report.cycle.alt", share=numbers.value("share", final), days=numbers.value("days", points[-1][0]))
    return figure(
        drawn, title=report.say("report.cycle.figure"), unit=report.words("report.cycle.unit"), alt=alt if not half else f"{alt} {half_text}.",
        numbers=table(report.say("report.cycle.figure"), head, body, numeric=(0, 1, 2)), folded=report.words("report.folded.numbers"),
    )
