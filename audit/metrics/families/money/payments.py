"""Money that is expected, comes in and is invoiced: M35, M36, M37."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import days, yes
from audit.metrics.count import periods
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.flow import waits
from audit.metrics.rows.money.billing import bills, by_client, promised, received
from audit.metrics.rows.money.unpaid import owing

_ISSUED = ("invoices.issued_on", "invoices.amount")
_DUE = ("invoices.due_on", "invoices.amount", "payments.received_on")
_EXPECTED = ("invoices.due_on|invoices.promised_on", *_DUE[1:])
_BY = ("owner", "team")
_BY_CLIENT = (*_BY, "client")


def _month_end(bases: Bases) -> dt.date:
    return periods.end(periods.number(bases.as_of, "month"), "month")


def _due_today(t: ir.Table, b: Bases) -> ir.BooleanValue:
    return (t.expected_on == ibis.literal(b.as_of)) & ~t.dead


def _due_this_month(t: ir.Table, b: Bases) -> ir.BooleanValue:
    start = periods.start(periods.number(b.as_of, "month"), "month")
    return (t.expected_on >= ibis.literal(start)) & (t.expected_on < ibis.literal(_month_end(b))) & ~t.dead


def _overdue(t: ir.Table, b: Bases) -> ir.BooleanValue:
    return t.due_on < ibis.literal(b.as_of)


def _owed(t: ir.Table, b: Bases) -> ir.BooleanValue:
    return _overdue(t, b) & ~t.dead


def _dead(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return t.dead


def _likely(t: ir.Table, _: Bases) -> ir.Value:
    return t.balance * t.chance


def _due(t: ir.Table, _: Bases) -> ir.Value:
    return t.amount - t.early


def _reached(t: ir.Table, b: Bases) -> ir.BooleanValue:
    return t.expected_on <= ibis.literal(b.as_of)


def _paid_dated(bases: Bases) -> ir.Table:
    t = by_client(bases.rows_of(received), bases)
    return t.mutate(at=t.received_on.cast("timestamp(6)"))


def in_and_due(bases: Bases) -> ir.Table:
    """Two kinds of dated rows of a payer: a payment received (`got`) and an invoice come due (`due`)."""
    got, due = bases.rows_of(_paid_dated), bases.rows_of(promised)
    due = due.filter(_reached(due, bases))
    rows = (got.select("at", "payer", *_BY_CLIENT, got="amount", due=ibis.literal(0.0)),
            due.select("payer", *_BY_CLIENT, at=due.expected_at, got=ibis.literal(0.0), due=due.amount - due.early))
    columns = ("at", "payer", *_BY_CLIENT, "got", "due")
    return ibis.union(*(part.select(*columns) for part in rows))


def _late_days(t: ir.Table, _: Bases) -> ir.Value:
    return ibis.greatest(days(t.due_at, t.paid_on.cast("timestamp(6)")), 0.0)


def _settled(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return t.paid_on.notnull()


def settled(bases: Bases) -> ir.Table:
    """Invoices paid in full that had a due date, dated by the payment."""
    t = bases.rows_of(promised)
    t = t.filter(t.paid_on.notnull() & t.due_on.notnull())
    return t.mutate(paid_at=t.paid_on.cast("timestamp(6)"))


def _late(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t.on_time == 0)


def _decided(t: ir.Table, b: Bases) -> ir.BooleanValue:
    return t.on_time.notnull() & (t.due_on < ibis.literal(b.as_of))  # one paid before a day that is still to come has not come due


def _paid_in_time(t: ir.Table, b: Bases) -> ir.Value:
    return yes(days(t.issued_at, t.paid_on.cast("timestamp(6)")) <= b.client.rules.invoice_days)


def reissues(bases: Bases) -> ir.Table:
    """Invoices of deals; `again` marks one that repeats the amount of an earlier invoice of its deal (also a cancelled one)."""
    t = bases.full("invoices")
    t = t.filter((t.issued_on <= ibis.literal(bases.as_of)) & t.deal_id.notnull() & t.amount.notnull())
    place = ibis.row_number().over(ibis.window(group_by=[t.deal_id, t.amount], order_by=[t.issued_on, t.invoice_id]))
    t = t.mutate(again=ibis.ifelse(place > 0, 1, 0), issued_at=t.issued_on.cast("timestamp(6)"))
    live = bases.rows_of(bills).select(_bill="invoice_id", owner="owner", team="team")
    return t.inner_join(live, t.invoice_id == live._bill).select("invoice_id", "issued_at", "again", "owner", "team")


def _days_to_pay(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Kaplan–Meier median of issue → paid in full; what is unpaid is censored at the as-of day."""
    t = bases.rows_of(bills)
    end = ibis.literal(bases.as_of).cast("timestamp(6)")
    t = t.mutate(_days=ibis.greatest(days(t.issued_at, ibis.coalesce(t.paid_on.cast("timestamp(6)"), end)), 0.0), _went=yes(t.paid_on.notnull()))
    return waits.median(metric, bases, ask, t, "_days", "_went")


def _lag(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Kaplan–Meier median of due → paid in full over invoices whose due day is over, the early ones without a lag, the unpaid censored."""
    t = bases.rows_of(promised)
    t = t.filter(_overdue(t, bases))
    end = ibis.literal(bases.as_of).cast("timestamp(6)")
    t = t.mutate(_days=ibis.greatest(days(t.due_at, ibis.coalesce(t.paid_on.cast("timestamp(6)"), end)), 0.0), _went=yes(t.paid_on.notnull()))
    return waits.median(metric, bases, ask, t, "_days", "_went")


def _control(bases: Bases) -> pd.DataFrame:
    return control(bases, _month_end(bases))


def control(bases: Bases, until: dt.date) -> pd.DataFrame:
    """Unpaid invoices due or promised before `until`, those with the most money likely to slip first."""
    t = bases.rows_of(promised)
    t = t.filter((t.balance > 0) & ~t.dead & (t.expected_on < ibis.literal(until)))
    t = t.inner_join(bases.rows_of(owing).select("invoice_id", "pay_chance"), "invoice_id")
    late = ibis.greatest(days(t.expected_at, ibis.literal(bases.as_of).cast("timestamp(6)")), 0.0)
    frame = bases.rows(t.select("invoice_id", "number", "client_id", "deal_id", "owner", "due_on", "promised_on", "balance", "chance", "pay_chance",
                                days_overdue=late, likely_to_slip=t.balance * (1 - t.chance)))
    return frame.sort_values(["likely_to_slip", "invoice_id"], ascending=[False, True])


METRICS = (
    Metric(
        id="payments_due_today", card="M35", kind="sum", unit="money", better="neutral", basis="snapshot", table="invoices",
        rows=promised, at="", needs=_EXPECTED, where=_due_today, numerator="balance", denominator=None, compute=None, matures_days=0,
        min_n=MIN_N, slices=_BY, counter="receipts", source="Σ unpaid balance of invoices promised for the as-of day, or due on it where nothing was promised; those of lost deals left out",
    ),
    Metric(
        id="payments_due_month", card="M35", kind="sum", unit="money", better="neutral", basis="snapshot", table="invoices",
        rows=promised, at="", needs=_EXPECTED, where=_due_this_month, numerator="balance", denominator=None, compute=None,
        matures_days=0, min_n=MIN_N, slices=_BY, counter="receipts", source="Σ unpaid balance of invoices promised for the running month or due in it; those of lost deals left out",
    ),
    Metric(
        id="payments_likely_month", card="M35", kind="sum", unit="money", better="neutral", basis="snapshot", table="invoices",
        rows=promised, at="", needs=_EXPECTED, where=_due_this_month, numerator=_likely, denominator=None, compute=None,
        matures_days=0, min_n=MIN_N, slices=_BY, counter="receipts",
        source="Σ unpaid balance due in the month × the client's own share of invoices paid on time, weighed with everybody's",
    ),
    Metric(
        id="payments_overdue", card="M35", kind="sum", unit="money", better="lower", basis="snapshot", table="invoices",
        rows=promised, at="", needs=_DUE, where=_owed, numerator="balance", denominator=None, compute=None, matures_days=0,
        min_n=MIN_N, slices=_BY, counter="invoiced_amount", source="Σ unpaid balance of invoices whose due day is over, those of lost deals left out",
    ),
    Metric(
        id="payments_of_lost_deals", card="M35", kind="sum", unit="money", better="lower", basis="snapshot", table="invoices", rows=bills, at="",
        needs=(*_ISSUED, "invoices.deal_id", "deals.semantic", "payments.received_on"), where=_dead, numerator="balance", denominator=None, compute=None,
        matures_days=0, min_n=MIN_N, slices=_BY, counter="invoiced_amount", source="Σ unpaid balance of invoices whose deal is lost; nothing of it is expected",
    ),
    Metric(
        id="payment_plan", card="M35", kind="sum", unit="money", better="neutral", basis="period", table="invoices",
        rows=promised, at="expected_at", needs=_EXPECTED, where=_reached, numerator=_due, denominator=None, compute=None, matures_days=0,
        min_n=MIN_N, slices=_BY, counter="receipts", source="Σ of invoices whose promised or else due day has come, less what was paid before its month",
    ),
    Metric(
        id="receipts", card="M36", kind="sum", unit="money", better="higher", basis="period", table="payments",
        rows=_paid_dated, at="at", needs=("payments.received_on", "payments.amount"), where=None, numerator="amount", denominator=None,
        compute=None, matures_days=0, min_n=MIN_N, slices=_BY_CLIENT, counter="overdue_share", source="Σ payments received",
    ),
    Metric(
        id="payment_plan_attainment", card="M36", kind="ratio", unit="share", better="higher", basis="period", table="payments",
        rows=in_and_due, at="at", needs=_EXPECTED, where=None, numerator="got", denominator="due",
        compute=None, matures_days=0, min_n=MIN_N, slices=_BY_CLIENT, counter="payments_overdue",
        whose="payer", source="Σ received in the period ÷ Σ come due in it; over 1 where old debts are paid",
    ),
    Metric(
        id="days_late", card="M36", kind="mean", unit="days", better="lower", basis="closing", table="invoices", rows=settled,
        at="paid_at", needs=_DUE, where=None, numerator=_late_days, denominator=one, compute=None, matures_days=0, min_n=MIN_N,
        slices=_BY_CLIENT, counter="late_share", whose="payer", source="mean of max(0, paid − due) over invoices paid in full in the period",
    ),
    Metric(
        id="payment_lag", card="M36", kind="median", unit="days", better="lower", basis="cohort", table="invoices", rows=promised, at="due_at",
        needs=_DUE, where=None, numerator=None, denominator=None, compute=_lag, matures_days=0, min_n=MIN_N, slices=_BY_CLIENT, counter="late_share",
        source="Kaplan–Meier median of due → paid in full over invoices whose due day is over, early ones without a lag, the unpaid censored",
    ),
    Metric(
        id="late_share", card="M36", kind="share", unit="share", better="lower", basis="cohort", table="invoices", rows=promised,
        at="due_at", needs=_DUE, where=_decided, numerator=_late, denominator=one, compute=None, matures_days=1, min_n=MIN_N,
        slices=_BY_CLIENT, counter="days_late", whose="payer", source="invoices paid in full after the due day, or still unpaid after it ÷ invoices come due or paid",
    ),
    Metric(
        id="invoice_count", card="M37", kind="count", unit="count", better="higher", basis="period", table="invoices",
        rows=bills, at="issued_at", needs=_ISSUED, where=None, numerator=one, denominator=None, compute=None, matures_days=0,
        min_n=MIN_N, slices=_BY, counter="invoice_reissued_share", source="invoices issued and not cancelled",
    ),
    Metric(
        id="invoiced_amount", card="M37", kind="sum", unit="money", better="higher", basis="period", table="invoices",
        rows=bills, at="issued_at", needs=_ISSUED, where=None, numerator="amount", denominator=None, compute=None, matures_days=0,
        min_n=MIN_N, slices=_BY, counter="invoice_paid_share", source="Σ amount of invoices issued and not cancelled",
    ),
    Metric(
        id="invoice_paid_share", card="M37", kind="share", unit="share", better="higher", basis="cohort", table="invoices",
        rows=bills, at="issued_at", needs=(*_ISSUED, "payments.received_on"), where=None, numerator=_paid_in_time, denominator=one,
        compute=None, matures_days="invoice_days", min_n=MIN_N, slices=_BY, counter="days_late",
        whose="payer", source="invoices paid in full within rules.invoice_days of issue ÷ invoices issued",
    ),
    Metric(
        id="days_to_pay", card="M37", kind="median", unit="days", better="lower", basis="cohort", table="invoices", rows=bills,
        at="issued_at", needs=(*_ISSUED, "payments.received_on"), where=None, numerator=None, denominator=None, compute=_days_to_pay,
        matures_days=0, min_n=MIN_N, slices=_BY, counter="invoice_paid_share",
        source="Kaplan–Meier median of issue → paid in full, the unpaid censored",
    ),
    Metric(
        id="invoice_reissued_share", card="M37", kind="share", unit="share", better="lower", basis="period", table="invoices",
        rows=reissues, at="issued_at", needs=(*_ISSUED, "invoices.deal_id"), where=None, numerator="again", denominator=one,
        compute=None, matures_days=0, min_n=MIN_N, slices=_BY, counter="invoice_paid_share",
        source="invoices that repeat the amount of an earlier invoice of the same deal ÷ invoices of deals",
    ),
)

LISTINGS = (
    Listing(
        id="payment_control", card="M35", needs=_EXPECTED,
        columns=("invoice_id", "number", "client_id", "deal_id", "owner", "due_on", "promised_on", "days_overdue", "balance", "chance", "pay_chance",
                 "likely_to_slip"),
        rows=_control, source="unpaid invoices due or promised by the end of the month, those of lost deals left out; money likely to slip = balance × (1 − chance to be paid on time); "
                              "beside it the chance to be paid within 30 days at the age of the invoice, by the client's own record",
    ),
)
