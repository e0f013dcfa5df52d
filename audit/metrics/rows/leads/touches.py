"""Who was reached and when: first attempts and first two-way contacts of leads and deals, by people alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

if TYPE_CHECKING:
    from audit.metrics.bases import Bases

CALLS = ("call_out", "call_in")
MET = ("meeting", "presentation", "measurement", "site_visit")
OUTGOING = ("call_out", "email", "message", "proposal", *MET)
NEEDS = ("activities.entity_id", "activities.kind", "activities.done_at|activities.started_at")


def contacts(bases: Bases) -> ir.Table:
    """One row a done action of a person: `at` (its beginning where known), `attempt`, `two_way` and what it belongs to.

    An attempt goes out to the client or is a two-way contact; two-way are actions in which the other side took part:
    `is_answered`, else a meeting of any kind or a call of rules.talk_seconds.
    """
    a = bases.activities
    a = a.filter(a.done_at.notnull() & ~a.is_auto & a.kind.isin([*OUTGOING, "call_in"]))
    a = a.mutate(at=ibis.coalesce(a.started_at, a.done_at))
    two_way = is_two_way(a, bases)
    a = a.mutate(two_way=two_way, attempt=a.kind.isin(OUTGOING) | two_way)
    return a.filter(a.attempt).select("entity", "entity_id", "client_id", "kind", "owner", "at", "two_way")


def is_two_way(a: ir.Table, bases: Bases) -> ir.BooleanValue:
    """Whether the other side took part in a done action."""
    talked = a.kind.isin(CALLS) & (a.duration_s >= bases.client.rules.talk_seconds).fill_null(False)
    return ibis.coalesce(a.is_answered, a.kind.isin(MET) | talked)


def is_attempt(a: ir.Table, bases: Bases) -> ir.BooleanValue:
    """Whether a done action went out to the client or was a two-way contact: no task, no call in that nobody answered; one of no known kind is."""
    return a.kind.isnull() | (a.kind.isin(OUTGOING) | ((a.kind == "call_in") & is_two_way(a, bases))).fill_null(False)


def pairs(bases: Bases) -> ir.Table | None:
    """One row a known link of a lead and the deal made of it."""
    links = []
    for name in ("deals", "leads"):
        if bases.tables.has(f"{name}.lead_id", f"{name}.deal_id"):
            t = bases.tables[name]
            links.append(t.filter(t.lead_id.notnull() & t.deal_id.notnull()).select(_lead="lead_id", _deal="deal_id"))
    if not links:
        return None
    return ibis.union(*links, distinct=True) if len(links) > 1 else links[0].distinct()


def of_leads(bases: Bases) -> ir.Table:
    """One row a lead with any attempt: `_unit`, `_first` attempt and first `_two_way` contact; see `_of`."""
    return _of(bases, "lead")


def of_deals(bases: Bases) -> ir.Table:
    """One row a deal with any attempt: `_unit`, `_first` attempt and first `_two_way` contact; see `_of`."""
    return _of(bases, "deal")


def _of(bases: Bases, entity: str) -> ir.Table:
    """First contacts by unit: on the unit itself, on the deal (lead) it is linked to, and since its creation on its client alone."""
    c, own = bases.rows_of(contacts), bases.rows_of(_units)
    parts = [_picked(own.filter(own.entity == entity), "entity_id")]
    links, other = pairs(bases), "deal" if entity == "lead" else "lead"
    if links is not None:
        theirs = own.filter(own.entity == other).inner_join(links, own.entity_id == links[f"_{other}"])
        parts.append(_picked(theirs, f"_{entity}"))
    if bases.tables.has(f"{entity}s.client_id"):
        units = bases.full(f"{entity}s").select(_unit=f"{entity}_id", _client="client_id", _created="created_at")
        alone = c.filter((c.entity == "client") | c.entity.isnull())
        alone = alone.mutate(_key=ibis.coalesce(alone.client_id, alone.entity_id))
        joined = alone.inner_join(units, alone._key == units._client)
        joined = joined.mutate(_first=joined["at"], _two_way=ibis.ifelse(joined.two_way, joined["at"], ibis.null("timestamp(6)")))
        parts.append(_picked(joined.filter(joined["at"] >= joined._created), "_unit"))
    both = ibis.union(*parts) if len(parts) > 1 else parts[0]
    both = both.filter(both._unit.notnull())
    return both.group_by("_unit").agg(_first=both._first.min(), _two_way=both._two_way.min())


def _units(bases: Bases) -> ir.Table:
    """First contacts noted on each lead and deal itself: `entity`, `entity_id`, `_first`, `_two_way`."""
    c = bases.rows_of(contacts)
    c = c.filter(c.entity.isin(["lead", "deal"]))
    return c.group_by("entity", "entity_id").agg(_first=c["at"].min(), _two_way=c["at"].min(where=c.two_way))


def _picked(table: ir.Table, unit: str) -> ir.Table:
    return table.select("_first", "_two_way", _unit=table[unit])


def log_begins(bases: Bases, touched: ir.Table) -> ir.Value:
    """The day of the first attempt that the log holds for such units; of earlier silence nothing is known."""
    first = bases.rows(touched.agg(day=touched._first.min()))["day"].iloc[0]
    return ibis.null("timestamp(6)") if first is None or first != first else ibis.literal(first.to_pydatetime()).truncate("D")
