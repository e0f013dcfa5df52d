"""The plan to date: the department day by day, every seller's distance from the linear plan and what closes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.block import Block
from audit.report.charts.burnup import Period, burnup
from audit.report.figure import figure
from audit.report.markup import el, table
from audit.report.numbers import good
from audit.report.standup.parts import Column, Row, framed, listed, signed, unknown
from audit.report.standup.today import department

if TYPE_CHECKING:
    from audit.report.standup.report import StandUp


def plan(report: StandUp) -> Block:
    """Plan and fact in money and per cent, of the department and of each seller."""
    sellers = _table(report, [row for row in report.rows("plans") if row["measure"] == "revenue" and row["by"] in ("", "team", "owner")], "revenue")
    others = [_table(report, rows, measure) for measure in sorted({row["measure"] for row in report.rows("plans")} - {"revenue"})
              if (rows := [row for row in report.rows("plans") if row["measure"] == measure])]
    slices = _table(report, [row for row in report.rows("plans") if row["measure"] == "revenue" and row["by"] in ("segment", "product")], "revenue")
    none = el("p", report.words("standup.plan.none")) if report.has("plans") and not report.rows("plans") else None
    return framed(report, "plan", unknown(report, "plans"), none, _course(report), sellers, *others, slices, _ended(report), _catching(report), lead=_lead(report))


def _lead(report: StandUp) -> Markup | None:
    one = department(report)
    if one is None:
        return None
    key = "begins" if not one["line"] else "behind" if one["line_gap"] < 0 else "ahead"
    told = report.say(f"standup.plan.{key}", fact=report.money(one["fact"]), target=report.money(one["target"]), share=report.words.share(one["share"]), line=report.money(one["line"]),
                      gap=report.money(abs(one["line_gap"])), behind=report.numbers.value("count", one["days_behind"]), a_day=report.money(one["a_day"]),
                      n=one["days_left"], days=report.numbers.count(one["days_left"]))
    return told if key == "begins" else told + " " + _left(report, one)


def _left(report: StandUp, one: Row) -> Markup:
    """What is still to do, and in how many working days."""
    if one["gap"] <= 0:
        return report.say("standup.plan.made")
    return report.say("standup.plan.left" if one["days_left"] else "standup.plan.over", a_day=report.money(one["a_day"]), gap=report.money(one["gap"]), n=one["days_left"],
                      days=report.numbers.count(one["days_left"]))


def _course(report: StandUp) -> Markup | None:
    """The department's linear plan and what was done, day by day."""
    points, one = report.rows("course"), department(report)
    if one is None or not any(good(point["fact"]) for point in points):
        return None
    rows, line, fact = list[Period](), 0.0, 0.0
    for point in points:
        done = good(point["fact"])
        rows.append(Period(dt.date.fromisoformat(point["day"]), point["line"] - line, point["fact"] - fact if done else float("nan"), done))
        line, fact = point["line"], point["fact"] if done else fact
    gap = signed(report, one["line_gap"])
    drawn = burnup(rows, report.theme, lambda value: report.numbers.tick("money", value), report.words.day,
                   plan_name=report.words("standup.plan.line"), fact_name=report.words("standup.plan.fact"), gap=gap)
    numbers = table(report.words("standup.plan.course"), [report.words(f"standup.column.{name}") for name in ("day", "line", "fact")],
                    [(report.day(point["day"]), report.money(point["line"]), report.money(point["fact"])) for point in points], numeric=(1, 2), class_="narrow")
    alt = report.say.plain("standup.plan.alt", gap=gap, share=report.words.share(one["share"]))
    return figure(drawn, title=report.words("standup.plan.course"), alt=alt, unit=report.words("standup.plan.unit"), numbers=numbers, folded=report.words("report.folded.numbers"))


def _table(report: StandUp, rows: Sequence[Row], measure: str) -> Markup | None:
    """Plans of one measure: money or pieces."""
    pieces = measure in ("deals", "new_clients")

    def told(value: float | None, sign: bool = False) -> str:
        if not good(value):
            return "–"
        return ("+" if sign and value > 0 else "") + (report.numbers.value("count", value) if pieces else report.numbers.money(value))

    columns = [
        Column("whose", lambda row: row["group"] or report.words("standup.department")), Column("target", lambda row: told(row["target"]), True),
        Column("fact", lambda row: told(row["fact"]), True), Column("share", lambda row: report.words.share(row["share"], 0), True),
        Column("to_date", lambda row: report.words.share(row["to_date"], 0), True), Column("line_gap", lambda row: _gap(told(row["line_gap"], True), row), True),
        Column("days_behind", lambda row: report.numbers.value("count", row["days_behind"]) if row["line_gap"] < 0 else "–", True), Column("a_day", lambda row: told(row["a_day"]), True),
    ]
    return listed(report, report.words(f"standup.plan.table.{measure}"), rows, columns, first=40)


def _gap(shown: str, row: Row) -> Markup:
    return el("span", shown, class_="loss") if row["line_gap"] < 0 else el("span", shown)


def _ended(report: StandUp) -> Markup | None:
    """Plans whose period has just ended."""
    columns = [
        Column("whose", lambda row: row["group"] or report.words("standup.department")), Column("measure", lambda row: report.words(f"standup.measure.{row['measure']}")),
        Column("target", lambda row: report.numbers.value("count" if row["measure"] in ("deals", "new_clients") else "money", row["target"]), True),
        Column("fact", lambda row: report.numbers.value("count" if row["measure"] in ("deals", "new_clients") else "money", row["fact"]), True),
        Column("share", lambda row: report.words.share(row["share"], 0), True),
    ]
    return listed(report, report.words("standup.plan.ended"), report.rows("ended"), columns, first=40)


def _catching(report: StandUp) -> Markup | None:
    """What closes each gap: deals of what check, less what the pipeline will bring, and the mildest lever."""
    rows = [row for row in report.rows("catchup") if row["verdict"] == "behind" and row["deals"]]
    count = report.numbers.count
    columns = [
        Column("owner", lambda row: row["owner"] or report.words("standup.department")), Column("gap", lambda row: report.money(row["gap"]), True),
        Column("expected", lambda row: report.money(row["expected"]), True), Column("deals", lambda row: count(row["deals"]), True),
        Column("net_deals", lambda row: count(row["net_deals"]), True), Column("check", lambda row: report.money(row["check"]), True), Column("lever", lambda row: lever(report, row)),
    ]
    return listed(report, report.words("standup.plan.catching"), rows, columns, first=40)


def lever(report: StandUp, row: Row) -> str:
    """The mildest of the three ways to the same sum, in words."""
    name = row["lever"]
    if not name:
        return "–"
    if row["enough"]:
        return report.words("standup.lever.enough")
    step = report.words(f"metrics.level.step.{row['lever_step']}") if row["lever_step"] else ""
    share = report.words.share(row["lever_conversion"], 0) if good(row["lever_conversion"]) else "–"
    return report.words(f"standup.lever.{name}", step=step, volume=report.numbers.value("count", row["lever_volume"]), conversion=share, check=report.money(row["lever_check"]))
