"""What unpaid invoices will bring by how old they are, and whether clients pay when they promised: M35."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.metric import Metric
from audit.metrics.rows.money.billing import bills
from audit.metrics.rows.money.unpaid import STEP, looks, owing


def told(bases: Bases) -> ir.Table:
    """One row an invoice that the client promised to pay by a day that is over: `kept` 1 if it was paid in full by then."""
    t = bases.rows_of(bills)
    t = t.filter(t.promised_on < ibis.literal(bases.as_of))
    return t.mutate(at=t.promised_on.cast("timestamp(6)"), kept=yes(t.paid_on <= t.promised_on))


_PAID = ("invoices.issued_on", "invoices.amount", "payments.received_on")
METRICS = (
    Metric(
        id="unpaid_chance", card="M35", kind="share", unit="share", better="higher", basis="cohort", table="invoices", rows=looks, at="at",
        needs=_PAID, where=None, numerator="paid", denominator=one, compute=None, matures_days=STEP, min_n=MIN_N,
        slices=("age", "owner", "team"), counter="invoice_paid_share",
        whose="payer", source="paid in full within 30 days ÷ invoices not yet paid at looks on the day of issue and every 30 days after it",
    ),
    Metric(
        id="unpaid_expected", card="M35", kind="sum", unit="money", better="neutral", basis="snapshot", table="invoices", rows=owing, at="",
        needs=(*_PAID, "invoices of two months"), where=None, numerator="expected", denominator=None, compute=None, matures_days=0, min_n=MIN_N,
        slices=("owner", "team", "client"), counter="payments_overdue",
        source="Σ unpaid balance × chance to be paid within 30 days at the age of the invoice, drawn to that of all ages, × the client's own record at such "
               "ages, drawn to everybody's; those of lost deals left out",
    ),
    Metric(
        id="payment_promises_kept", card="M35", kind="share", unit="share", better="higher", basis="cohort", table="invoices", rows=told, at="at",
        needs=("invoices.promised_on", "invoices.issued_on", "invoices.amount", "payments.received_on"), where=None, numerator="kept",
        denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=("owner", "team", "client"), counter="late_share",
        whose="payer", source="invoices paid in full by the day that the client promised ÷ invoices with such a day that is over",
    ),
)
