"""Bases of the work itself: stage visits, actions and what is owed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from audit.metrics import shape

if TYPE_CHECKING:
    from audit.metrics.bases import Bases

_CARRIED = ("owner", "team", "source", "channel", "segment", "region", "product", "industry", "is_repeat", "amount_base")


def visits(bases: Bases) -> ir.Table:
    """One row a visit of a deal to a stage; a closed deal leaves its last open stage when it closes.

    `is_truncated` marks a deal's first known record when earlier ones are not known; `is_unseen` one of these whose
    entry nobody recorded: the deal stood there when it was first looked at.
    """
    end, none = ibis.literal(bases.end), ibis.null("timestamp(6)")
    history = bases.full("stage_history")
    history = history.filter(((history.entity == "deal") | history.entity.isnull()) & (history.entered_at < end))
    stages = bases.stages
    deals = bases.deals
    carried = {name: deals[name] for name in _CARRIED}
    side = deals.select(_deal="deal_id", _pipeline="pipeline_id", deal_semantic="semantic", deal_closed_at="closed_at",
                        **carried)
    rows = history.inner_join(side, history.entity_id == side._deal)
    pipeline = ibis.coalesce(rows.pipeline_id, rows._pipeline)
    rows = rows.mutate(pipeline=pipeline)
    rows = rows.mutate(
        stage=stages.label(rows.pipeline, rows.to_stage), ord=stages.column(rows.pipeline, rows.to_stage, "ord"),
        semantic=ibis.coalesce(stages.column(rows.pipeline, rows.to_stage, "semantic"), "open"),
        max_days=stages.column(rows.pipeline, rows.to_stage, "max_days"),
    )
    window = ibis.window(group_by=rows.entity_id, order_by=[rows.entered_at, rows.ord.fill_null(0), rows.to_stage])
    rows = rows.mutate(next_at=rows.entered_at.lead().over(window), next_ord=rows.ord.lead().over(window),
                       next_semantic=rows.semantic.lead().over(window))
    left = ibis.coalesce(rows.next_at, ibis.ifelse(rows.left_at < end, rows.left_at, none))
    closes = left.isnull() & rows.deal_closed_at.notnull()
    rows = rows.mutate(
        deal_id=rows.entity_id, is_truncated=rows.is_truncated.fill_null(False),
        is_unseen=(rows.is_truncated & (rows.origin == "snapshot_diff")).fill_null(False),
        left_at=ibis.ifelse(closes, ibis.greatest(rows.deal_closed_at, rows.entered_at), left),
        next_semantic=ibis.ifelse(closes, rows.deal_semantic, rows.next_semantic),
    )
    return rows.select("deal_id", "pipeline", "stage", "ord", "semantic", "max_days", "entered_at", "left_at",
                       "next_ord", "next_semantic", "deal_semantic", "deal_closed_at", "is_truncated", "is_unseen", *_CARRIED)


def activities(bases: Bases) -> ir.Table:
    """One row an action known at the end of the as-of day, with the seller's owner and team."""
    end, none = ibis.literal(bases.end), ibis.null("timestamp(6)")
    table = bases.full("activities")
    table = table.filter(table.created_at.isnull() | (table.created_at < end))
    done = ibis.coalesce(table.done_at, ibis.ifelse(table.kind == "task", none, table.started_at))
    table = table.mutate(done_at=ibis.ifelse(done < end, done, none), is_auto=table.is_auto.fill_null(False))
    if bases.tables.has("users", "activities.owner_id"):
        side = bases.users.select(_user="user_id", owner="owner", team="team")
        table = table.left_join(side, table.owner_id == side._user).drop("_user")
        return table.mutate(owner=ibis.coalesce(table.owner, table.owner_id))
    return table.mutate(owner=table.owner_id, team=ibis.null("string"))


def receivables(bases: Bases) -> ir.Table:
    """One row a document owed, from the latest statement, else from invoices less payments."""
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
    table = table.mutate(amount=shape.money(table, bases, "receivables"), overdue_amount=overdue * times, client=ibis.coalesce(table.client_id, table.tax_id, table.client_name))
    return _owned(table, bases)


def _days_late(due: ir.Value, day: ir.Value) -> ir.Value:
    return shape.days(due.cast("timestamp(6)"), day.cast("timestamp(6)"))


def _reckoned(bases: Bases) -> ir.Table:
    day = ibis.literal(bases.as_of)
    table = bases.full("invoices")
    table = table.filter((table.issued_on <= day) & ~table.status.fill_null("").lower().isin(["cancelled", "canceled", "void"]))
    table = table.mutate(_times=shape.factor(table, bases, "invoices"))
    if bases.tables.has("payments.invoice_id"):
        paid = bases.full("payments").filter(lambda t: t.received_on <= day)
        paid = paid.select("invoice_id", _sum="amount", _code="currency", _base=shape.money(paid, bases, "payments"))
        paid = paid.inner_join(table.select("invoice_id", _own="currency", _times="_times"), "invoice_id")
        # money of the invoice's own currency needs no rate
        same = (paid._code == paid._own) | paid._code.isnull() | paid._own.isnull()
        paid = paid.group_by("invoice_id").agg(paid=ibis.ifelse(same, paid._sum, paid._base / paid._times).sum())
        table = table.left_join(paid, "invoice_id").drop("invoice_id_right")
        table = table.mutate(amount=table.amount - table.paid.fill_null(0.0))
    table = table.mutate(amount=table.amount * table._times)
    late = ibis.greatest(_days_late(table.due_on, day).fill_null(0.0), 0.0)
    table = table.mutate(days_overdue=late)
    table = table.mutate(overdue_amount=ibis.ifelse(table.days_overdue > 0, table.amount, 0.0), client=table.client_id)
    return _owned(table, bases)


def _owned(table: ir.Table, bases: Bases) -> ir.Table:
    """Debts only (advances are not netted), with the seller: the document's, else the client's."""
    table = table.filter(table.amount > 0)
    if bases.tables.has("clients.owner_id"):
        clients = bases.full("clients").distinct(on="client_id", keep="first")
        side = clients.select(_client="client_id", _owner="owner_id")
        table = table.left_join(side, table.client_id == side._client)
        table = table.mutate(owner_id=ibis.coalesce(table.owner_id, table._owner)).drop("_client", "_owner")
    if bases.tables.has("users"):
        side = bases.users.select(_user="user_id", owner="owner", team="team")
        table = table.left_join(side, table.owner_id == side._user).drop("_user")
        table = table.mutate(owner=ibis.coalesce(table.owner, table.owner_id))
    else:
        table = table.mutate(owner=table.owner_id, team=ibis.null("string"))
    return table.select("client", "owner", "team", "amount", "overdue_amount", "days_overdue")
