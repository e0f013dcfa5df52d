"""A metric by month as a figure with its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.charts.monthly import Month, monthly
from audit.report.figure import figure
from audit.report.markup import table
from audit.schema.results import INCOMPLETE, TOO_FEW

if TYPE_CHECKING:
    from audit.report.report import Report


def monthly_figure(report: Report, metric: str, unit: str, *, last: int = 18) -> Markup | None:
    """The last months of `metric`, or None with fewer than three."""
    rows = [row for row in report.months(metric, last) if row.status != TOO_FEW]
    if len(rows) < 3:
        return None
    numbers, title = report.numbers, report.title(metric)
    points = [Month(row.start, row.value, row.low, row.high, row.status != INCOMPLETE) for row in rows if row.start]
    first, final = points[0], next((p for p in reversed(points) if p.complete), points[-1])
    drawn = monthly(points, report.theme, lambda v: numbers.tick(unit, v), lambda d: report.words.month(d, "LLL yy"),
                    from_zero=unit in ("money", "count"), last_text=numbers.value(unit, final.value, final.low, final.high))
    head = [report.words(f"report.column.{name}") for name in ("month", "value", "interval", "n")]
    body = [
        (report.words.month(row.start), numbers.value(unit, row.value, row.low, row.high) + ("" if row.status != INCOMPLETE else " *"),
         numbers.interval(unit, row.low, row.high) or "–", numbers.count(row.n))
        for row in rows if row.start
    ]
    incomplete = any(not p.complete for p in points)
    return figure(
        drawn, title=report.say("report.state.by_month", title=title), unit=None,
        alt=report.say.plain(
            "report.state.by_month_alt", title=title, first=report.words.month(first.start), last=report.words.month(final.start),
            first_value=numbers.value(unit, first.value, first.low, first.high), last_value=numbers.value(unit, final.value, final.low, final.high),
        ),
        numbers=table(report.say("report.state.by_month", title=title), head, body, numeric=(1, 2, 3)), folded=report.words("report.folded.numbers"),
        note=report.words("report.state.incomplete") if incomplete else None,
    )
