"""The base of clients: who is reached, touched and planned for, and what each has bought."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases, shape
from audit.metrics.bases.shape import told_beside, yes
from audit.metrics.count import cells
from audit.metrics.rows.activities.rfm import thirds

TALKS = ("meeting", "presentation", "measurement", "site_visit")  # the client takes part in them by their nature
A, B = 0.80, 0.95  # ABC: clients up to these parts of the year's money
_YEAR = 365
_SALES = ("deals.client_id", "deals.semantic", "deals.amount_base|deals.amount", "deals.closed_at|deals.won_at")


def clients(bases: Bases) -> ir.Table:
    """One row a client known at `as_of` with owner, team, `reachable`, `decider`, `contacts` (persons), `talks` (two-way contacts
    in the last rules.base_contact_days), `talked_at` (the last one ever), `planned` (something lies ahead), `cell`: A, B, C by
    the money of the last year, none for who did not buy in it, and `rfm`: thirds by all purchases so far, none for who never bought.

    Persons have no date: theirs is the present state.
    """
    t = bases.each("clients", "client_id")
    t = t.filter(t.created_at.isnull() | (t.created_at < ibis.literal(bases.end)))
    if bases.tables.has("users", "clients.owner_id"):
        side = bases.users.select(_user="user_id", owner="owner", team="team")
        t = told_beside(t, side, "owner_id", lambda t: {"owner": ibis.coalesce(t.owner, t.owner_id)})
    else:
        t = t.mutate(owner=t.owner_id, team=ibis.null("string"))
    t = t.select("client_id", "name", "tax_id", "owner_id", "owner", "team", "segment", "region", "industry", "created_at")
    return _celled(_joined(t, bases, [(_persons(bases), ("reachable", "decider", "contacts")), (_talked(bases), ("talks",)), (_planned(bases), ("planned",)),
                               (bought(bases), ("money",)), (_standing(bases), ())]))


def _celled(t: ir.Table) -> ir.Table:
    """`t` with `cell`, told by the part of the money that the richer clients bring; equals stand in one cell."""
    if t.money.type().is_integer():  # nobody's money is known
        return t.mutate(cell=ibis.literal("none"))
    by = t.group_by(_m="money").agg(_sum=cells.exact(t.money))
    by = by.mutate(_part=(by._sum.sum().over(ibis.cumulative_window(order_by=by._m.desc())) - by._sum) / by._sum.sum().over(ibis.window()))
    t = t.left_join(by.select("_m", "_part"), [("money", "_m")])
    cell = ibis.cases((t.money <= 0, "none"), (t._part < A, "A"), (t._part < B, "B"), else_="C")
    return t.mutate(cell=cell).drop("_m", "_part")


def _joined(t: ir.Table, bases: Bases, sides: list[tuple[ir.Table | None, tuple[str, ...]]]) -> ir.Table:
    """`t` with the columns of each side by client; the counts named with it are 0 where a client has none.

    Of many rows each side is made before they are joined: all at once would not fit into the memory.
    """
    sides = [(side if side is None or bases.small else shape.settled(side, bases), counts) for side, counts in sides]
    joined, told = t, dict.fromkeys((name for _, counts in sides for name in counts), ibis.literal(0)) | {"rfm": ibis.null("string")}
    for at, (side, _) in enumerate(sides):
        if side is not None:
            joined = joined.left_join(side, [("client_id", "_client")], rname=f"{{name}}_{at}")
    for side, counts in sides:
        if side is not None:
            told |= {name: joined[name].fill_null(0) if name in counts else joined[name] for name in side.columns if name != "_client"}
    told["rfm"] = told["rfm"].fill_null("none") if bases.tables.has(*_SALES) else told["rfm"]
    # under a name of its own, for it is read twice: a join on what this select makes would look through it
    return shape.settled(joined.select(*(joined[name] for name in t.columns), **told), bases)


def _persons(bases: Bases) -> ir.Table | None:
    if not bases.tables.has("contacts.client_id"):
        return None
    k = bases.full("contacts")
    phone = k.phone.re_replace(r"\D", "").length() >= 7
    mail = k.email.strip().re_search(r"^[^@\s]+@[^@\s]+\.[^@\s.]{2,}$")
    written = k.messenger.strip().length() > 0
    good = phone.fill_null(False) | mail.fill_null(False) | written.fill_null(False)
    k = k.mutate(_good=yes(good), _decides=yes(k.is_decision_maker))
    return k.group_by(_client="client_id").agg(reachable=k._good.max(), decider=k._decides.max(), contacts=k.count())


def of_clients(bases: Bases) -> ir.Table:
    """Two-way contacts and what is not done yet, with `_client`: their own client, else that of their deal or lead.

    `_client`, `done_at`, `due_at`, `two_way`.
    """
    a = bases.activities
    long = (a.duration_s >= bases.client.rules.talk_seconds) & a.is_answered.fill_null(True)  # an unanswered call only rang so long
    call = a.kind.isin(["call_out", "call_in"]) & (long | (a.duration_s.isnull() & a.is_answered))
    two_way = (a.done_at.notnull() & ~a.is_auto & (a.kind.isin(TALKS) | call)).fill_null(False)
    own = ibis.coalesce(a.client_id, ibis.ifelse(a.entity == "client", a.entity_id, ibis.null("string")))
    a = a.select("entity", "entity_id", "done_at", "due_at", _client=own, two_way=two_way)
    a = a.filter(a.two_way | a.done_at.isnull())
    kept = ("_client", "done_at", "due_at", "two_way")
    known, a = a.filter(a._client.notnull()).select(*kept), a.filter(a._client.isnull())  # joins are for those alone that need them
    for name, key in (("deals", "deal_id"), ("leads", "lead_id")):
        if bases.tables.has(f"{name}.client_id", f"{name}.{key}"):
            side = bases.each(name, key).select(_unit=key, _whose="client_id")
            a = a.left_join(side, (a.entity_id == side._unit) & (a.entity == name[:-1]))
            a = a.mutate(_client=ibis.coalesce(a._client, a._whose)).drop("_unit", "_whose")
    return ibis.union(known, a.filter(a._client.notnull()).select(*kept))


def since(bases: Bases, days: int) -> dt.datetime:
    """The moment `days` days before the end of the as-of day."""
    return bases.end - dt.timedelta(days=days)


def two_way(bases: Bases) -> ir.Table:
    """One row a two-way contact with a client: `_client`, `done_at`. Answered calls long enough or of no known length; meetings
    and visits. Letters are none: a mass mailing would cover the base."""
    a = bases.rows_of(of_clients, light=True)
    return a.filter(a.two_way)


def _talked(bases: Bases) -> ir.Table | None:
    if not bases.tables.has("activities.done_at|activities.started_at", "activities.kind"):
        return None
    a = two_way(bases)
    recent = a.done_at >= ibis.literal(since(bases, bases.client.rules.base_contact_days))
    return a.group_by("_client").agg(talks=yes(recent).sum(), talked_at=a.done_at.max())


def _planned(bases: Bases) -> ir.Table | None:
    end, parts = ibis.literal(bases.end), []
    if bases.tables.has("activities.due_at", "activities.kind"):
        a = bases.rows_of(of_clients, light=True)
        parts.append(a.filter(a.done_at.isnull() & (a.due_at >= end)).select("_client"))
    if bases.tables.has("deals.next_activity_at", "deals.client_id"):
        d = bases.deals
        parts.append(d.filter((d.semantic == "open") & (d.next_activity_at >= end) & d.client_id.notnull()).select(_client="client_id"))
    if not parts:
        return None
    both = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return both.distinct().mutate(planned=ibis.literal(1))


def _standing(bases: Bases) -> ir.Table | None:
    """Buyers by recency, frequency and money of all their purchases."""
    if not bases.tables.has(*_SALES):
        return None
    d = bases.deals.filter(bases.deals.won_at.notnull() & bases.deals.client_id.notnull())
    by = d.group_by(_client="client_id").agg(_last=d.won_at.truncate("M").max(), _times=d.count(), _money=cells.exact(d.amount_base.fill_null(0.0)))
    return by.select("_client", rfm=thirds(by._last, by._times, by._money))


def bought(bases: Bases) -> ir.Table | None:
    """Money of deals won in the last year by client."""
    if not bases.tables.has(*_SALES):
        return None
    d = bases.deals
    d = d.filter((d.won_at >= ibis.literal(since(bases, _YEAR))) & d.client_id.notnull() & d.amount_base.notnull())
    return d.group_by(_client="client_id").agg(money=cells.exact(d.amount_base))


def assigned(bases: Bases) -> ir.Table:
    """Clients that a seller has."""
    return bases.rows_of(clients).filter(lambda t: t.owner_id.notnull())
