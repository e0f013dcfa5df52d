"""Unpaid invoices: looked at as they grow older, and the chance to be paid at each age."""

from __future__ import annotations

from itertools import pairwise

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.billing import OWN_SHARE, bills
from audit.metrics.shape import days, yes

STEP = 30  # days from one look at an unpaid invoice to the next, by which it is paid or not
_LOOKS = 7  # on the day of issue and half a year after it
_AGES = ("0", "30", "60", "90")  # days since issue at a look; the last holds the older ones too


def looks(bases: Bases) -> ir.Table:
    """One row a look at an invoice not yet paid in full, on its day of issue and every 30 days after it for half a year.

    `at` is the day of the look, `age` days since issue, `paid` 1 if it was paid in full within 30 days of the look.
    """
    t = bases.rows_of(bills)
    paid_at = t.paid_on.cast("timestamp(6)")
    parts = []
    for number in range(_LOOKS):
        at = t.issued_at + ibis.interval(days=number * STEP)
        unpaid = paid_at.isnull() | (paid_at > at if number else paid_at >= at)
        part = t.mutate(at=at, age=ibis.literal(_AGES[min(number, len(_AGES) - 1)]), paid=yes(paid_at <= at + ibis.interval(days=STEP)))
        parts.append(part.filter(unpaid & (at < ibis.literal(bases.end))).select("invoice_id", "at", "age", "paid", "owner", "team"))
    return ibis.union(*parts)


def chances(bases: Bases) -> dict[str, float]:
    """Age → chance that an invoice unpaid at it is paid within 30 days, by looks as old as that, drawn to that of all ages."""
    t = bases.rows_of(looks)
    t = t.filter(t["at"] < ibis.literal(bases.end) - ibis.interval(days=STEP))
    frame = bases.rows(t.group_by("age").agg(n=t.count(), paid=t.paid.sum())).set_index("age").reindex(_AGES).fillna(0.0)
    whole = (frame["paid"].sum() + 1) / (frame["n"].sum() + 2)
    return {age: float((frame["paid"][age] + OWN_SHARE * whole) / (frame["n"][age] + OWN_SHARE)) for age in _AGES}


def owing(bases: Bases) -> ir.Table:
    """One row an invoice not paid in full at the as-of day: `pay_chance` to be paid within 30 days at its age, and what is `expected` by it."""
    t = bases.rows_of(bills)
    t = t.filter(t.balance > 0)
    age, chance = days(t.issued_at, ibis.literal(bases.as_of).cast("timestamp(6)")), bases.rows_of(chances)
    known = [(age < int(older), chance[young]) for young, older in pairwise(_AGES)]
    t = t.mutate(pay_chance=ibis.cases(*known, else_=chance[_AGES[-1]]))
    return t.mutate(expected=t.balance * t.pay_chance)
