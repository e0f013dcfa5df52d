"""Who paid, and whether for the first time."""

from __future__ import annotations

import datetime as dt
from functools import partial

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.count import history
from audit.metrics.rows.hygiene.identity import named
from audit.metrics.rows.money import billing
from audit.metrics.rows.results.purchases import part, with_line
from audit.schema.results import PERIODS

NEEDS = ("payments.received_on", "payments.amount", "payments.client_id|payments.invoice_id|payments.deal_id",
         "payments.client_id|invoices.client_id|deals.client_id")


def receipts(bases: Bases) -> ir.Table:
    """One row a payment received of a known client, duplicate records of a client taken as one (`who`), with the slices of its deal,
    the segment of its client where the deal tells none.

    `at`; `_first` 1 for the client's first payment, `_start` its moment; `_new` in the first year from it, `_logo` in its calendar
    month, `_line` a known client's calendar month of the first payment for a product line, `part` as in `purchases`. Money given
    back and rows without money are no payments to begin with: they count in sums alone.
    """
    t = bases.rows_of(billing.received)
    t = t.mutate(at=t.received_on.cast("timestamp(6)"), client_id=t.payer)
    names = ("source", "segment", "product")
    if bases.tables.has("deals.deal_id"):
        side = bases.deals.select(_deal="deal_id", **{f"_{name}": bases.deals[name] for name in names})
        t = t.left_join(side, t.deal_id == side._deal)
        t = t.mutate(**{name: t[f"_{name}"] for name in names})
    else:
        t = t.mutate(**{name: ibis.null("string") for name in names})
    if bases.tables.has("clients.segment"):
        side = bases.each("clients", "client_id").select(_client="client_id", _group="segment")
        t = t.left_join(side, t.client_id == side._client)
        t = t.mutate(segment=ibis.coalesce(t.segment, t._group))
    t = t.filter(t.client_id.notnull() & t.amount.notnull())
    t = with_line(named(t.select("payment_id", "client_id", "at", "amount", "owner", "team", "source", "segment", "product"), bases), bases)
    t = t.mutate(_got=ibis.ifelse(t.amount > 0, t["at"], ibis.null("timestamp(6)")), _back=yes(t.amount <= 0))
    start, line = (t._got.min().over(ibis.window(group_by=keys)) for keys in ([t.who], [t.who, t._what]))
    place = ibis.row_number().over(ibis.window(group_by=t.who, order_by=[t._back, t["at"], t.payment_id]))
    t = t.mutate(_start=ibis.coalesce(start, t["at"]), _line_start=ibis.coalesce(line, t["at"]), _first=yes((place == 0) & (t._back == 0)))
    month, logo = t["at"].truncate("M"), t["at"].truncate("M") == t._start.truncate("M")
    widened = (month == t._line_start.truncate("M")) & t._what.notnull() & ~logo
    return t.mutate(_new=t["at"] < t._start + ibis.interval(days=365), _logo=logo, _line=widened, part=part(logo, widened)).drop("_what", "_got")


def _payers(period: str, bases: Bases) -> ir.Table:
    """Of every client its first payment in each period (of the whole history: from `ready` on), with the slices and the age of the client then."""
    t = bases.rows_of(receipts)
    t = history.firsts(t.filter(t._back == 0), period, "who", "at", "payment_id", bases, bases.rows_of(ready))
    return t.select("owner", "team", "source", "segment", "product", "at", "_new", _one=ibis.literal(1))


PAYERS = {period: partial(_payers, period) for period in PERIODS}


def ready(bases: Bases) -> dt.date:
    """From this day a first payment in the data is the client's first: history began rules.new_client_burn_in_months before."""
    t = bases.rows_of(receipts)
    first = bases.rows(t.filter(t._back == 0).agg(day=ibis._["at"].min()))["day"].iloc[0]
    if pd.isna(first):
        return bases.as_of
    month = first.year * 12 + first.month - 1 + bases.client.rules.new_client_burn_in_months
    return dt.date(month // 12, month % 12 + 1, min(first.day, 28))
