"""The first page: where we are, what it costs, what first — forty seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.block import Block
from audit.report.charts.style import HALF
from audit.report.charts.waterfall import Step, waterfall
from audit.report.facts import (
    change_name,
    gain_of,
    how_many,
    monthly_revenue,
    plan_span,
    total_gain,
    year_on_year,
    zone_number,
)
from audit.report.figure import figure
from audit.report.frame import framed, name_of, sentences, told, with_interval
from audit.report.markup import el, items, table

if TYPE_CHECKING:
    from audit.report.report import Report


def summary(report: Report) -> Block:
    """Three to five sentences, four figures, the way to the attainable, the first three changes."""
    pair = el("div", el("div", first(report), class_="side"), way(report), class_="pair")
    return framed(report, "summary", figures(report), pair, lead=_sentences(report), class_="summary")


def headline(report: Report) -> str:
    """The whole report in one line."""
    zones, total = len(report.zones), total_gain(report)
    priced = sum(gain_of(zone) is not None for zone in report.zones)
    if priced and total:
        return report.say.plain("report.summary.headline_money", n=priced, count=report.numbers.count(priced), gain=report.numbers.money(*total))
    if zones:
        return report.say.plain("report.summary.headline_zones", n=zones, count=report.numbers.count(zones))
    if report.findings.get("tested"):
        return report.words("report.summary.headline_none")
    return report.words("report.summary.headline_plain")


def _sentences(report: Report) -> Markup:
    numbers, say = report.numbers, report.say
    revenue, rate, plan = monthly_revenue(report), report.one("win_rate"), plan_span(report)
    growth, total, leaking = year_on_year(report), total_gain(report), how_many(report, "leaking_deals")
    term, leads = next(((name, row) for name in ("lead_conversion", "lead_conversion_ever") if (row := report.one(name))), ("", None)) if not (revenue and rate) else ("", None)
    said = sentences(
        say("report.summary.revenue", n=revenue[1], revenue=numbers.money(revenue[0]), months=numbers.count(revenue[1])) if revenue else None,
        say("report.summary.growth_up" if growth >= 0 else "report.summary.growth_down", growth=report.words.share(abs(growth), 0))
        if growth is not None else None,
        say("report.summary.win_rate", rate=numbers.value("share", rate.value, rate.low, rate.high), n=rate.n, count=numbers.count(rate.n))
        if rate else None,
        say("report.summary.leads" if term == "lead_conversion" else "report.summary.leads_ever", n=leads.n, days=report.client.rules.conversion_days, count=numbers.count(leads.n), share=numbers.value("share", leads.value, leads.low, leads.high)) if leads else None,
        say("report.summary.plan", share=report.words.share(plan.share, 0)) if plan else None,
        say("report.summary.cost", gain=numbers.money(*total), interval=numbers.interval("money", total.low, total.high),
            part=report.words.share(report.client.rules.attainable_share, 0)) if total else _no_cost(report),
        say("report.summary.leaks", n=round(leaking), count=numbers.count(leaking)) if leaking and leaking >= 1 else None,
    )
    return said or say("report.summary.nothing")


def _no_cost(report: Report) -> Markup | None:
    tested = report.findings.get("tested")
    if report.zones or not tested:
        return None
    return report.say("report.summary.nothing_proven", n=int(tested), count=report.numbers.count(tested))


def figures(report: Report) -> Markup:
    """Up to four key figures."""
    revenue, total = monthly_revenue(report), total_gain(report)
    money_at_risk, rate, attained = report.one("money_at_risk"), report.one("win_rate"), plan_span(report)
    cells = [
        ("revenue", el("span", report.numbers.money(revenue[0]), class_="fig")) if revenue else None,
        ("gain", with_interval(report.numbers.money(*total), report.numbers.interval("money", total.low, total.high))) if total else None,
        ("win_rate", told(report, "win_rate", rate)) if rate else None,
        ("plan", el("span", report.words.share(attained.share, 0), class_="fig")) if attained else None,
        ("risk", told(report, "money_at_risk", money_at_risk)) if money_at_risk and money_at_risk.value > 0 else None,
    ]
    shown = [cell for cell in cells if cell][:4]
    inner = [el("div", el("dt", report.words(f"report.summary.figure.{name}")), el("dd", said), class_=f"key-{name}") for name, said in shown]
    return el("dl", *inner, class_="keys") if inner else Markup("")


def way(report: Report) -> Markup:
    """The waterfall from today's revenue a month to the attainable."""
    revenue, total = monthly_revenue(report), total_gain(report)
    priced = [(zone, gain) for zone in report.zones if (gain := gain_of(zone)) and gain.value > 0]
    if not revenue or not total or not priced:
        return Markup("")
    numbers, today = report.numbers, revenue[0]
    steps = [Step(_short_name(report, zone), *gain, said=numbers.money(*gain)) for zone, gain in priced[:7]]
    rest = total.value - sum(step.gain for step in steps)
    if len(priced) > 7 and rest > 0:
        steps.append(Step(report.words("report.summary.others"), rest, None, None))
    end = today + sum(step.gain for step in steps)
    ends = [today + v if v is not None else None for v in (total.low, total.high)]
    names = (report.words("report.summary.today"), report.words("report.summary.attainable"))
    drawn = waterfall(today, steps, report.theme, numbers.money, names=names, end=end, end_low=ends[0], end_high=ends[1], width=HALF)
    rows = [(names[0], numbers.money(today), "–")]
    rows += [(step.name, numbers.money(step.gain, step.low, step.high), numbers.interval("money", step.low, step.high) or "–") for step in steps]
    rows.append((names[1], numbers.money(end), numbers.interval("money", ends[0], ends[1]) or "–"))
    head = [report.words(f"report.column.{name}") for name in ("step", "per_month", "interval")]
    caption = report.words("report.summary.way_table")
    return figure(
        drawn, title=report.words("report.summary.way"), unit=report.words("report.summary.way_unit"),
        alt=report.say.plain("report.summary.way_alt", today=numbers.money(today), end=numbers.money(end), gain=numbers.money(*total)),
        numbers=table(caption, head, rows, numeric=(1, 2)), folded=report.words("report.folded.numbers"),
    )


def _short_name(report: Report, zone: dict) -> str:
    number = zone_number(report, zone.get("id", ""))
    return f"{number}. " + " × ".join(map(str, (zone.get("slice") or {}).values())) if number else name_of(report, zone.get("slice") or {})


def first(report: Report, longest: int = 70) -> Markup:
    """The first three changes of the draft plan; the slice of each is named in at most `longest` letters."""
    changes = list(report.plan.changes)[:3]
    if not changes:
        return Markup("")
    told_items = []
    for change in changes:
        gain = gain_of(change)
        worth = report.say("report.summary.worth", gain=report.numbers.money(*gain), interval=report.numbers.interval("money", gain.low, gain.high)) if gain else None
        told_items.append(sentences(el("b", change_name(report, change, longest)), el("span", worth, class_="worth") if worth else None))
    return el("div", el("h3", report.words("report.summary.first")), items(told_items, class_="first", ordered=True))
