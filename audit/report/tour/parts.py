"""Ways of telling by parts: stages of a funnel, ages of a debt, fields that stay empty, sellers in tiers.

Each is a pure function of the report's facts: a sentence with its picture, or None where the values do not hold it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.report.charts.bars import Bar, bars, funnel
from audit.report.charts.dots import Dot, dots
from audit.report.numbers import KINDS, alike_digits
from audit.report.privacy import EMPTY, SELLERS
from audit.report.tiers import toned, tones
from audit.report.tour.chapter import Told
from audit.report.tour.said import figure, name, ticks, unit_of, value
from audit.schema.results import TOO_FEW

if TYPE_CHECKING:
    from audit.report.report import Report, Value

MOST = 10  # rows of a picture


def passed(report: Report, metric: str, *, by: str) -> Told | None:
    """A funnel of stages: how many reached each, what share went on, the narrowest passage named."""
    rows = report.rows(metric, by)
    known = [row for row in rows[:-1] if row.status != TOO_FEW]
    if len(rows) < 2 or not known:
        return None
    narrow = min(known, key=lambda row: row.value)
    drawn = funnel([Bar(row.group, row.n, report.numbers.count(row.n), strong=row is narrow, between=report.words("report.funnel.goes_on", share=value(report, metric, row))
                        if row is not rows[-1] else "") for row in rows], report.theme, named=(report.words("tour.axis.reached"), report.slice_name(by)))
    return Told(report.words("tour.passed", stage=name(narrow.group), share=value(report, metric, narrow)), drawn, "funnel")


def aged(report: Report, ageing: str, whole: str, *, by: str) -> Told | None:
    """What is owed by its age, the overdue part of it and its heaviest bucket named."""
    rows, owed = report.rows(ageing, by), report.one(whole)
    total = owed.value if owed else sum(row.value for row in rows)
    late = [row for row in rows if row.group != "not_due"]
    if not rows or total <= 0 or not late:
        return None
    worst, numbers, overdue = max(late, key=lambda row: row.value), report.numbers, sum(row.value for row in late)
    drawn = bars([Bar(report.level(by, row.group), row.value, numbers.money(row.value), strong=row is worst and overdue > 0) for row in rows], report.theme,
                 named=(unit_of(report, ageing), report.words("tour.axis.age")))
    said = {"owed": numbers.money(total), "overdue": numbers.money(overdue), "share": numbers.value("share", overdue / total)}
    if overdue <= 0:
        return Told(report.words("tour.not_overdue", owed=said["owed"]), drawn, "bars")
    return Told(report.words("tour.aged", **said, bucket=report.level(by, worst.group), most=numbers.money(worst.value)), drawn, "bars")


def filled(report: Report, metric: str, *, by: str) -> Told | None:
    """Shares of what is filled, the emptiest first."""
    rows = sorted(_known(report, metric, by), key=lambda row: row.value)
    if len(rows) < 2:
        return None
    digits = alike_digits(row.value for row in rows[:MOST])
    shown = [Bar(report.level(by, row.group), row.value, figure(report, metric, row) if at == 0 else report.words.share(row.value, digits),
                 strong=at == 0 and row.value < rows[-1].value) for at, row in enumerate(rows[:MOST])]
    drawn = bars(shown, report.theme, full=1, named=(unit_of(report, metric), report.slice_name(by)))
    whole = report.one(metric)
    said = {"title": report.title(metric), "worst": name(report.level(by, rows[0].group)), "value": value(report, metric, rows[0])}
    if rows[0].value == rows[-1].value:
        return Told(report.words("tour.alike", title=said["title"], value=said["value"]), drawn, "bars", firm=False)
    if whole is None:
        return Told(report.words("tour.filled_alone", **said), drawn, "bars")
    return Told(report.words("tour.filled", **said, whole=value(report, metric, whole)), drawn, "bars")


def spread(report: Report, metric: str, *, by: str) -> Told | None:
    """The parts of a whole side by side with their intervals: from the lowest to the highest, nobody ranked."""
    rows = _known(report, metric, by)
    if len(rows) < 2:
        return None
    low, high = min(rows, key=lambda row: row.value), max(rows, key=lambda row: row.value)
    shown = _arranged(report, by, sorted(rows, key=lambda row: -row.n)[:MOST], rows)
    whole = report.one(metric)
    # a sum over all is no benchmark of its parts
    middle = whole.value if whole and KINDS.get(report.unit(metric), "index") not in ("money", "count") else None
    drawn = dots([Dot(report.level(by, row.group), row.value, row.low, row.high) for row in shown], report.theme, ticks(report, metric), benchmark=middle,
                 benchmark_name=report.words("tour.axis.whole"), named=(unit_of(report, metric), report.slice_name(by)))
    if low.value == high.value:
        return Told(report.words("tour.alike", title=report.title(metric), value=value(report, metric, low)), drawn, "dots", firm=False)
    said = {"title": report.title(metric), "least": name(report.level(by, low.group)), "lowest": value(report, metric, low),
            "most": name(report.level(by, high.group)), "highest": value(report, metric, high)}
    return Told(report.words("tour.spread", **said), drawn, "dots", firm=len(rows) > 2)


def tiers(report: Report, metric: str) -> Told | None:
    """Sellers in three tiers by what survived the correction for many tests; inside a tier by the alphabet."""
    rows, tone = toned(report, metric), tones(report, metric)
    if len(rows) < 2 or not report.findings:
        return None
    whole = report.one(metric)
    drawn = dots(rows, report.theme, ticks(report, metric), benchmark=whole.value if whole else None, benchmark_name=report.words("report.people.whole"),
                 named=(report.title(metric), report.slice_name("owner")))
    counts = {side: sum(row.tone == side for row in rows) for side in ("above", "below")}
    if not tone or not any(counts.values()):
        return Told(report.words("tour.tiers_alike", title=report.title(metric), sellers=len(rows)), drawn, "dots")
    return Told(report.words("tour.tiers", title=report.title(metric), sellers=len(rows), **counts, rest=len(rows) - sum(counts.values())), drawn, "dots")


def _arranged(report: Report, by: str, shown: list[Value], rows: list[Value]) -> list[Value]:
    """Stages in their own order, sellers by the alphabet, which ranks nobody, all else from the highest value."""
    if by == "stage":
        return [row for row in rows if row in shown]
    if by in SELLERS:
        return sorted(shown, key=lambda row: report.level(by, row.group).casefold())
    return sorted(shown, key=lambda row: -row.value)


def _known(report: Report, metric: str, by: str) -> list[Value]:
    return [row for row in report.rows(metric, by) if row.status != TOO_FEW and row.group not in ("", EMPTY)]
