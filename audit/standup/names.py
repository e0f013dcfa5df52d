"""Whose deal, lead or invoice a row is about, where client.yml lets names of clients be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases

if TYPE_CHECKING:
    import pandas as pd


def named(frame: pd.DataFrame, bases: Bases) -> pd.DataFrame:
    """`frame` with `client`, the name of the client of its row, where `client_names` of client.yml says shown and the row tells whose it is."""
    if bases.client.client_names != "shown" or frame.empty:
        return frame
    found = None
    for column, build in (("client_id", _clients), ("deal_id", _deals), ("lead_id", _leads), ("entity_id", _entities)):
        if column in frame.columns:
            names = frame[column].map(bases.rows_of(build))
            found = names if found is None else found.where(found.notna(), names)
    return frame if found is None else frame.assign(client=found)


def _clients(bases: Bases) -> dict[str, str]:
    if not bases.tables.has("clients.name"):
        return {}
    frame = bases.rows(bases.each("clients", "client_id").select("client_id", "name"))
    return dict(frame.dropna().itertuples(index=False))


def _of(table: ir.Table, key: str, bases: Bases) -> dict[str, str]:
    """Open unit of `table` → the name of its client, else its own title."""
    t = table.filter(table.semantic == "open")
    frame = bases.rows(t.select(unit=t[key], client="client_id", title=t.title if "title" in t.columns else ibis.null("string")))
    told = frame["client"].map(bases.rows_of(_clients))
    return dict(zip(frame["unit"], told.where(told.notna(), frame["title"]), strict=True))


def _deals(bases: Bases) -> dict[str, str]:
    return _of(bases.deals, "deal_id", bases) if "deals" in bases.tables else {}


def _leads(bases: Bases) -> dict[str, str]:
    return _of(bases.leads, "lead_id", bases) if "leads" in bases.tables else {}


def _entities(bases: Bases) -> dict[str, str]:
    return bases.rows_of(_leads) | bases.rows_of(_deals)
