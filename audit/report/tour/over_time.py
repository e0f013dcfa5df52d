"""Ways of telling over time: months with control limits, cohorts of leads, days until the win, plan and fact.

Each is a pure function of the report's facts: a sentence with its picture, or None where the values do not hold it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.report.charts.burnup import Period, burnup
from audit.report.charts.cohorts import Step, cohorts
from audit.report.charts.incidence import Point, incidence
from audit.report.charts.monthly import Month, monthly
from audit.report.facts import plan_rows, plan_span
from audit.report.numbers import KINDS
from audit.report.tour.chapter import Told
from audit.report.tour.said import figure, name, ticks, unit_of, value
from audit.schema.results import INCOMPLETE, PROVISIONAL, TOO_FEW
from audit.stats.individuals import limits

if TYPE_CHECKING:
    from datetime import date

    from audit.report.report import Report, Value

FEWEST, MOST = 3, 18  # months of a picture


def by_month(report: Report, metric: str) -> Told | None:
    """A control chart: the last ripe month against the limits of all ripe months."""
    rows = [row for row in report.months(metric, MOST) if row.status != TOO_FEW]
    ripe = [row for row in rows if _ripe(row)]
    if len(ripe) < FEWEST:
        return None
    unit, last = report.unit(metric), ripe[-1]
    found = limits([row.value for row in ripe], 0.0 if min(row.value for row in ripe) >= 0 else None, 1.0 if _bounded(report, metric, ripe) else None)
    drawn = monthly(_points(rows), report.theme, ticks(report, metric), _short(report), named=(_axis(report, "month", rows), unit_of(report, metric)),
                    from_zero=KINDS.get(unit) in ("money", "count"), limits=(found.low, found.centre, found.high) if found else None,
                    limits_name=report.words("tour.axis.limits") if found else "", last_text=figure(report, metric, last))
    said = {"title": report.title(metric), "value": value(report, metric, last), "month": _month(report, last.start)}
    if found is None:
        return Told(report.words("tour.months.young", **said), drawn, "months", firm=False)
    outside = sum(not found.low <= row.value <= found.high for row in ripe)
    place = "below" if last.value < found.low else "above" if last.value > found.high else "within"
    return Told(report.words(f"tour.months.{place}", **said, limits=report.numbers.interval(unit, found.low, found.high), out=outside, months=len(ripe)), drawn, "months")


def by_cohort(report: Report, *metrics: str) -> Told | None:
    """A funnel by month of arrival: each step's share, read at the youngest cohort that is ripe for every step."""
    found = {metric: [row for row in report.months(metric, MOST) if row.status != TOO_FEW] for metric in metrics}
    found = {metric: rows for metric, rows in found.items() if sum(map(_ripe, rows)) >= FEWEST}
    if len(found) < 2:
        return None
    ripe = [{row.start: row for row in rows if _ripe(row)} for rows in found.values()]
    common = sorted(set.intersection(*map(set, ripe)), key=str)
    if not common:
        return None
    drawn = cohorts([Step(report.title(metric), tuple(_points(rows))) for metric, rows in found.items()], report.theme, ticks(report, next(iter(found))),
                    _short(report), named=(_axis(report, "arrived", *found.values()), report.words("tour.axis.of_leads")))
    steps = [report.words("tour.one", name=report.title(metric), value=value(report, metric, rows[common[-1]])) for metric, rows in zip(found, ripe, strict=True)]
    return Told(report.words("tour.cohorts", month=_month(report, common[-1]), steps="; ".join(steps)), drawn, "cohorts")


def until_won(report: Report, curve: str, half: str) -> Told | None:
    """The cumulative incidence of winning, open deals censored; read at its end and at half of the wins."""
    points = sorted((float(row.group), row) for row in report.rows(curve, "day") if row.group.isdigit())
    if len(points) < FEWEST or not points[-1][1].value:
        return None
    numbers, middle, (last, end) = report.numbers, report.one(half), points[-1]
    shown = numbers.value("days", round(middle.value)) if middle else ""
    drawn = incidence([Point(day, row.value, row.low, row.high) for day, row in points], report.theme, ticks(report, curve),
                      days=report.words("report.cycle.axis"), share_name=report.words("tour.axis.won"), half=middle.value if middle else None,
                      half_text=report.words("report.cycle.half", days=shown) if middle else "")
    said = {"share": value(report, curve, end), "days": numbers.value("days", last)}
    return Told(report.words("tour.until_won_half" if middle else "tour.until_won", **said, **({"half": shown} if middle else {})), drawn, "curve")


def plan_and_fact(report: Report, *metrics: str) -> Told | None:
    """Plan and fact of the last year burning up, read at the last month that is over."""
    pairs, span = plan_rows(report), plan_span(report)
    rows = [Period(fact.start, target.value, fact.value, fact.status != INCOMPLETE) for target, fact in pairs if fact.start]
    if span is None or len(rows) < 2:
        return None
    numbers, gap, target = report.numbers, span.plan - span.fact, metrics[0]
    drawn = burnup(rows, report.theme, ticks(report, target), lambda day: report.words.month(day, "LLL"), gap=("−" if gap > 0 else "+") + numbers.money(abs(gap)),
                   plan_name=report.words("report.plan_fact.plan"), fact_name=report.words("report.plan_fact.fact"),
                   named=(report.words("tour.axis.month"), report.words("tour.axis.running", unit=unit_of(report, target))))
    return Told(report.words("tour.plan_behind" if gap > 0 else "tour.plan_ahead", first=_month(report, span.first), last=_month(report, span.last),
                                 share=report.words.share(span.share, 0), plan=numbers.money(span.plan), gap=numbers.money(abs(gap))), drawn, "burnup")


def _axis(report: Report, key: str, *drawn: list[Value]) -> str:
    """The name of the axis of time; it says what an open point is where there is one."""
    said = report.words(f"tour.axis.{key}")
    return said if all(_ripe(row) for rows in drawn for row in rows) else report.words("tour.axis.young", axis=said)


def _ripe(row: Value) -> bool:
    return row.status not in (INCOMPLETE, PROVISIONAL, TOO_FEW)


def _points(rows: list[Value]) -> list[Month]:
    return [Month(row.start, row.value, row.low, row.high, _ripe(row)) for row in rows if row.start]


def _bounded(report: Report, metric: str, rows: list[Value]) -> bool:
    """Whether the values are shares of a whole: an attainment may pass 100 %."""
    return report.unit(metric) == "share" and all(row.hits is not None and row.hits <= row.n and row.value <= 1 for row in rows)


def _short(report: Report):
    return lambda day: report.words.month(day, "LLL yy")


def _month(report: Report, day: date | None) -> str:
    return name(report.words.month(day)) if day else "–"
