"""The first page: how many changes worked, what they brought against what was promised, what is new since the month before."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.block import Block
from audit.report.charts.realised import Point, realised
from audit.report.figure import figure
from audit.report.markup import el, join, table
from audit.report.numbers import good
from audit.report.remeasured.parts import (
    IMPROVED,
    NOT_YET,
    UNCLEAR,
    WORSENED,
    amount,
    effect,
    framed,
    metric_of,
    news,
    plain_money,
    promise,
    proven,
    signed,
    title_of,
    verdict_of,
)

if TYPE_CHECKING:
    from audit.report.remeasured.report import Remeasurement


def summary(report: Remeasurement) -> Block:
    """Key figures, every change in a line, money over the months."""
    return framed(report, "summary", _figures(report), overview(report), curve(report), lead=lead(report), class_="summary")


def headline(report: Remeasurement) -> str:
    """The month in one line."""
    good_ones, every = sum(one["verdict"] == IMPROVED for one in report.effects), len(report.effects)
    total = report.content["totals"]["per_month"]
    month = report.words.month(report.month)
    said = {"month": month[:1].upper() + month[1:], "all": report.numbers.count(every)}
    told = report.say.plain("remeasure.summary.headline", n=good_ones, improved=report.numbers.count(good_ones), **said) if good_ones \
        else report.say.plain("remeasure.summary.headline_none", **said)
    if not total:
        return told
    key = "remeasure.summary.headline_money" if proven(total) and decided(report) else "remeasure.summary.headline_unclear"
    return f"{told} {report.say.plain(key, money=signed(report, total))}"


def decided(report: Remeasurement) -> bool:
    """Whether any change has a verdict of better or worse: a sum of effects none of which is clear says nothing."""
    return any(one["verdict"] in (IMPROVED, WORSENED) for one in report.effects)


def lead(report: Remeasurement) -> Markup:
    """Verdicts counted, and the money of all together."""
    totals, count = report.content["totals"], report.numbers.count
    numbers = {name: sum(one["verdict"] == verdict for one in report.effects) for name, verdict in (("improved", IMPROVED), ("worsened", WORSENED), ("unclear", UNCLEAR), ("young", NOT_YET))}
    told = [report.say("remeasure.summary.verdicts", n=len(report.effects), all=count(len(report.effects)), **{name: count(value) for name, value in numbers.items()})]
    if totals["per_month"]:
        key = "remeasure.summary.money" if proven(totals["per_month"]) and decided(report) else "remeasure.summary.money_unclear"
        told.append(report.say(key, money=signed(report, totals["per_month"]), promised=promise(report, totals, "promised"),
                               interval=report.numbers.interval("money", totals["per_month"]["low"], totals["per_month"]["high"])))
    return join(told, " ")


def _figures(report: Remeasurement) -> Markup:
    totals, progress = report.content["totals"], report.content["progress"]
    cells = [
        ("gain", amount(report, totals["per_month"])) if totals["per_month"] else None,
        ("promised", el("span", promise(report, totals, "promised"), class_="fig")) if good(totals["promised"]) else None,
        ("to_date", amount(report, totals["to_date"])) if totals["to_date"] else None,
        ("started", el("span", report.words("remeasure.summary.of", n=report.numbers.count(progress["started"]), all=report.numbers.count(progress["agreed"])), class_="fig")),
    ]
    return el("dl", *[el("div", el("dt", report.words(f"remeasure.summary.figure.{name}")), el("dd", told), class_=f"key-{name}") for name, told in filter(None, cells)], class_="keys")


def overview(report: Remeasurement, *, linked: bool = True, brief: int | None = None) -> Markup:
    """Every change in a line, `linked` to its page below; or the first `brief` of them, without what is new since the month before."""
    names = ("title", "verdict", "effect", "money", "promised", "news")
    head = [report.words(f"remeasure.column.{name}") for name in (names[:-1] if brief else names)]
    rows: list[tuple[object, ...]] = []
    for at, one in enumerate(report.effects[:brief], 1):
        title = title_of(report, one)
        name = join([el("a", title, href=f"#change-{at}") if linked else title, el("span", metric_of(report, one), class_="what")], " ")
        money = one["money_per_month"] or {}
        worth = join([amount(report, money), el("span", report.words("remeasure.joint_short"), class_="ci") if one["joint_with"] and good(money.get("value")) else None], " ")
        row = (name, verdict_of(report, one), effect(report, one), worth, plain_money(report, one["expected_gain"]))
        rows.append(row if brief else (*row, news(report, one)))
    return table(report.words("remeasure.summary.table"), head, rows, numeric=(2, 3, 4), class_="plan glance")


def curve(report: Remeasurement) -> Markup | None:
    """Money since the starts, month by month, against what was promised; from two measured months on."""
    months = [one for one in report.content["totals"].get("by_month", []) if one["to_date"]]
    if len(months) < 2:
        return None
    points = [Point(dt.date.fromisoformat(f"{one['month']}-01"), one["to_date"]["value"], one["to_date"]["low"], one["to_date"]["high"], one["promised_to_date"]) for one in months]
    last = months[-1]
    key = f"remeasure.summary.curve.{'title' if proven(last['to_date']) and decided(report) else 'title_unclear'}"
    said = {"money": signed(report, last["to_date"]), "promised": promise(report, last, "promised_to_date")}
    names = (report.words("remeasure.summary.curve.fact"), report.words("remeasure.summary.curve.promised"))
    drawn = realised(points, report.theme, lambda value: report.numbers.tick("money", value), lambda day: report.words.month(day, "LLL yy"), names=names)
    title = report.say(key, **said)
    head = [report.words(f"remeasure.column.{name}") for name in ("month", "to_date", "promised_to_date")]
    rows = [(report.words.month(point.month), amount(report, one["to_date"]), promise(report, one, "promised_to_date")) for point, one in zip(points, months, strict=True)]
    numbers = table(report.words("remeasure.summary.curve.table"), head, rows, numeric=(1, 2), class_="narrow")
    return figure(drawn, title=title, alt=report.say.plain(key, **said), unit=report.words("remeasure.summary.curve.unit"), numbers=numbers,
                  folded=report.words("remeasure.numbers"))
