"""Tables given by name whose `deals` are a plain deals table: known by their headers and made canonical."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from audit.engine import Tables
from audit.intake.deals import canonical_deals, recognised

_SPLIT = re.compile("[,;\t|]")


def plain_deals(tables: Any) -> Any:
    """The `deals` of a dict of tables where they are a plain deals table (a frame or a path); None where they are canonical or there are none.

    Plain are deals one of whose essential columns (id, times, outcome) goes by another header than the canonical one.
    UnreadableError and UsageError as of `canonical_deals`, once the table is read.
    """
    if not isinstance(tables, Mapping) or isinstance(tables, Tables) or "deals" not in tables:
        return None
    part = tables["deals"]
    names = _names(part)
    if names is None or not _is_plain(names):
        return None
    return part if isinstance(part, pd.DataFrame | str | os.PathLike) else as_frame(part)


def canonical_tables(tables: Any) -> Any:
    """The same tables with plain deals made canonical; everything else is given back as it came."""
    plain = plain_deals(tables)
    return tables if plain is None else {**tables, "deals": canonical_deals(plain)[0]}


def as_frame(table: Any) -> pd.DataFrame:
    """An Ibis or Arrow table as a frame."""
    arrow = table.to_pyarrow() if hasattr(table, "to_pyarrow") else table
    return arrow.to_pandas()


def _names(part: Any) -> list[str] | None:
    """The headers of a table; none at all where only reading it whole would tell them, None for what is no table or no file."""
    if isinstance(part, str | os.PathLike):
        return _of_file(Path(part))
    if isinstance(part, pd.DataFrame):
        return [str(name) for name in part.columns]
    names = getattr(part, "column_names", None) or getattr(part, "columns", None)
    return None if names is None else [str(name) for name in names]


def _of_file(path: Path) -> list[str] | None:
    if not path.is_file():
        return None
    if path.suffix.lower() == ".parquet":
        import pyarrow.parquet as pq

        try:
            return list(pq.read_schema(path).names)
        except (OSError, ValueError):
            return None
    if path.suffix.lower() != ".csv":
        return []
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return [name.strip().strip('"') for name in _SPLIT.split(file.readline())]


def _is_plain(names: list[str]) -> bool:
    if "deal_id" not in names:
        return True
    found = recognised(pd.DataFrame(columns=list(dict.fromkeys(names))))
    if "semantic" not in names and ({"won", "semantic"} & found.keys() or found.get("stage", "stage_id") != "stage_id"):
        return True
    return any(name not in names and name in found for name in ("created_at", "closed_at"))
