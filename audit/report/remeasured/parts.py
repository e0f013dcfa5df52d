"""What the pages of a re-measured month say again and again: a section, a slice, a verdict, an effect, money."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from audit.report.block import Block, section
from audit.report.frame import with_interval
from audit.report.markup import el, join
from audit.report.numbers import good

if TYPE_CHECKING:
    from audit.report.remeasured.report import Remeasurement

One = Mapping[str, Any]
IMPROVED, UNCLEAR, WORSENED, NOT_YET = "improved", "no clear change", "worsened", "not measurable yet"
CAUSED = "caused by"


def framed(report: Remeasurement, name: str, *body: object, lead: object = None, class_: str | None = None) -> Block:
    """A section: its heading of the catalogue, an opening paragraph, the body."""
    return section(report.page, name, report.words(f"remeasure.{name}.heading"), *body, lead=lead, class_=class_)


def title_of(report: Remeasurement, one: One) -> str:
    """What a change is called: its title and the slice in which it acts."""
    where = " × ".join(map(str, one["scope"].values()))
    title = str(one["title"] or one["change"])
    return f"{title}: {where}" if where and where not in title else title


def metric_of(report: Remeasurement, one: One) -> str:
    """What the metric of a change is called."""
    key = f"metrics.{one['metric']}.title"
    return report.words(key) if one["metric"] and report.words.has(key) else str(one["metric"] or "–").replace("_", " ")


def verdict_of(report: Remeasurement, one: One) -> str:
    """The verdict in words."""
    return report.words("remeasure.verdict." + one["verdict"].replace(" ", "_"))


def unit_of(one: One) -> str:
    """The unit of the metric."""
    return str(one["unit"] or "index")


def gap(report: Remeasurement, one: One) -> str:
    """The effect as a signed difference."""
    return report.numbers.gap(unit_of(one), one["effect"], one["low"], one["high"])


def effect(report: Remeasurement, one: One) -> Markup:
    """The effect with its interval; a dash where there is none."""
    if not good(one["effect"]):
        return Markup("–")
    told = with_interval(gap(report, one), report.numbers.gap_interval(unit_of(one), one["low"], one["high"]))
    return told if one["verdict"] in (IMPROVED, WORSENED) else el("span", told, class_="unclear")


def amount(report: Remeasurement, money: One | None) -> Markup:
    """Money with its interval; a dash where there is none."""
    if not money or not good(money.get("value")):
        return Markup("–")
    told = with_interval(signed(report, money), report.numbers.interval("money", money["low"], money["high"]))
    if not proven(money):
        return el("span", told, class_="unclear")
    return el("span", told, class_="loss") if money["value"] < 0 else told


def proven(money: One) -> bool:
    """Whether money can be told from nothing."""
    return bool(money["low"] > 0 or money["high"] < 0)


def signed(report: Remeasurement, money: One) -> str:
    """Money with its sign."""
    return ("+" if money["value"] > 0 else "") + report.numbers.money(money["value"], money["low"], money["high"])


def plain_money(report: Remeasurement, value: float | None) -> str:
    """Money that was promised."""
    return report.numbers.money(value) if good(value) else "–"


def promise(report: Remeasurement, totals: One, name: str) -> str:
    """What was promised for the changes behind a sum, and for how many of them where that is not all."""
    from audit.remeasure.say import promise_of

    return promise_of(totals, plain_money(report, totals[name]), report.words) if good(totals[name]) else "–"


def day(report: Remeasurement, text: str | None) -> str:
    """An ISO day in words."""
    return report.words.date(dt.date.fromisoformat(text), "medium") if text else "–"


def news(report: Remeasurement, one: One) -> Markup:
    """What is new since the month before: another verdict, or how far the effect has moved."""
    before = one.get("previous")
    if not before:
        return report.say("remeasure.news.first")
    month = report.words.month(dt.date.fromisoformat(f"{before['month']}-01"))
    return join([_moved(report, one, before, month), _otherwise(report, one, before, month)], " ")


def _otherwise(report: Remeasurement, one: One, before: One, month: str) -> Markup | None:
    """That the change is compared another way than the month before, where it is."""
    was, now = before.get("method"), one["method"]
    if not was or not now or was == now:
        return None
    return report.say("remeasure.news.method", month=month, was=report.words(f"effects.method.{was}"), now=report.words(f"effects.method.{now}"))


def _moved(report: Remeasurement, one: One, before: One, month: str) -> Markup:
    if before["verdict"] != one["verdict"]:
        was = report.words("remeasure.verdict." + before["verdict"].replace(" ", "_"))
        return report.say("remeasure.news.verdict", was=was, month=month)
    if not good(before["effect"]) or not good(one["effect"]):
        return report.say("remeasure.news.same", month=month)
    return report.say("remeasure.news.effect", was=report.numbers.gap(unit_of(one), before["effect"], before["low"], before["high"]), month=month)


def listed(parts: list[Markup]) -> Markup:
    """Sentences one after another."""
    return join(parts, " ")
