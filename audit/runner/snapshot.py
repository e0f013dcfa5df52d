"""Stores how the deals stood at the date of a run, so that later runs can see what moved."""

from __future__ import annotations

import datetime as dt

from audit.engine import load
from audit.metrics.bases import Bases
from audit.schema import BY_NAME
from audit.workspace import Workspace, write_parquet


def store_snapshot(workspace: Workspace, as_of: dt.date, engine: str) -> None:
    """Write snapshots/<as_of>.parquet: one row a deal that existed then (columns of `deal_snapshots`)."""
    import pyarrow as pa

    tables = load(workspace, engine)
    if "deals" not in tables:
        return
    schema = BY_NAME["deal_snapshots"].arrow()
    deals = Bases(tables, as_of, workspace.client).deals
    kept = [name for name in schema.names if name in deals.columns]
    rows = deals.select(kept).order_by("deal_id").to_pyarrow()
    columns = {name: rows[name] if name in kept else pa.nulls(len(rows)) for name in schema.names}
    columns["as_of"] = pa.array([as_of] * len(rows), pa.date32())
    write_parquet(workspace.snapshot(as_of), pa.table(columns).select(schema.names).cast(schema))
