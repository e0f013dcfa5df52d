"""Payments on the morning of a stand-up: what is to come in today, what is late, what came in this month."""

from __future__ import annotations

import ibis
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import periods
from audit.metrics.families.money.payments import control, in_and_due
from audit.standup.day import DAY, Day

AHEAD = 7  # days of payments to come


def payments(bases: Bases, day: Day) -> pd.DataFrame:
    """Unpaid invoices due or promised within a week of the day, those of lost deals left out: `when` today, late or ahead in
    this order, those with the most money likely to slip first."""
    frame = control(bases, day.date + DAY * AHEAD)
    expected = frame["promised_on"].where(frame["promised_on"].notna(), frame["due_on"])
    when = ["late" if one < day.date else "today" if one == day.date else "ahead" for one in expected]
    rank = pd.Series(when, index=frame.index).map({"today": 0, "late": 1, "ahead": 2})
    days_late = [max((day.date - one).days, 0) for one in expected]
    frame = frame.assign(when=when, expected_on=expected, days_late=days_late, _rank=rank)
    return frame.sort_values(["_rank", "likely_to_slip", "invoice_id"], ascending=[True, False, True], kind="stable").drop(columns="_rank")


def receipts(bases: Bases, day: Day) -> pd.DataFrame:
    """One row: money received and come due in the month of the day so far, and what of the day before."""
    start = periods.start(periods.number(day.date, "month"), "month")
    t = bases.rows_of(in_and_due)
    t = t.mutate(_day=t["at"].cast("date"))
    month, last = t._day >= ibis.literal(start), t._day >= ibis.literal(day.since)
    frame = bases.rows(t.agg(received=t.got.sum(where=month), come_due=t.due.sum(where=month), received_last=t.got.sum(where=last)))
    return frame.fillna(0.0).assign(month=start)
