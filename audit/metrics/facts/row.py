"""One row of sums over a table."""

from __future__ import annotations

import ibis.expr.types as ir

from audit.metrics.bases import Bases


def row(bases: Bases, table: ir.Table, **sums: ir.Value) -> dict:
    """The `sums` of `table` by name."""
    return bases.tables.backend.to_pyarrow(table.agg(**sums)).to_pylist()[0]
