"""A sheet a seller: where he is, what closes the gap, what to work on, his tasks; what nobody at work has is to be handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.block import Block
from audit.report.markup import el, items, table
from audit.report.numbers import good
from audit.report.standup.parts import Row, framed, signed
from audit.report.standup.plan import lever
from audit.report.standup.said import said
from audit.report.standup.skill import gap_of, verdict, weakest

if TYPE_CHECKING:
    from audit.report.standup.report import StandUp

STEPS = {"call": ("call_out", "call_in"), "meeting": ("meeting", "presentation", "measurement", "site_visit"), "proposal": ("proposal",), "invoice": ("invoice",)}
_HANDED = 20  # tasks of nobody at work that are shown


def sheets(report: StandUp) -> Block:
    """Every seller with a plan, a task or a norm, then what is to be handed over."""
    made = [_sheet(report, owner, away) for owner, away in sorted(report.people.items()) if _concerned(report, owner)]
    return framed(report, "sheets", *made, _orphans(report), lead=report.say("standup.sheets.lead"))


def _concerned(report: StandUp, owner: str) -> bool:
    """Whether a person sells: has a plan, an action of late or a task."""
    return any(row["by"] == "owner" and row["group"] == owner for row in report.rows("plans")) or any(task["owner"] == owner for task in report.tasks) or any(
        row["owner"] == owner and ((row["done_month"] or 0) > 0 or good(row["norm"])) for row in report.rows("day_report"))


def _sheet(report: StandUp, owner: str, away: bool) -> Markup:
    mine = [task for task in report.tasks if task["owner"] == owner]
    issued = [task for task in mine if task["issued"]]
    more = len(mine) - len(issued)
    tasks = items([said(report, task) for task in issued], class_="tasks") if issued else el("p", report.words("standup.sheets.no_tasks"))
    rest = el("p", report.say("standup.sheets.more", n=more, more=report.numbers.count(more)), class_="note") if more else None
    agreed = el("p", report.words("standup.sheets.agreed"), class_="agreed")
    absent = el("p", el("b", report.words("standup.sheets.away"))) if away else None
    return el("article", el("h3", owner), absent, _plan(report, owner), _steps(report, owner), _first(report, owner), el("h4", report.words("standup.sheets.tasks")), tasks, rest, agreed,
              class_="sheet")


def _plan(report: StandUp, owner: str) -> Markup | None:
    """Plan and fact to date, the gap, and the deals that close it."""
    one = next((row for row in report.rows("plans") if row["measure"] == "revenue" and row["by"] == "owner" and row["group"] == owner), None)
    if one is None:
        return None
    key = "ahead" if one["gap"] <= 0 else "behind" if one["line_gap"] < 0 else "on_line"
    key += "_over" if not one["days_left"] and key != "ahead" else ""
    told = report.say(f"standup.sheets.plan_{key}", fact=report.money(one["fact"]), target=report.money(one["target"]), share=report.words.share(one["share"], 0), gap=signed(report, one["line_gap"]),
                      behind=report.numbers.value("count", one["days_behind"]), a_day=report.money(one["a_day"]), n=one["days_left"], days=report.numbers.count(one["days_left"]))
    return el("p", told, " ", _deals(report, owner))


def _deals(report: StandUp, owner: str) -> Markup | None:
    row = next((row for row in report.rows("catchup") if row["owner"] == owner), None)
    if row is None or row["verdict"] != "behind" or not row["deals"]:
        return None
    net = row["net_deals"]
    told = report.say("standup.sheets.deals", n=row["deals"], deals=report.numbers.count(row["deals"]), check=report.money(row["check"]))
    less = None
    if net is not None and net < row["deals"]:
        key = "net_deals" if net else "covered"
        less = report.say(f"standup.sheets.{key}", expected=report.money(row["expected"]), n=net, net=report.numbers.count(net))
    way = report.say("standup.sheets.enough" if row["enough"] else "standup.sheets.lever", lever=lever(report, row)) if row["lever"] and (net is None or net > 0) else None
    return Markup(" ").join(part for part in (told, less, way) if part)


def _steps(report: StandUp, owner: str) -> Markup | None:
    """Steps of the chain a day: what closes the gap, the last day, the usual one; whether it is within the days seen."""
    rows = [row for row in report.rows("catchup_steps") if row["owner"] == owner]
    if not rows:
        return None
    value = report.numbers.value
    head = [report.words(f"standup.column.{name}", day=report.day(str(report.since))) for name in ("step", "needed", "net_needed", "done_on", "usual", "light")]
    body = [(report.words(f"metrics.level.step.{row['step']}"), value("count", row["a_day"]), value("count", row["net_a_day"]), _did(report, owner, row["step"], "done"),
             _did(report, owner, row["step"], "usual"), _light(report, row)) for row in rows]
    return table(report.words("standup.sheets.steps", owner=owner), head, body, numeric=(1, 2, 3, 4), class_="narrow")


def _did(report: StandUp, owner: str, step: str, name: str) -> str:
    known = [row[name] for row in report.rows("day_report") if row["owner"] == owner and row["kind"] in STEPS.get(step, ()) and good(row[name])]
    return report.numbers.value("count", sum(known)) if known else "–"


def _light(report: StandUp, row: Row) -> str:
    """Whether it can be done: what does not pay back in time works for the next period."""
    if not row["pays_back"]:
        return report.words("standup.light.late")
    return report.words(f"standup.light.{row['light']}") if row["light"] else "–"


def _first(report: StandUp, owner: str) -> Markup | None:
    """What to work on first, and where reviews are weak."""
    row, weak = next((row for row in report.rows("gate_verdicts") if row["owner"] == owner), None), weakest(report, owner)
    told = [report.say("standup.sheets.first", verdict=verdict(report, row))] if row else []
    told += [report.say("standup.sheets.weak", block=weak["block"], score=report.numbers.count(weak["score"]), others=report.numbers.count(weak["others"]), n=weak["reviews"],
                        reviews=report.numbers.count(weak["reviews"]), gap=gap_of(report, weak))] if weak else []
    return items(told) if told else None


def _orphans(report: StandUp) -> Markup | None:
    """Tasks of those who are not at work on the day."""
    rows = [task for task in report.tasks if task["owner"] not in report.people or report.people[task["owner"]]]
    if not rows:
        return None
    told = [report.say("standup.sheets.was" if task["owner"] else "standup.sheets.was_nobody", task=said(report, task), owner=task["owner"]) for task in rows[:_HANDED]]
    more = len(rows) - len(told)
    rest = el("p", report.say("standup.sheets.more", n=more, more=report.numbers.count(more)), class_="note") if more else None
    return el("article", el("h3", report.words("standup.sheets.orphans")), el("p", report.words("standup.sheets.hand_over")), items(told, class_="tasks"), rest, class_="sheet")
