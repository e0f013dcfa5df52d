"""Clients to keep: the hot ones, requests and calls that wait, overdue actions, deals that stand still."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.block import Block
from audit.report.markup import el
from audit.report.numbers import good
from audit.report.standup.parts import Column, Row, framed, listed, of_call, total, unit, unknown, waited, who
from audit.report.standup.said import action, flags

if TYPE_CHECKING:
    from audit.report.standup.report import StandUp

_PARTS = ("hot_deals", "untouched_leads", "unreturned_calls", "overdue_tasks", "stuck_deals", "leaking_deals", "leaking_leads")


def clients(report: StandUp) -> Block:
    """Lists, the most urgent first."""
    tables = [listed(report, report.words(f"standup.part.{name}"), report.rows(name), _columns(report)[name]) for name in _PARTS if report.rows(name)]
    none = [report.words(f"standup.part.{name}") for name in _PARTS if report.has(name) and not report.rows(name)]
    empty = el("p", report.words("standup.clients.empty", parts="; ".join(none)), class_="note") if none else None
    return framed(report, "clients", *tables, empty, unknown(report, *_PARTS), lead=_lead(report))


def _lead(report: StandUp) -> Markup | None:
    if not report.has("hot_deals"):
        return None
    hot = report.rows("hot_deals")
    cold = [row for row in hot if row["neglected"]]
    return report.say("standup.clients.lead", n=len(hot), hot=report.numbers.count(len(hot)), amount=report.money(total(hot, "amount")), cold=report.numbers.count(len(cold)),
                      cold_amount=report.money(total(cold, "amount")))


def _columns(report: StandUp) -> dict[str, list[Column]]:
    """The columns of each list."""
    whose = Column("owner", lambda row: who(report, row))
    amount = Column("amount", lambda row: report.money(row["amount"]), True)
    stage = Column("stage", lambda row: row["stage"])
    waits = Column("waited", lambda row: waited(report, row["waited_minutes"]), True)
    amiss = Column("flags", lambda row: flags(report, row["flags"]))
    last, due = Column("last_at", lambda row: report.day(row["last_at"])), Column("due_at", lambda row: report.day(row["due_at"]))

    def one(entity: str) -> Column:
        return Column(entity, lambda row: unit(report, row, entity, f"{entity}_id"))

    return {
        "hot_deals": [one("deal"), whose, stage, amount, Column("chance", lambda row: report.words.share(row["chance"], 0), True), Column("touched_at", lambda row: _touched(report, row)),
                      Column("next_at", lambda row: report.day(row["next_at"]))],
        "untouched_leads": [one("lead"), whose, Column("source", lambda row: row["source"] or "–"), Column("created_at", lambda row: report.day(row["created_at"])), waits],
        "unreturned_calls": [Column("unit", lambda row: of_call(report, row)), whose, Column("phone", lambda row: row["phone"] or "–"),
                             Column("at", lambda row: f"{report.day(row['at'])}, {row['at'][11:16]}"), waits],
        "overdue_tasks": [Column("unit", lambda row: _of_task(report, row)), whose, Column("kind", lambda row: action(report, row["kind"])),
                          Column("due_at", lambda row: report.day(row["due_at"])), Column("days_overdue", lambda row: report.numbers.count(row["days_overdue"]), True)],
        "stuck_deals": [one("deal"), whose, stage, amount, Column("days_in_stage", lambda row: report.numbers.count(row["days_in_stage"]), True),
                        Column("limit_days", lambda row: report.numbers.count(row["limit_days"]) if good(row["limit_days"]) else "–", True)],
        "leaking_deals": [one("deal"), whose, stage, amount, last, due, amiss],
        "leaking_leads": [one("lead"), whose, Column("source", lambda row: row["source"] or "–"), last, due, amiss],
    }


def _touched(report: StandUp, row: Row) -> Markup:
    """The last touch, marked where it is too long ago."""
    told = report.day(row["touched_at"]) if row["touched_at"] else report.words("standup.never")
    return el("span", told, class_="loss") if row["neglected"] else el("span", told)


def _of_task(report: StandUp, row: Row) -> str:
    return unit(report, row, row["entity"], "entity_id") if row["entity"] in ("deal", "lead") and row["entity_id"] else report.words("standup.unit.action", id=row["activity_id"])
