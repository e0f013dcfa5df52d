"""Whose deals were when they were closed: from a log of owners, else from what earlier runs saw."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from audit.metrics.bases.shape import dated, told_beside

if TYPE_CHECKING:
    from audit.metrics.bases import Bases

LOG, RUNS = "field_history.owner_id", "deal_snapshots.owner_id"
_DAY = ibis.interval(days=1)


def then(table: ir.Table, bases: Bases) -> ir.Table:
    """Deals (with `semantic` and `closed_at` as of the as-of day) by their owner at the time: of a closed deal at its closing, of one in work at
    the as-of day; `owner_now` has who owned it at the as-of day. Nothing is added where nobody tells of earlier owners.

    A log of owners tells it exactly; without one it is whom the first run after the closing saw, and at last the owner of the export.
    """
    if not bases.tables.has("deals.owner_id") or not bases.tables.has(f"{LOG}|{RUNS}"):
        return table
    table = table.mutate(owner_now=table.owner_id)
    if bases.tables.has(RUNS):
        table = _told(table, _seen(table, bases), lambda t: {"owner_id": ibis.coalesce(t._seen, t.owner_id)})
    if bases.tables.has(LOG):
        end = ibis.literal(bases.end).cast("timestamp(6)")
        table = _told(table, _logged(table, bases, end), lambda t: {"owner_now": ibis.coalesce(t._logged, t.owner_now)})
        closed = ibis.ifelse(dated(table.closed_at), table.closed_at + _DAY, table.closed_at)  # by the end of a day whose hour nobody knows
        moment = ibis.coalesce(closed, end)
        table = _told(table, _logged(table, bases, moment), lambda t: {"owner_id": ibis.coalesce(t._logged, t.owner_id)})
    return table


def _told(table: ir.Table, side: ir.Table, make: Callable[[ir.Table], dict[str, ir.Value]]) -> ir.Table:
    told, kept = told_beside(table, side, "deal_id", make), table.columns
    return told.select(kept)  # what the join made has a name for the next one


def _logged(table: ir.Table, bases: Bases, moment: ir.Value) -> ir.Table:
    """One row a deal that the log tells of by its `moment`: who owned it then."""
    log = bases.full("field_history")
    log = log.filter((log.field == "owner_id") & log.owner_id.notnull() & (log.changed_at < ibis.literal(bases.end)))
    log = log.select(_deal="deal_id", _logged="owner_id", _since="changed_at")
    when = table.select(_of="deal_id", _moment=moment)
    log = log.inner_join(when, log._deal == when._of)
    log = log.filter(log._since <= log._moment)
    return _first(log, [log._since.desc(), log._logged], "_logged")


def _seen(table: ir.Table, bases: Bases) -> ir.Table:
    """One row a closed deal that a run has seen since its closing: whose it was at the first such run."""
    runs = bases.full("deal_snapshots")
    runs = runs.filter(runs.owner_id.notnull()).select(_deal="deal_id", _seen="owner_id", _on="as_of")
    when = table.filter(table.closed_at.notnull()).select(_of="deal_id", _moment=table.closed_at.cast("date"))
    runs = runs.inner_join(when, runs._deal == when._of)
    runs = runs.filter(runs._on >= runs._moment)
    return _first(runs, [runs._on, runs._seen], "_seen")


def _first(rows: ir.Table, order: list[ir.Value], name: str) -> ir.Table:
    placed = rows.mutate(_place=ibis.row_number().over(ibis.window(group_by=rows._deal, order_by=order)))
    return placed.filter(placed._place == 0).select("_deal", name)
