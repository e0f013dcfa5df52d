"""How well the tables hold together: references that find their partner, those that do not, those that are empty."""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.types as ir

from audit.metrics.bases.shape import yes
from audit.passport.base import Then
from audit.passport.facts import Fact, graded, part

SHOWN = 3  # examples of missing partners


@dataclass(frozen=True)
class Link:
    """`table.column` names a row of `target` by its `key`; `entity` narrows the rows to one kind of unit."""

    table: str
    column: str
    target: str
    key: str
    entity: str = ""

    @property
    def name(self) -> str:
        """Permanent name, e.g. deals→users."""
        return f"{self.table}→{self.target}"


LINKS = (
    Link("deals", "owner_id", "users", "user_id"), Link("deals", "client_id", "clients", "client_id"),
    Link("deals", "lead_id", "leads", "lead_id"), Link("leads", "owner_id", "users", "user_id"),
    Link("leads", "client_id", "clients", "client_id"), Link("leads", "deal_id", "deals", "deal_id"),
    Link("activities", "entity_id", "deals", "deal_id", "deal"), Link("activities", "entity_id", "leads", "lead_id", "lead"),
    Link("activities", "owner_id", "users", "user_id"), Link("stage_history", "entity_id", "deals", "deal_id", "deal"),
    Link("stage_history", "entity_id", "leads", "lead_id", "lead"), Link("deal_products", "deal_id", "deals", "deal_id"),
    Link("proposals", "deal_id", "deals", "deal_id"), Link("invoices", "deal_id", "deals", "deal_id"),
    Link("invoices", "client_id", "clients", "client_id"), Link("payments", "invoice_id", "invoices", "invoice_id"),
    Link("payments", "deal_id", "deals", "deal_id"), Link("payments", "client_id", "clients", "client_id"),
    Link("receivables", "client_id", "clients", "client_id"),
)


def links(then: Then) -> list[Fact]:
    """One finding a link whose two tables have rows: value is the share of rows with a partner, n the rows without."""
    made = [_judged(then, link) for link in LINKS if link.table in then and link.target in then]
    return [fact for fact in made if fact.of]


def _judged(then: Then, link: Link) -> Fact:
    refs, known = _refs(then, link)
    row = then.one(refs.agg(rows=refs.count(), empty=yes(refs.ref.isnull()).sum(), found=yes(refs.partner.notnull()).sum()))
    rows, empty, found = (int(row[name] or 0) for name in ("rows", "empty", "found"))
    missing = rows - empty - found
    named = rows - empty
    more = {"rows": rows, "found": found, "missing": missing, "empty": empty, "of_named": part(found, named),
            "examples": _examples(then, known) if missing else []}
    # a reference that is never given is a gap of the export, not a broken one: completeness tells of it
    severity = graded(part(missing, named), 0.01, 0.10) if named else "note"
    return Fact("link", link.name, f"{link.table}.{link.column}", part(found, rows), missing, severity, rows, (), more)


def _refs(then: Then, link: Link) -> tuple[ir.Table, ir.Table]:
    """(rows with `ref` and `partner`, those whose partner is missing)."""
    table = then.table(link.table)
    if link.entity:
        kind = table.entity if link.table == "activities" else table.entity.fill_null("deal")
        table = table.filter(kind == link.entity)
    keys = then.table(link.target).select(partner=link.key).filter(lambda t: t.partner.notnull()).distinct()
    rows = table.select(ref=link.column)
    joined = rows.left_join(keys, rows.ref == keys.partner)
    return joined, joined.filter(joined.ref.notnull() & joined.partner.isnull())


def _examples(then: Then, missing: ir.Table) -> list[str]:
    """The references that miss their partner in most rows."""
    counted = missing.group_by("ref").agg(n=missing.count())
    return [row["ref"] for row in then.rows(counted.order_by([counted.n.desc(), counted.ref]).limit(SHOWN))]
