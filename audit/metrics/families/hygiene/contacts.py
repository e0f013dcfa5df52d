"""Contacts of clients and duplicate records: M44."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Metric
from audit.metrics.rows.activities.base import clients
from audit.metrics.rows.hygiene import identity

_CLIENTS = ("clients.client_id",)
_BY = ("owner", "team", "segment", "region", "industry")


def reached(bases: Bases) -> ir.Table:
    """Clients with `reachable` (a phone of seven digits, an e-mail that can exist, or a messenger), `decider`, `contacts`."""
    return bases.rows_of(clients)


def repeated(bases: Bases) -> ir.Table:
    """Clients with `twin`: 1 where another record has an equal phone, e-mail or tax number."""
    t, found = bases.rows_of(clients), bases.rows_of(identity.duplicates)
    if not found:
        return t.mutate(twin=ibis.literal(0))
    import pyarrow as pa

    side = ibis.memtable(pa.table({"_id": [*found]}))
    t = t.left_join(side, t.client_id == side._id)
    return t.mutate(twin=ibis.ifelse(t._id.notnull(), 1, 0)).drop("_id")


def _clusters(bases: Bases) -> pd.DataFrame:
    """Records of one client, cluster by cluster, with the name and the owner of each."""
    found = bases.rows_of(identity.duplicates)
    frame = bases.rows(bases.rows_of(clients).select("client_id", "name", "tax_id", "owner"))
    frame = frame[frame["client_id"].isin(found)]
    return frame.assign(cluster=frame["client_id"].map(found)).sort_values(["cluster", "client_id"])


METRICS = (
    Metric(
        id="clients_reachable", card="M44", kind="share", unit="share", better="higher", basis="snapshot", table="clients", rows=reached,
        at="", needs=(*_CLIENTS, "contacts.client_id", "contacts.phone|contacts.email|contacts.messenger"), where=None,
        numerator="reachable", denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=_BY,
        counter="client_duplicates", source="clients with a valid phone, e-mail or messenger ÷ clients",
    ),
    Metric(
        id="clients_with_decider", card="M44", kind="share", unit="share", better="higher", basis="snapshot", table="clients", rows=reached,
        at="", needs=(*_CLIENTS, "contacts.client_id", "contacts.is_decision_maker"), where=None, numerator="decider",
        denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=_BY, counter="clients_reachable",
        source="clients with a contact who decides ÷ clients",
    ),
    Metric(
        id="contacts_a_client", card="M44", kind="mean", unit="count", better="higher", basis="snapshot", table="clients", rows=reached,
        at="", needs=(*_CLIENTS, "contacts.client_id"), where=None, numerator="contacts", denominator=one, compute=None,
        matures_days=0, min_n=MIN_N, slices=_BY, counter="clients_with_decider", source="contacts ÷ clients",
    ),
    Metric(
        id="client_duplicates", card="M44", kind="share", unit="share", better="lower", basis="snapshot", table="clients", rows=repeated,
        at="", needs=(*_CLIENTS, "clients.tax_id|contacts.phone|contacts.email"), where=None, numerator="twin",
        denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=_BY, counter="contacts_a_client",
        source="records that share a normalised phone, e-mail or tax number with another ÷ records; a number of more clients than "
               "rules.shared_by ties nobody, nor do clients of different tax numbers",
    ),
)

LISTINGS = (
    Listing(id="client_duplicates", card="M44", needs=(*_CLIENTS, "clients.tax_id|contacts.phone|contacts.email"),
            columns=("cluster", "client_id", "name", "tax_id", "owner"), rows=_clusters, source="see the metric client_duplicates"),
)
