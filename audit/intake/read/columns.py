"""Parquet files as text cells, numbers kept beside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.intake.read.header import names
from audit.intake.read.source import COLUMNS, EXACT, Source, Unreadable

if TYPE_CHECKING:
    import pyarrow as pa


def parquet(path: Path) -> Source:
    """The table of a parquet file. Unreadable when it is damaged or holds nested columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as why:
        raise Unreadable("damaged_parquet") from why
    source = Source(path.name, "parquet")
    cells(source, table)
    return source


def cells(source: Source, table: pa.Table) -> None:
    """Fill `source` from an arrow table: every cell as text, numbers kept beside. Unreadable for nested columns."""
    import pyarrow as pa

    if table.num_columns > COLUMNS:
        raise Unreadable("too_many_columns")
    heads = names([table.column_names], 1)
    texts = {}
    for head, column in zip(heads, table.columns, strict=True):
        kind = column.type
        if pa.types.is_dictionary(kind):
            column = column.cast(kind.value_type)
            kind = column.type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            column = _valid(source, column)
        if pa.types.is_nested(kind) or pa.types.is_binary(kind):
            raise Unreadable("nested_parquet")
        if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            source.numbers[head] = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        text = _float_text(column) if pa.types.is_floating(kind) else column.cast(pa.string())
        texts[head] = text.to_pandas().astype("str").fillna("")
    source.headers = heads
    source.cells = pd.DataFrame(texts, columns=heads)
    source.rows = np.arange(1, len(source.cells) + 1)


def _valid(source: Source, column):
    """Texts as they are; bytes that are no UTF-8 become marks of damage, and their cells are counted."""
    import pyarrow as pa

    try:
        column.validate(full=True)
        return column
    except pa.ArrowException:
        texts = [raw if raw is None else raw.decode("utf-8", "replace") for raw in column.cast(pa.large_binary()).to_pylist()]
        source.warnings["broken_text"] += sum(text is not None and "\ufffd" in text for text in texts)
        return pa.chunked_array([pa.array(texts, pa.string())])


def _float_text(column):
    """Floats as text: a whole number that a float holds exactly without a point or powers of ten, as an id needs."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = column.cast(pa.float64())
    whole = pc.fill_null(pc.and_(pc.equal(pc.floor(column), column), pc.less_equal(pc.abs(column), EXACT)), False)
    exact = pc.if_else(whole, column, 0.0).cast(pa.int64())
    return pc.if_else(whole, exact.cast(pa.string()), column.cast(pa.string()))
