"""What was done with each client, kind by kind and day by day: the events of the activity chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from audit.metrics.bases.shape import days, rooted, told_beside
from audit.metrics.rows.leads.touches import pairs

if TYPE_CHECKING:
    from audit.metrics.bases import Bases

def events(bases: Bases) -> ir.Table:
    """One row an event of the kinds of rules.activity_pairs: kind, unit, day, owner, team, source, and product of the deal.

    Kinds are those of activities (calls out and in apart) and `talk` (an answered outgoing call of rules.talk_seconds),
    `request` (a deal created), `proposal` (of the table of proposals where there is one), `invoice`, `payment`, `deal` (won).
    `unit` is a number of the client, where unknown of the deal or lead, where unknown too empty. Later than the as-of day nothing is.
    """
    parts = [*_activities(bases), *_deals(bases), *_documents(bases)]
    both = ibis.union(*parts) if len(parts) > 1 else parts[0]
    both = both.filter(both.day.notnull() & (both.day < ibis.literal(bases.end)) & both.kind.isin(_wanted(bases)))
    names = both.filter(both.unit.notnull()).select(_name="unit").distinct()
    names = names.mutate(_number=ibis.row_number().over(order_by=names._name))
    both = told_beside(both, names, "unit")
    return rooted(both.mutate(unit=both._number).drop("_number"), bases)


def _wanted(bases: Bases) -> list[str]:
    return sorted({kind for pair in bases.client.rules.activity_pairs for kind in pair})


def _shaped(t: ir.Table, kind: ir.Value, unit: ir.Value, at: ir.Value) -> ir.Table:
    return t.select(kind=kind, unit=unit, day=at.cast("timestamp(6)").truncate("D"), owner=t.owner, team=t.team, source=t.source,
                    product=t["product"])


def _known_deals(bases: Bases) -> ir.Table:
    """What a document or an action takes from its deal: the unit, owner, team, source and product."""
    d = bases.deals
    return d.select(_deal="deal_id", _unit=ibis.coalesce(d.client_id, ibis.literal("deal:") + d.deal_id), _owner="owner",
                    _team="team", _source="source", _product="product")


def _activities(bases: Bases) -> list[ir.Table]:
    if not bases.tables.has("activities.kind", "activities.done_at|activities.started_at"):
        return []
    a = _actions(bases)
    plain = a.filter(a.kind != "proposal") if bases.tables.has("proposals.sent_at") else a
    talks = a.filter(a.talked)
    return [_shaped(plain, plain.kind, plain.unit, plain.done_at), _shaped(talks, ibis.literal("talk"), talks.unit, talks.done_at)]


def _actions(bases: Bases) -> ir.Table:
    """One row a thing done by a person, with its unit and what its lead and deal tell."""
    a = bases.activities
    talked = (a.kind == "call_out") & ibis.coalesce(a.is_answered, True) & (a.duration_s >= bases.client.rules.talk_seconds)
    own = ibis.coalesce(a.client_id, ibis.ifelse(a.entity == "client", a.entity_id, None))
    a = a.filter(a.done_at.notnull() & ~a.is_auto & (a.kind.isin(_wanted(bases)) | talked.fill_null(False)))
    a = a.select("kind", "entity", "entity_id", "done_at", "owner", "team", own=own, talked=talked.fill_null(False))
    known = _known_units(bases)
    if known is None:
        a = a.mutate(_unit=ibis.null("string"), source=ibis.null("string"), product=ibis.null("string"))
    else:
        side = bases.rows_of(_units)
        a = a.left_join(side, [a.entity == side._entity, a.entity_id == side._id]).drop("_entity", "_id")
    return a.select("kind", "done_at", "owner", "team", "source", "product", "talked",
                    unit=ibis.coalesce(a.own, a._unit, a.entity + ":" + a.entity_id))


def _units(bases: Bases) -> ir.Table:
    """One row a lead or deal that an action may be of: `_entity`, `_id`, `_unit`, source, product; a lead without a client goes by its deal's."""
    found = _known_units(bases)
    assert found is not None
    return found


def _known_units(bases: Bases) -> ir.Table | None:
    parts, columns = [], ("_entity", "_id", "_unit", "source", "product")
    deals = _known_deals(bases) if bases.tables.has("deals.deal_id") else None
    if deals is not None:
        parts.append(deals.select(_entity=ibis.literal("deal"), _id="_deal", _unit="_unit", source="_source", product="_product"))
    if bases.tables.has("leads.lead_id"):
        t = bases.leads.select("lead_id", "client_id", "source")
        links = pairs(bases)
        if links is not None and deals is not None:
            first = links.group_by("_lead").agg(_of=links._deal.min())
            t = t.left_join(first, t.lead_id == first._lead)
            t = t.left_join(deals, t._of == deals._deal)
        else:
            t = t.mutate(_unit=ibis.null("string"), _source=ibis.null("string"), _product=ibis.null("string"))
        parts.append(t.mutate(_entity=ibis.literal("lead"), _id=t.lead_id, _unit=ibis.coalesce(t.client_id, t._unit),
                              source=ibis.coalesce(t.source, t._source), product=t._product).select(*columns))
    return (ibis.union(*parts) if len(parts) > 1 else parts[0]) if parts else None


def _deals(bases: Bases) -> list[ir.Table]:
    found = []
    if bases.tables.has("deals.created_at"):
        d = bases.deals
        unit = ibis.coalesce(d.client_id, ibis.literal("deal:") + d.deal_id)
        found.append(_shaped(d, ibis.literal("request"), unit, d.created_at))
        if bases.tables.has("deals.semantic", "deals.closed_at|deals.won_at"):
            found.append(_shaped(d, ibis.literal("deal"), unit, d.won_at))
    return found


def _documents(bases: Bases) -> list[ir.Table]:
    found = []
    for name, at, kind in (("proposals", "sent_at", "proposal"), ("invoices", "issued_on", "invoice"), ("payments", "received_on", "payment")):
        if bases.tables.has(f"{name}.{at}"):
            t = bases.full(name)
            if name == "payments" and bases.tables.has("payments.invoice_id", "invoices.invoice_id"):
                i = bases.each("invoices", "invoice_id")
                side = i.select(_invoice="invoice_id", _of="deal_id", _client="client_id")
                t = t.left_join(side, t.invoice_id == side._invoice)
                t = t.mutate(deal_id=ibis.coalesce(t.deal_id, t._of), client_id=ibis.coalesce(t.client_id, t._client))
            t = t.mutate(client_id=t.client_id if "client_id" in t.columns else ibis.null("string"))
            if bases.tables.has("deals.deal_id"):
                side = _known_deals(bases)
                t = t.left_join(side, t.deal_id == side._deal)
            else:
                t = t.mutate(_unit=ibis.null("string"), _owner=ibis.null("string"), _team=ibis.null("string"), _source=ibis.null("string"), _product=ibis.null("string"))
            t = t.mutate(owner=t._owner, team=t._team, source=t._source, product=t._product)
            found.append(_shaped(t, ibis.literal(kind), ibis.coalesce(t.client_id, t._unit), t[at]))
    return found


def approaches(bases: Bases) -> ir.Table:
    """One row an approach of a pair of rules.activity_pairs: a client's first event of the earlier kind since the later one.

    `pair`, `at`, unit, owner, team, source, product, and `days` to the client's next event of the later kind, empty while none has come.
    On one day the earlier kind counts as first.
    """
    e = bases.rows_of(events)
    e = e.filter(e.unit.notnull())
    found = []
    for first, then in known_pairs(bases):
        t = e.filter(e.kind.isin([first, then]))
        t = t.mutate(_then=ibis.ifelse(t.kind == then, 1, 0))
        order = [t.day, t._then, t.owner, t.source, t["product"]]
        t = t.mutate(_before=t._then.lag().over(ibis.window(group_by=t.unit, order_by=order)))
        # a first earlier event and the later one that answers it take turns: what follows the former is the latter
        t = t.filter(ibis.ifelse(t._then == 0, t._before.isnull() | (t._before == 1), t._before == 0))
        order = [t.day, t._then, t.owner, t.source, t["product"]]
        t = t.mutate(_after=t.day.lead().over(ibis.window(group_by=t.unit, order_by=order)))
        t = t.filter(t._then == 0)
        found.append(t.select("unit", "owner", "team", "source", "product", at="day", days=days(t.day, t._after), pair=ibis.literal(f"{first}→{then}")))
    return ibis.union(*found) if len(found) > 1 else found[0]


def known_pairs(bases: Bases) -> list[tuple[str, str]]:
    """The pairs of rules.activity_pairs of which both kinds occur in the data: of a kind that nobody logs nothing is known."""
    have = bases.rows_of(_kinds)
    return [(first, then) for first, then in bases.client.rules.activity_pairs if first in have and then in have]


def _kinds(bases: Bases) -> set[str]:
    e = bases.rows_of(events)
    return set(bases.rows(e.select("kind").distinct())["kind"])


def has_pairs(bases: Bases) -> bool:
    """Whether any pair of the chain can be measured."""
    able = bases.tables.has("activities.kind", "activities.done_at|activities.started_at") or bases.tables.has("deals.created_at") \
        or bases.tables.has("invoices.issued_on") or bases.tables.has("payments.received_on") or bases.tables.has("proposals.sent_at")
    return able and bool(known_pairs(bases))
