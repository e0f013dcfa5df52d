"""The first page: how far from the plan, what must come in today, who waits, which deviations to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.block import Block
from audit.report.markup import el, items
from audit.report.numbers import good
from audit.report.standup.parts import Row, framed, total

if TYPE_CHECKING:
    from audit.report.standup.report import StandUp


def today(report: StandUp) -> Block:
    """Key figures and the deviations to begin with."""
    return framed(report, "today", _figures(report), _alarms(report), lead=lead(report), class_="summary")


def department(report: StandUp) -> Row | None:
    """The department's running revenue plan."""
    return next((row for row in report.rows("plans") if row["measure"] == "revenue" and not row["by"]), None)


def headline(report: StandUp) -> str:
    """The morning in one line."""
    day = report.words.day(report.date, "MMMMd")
    plan, issued = department(report), sum(task["issued"] for task in report.tasks)
    if plan is None:
        return report.say.plain("standup.headline.plain", day=day, n=issued, tasks=report.numbers.count(issued))
    if not plan["line"]:
        return report.say.plain("standup.headline.begins", day=day, target=report.money(plan["target"]), n=plan["days_left"], days=report.numbers.count(plan["days_left"]))
    key = "standup.headline.behind" if plan["line_gap"] < 0 else "standup.headline.ahead"
    return report.say.plain(key, day=day, share=report.words.share(plan["share"]), line=report.words.share(plan["line"] / plan["target"]), gap=report.money(abs(plan["line_gap"])))


def lead(report: StandUp) -> Markup:
    """Up to when everything counts, and what was looked back on."""
    return report.say("standup.today.lead", as_of=report.words.date(report.as_of), since=report.words.date(report.since))


def _figures(report: StandUp) -> Markup | None:
    told = [(report.words(f"standup.key.{name}", **more), figure, loss) for name, figure, loss, more in _keys(report)]
    if not told:
        return None
    return el("dl", *[el("div", el("dt", term), el("dd", el("span", figure, class_="fig"), class_="loss" if loss else None)) for term, figure, loss in told], class_="keys")


def _keys(report: StandUp) -> list[tuple[str, str, bool, dict[str, object]]]:
    """(name, figure, whether it is bad, values of its words)."""
    found: list[tuple[str, str, bool, dict[str, object]]] = []
    plan, count = department(report), report.numbers.count
    if plan and good(plan["a_day"]):
        found.append(("a_day", report.money(plan["a_day"]), False, {"n": plan["days_left"], "days": count(plan["days_left"])}))
    if report.has("payment_control"):
        bills = report.rows("payment_control")
        due, late = ([row for row in bills if row["when"] == when] for when in ("today", "late"))
        found += [("due", report.money(total(due, "balance")), False, {}), ("late", report.money(total(late, "balance")), bool(late), {})]
    if report.has("hot_deals"):
        hot = report.rows("hot_deals")
        cold = sum(bool(row["neglected"]) for row in hot)
        found.append(("neglected", report.words("standup.of", part=count(cold), all=count(len(hot))), bool(cold), {}))
    waiting = [name for name in ("untouched_leads", "unreturned_calls") if report.has(name)]
    if waiting:
        n = sum(len(report.rows(name)) for name in waiting)
        found.append(("waiting", count(n), bool(n), {}))
    last = report.content["before"]
    if last:
        found.append(("done", report.words("standup.of", part=count(last["done"]), all=count(last["issued"])), False, {"date": report.day(last["date"])}))
    return found


def _alarms(report: StandUp) -> Markup | None:
    """Deviations that raise the alarm, a sentence each; how many others there are."""
    if not report.has("deviations"):
        return None
    rows = report.rows("deviations")
    alarms, others = ([row for row in rows if (row["status"] == "alarm") is wanted] for wanted in (True, False))
    heading = el("h3", report.words("standup.today.alarms"))
    told = items([_alarm(report, row) for row in alarms], ordered=True) if alarms else el("p", report.words("standup.today.none"))
    more = el("p", report.say("standup.today.signals", n=len(others), signals=report.numbers.count(len(others))), class_="note") if others else None
    return el("div", heading, told, more)


def _alarm(report: StandUp, row: Row) -> Markup:
    """One deviation: whose, of what, by how much, since when, what it costs."""
    unit = "money" if row["metric"] == "revenue" else "share" if row["metric"] in ("win_rate", "tasks_on_time") else "count"
    value, reference = (report.numbers.value(unit, row[name]) for name in ("value", "reference"))
    whose = row["group"] or report.words("standup.department")
    said = report.say(f"standup.alarm.{row['against']}", who=whose, what=watched(report, row["metric"]), value=value, reference=reference, since=report.day(row["since"]))
    worth = report.say("standup.alarm.worth", money=report.money(row["loss"])) if good(row["loss"]) and row["loss"] > 0 and row["metric"] != "revenue" else None
    return el("span", said, " " if worth else None, worth)


def watched(report: StandUp, metric: str) -> str:
    """What is watched, in words: a metric, or things done of a kind."""
    return report.title(metric) if report.words.has(f"metrics.{metric}.title") else report.level("kind", metric)
