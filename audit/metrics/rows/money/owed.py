"""What is owed at the as-of day: by the latest statement, else reckoned from invoices and payments."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases, shape
from audit.metrics.rows.money import billing

_OWED = ("client", "written", "contract", "owner", "team", "amount", "overdue_amount", "days_overdue")


def receivables(bases: Bases) -> ir.Table:
    """One row a document owed at `as_of`: client, owner, amount, days_overdue, overdue_amount (≥ 0)."""
    return _stated(bases) if bases.tables.has("receivables.amount") else _reckoned(bases)


def _stated(bases: Bases) -> ir.Table:
    day = ibis.literal(bases.as_of)
    table = bases.full("receivables")
    table = table.filter(table.as_of <= day)
    table = table.filter(table.as_of == table.as_of.max())
    late = ibis.coalesce(table.days_overdue, _days_late(table.due_on, table.as_of))
    table = table.mutate(days_overdue=ibis.greatest(late.fill_null(0.0), 0.0))
    overdue = ibis.coalesce(table.overdue_amount, ibis.ifelse(table.days_overdue > 0, table.amount, 0.0))
    times = shape.factor(table, bases, "receivables")
    table = table.mutate(amount=shape.money(table, bases, "receivables"), overdue_amount=overdue * times,
                         client=ibis.coalesce(table.client_id, table.tax_id, table.client_name), written=table.client_name)
    return _owned(table, bases)


def _days_late(due: ir.Value, day: ir.Value) -> ir.Value:
    return shape.days(due.cast("timestamp(6)"), day.cast("timestamp(6)"))


def _reckoned(bases: Bases) -> ir.Table:
    if bases.tables.has("payments.received_on"):
        table = bases.rows_of(billing.bills).mutate(amount=ibis._.balance)
    else:
        table = bases.rows_of(billing.issued)
    late = ibis.greatest(_days_late(table.due_on, ibis.literal(bases.as_of)).fill_null(0.0), 0.0)
    table = table.mutate(days_overdue=late)
    none = ibis.null("string")
    table = table.mutate(overdue_amount=ibis.ifelse(table.days_overdue > 0, table.amount, 0.0), client=table.payer, contract=none, written=none)
    return table.filter(table.amount > 0).select(*_OWED)


def _owned(table: ir.Table, bases: Bases) -> ir.Table:
    """Debts only (advances are not netted), with the seller: the document's, else the client's."""
    table = table.filter(table.amount > 0)
    if bases.tables.has("clients.owner_id"):
        clients = bases.each("clients", "client_id")
        side = clients.select(_client="client_id", _owner="owner_id")
        table = table.left_join(side, table.client_id == side._client)
        table = table.mutate(owner_id=ibis.coalesce(table.owner_id, table._owner)).drop("_client", "_owner")
    if bases.tables.has("users"):
        side = bases.users.select(_user="user_id", owner="owner", team="team")
        table = shape.told_beside(table, side, "owner_id", lambda table: {"owner": ibis.coalesce(table.owner, table.owner_id)})
    else:
        table = table.mutate(owner=table.owner_id, team=ibis.null("string"))
    return table.select(*_OWED)
