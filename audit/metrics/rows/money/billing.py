"""Invoices and what was paid of them by the as-of day."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from audit.metrics.bases import Bases, shape
from audit.metrics.count import cells

CENT = 0.005  # a balance below it is settled
_CANCELLED = ("cancelled", "canceled", "void")
_SHOWN = 50  # clients with the most money are shown by name, the others together
OWN_SHARE = 5.0  # invoices of everybody that a client's own record, or that of an age, is weighed against


def issued(bases: Bases) -> ir.Table:
    """One row an invoice issued by `as_of` for a positive amount and not cancelled, money in the base currency.

    The seller is the invoice's, else the deal's, else the client's; `payer` is its client, else the deal's.
    `times`: base currency for one of the invoice's.
    """
    t = bases.full("invoices")
    t = t.filter((t.issued_on <= ibis.literal(bases.as_of)) & ~t.status.fill_null("").lower().isin(_CANCELLED))
    t = t.mutate(times=shape.factor(t, bases, "invoices"))
    t = t.mutate(amount=t.amount * t.times, payer=t.client_id)
    return _owned(t.filter(t.amount > CENT), bases).select(
        "invoice_id", "number", "client_id", "payer", "deal_id", "issued_on", "due_on", "promised_on", "amount", "currency", "times", "owner", "team")


def received(bases: Bases) -> ir.Table:
    """One row a payment received by `as_of`: `amount` in the base currency, its own `paid` and `currency`, owner, team.

    The seller is that of the invoice it pays, else the deal's, else the client's; so is the client that `payer` names.
    """
    t = bases.full("payments")
    t = t.filter(t.received_on <= ibis.literal(bases.as_of))
    t = t.mutate(paid=t.amount, amount=shape.money(t, bases, "payments"), owner_id=ibis.null("string"), payer=t.client_id)
    if bases.tables.has("payments.invoice_id", "invoices.owner_id|invoices.client_id|invoices.deal_id"):
        side = bases.each("invoices", "invoice_id").select(_i="invoice_id", _o="owner_id", _d="deal_id", _c="client_id")
        t = t.left_join(side, t.invoice_id == side._i)
        t = t.mutate(owner_id=t._o, deal_id=ibis.coalesce(t.deal_id, t._d), payer=ibis.coalesce(t.payer, t._c)).drop("_i", "_o", "_d", "_c")
    return _owned(t, bases).select("payment_id", "invoice_id", "client_id", "payer", "deal_id", "received_on", "amount", "paid",
                                   "currency", "owner", "team")


def _owned(t: ir.Table, bases: Bases) -> ir.Table:
    if bases.tables.has("deals.owner_id|deals.client_id"):
        side = bases.each("deals", "deal_id").select(_d="deal_id", _o="owner_id", _c="client_id")
        t = t.left_join(side, t.deal_id == side._d)
        t = t.mutate(owner_id=ibis.coalesce(t.owner_id, t._o), payer=ibis.coalesce(t.payer, t._c)).drop("_d", "_o", "_c")
    if bases.tables.has("clients.owner_id"):
        side = bases.each("clients", "client_id").select(_c="client_id", _o="owner_id")
        t = t.left_join(side, t.payer == side._c)
        t = t.mutate(owner_id=ibis.coalesce(t.owner_id, t._o)).drop("_c", "_o")
    if bases.tables.has("users"):
        side = bases.users.select(_user="user_id", owner="owner", team="team")
        t = shape.told_beside(t, side, "owner_id")
        return t.mutate(owner=ibis.coalesce(t.owner, t.owner_id))
    return t.mutate(owner=t.owner_id, team=ibis.null("string"))


def payers(bases: Bases) -> dict[str, str]:
    """id → name of the clients with the most money invoiced and received, the first by id among equals."""
    known = [bases.rows_of(build) for build, needs in ((received, ("payments.received_on", "payments.amount")),
                                                       (issued, ("invoices.issued_on", "invoices.amount"))) if bases.tables.has(*needs)]
    if not known:
        return {}
    money = ibis.union(*(t.select("payer", "amount") for t in known)) if len(known) > 1 else known[0].select("payer", "amount")
    money = money.filter(money.payer.notnull())
    most = money.group_by("payer").agg(amount=cells.exact(money.amount))
    return called(bases, bases.rows(most.order_by([most.amount.desc(), most.payer]).limit(_SHOWN))["payer"].tolist())


def called(bases: Bases, ids: list[str]) -> dict[str, str]:
    """id → what a client is called: its name, with its id among namesakes; its id alone where people are not to be named."""
    if bases.client.privacy != "names" or not ids or not bases.tables.has("clients.name"):
        return {one: one for one in ids}
    t = bases.each("clients", "client_id").filter(lambda c: c.name.notnull())
    same = t.group_by("name").agg(_n=t.count())
    frame = bases.rows(t.filter(t.client_id.isin(ids)).inner_join(same, "name").select("client_id", "name", "_n"))
    names = {one: f"{name} ({one})" if n > 1 else name for one, name, n in frame.itertuples(index=False)}
    return {one: names.get(one, one) for one in ids}


def by_client(t: ir.Table, bases: Bases) -> ir.Table:
    """`t` with the slice `client` of its `payer`: the largest by name, the others together."""
    found = bases.rows_of(payers)
    if not found:
        return t.mutate(client=ibis.null("string"))
    side = ibis.memtable(pa.table({"_id": [*found], "_client": [*found.values()]}))
    t = t.left_join(side, t.payer == side._id)
    rest = ibis.ifelse(t.payer.isnull(), ibis.null("string"), cells.OTHER)
    return t.mutate(client=ibis.coalesce(t._client, rest)).drop("_id", "_client")


def tells_client(bases: Bases, table: str) -> bool:
    """Whether payments, invoices or receivables tell of a client, by themselves or by the invoice or deal they are of."""
    has = bases.tables.has
    if table == "receivables" and has("receivables.amount"):
        return has("receivables.client_id|receivables.client_name|receivables.tax_id")
    of_bill = table == "receivables" or has(f"{table}.invoice_id")
    return any(has(f"{one}.client_id") or has(f"{one}.deal_id", "deals.client_id") for one in ({table, "invoices"} if of_bill else {table}))


def parts(bases: Bases) -> ir.Table:
    """One row a part of a payment that settles an invoice: invoice_id, received_on, amount in the base currency.

    A payment that names its invoice settles that; what a client (that of the deal, where only the deal is named) paid
    besides settles the rest of its invoices, the earliest due first (FIFO).
    """
    bills, money = bases.rows_of(issued), bases.rows_of(received)
    named = money.filter(money.invoice_id.notnull()).select(
        "invoice_id", "received_on", _paid="paid", _code="currency", _base="amount")
    named = named.inner_join(bills.select("invoice_id", "currency", "times"), "invoice_id")
    # money of the invoice's own currency needs no rate
    same = (named._code == named.currency) | named._code.isnull() | named.currency.isnull()
    named = named.mutate(amount=ibis.ifelse(same, named._paid * named.times, named._base))
    named = named.select("invoice_id", "received_on", "amount")
    if not (tells_client(bases, "payments") and tells_client(bases, "invoices")):
        return named
    settled = named.group_by("invoice_id").agg(_settled=named.amount.sum())
    rest = bills.left_join(settled, "invoice_id").drop("invoice_id_right")
    rest = rest.mutate(amount=rest.amount - rest._settled.fill_null(0.0)).filter(lambda t: (t.amount > CENT) & t.payer.notnull())
    rest = _laid(rest, rest.payer, [ibis.coalesce(rest.due_on, rest.issued_on), rest.invoice_id])
    free = money.filter(money.invoice_id.isnull() & money.payer.notnull() & (money.amount > 0))
    free = _laid(free, free.payer, [free.received_on, free.payment_id])
    free = free.select("received_on", _client="payer", _low="low", _high="high")
    both = rest.inner_join(free, (rest.payer == free._client) & (rest.low < free._high) & (free._low < rest.high))
    amount = ibis.least(both.high, both._high) - ibis.greatest(both.low, both._low)
    return ibis.union(named, both.select("invoice_id", "received_on", amount=amount))


def _laid(t: ir.Table, client: ir.Value, order: list[ir.Value]) -> ir.Table:
    """Amounts of a client laid end to end in `order`: each covers low…high of what was summed up so far."""
    high = t.amount.cast("decimal(38, 4)").sum().over(ibis.cumulative_window(group_by=client, order_by=order)).cast("float64")
    t = t.mutate(high=high)
    return t.mutate(low=t.high - t.amount)


def bills(bases: Bases) -> ir.Table:
    """One row an invoice as in `issued` and what became of it: `paid`, `balance`, `paid_on` (settled in full; empty while
    it is not), `first_paid_on`, `early` (paid before the month in which it is expected), `on_time` (1/0 by the due day, empty
    while undecided or where there is none), `expected_on` (the day the client promised, else the due day), its start `expected_at`,
    times `issued_at` and `due_at` (start of the day), the slice `client`; `dead` marks one that was not paid in full and whose deal is lost."""
    t = bases.rows_of(issued)
    lines = bases.rows_of(parts)
    side = t.select("invoice_id", _whole="amount", _month=ibis.coalesce(t.promised_on, t.due_on).cast("timestamp(6)").truncate("M").cast("date"))
    lines = lines.inner_join(side, "invoice_id")
    so_far = ibis.cumulative_window(group_by=lines.invoice_id, order_by=[lines.received_on, lines.amount])
    lines = lines.mutate(_sum=lines.amount.cast("decimal(38, 4)").sum().over(so_far).cast("float64"))
    paid = lines.group_by("invoice_id").agg(
        paid=lines.amount.cast("decimal(38, 4)").sum().cast("float64"), first_paid_on=lines.received_on.min(),
        paid_on=lines.received_on.min(where=lines._sum >= lines._whole - CENT),
        early=lines.amount.cast("decimal(38, 4)").sum(where=lines.received_on < lines._month).cast("float64"),
    )
    t = _with_outcome(by_client(t.left_join(paid, "invoice_id").drop("invoice_id_right"), bases), bases)
    left = t.amount - t.paid.fill_null(0.0)
    past, expected = t.due_on < ibis.literal(bases.as_of), ibis.coalesce(t.promised_on, t.due_on)
    return t.mutate(
        dead=t._lost & (left > CENT), paid=t.paid.fill_null(0.0), early=ibis.least(t.early.fill_null(0.0), t.amount), balance=ibis.ifelse(left > CENT, left, 0.0),
        on_time=ibis.cases((t.paid_on <= t.due_on, 1), (past | (t.paid_on.notnull() & t.due_on.notnull()), 0)), expected_on=expected,
        issued_at=t.issued_on.cast("timestamp(6)"), due_at=t.due_on.cast("timestamp(6)"), expected_at=expected.cast("timestamp(6)"),
    ).drop("_lost")


def _with_outcome(t: ir.Table, bases: Bases) -> ir.Table:
    """`t` with `_lost`: its deal is lost at the as-of day."""
    if not bases.tables.has("invoices.deal_id", "deals.semantic"):
        return t.mutate(_lost=ibis.literal(False))
    side = bases.deals.filter(bases.deals.semantic == "lost").select(_gone="deal_id").distinct()
    return shape.told_beside(t, side, "deal_id", lambda t: {"_lost": t._gone.notnull()})


def promised(bases: Bases) -> ir.Table:
    """`bills` with a due or promised day and `chance` to be paid by the due day: the client's own share of invoices paid on time, drawn to everybody's."""
    t = bases.rows_of(bills).filter(lambda t: t.expected_on.notnull())
    whole = t.agg(_sum=t.on_time.sum().cast("float64"), _n=t.on_time.count().cast("float64"))
    known = t.filter(t.payer.notnull())
    by = known.group_by(_client="payer").agg(
        _own=known.on_time.sum().fill_null(0).cast("float64"), _size=known.on_time.count().cast("float64"))
    t = t.left_join(by, t.payer == by._client).cross_join(whole)
    everybody = (t._sum.fill_null(0.0) + 1) / (t._n + 2)
    chance = (t._own.fill_null(0.0) + OWN_SHARE * everybody) / (t._size.fill_null(0.0) + OWN_SHARE)
    return t.mutate(chance=chance).drop("_client", "_own", "_size", "_sum", "_n")
