"""Unpaid invoices: looked at as they grow older, and the chance to be paid at each age."""

from __future__ import annotations

from itertools import pairwise

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import days, told_beside, yes
from audit.metrics.count import cells
from audit.metrics.rows.money.billing import OWN_SHARE, bills

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
        parts.append(part.filter(unpaid & (at < ibis.literal(bases.end))).select("invoice_id", "at", "age", "paid", "payer", "owner", "team"))
    return ibis.union(*parts)


def _over(bases: Bases) -> ir.Table:
    """Looks whose 30 days are over."""
    t = bases.rows_of(looks)
    return t.filter(t["at"] < ibis.literal(bases.end) - ibis.interval(days=STEP))


def chances(bases: Bases) -> dict[str, float]:
    """Age → chance that an invoice unpaid at it is paid within 30 days, by looks as old as that, drawn to that of all ages; `` is all ages."""
    t = _over(bases)
    frame = bases.rows(t.group_by("age").agg(n=t.count(), paid=t.paid.sum())).set_index("age").reindex(_AGES).fillna(0.0)
    whole = (frame["paid"].sum() + 1) / (frame["n"].sum() + 2)
    return {"": float(whole)} | {age: float((frame["paid"][age] + OWN_SHARE * whole) / (frame["n"][age] + OWN_SHARE)) for age in _AGES}


def _records(bases: Bases) -> ir.Table:
    """By client how often it paid for how often such old invoices are paid: `_ratio`, weighed against five looks at everybody's."""
    t, chance = _over(bases), bases.rows_of(chances)
    t = t.filter(t.payer.notnull())
    expected = ibis.cases(*((t.age == age, chance[age]) for age in _AGES[:-1]), else_=chance[_AGES[-1]])
    by = t.group_by(_payer="payer").agg(_paid=t.paid.sum().cast("float64"), _expected=cells.exact(expected, 8))
    usual = OWN_SHARE * chance[""]
    return by.select("_payer", _ratio=(by._paid + usual) / (by._expected + usual))


def owing(bases: Bases) -> ir.Table:
    """One row an invoice not paid in full at the as-of day, those of lost deals left out: `pay_chance` to be paid within 30 days at its age,
    more of a client who pays more often than others at such ages and less of one who pays less often, and what is `expected` by it."""
    t = bases.rows_of(bills)
    t = t.filter((t.balance > 0) & ~t.dead)
    age, chance = days(t.issued_at, ibis.literal(bases.as_of).cast("timestamp(6)")), bases.rows_of(chances)
    known = [(age < int(older), chance[young]) for young, older in pairwise(_AGES)]
    t = t.mutate(pay_chance=ibis.cases(*known, else_=chance[_AGES[-1]]))
    t = told_beside(t, _records(bases), "payer", lambda t: {"pay_chance": ibis.least(t.pay_chance * t._ratio.fill_null(1.0), 1.0)})
    return t.mutate(expected=t.balance * t.pay_chance).drop("_ratio")
