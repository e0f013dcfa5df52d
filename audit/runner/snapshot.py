"""Stores how the deals stood, what was forecast and what was asked of sellers at the date of a run, so that later runs can see what moved and what came true."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from audit.engine import load
from audit.metrics.bases import Bases
from audit.metrics.families.activities.norms import to_store
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


def store_ahead(workspace: Workspace, as_of: dt.date, engine: str) -> None:
    """Write once forecasts/<as_of>.parquet, money of the running month and the running plans, and norms/<as_of>.parquet, what the plans ask of a day.

    Nothing is written where later days are in the data (what is said after the fact is no forecast), where the forecast
    could not be tested on past months, where the plan's period has its norms, or where the day has its file already.
    """
    makers = {"forecasts": forecasts, "norms": to_store}
    made = {name: (path, rows) for name, rows in makers.items() if not (path := workspace.ahead(name, as_of)).exists()}
    tables = load(workspace, engine)
    if not made or "deals" not in tables or Bases(tables, None, workspace.client).as_of > as_of:
        return
    bases = Bases(tables, as_of, workspace.client)
    for name, (path, rows) in made.items():
        _write(path, name, rows(bases))


def _write(path: Path, name: str, rows: list[dict]) -> None:
    import pyarrow as pa

    if rows:
        write_parquet(path, pa.Table.from_pylist(rows, schema=BY_NAME[name].arrow()))
