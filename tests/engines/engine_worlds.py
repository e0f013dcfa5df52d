"""The worlds that every engine must measure alike, and what is different."""

from __future__ import annotations

import importlib
import os
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from audit.metrics import measure

KEY = ["metric", "period", "period_start", "period_end", "by", "group"]
NUMBERS = ["value", "low", "high", "n", "sum_num", "sum_den", "sum_num2", "sum_numden", "sum_den2"]
SIDE = {"stages", "deal_snapshots"}  # tables that measure nothing without others
SPEC = Path(__file__).parents[1] / "spec"


@cache
def drawn() -> dict[str, dict[str, pd.DataFrame]]:
    """Every drawn CRM of tests/spec by the place where it is drawn."""
    found = {}
    for path in sorted(SPEC.glob("test_spec_*.py")):
        for name, value in vars(importlib.import_module(path.stem)).items():
            if isinstance(value, dict) and {*value} - SIDE and all(isinstance(table, pd.DataFrame) for table in value.values()):
                found[f"{path.stem.removeprefix('test_spec_')}.{name}"] = value
    assert len(found) >= 10
    return found


def some_drawn() -> list[str]:
    """Every third of them, all with AUDIT_ALL_WORLDS: each is the whole catalogue once more on a server, and the made-up world asks for all of it anyway."""
    return [*drawn()][::1 if os.environ.get("AUDIT_ALL_WORLDS") else 3]


def differences(wanted: pd.DataFrame, found: pd.DataFrame) -> list[str]:
    """What two measurements do not have in common, a line a metric: rows, statuses, numbers apart by more than 1e-9."""
    told = []
    for metric in wanted["metric"].unique():
        mine, other = (frame[frame["metric"] == metric] for frame in (wanted, found))
        both = mine.merge(other, on=KEY, how="outer", suffixes=("", "_there"), indicator=True)
        if (both["_merge"] != "both").any():
            told.append(f"{metric}: rows {both.loc[both['_merge'] != 'both', [*KEY, '_merge']].head(3).to_dict('records')}")
            continue
        if (both["status"] != both["status_there"]).any():
            told.append(f"{metric}: status {both.loc[both['status'] != both['status_there'], [*KEY, 'status', 'status_there']].head(3).to_dict('records')}")
        for name in NUMBERS:
            here, there = both[name].to_numpy(dtype=float), both[f"{name}_there"].to_numpy(dtype=float)
            apart = ~np.isclose(here, there, rtol=1e-9, atol=1e-9, equal_nan=True)
            if apart.any():
                told.append(f"{metric}: {name} of {apart.sum()} rows {both.loc[apart, [*KEY, name, f'{name}_there']].head(2).to_dict('records')}")
    if list(wanted["metric"].unique()) != list(found["metric"].unique()):
        told.append("not the same metrics")
    return told


def assert_alike(tables: dict, engine: str, as_of: str | None = None, metrics=None, wanted: pd.DataFrame | None = None) -> int:
    """Measures on DuckDB (unless that is `wanted`) and on `engine` and compares metric by metric; the number of rows with a value."""
    wanted = measure(tables, metrics, as_of=as_of).frame if wanted is None else wanted
    found = measure(tables, metrics, as_of=as_of, engine=engine).frame
    assert not (told := differences(wanted, found)), "\n".join(told)
    return int(wanted["value"].notna().sum())
