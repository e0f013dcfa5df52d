"""Which fields must be filled, and whether they hold a real value."""

from __future__ import annotations

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import told_beside
from audit.metrics.declare.rules import rules
from audit.schema import BY_NAME
from audit.schema.mandatory import MANDATORY

_RECENT_DAYS = 90  # closed records as young as this are judged together with the open ones


def _judged(bases: Bases, name: str) -> ir.Table:
    """Records to judge: open ones and those closed lately; with `owner` where the table has it."""
    if name in ("deals", "leads"):
        t = bases.deals if name == "deals" else bases.leads
        since = ibis.literal(bases.end) - ibis.interval(days=_RECENT_DAYS)
        return t.filter((t.semantic == "open") | (t.closed_at >= since))
    t = bases.full(name)
    if name == "clients" and bases.tables.has("users", "clients.owner_id"):
        side = bases.users.select(_user="user_id", owner="owner")
        t = told_beside(t, side, "owner_id")
        return t.mutate(owner=ibis.coalesce(t.owner, t.owner_id))
    return t.mutate(owner=ibis.null("string"))


def states(column: ir.Value) -> tuple[ir.Value, ir.Value]:
    """(has any value, has a real one) of a column as 0/1."""
    some = column.notnull()
    if not column.type().is_string():
        real = some & (column != 0) if column.type().is_numeric() else some
        return ibis.ifelse(some, 1, 0), ibis.ifelse(real.fill_null(False), 1, 0)
    text = column.strip().lower()
    some = some & (text != "")
    kind = column.get_name()
    real = some & ~text.isin(rules()["placeholders"])
    if kind == "email":
        real = real & text.re_search(r"^[^@\s]+@[^@\s]+\.[^@\s.]{2,}$")
    elif kind == "phone":
        real = real & (text.re_replace(r"\D", "").length() >= 7)
    elif kind == "tax_id":
        real = real & text.re_search(r"^\D{0,3}\d{8,13}$")
    return ibis.ifelse(some.fill_null(False), 1, 0), ibis.ifelse(real.fill_null(False), 1, 0)


def required(bases: Bases) -> Iterator[tuple[str, ir.Table, list[str]]]:
    """(table, its records to judge, the fields that these must have), by their states; fields that the export lacks are left out."""
    for name, by_state in MANDATORY.items():
        if name in bases.tables:
            t = _judged(bases, name)
            for state, columns in by_state.items():
                known = [one for one in columns if one in BY_NAME[name] and bases.tables.has(f"{name}.{one}")]
                if known:
                    yield name, t if state == "always" else t.filter(t.semantic == state), known
