"""Which records of clients are one and the same client: equal tax number, phone or e-mail."""

from __future__ import annotations

from collections import Counter

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases

# providers of private mail: their domain is nobody's
PUBLIC = ("gmail.com", "mail.ru", "yandex.ru", "ya.ru", "bk.ru", "list.ru", "inbox.ru", "rambler.ru", "icloud.com", "outlook.com",
          "hotmail.com", "yahoo.com", "abv.bg", "mail.bg", "live.com")
_SURER = {"tax": 0, "phone": 1, "email": 2, "domain": 3}  # whose keys tie first
_PHONE, _TAX = 7, 8  # fewest digits of a phone and of a tax number; the last ten digits tell a phone whatever its prefix


def channels(bases: Bases) -> ir.Table:
    """One row a valid channel or number of a client: client_id, `kind` (tax, phone, email, domain), `key` in its normal form."""
    parts = []
    if bases.tables.has("clients.tax_id"):
        parts.append(_digits(bases.full("clients"), "tax_id", "tax", _TAX))
    if bases.tables.has("contacts.client_id"):
        k = bases.full("contacts").filter(lambda t: t.client_id.notnull())
        if bases.tables.has("contacts.phone"):
            parts.append(_digits(k, "phone", "phone", _PHONE))
        if bases.tables.has("contacts.email"):
            mail = k.mutate(_mail=k.email.strip().lower())
            mail = mail.filter(mail._mail.re_search(r"^[^@\s]+@[^@\s]+\.[^@\s.]{2,}$"))
            parts.append(mail.select("client_id", kind=ibis.literal("email"), key="_mail"))
            domain = mail.mutate(_domain=mail._mail.split("@")[1]).filter(lambda t: ~t._domain.isin(PUBLIC))
            parts.append(domain.select("client_id", kind=ibis.literal("domain"), key="_domain"))
    if not parts:
        blank = {name: ibis.null("string") for name in ("kind", "key")}
        return bases.full("clients").select("client_id", **blank).filter(ibis.literal(False))
    return ibis.union(*parts, distinct=True) if len(parts) > 1 else parts[0].distinct()


def _digits(t: ir.Table, column: str, kind: str, fewest: int) -> ir.Table:
    t = t.mutate(_key=t[column].re_replace(r"\D", ""))
    t = t.filter(t._key.length() >= fewest)
    key = ibis.ifelse(t._key.length() > 10, t._key.right(10), t._key) if kind == "phone" else t._key
    return t.select("client_id", kind=ibis.literal(kind), key=key)


def twins(bases: Bases, kinds: tuple[str, ...]) -> dict[str, str]:
    """client_id → the first id of its cluster, of clients that share a key of `kinds` with another.

    A key of more clients than rules.shared_by is a switchboard's or a group's and ties nobody; nor does a key tie clients
    whose tax numbers are known and differ.
    """
    t = bases.rows_of(channels).filter(lambda rows: rows.kind.isin([*kinds, "tax"]))
    size = t.group_by("kind", "key").agg(_n=t.client_id.nunique())
    shared = t.inner_join(size, ["kind", "key"])
    shared = shared.filter((shared._n > 1) & ((shared.kind == "tax") | (shared._n <= bases.client.rules.shared_by)))
    pairs = bases.rows(shared.select("kind", "key", "client_id").distinct())
    own = t.filter(t.kind == "tax").select("client_id", _tax="key")
    taxes = bases.rows(own.inner_join(shared.select("client_id").distinct(), "client_id"))
    return clusters(pairs.sort_values(["kind", "key", "client_id"]), dict(taxes.sort_values("_tax").itertuples(index=False)))


def clusters(pairs: pd.DataFrame, tax: dict[str, str]) -> dict[str, str]:
    """client_id → first id of its cluster from rows of kind, key, client_id; clients of different tax numbers stay apart.

    The surer kind of key ties first.

    >>> rows = pd.DataFrame([("phone", "1", "a"), ("phone", "1", "b"), ("email", "x", "b"), ("email", "x", "c")], columns=["kind", "key", "client_id"])
    >>> clusters(rows, {}), clusters(rows, {"a": "7", "c": "8"})
    ({'a': 'a', 'b': 'a', 'c': 'a'}, {'a': 'a', 'b': 'a'})
    """
    root: dict[str, str] = {}
    number = dict(tax)  # of the cluster, by its root

    def head(one: str) -> str:
        while root.setdefault(one, one) != one:
            root[one] = root[root[one]]
            one = root[one]
        return one

    for _, ids in pairs.assign(rank=pairs["kind"].map(_SURER)).groupby(["rank", "key"], sort=True)["client_id"]:
        first, *rest = ids
        for other in rest:
            a, b = sorted((head(first), head(other)))
            if a != b and number.get(a, number.get(b)) == number.get(b, number.get(a)):
                root[b] = a
                number |= {a: number[b]} if a not in number and b in number else {}
    sizes = Counter(head(one) for one in list(root))
    return {one: head(one) for one in sorted(root) if sizes[head(one)] > 1}


def duplicates(bases: Bases) -> dict[str, str]:
    """Clusters of records with equal phone, e-mail or tax number."""
    return twins(bases, ("phone", "email"))


def same(bases: Bases) -> dict[str, str]:
    """Clusters for telling new clients from old ones under a new record: tax number, phone, e-mail or domain."""
    return twins(bases, ("phone", "email", "domain"))


def named(table: ir.Table, bases: Bases) -> ir.Table:
    """`table` with `who`: the client of `client_id` whatever record it came under."""
    if not bases.tables.has("clients.client_id"):
        return table.mutate(who=table.client_id)
    import pyarrow as pa

    found = bases.rows_of(same)
    if not found:
        return table.mutate(who=table.client_id)
    side = ibis.memtable(pa.table({"_id": [*found], "_who": [*found.values()]}))
    table = table.left_join(side, table.client_id == side._id)
    return table.mutate(who=ibis.coalesce(table._who, table.client_id)).drop("_id", "_who")
