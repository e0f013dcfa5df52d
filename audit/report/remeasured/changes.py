"""One page a change: the finding, the series with the change marked beside what was expected without it, money, checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from audit.report.block import Block
from audit.report.charts.before_after import Level, before_after
from audit.report.figure import figure
from audit.report.markup import details, el, items, join, table, terms
from audit.report.numbers import good
from audit.report.remeasured.parts import (
    CAUSED,
    IMPROVED,
    NOT_YET,
    WORSENED,
    One,
    amount,
    day,
    effect,
    framed,
    gap,
    metric_of,
    news,
    plain_money,
    signed,
    title_of,
    unit_of,
    verdict_of,
)

BESIDE = "structural_series"

if TYPE_CHECKING:
    from audit.report.remeasured.report import Remeasurement


def changes(report: Remeasurement) -> Block:
    """Every change of the plan that has a start."""
    return framed(report, "changes", *[_change(report, at, one) for at, one in enumerate(report.effects, 1)], lead=report.say("remeasure.changes.lead"))


def sentence(report: Remeasurement, one: One) -> str:
    """The finding about one change: what happened, in the verb that the evidence bears, and what it is worth."""
    if one["verdict"] == NOT_YET:
        return report.say.plain("remeasure.finding.not_yet", metric=metric_of(report, one))
    kind = {IMPROVED: "improved", WORSENED: "worsened"}.get(one["verdict"], "unclear")
    verb = "caused" if one["claim"] == CAUSED else "coincides"
    key = f"remeasure.finding.{kind}" if kind == "unclear" else f"remeasure.finding.{kind}_{verb}"
    looks = one["monitoring"]
    early = kind == "unclear" and looks and one["low"] * one["high"] > 0  # clear by itself, not yet for a look this early
    told = report.say.plain(f"{key}_early" if early else key, metric=metric_of(report, one), effect=gap(report, one),
                            interval=report.numbers.gap_interval(unit_of(one), one["low"], one["high"]), **({"look": looks["look"], "planned": looks["planned_looks"]} if early else {}))
    money = one["money_per_month"] or {}
    return f"{told} {report.say.plain('remeasure.finding.money', money=signed(report, money))}" if good(money.get("value")) and kind != "unclear" else told


def _change(report: Remeasurement, at: int, one: One) -> Markup:
    heading = el("h3", el("span", str(at), class_="number"), " ", title_of(report, one))
    body = el("div", el("p", el("b", sentence(report, one))), _why(report, one), _facts(report, one), _apart(report, one), class_="side")
    pair = el("div", body, _picture(report, one), class_="pair")
    return el("article", heading, pair, _checks(report, one), _method(report, one), id=f"change-{at}", class_="fact zone")


def _why(report: Remeasurement, one: One) -> Markup | None:
    """What is lacking, or with whom it was compared."""
    if one["verdict"] == NOT_YET:
        return el("p", report.say("remeasure.changes.needs", needs=str(one["needs"] or "–")))
    joint = [title_of(report, other) for other in report.effects if other["change"] in one["joint_with"]]
    form = "beside" if one["method"] == BESIDE else "panel_common" if one["form"] == "panel" and one.get("common_with") else one["form"]
    told = [report.say(f"remeasure.changes.form.{form}", n=one["controls"], controls=report.numbers.count(one["controls"]))]
    if joint:
        told.append(report.say("remeasure.changes.joint", changes="; ".join(joint)))
    return el("p", join(told, " "))


def _facts(report: Remeasurement, one: One) -> Markup:
    money = one["money_per_month"] or {}
    looks = one["monitoring"] or {}
    plan = [(report.words(f"remeasure.fact.{name}"), report.numbers.value(unit_of(one), one.get(name))) for name in ("baseline", "target") if good(one.get(name))]
    pairs: list[tuple[object, object]] = [
        (report.words("remeasure.fact.verdict"), verdict_of(report, one)),
        (report.words("remeasure.fact.effect"), effect(report, one)),
        (report.words("remeasure.fact.before"), _level(report, one, "before")), (report.words("remeasure.fact.expected"), _level(report, one, "expected")),
        (report.words("remeasure.fact.value"), _level(report, one, "value")),
        *plan,
        (report.words("remeasure.fact.money"), amount(report, money)), (report.words("remeasure.fact.promised"), plain_money(report, one["expected_gain"])),
        (report.words("remeasure.fact.to_date"), amount(report, money.get("to_date"))),
        (report.words("remeasure.fact.owner"), one["owner"] or "–"), (report.words("remeasure.fact.start_on"), day(report, one["start_on"])),
        (report.words("remeasure.fact.horizon_on"), day(report, one["horizon_on"])),
        (report.words("remeasure.fact.look"), report.words("remeasure.summary.of", n=str(one["look"]), all=str(one["planned_looks"])) if looks else "–"),
        (report.words("remeasure.fact.news"), news(report, one)),
    ]
    return terms([(term, said) for term, said in pairs if said not in ("–", Markup("–"))], class_="facts")


def _apart(report: Remeasurement, one: One) -> Markup | None:
    """Why the value before the change is not the one that the plan tells, where both are shown and differ."""
    if not good(one.get("baseline")) or not good(one.get("before")) or one["verdict"] == NOT_YET:
        return None
    plan, here = _level(report, one, "baseline"), _level(report, one, "before")
    return el("p", report.say("remeasure.changes.baseline", plan=plan, here=here), class_="what") if plan != here else None


def _level(report: Remeasurement, one: One, name: str) -> str:
    return report.numbers.value(unit_of(one), one.get(name), *_rough(one)) if good(one.get(name)) else "–"


def _rough(one: One) -> tuple[float | None, float | None]:
    """Ends by which a level is rounded: as wide as the effect's interval."""
    return (one["low"], one["high"]) if good(one["low"]) and good(one["high"]) else (None, None)


def _picture(report: Remeasurement, one: One) -> Markup | None:
    """The series with what was expected without the change; None where there are fewer than three dated points."""
    levels = [Level(str(point["time"])[:10], point["value"], point.get("expected"), point.get("low"), point.get("high"), bool(point["after"])) for point in one["points"]
              if good(point["value"]) and _dated(str(point["time"]))]
    if len(levels) < 3:
        return None
    unit = unit_of(one)
    names = (report.words("remeasure.picture.fact"), report.words("remeasure.picture.expected"))
    drawn = before_after(levels, report.theme, lambda value: report.numbers.tick(unit, value), lambda date: report.words.month(date, "LLL yy"), names=names,
                         mark=report.words("remeasure.picture.mark"))
    step = report.words(f"remeasure.picture.{one['grain'] or 'month'}")
    numbers = table(report.words("remeasure.picture.table"), [report.words(f"remeasure.column.{name}") for name in ("period", "fact", "expected")], _rows(report, unit, levels),
                    numeric=(1, 2), class_="narrow")
    alt = report.words("remeasure.picture.alt", finding=sentence(report, one), title=title_of(report, one))
    return figure(drawn, title=metric_of(report, one), alt=alt, unit=step, numbers=numbers, folded=report.words("remeasure.numbers"))


def _dated(text: str) -> bool:
    return len(text) >= 10 and text[4] == text[7] == "-"


def _rows(report: Remeasurement, unit: str, levels: list[Level]) -> list[tuple[object, ...]]:
    value = report.numbers.value
    return [(day(report, one.time), value(unit, one.value), value(unit, one.expected, one.low, one.high) if good(one.expected) else "–") for one in levels]


def _checks(report: Remeasurement, one: One) -> Markup | None:
    told: list[Any] = []
    for check in one["checks"]:
        name = next((report.words(key) for key in (f"effects.check.{check['name']}", f"remeasure.check.{check['name']}.title") if report.words.has(key)), check["name"])
        passed = report.words("effects.passed." + {True: "yes", False: "no", None: "unknown"}[check["passed"]])
        told.append(join([el("b", f"{name}: {passed}."), " ", check["detail"]]))
    failed = sum(check["passed"] is False for check in one["checks"])
    label = report.say("remeasure.changes.checks", n=len(told), all=report.numbers.count(len(told)), failed=report.numbers.count(failed))
    return details(label, items(told)) if told else None


def _method(report: Remeasurement, one: One) -> Markup | None:
    if one["verdict"] == NOT_YET and not one["rule"]:
        return None
    looks = one["monitoring"]
    lines = [str(one["why"]), str(one["rule"])]
    if looks:
        wide = unit_of(one) == "share" and (looks["low"] < -1 or looks["high"] > 1)
        ends = report.numbers.gap_interval(unit_of(one), looks["low"], looks["high"])
        key = "remeasure.changes.monitoring_wide" if wide else "remeasure.changes.monitoring"
        lines.append(report.words(key, look=looks["look"], planned=looks["planned_looks"], interval=ends))
    lines.append(report.words("remeasure.changes.rows", before=report.numbers.count(one["n_before"]), after=report.numbers.count(one["n_after"])))
    return details(report.words("remeasure.changes.method"), *[el("p", line) for line in lines if line])
