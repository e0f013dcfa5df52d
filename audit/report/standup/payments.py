"""The plan of payments: what must come in today and from whom, what is late, what came in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.block import Block
from audit.report.markup import el
from audit.report.standup.parts import Column, Row, framed, listed, total, unit, unknown, who

if TYPE_CHECKING:
    from audit.report.standup.report import StandUp


def payments(report: StandUp) -> Block:
    """Invoices of today, late ones by the money likely to slip, the week to come."""
    bills = report.rows("payment_control")
    made = [_bills(report, when, [row for row in bills if row["when"] == when]) for when in ("today", "late", "ahead")]
    none = el("p", report.words("standup.payments.none")) if report.has("payment_control") and not bills else None
    return framed(report, "payments", unknown(report, "payment_control"), none, *made, lead=_lead(report, bills))


def _lead(report: StandUp, bills: Sequence[Row]) -> Markup | None:
    if not report.has("payment_control"):
        return None
    parts = {when: [row for row in bills if row["when"] == when] for when in ("today", "late")}
    one = next(iter(report.rows("receipts")), None)
    came = report.say("standup.payments.came", received=report.money(one["received"]), due=report.money(one["come_due"]), last=report.money(one["received_last"])) if one else ""
    return report.say("standup.payments.lead", today=report.money(total(parts["today"], "balance")), late=report.money(total(parts["late"], "balance")), n=len(parts["late"]),
                      bills=report.numbers.count(len(parts["late"]))) + (" " + came if came else "")


def _bills(report: StandUp, when: str, rows: Sequence[Row]) -> Markup | None:
    columns = [
        Column("invoice", lambda row: unit(report, row, "invoice", "number" if row["number"] else "invoice_id")), Column("owner", lambda row: who(report, row)),
        Column("balance", lambda row: report.money(row["balance"]), True), Column("expected_on", lambda row: report.day(row["expected_on"])),
        *([Column("days_late", lambda row: report.numbers.count(row["days_late"]), True)] if when == "late" else []),
        Column("pay_chance", lambda row: report.words.share(row["pay_chance"], 0), True),
    ]
    return listed(report, report.words(f"standup.payments.{when}"), rows, columns)
