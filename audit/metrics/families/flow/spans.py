"""How long it takes from a named beginning to a named end: variants of M17."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases, shape
from audit.metrics.bases.shape import told_beside, yes
from audit.metrics.count import cells, finish
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.flow.bands import banded
from audit.metrics.rows.flow.waits import half, sound

_LONGEST = 3_650  # days; see cycle.py
_DAYS = 200  # different waits in most cells, so that one query counts several slices together
_PAID_UP = 0.999  # part of the amount that counts as all of it: rounding of rates
_CLIENT = ("clients.created_at", "deals.client_id")
_PAYMENTS = ("payments.received_on", "payments.deal_id|payments.invoice_id")
_STARTS = {"client": _CLIENT, "lead": ("deals.lead_id", "leads.created_at"), "deal": ()}
_ENDS = {
    "won": (), "contract": ("deals.contract_signed_at",), "first_payment": _PAYMENTS,
    "full_payment": (*_PAYMENTS, "payments.amount_base|payments.amount", "deals.amount_base|deals.amount"),
}


def payments(bases: Bases) -> ir.Table:
    """One row a payment of a deal by the as-of day: `_deal`, `_on`, `_sum` in the base currency; by the deal, else its invoice."""
    p = bases.full("payments")
    p = p.filter(p.received_on <= ibis.literal(bases.as_of))
    if bases.tables.has("invoices.deal_id", "payments.invoice_id"):
        side = bases.each("invoices", "invoice_id").select(_invoice="invoice_id", _of="deal_id")
        p = p.left_join(side, p.invoice_id == side._invoice)
        p = p.mutate(deal_id=ibis.coalesce(p.deal_id, p._of))
    p = p.filter(p.deal_id.notnull())
    return p.select(_deal="deal_id", _on=p.received_on.cast("timestamp(6)"), _sum=shape.money(p, bases, "payments"))


@cache
def _dated(slices: tuple[str, ...]) -> Callable[[Bases], ir.Table]:
    """What gives one row a deal with these slices and every beginning and end that the data know: `client`, `lead`, `deal`; `won`, …"""
    def build(bases: Bases) -> ir.Table:
        d, none = bases.rows_of(banded) if "band" in slices else bases.deals, ibis.null("timestamp(6)")
        signed = ibis.ifelse(d.contract_signed_at < ibis.literal(bases.end), d.contract_signed_at, none)
        # deals written down after the fact have no duration; see `waits.sound`
        t = d.select(*slices, _id="deal_id", _state="semantic", _closed="closed_at", _owed="amount_base", lead=d.lead_created_at, won=d.won_at,
                     deal=ibis.ifelse((d.semantic == "open") | sound(d, bases), d.created_at, none), contract=signed, **_purchase(d))
        t = _with_client(t, bases)
        return _with_payments(t, bases)

    return build


def _purchase(d: ir.Table) -> dict[str, ir.Value]:
    """`_buyer`: whose first purchase a deal may be, empty for one of a client who had bought before it was created."""
    fresh = (d.is_repeat != "repeat").fill_null(True)
    first = ibis.ifelse(fresh, d.won_at, ibis.null("timestamp(6)")).min().over(ibis.window(group_by=d.client_id))
    return {"_buyer": ibis.ifelse(fresh & (first.isnull() | (d.created_at <= first)), d.client_id, ibis.null("string"))}


def _with_client(t: ir.Table, bases: Bases) -> ir.Table:
    """`client`: when the buyer of a first purchase was written down."""
    if not bases.tables.has(*_CLIENT):
        return t.mutate(client=ibis.null("timestamp(6)"))
    side = bases.each("clients", "client_id").select(_client="client_id", client="created_at")
    return told_beside(t, side, "_buyer")


def _with_payments(t: ir.Table, bases: Bases) -> ir.Table:
    """`first_payment`, and `full_payment`: the day on which payments add up to the amount; without an amount nobody can say."""
    if not bases.tables.has(*_PAYMENTS):
        return t.mutate(first_payment=ibis.null("timestamp(6)"), full_payment=ibis.null("timestamp(6)"))
    daily = bases.rows_of(payments).group_by("_deal", "_on").agg(_sum=lambda r: r._sum.sum(), _some=lambda r: yes(r._sum.fill_null(1.0) > 0).max())
    so_far = daily._sum.sum().over(ibis.window(group_by=daily._deal, order_by=daily._on, preceding=None, following=0))
    owed = t.select(_of="_id", _whole="_owed")
    paid = daily.mutate(_paid=so_far)
    paid = paid.inner_join(owed, paid._deal == owed._of)
    whole = (paid._whole > 0) & (paid._paid >= _PAID_UP * paid._whole)
    side = paid.group_by("_deal").agg(first_payment=paid._on.min(where=paid._some == 1), full_payment=paid._on.min(where=whole))
    return told_beside(t, side, "_id")


def waits(bases: Bases, start: str, end: str, slices: tuple[str, ...] = ()) -> ir.Table:
    """One row a deal with `_day` of its wait and `_did`, `_fell` (lost before the end), `_still` (waiting at the as-of day)."""
    t = bases.rows_of(_dated(slices))
    t = t.filter(t[start].notnull() & (t._owed > 0) if end == "full_payment" else t[start].notnull())
    did = t[end].notnull()
    fell = ~did & (t._state == "lost")
    stop = ibis.cases((did, t[end]), (fell, t._closed), else_=ibis.literal(bases.as_of).cast("timestamp(6)"))
    day = shape.wait(t[start], stop).clip(0, _LONGEST).floor()
    return t.mutate(_day=day, _did=yes(did), _fell=yes(fell), _still=yes(~did & ~fell)).filter(lambda r: r._day.notnull())


def _halved(metric: Metric, bases: Bases, ask: Ask, start: str, end: str) -> pd.DataFrame:
    """Days by which half of those who get to the end at all are there."""
    t = waits(bases, start, end, tuple(sorted({name for one in ask.slices for name in one})))
    names = ("_did", "_fell", "_still")
    sums = {"_rows": t.count()} | {name: t[name].sum().cast("float64") for name in names}
    part = cells.collect(bases, t, "", ask.slices, (), sums, {"_day": t._day}, _DAYS)[0]
    frame = pd.DataFrame({"by": part.by, "group": part.group, **part.sums})
    records = []
    for (by, group), rows in frame.groupby(["by", "group"], sort=False):
        did = rows["_did"].to_numpy()
        if did.sum():
            value, low, high = half(rows["_day"].to_numpy(), did, rows["_fell"].to_numpy(), rows["_still"].to_numpy())
            records.append({"by": by, "group": group, "value": value, "low": low, "high": high, "n": int(did.sum())})
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


def _metric(start: str, end: str) -> Metric:
    first = "; first purchases only" if start == "client" else ""
    return Metric(
        id=f"cycle_{start}_{end}", card="M17", kind="median", unit="days", better="lower", basis="cohort", table="deals",
        rows=deals, at="created_at",
        needs=("deals.semantic", "deals.created_at", "deals.closed_at|deals.won_at", *_STARTS[start], *_ENDS[end]),
        where=None, numerator=None, denominator=None, compute=partial(_halved, start=start, end=end), matures_days=0,
        min_n=MIN_N, slices=("owner", "source", "segment", "is_repeat", "band"), counter="open_older_than_p90",
        source=f"days from {start} creation by which half of those who ever get to {end} are there, by Aalen–Johansen incidence; "
        f"lost deals compete, the waiting ones are censored{first}",
    )


# from deal to winning is `cycle_days_half`
METRICS = tuple(_metric(start, end) for start in _STARTS for end in _ENDS if (start, end) != ("deal", "won"))
