"""Stores how the deals stood and what was forecast at the date of a run, so that later runs can see what moved and what came true."""

from __future__ import annotations

import datetime as dt

from audit.engine import load
from audit.metrics.bases import Bases
from audit.metrics.stored import forecasts
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


def store_forecasts(workspace: Workspace, as_of: dt.date, engine: str) -> None:
    """Write forecasts/<as_of>.parquet once: money of the running month, of all and of each seller, and the running plans.

    Nothing is written where later days are in the data (what is said after the fact is no forecast), where the forecast
    could not be tested on past months, or where the day has its forecasts already.
    """
    import pandas as pd
    import pyarrow as pa

    path = workspace.forecast(as_of)
    tables = load(workspace, engine)
    if path.exists() or "deals" not in tables or Bases(tables, None, workspace.client).as_of > as_of:
        return
    rows = pd.DataFrame(forecasts(Bases(tables, as_of, workspace.client)))
    if len(rows):
        schema = BY_NAME["forecasts"].arrow()
        write_parquet(path, pa.Table.from_pandas(rows[schema.names], schema=schema, preserve_index=False))
