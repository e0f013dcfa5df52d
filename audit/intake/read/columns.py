"""Parquet files as text cells, numbers kept beside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from audit.intake.read.header import names
from audit.intake.read.source import Source, Unreadable


def parquet(path: Path) -> Source:
    """The table of a parquet file. Unreadable when it is damaged or holds nested columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as why:
        raise Unreadable("damaged_parquet") from why
    heads = names([table.column_names], 1)
    cells, numbers = {}, {}
    for head, column in zip(heads, table.columns, strict=True):
        kind = column.type
        if pa.types.is_dictionary(kind):
            column = column.cast(kind.value_type)
            kind = column.type
        if pa.types.is_nested(kind) or pa.types.is_binary(kind):
            raise Unreadable("nested_parquet")
        if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            numbers[head] = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        cells[head] = column.cast(pa.string()).to_pandas().astype("str").fillna("")
    frame = pd.DataFrame(cells, columns=heads)
    return Source(path.name, "parquet", headers=heads, cells=frame, numbers=numbers, rows=np.arange(1, len(frame) + 1))
