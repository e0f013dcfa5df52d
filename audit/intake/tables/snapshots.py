"""What earlier runs stored: deals as they stood and forecasts; what moved between two snapshots."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from audit.errors import WorkspaceError
from audit.intake.tables import finish
from audit.intake.text import flatten
from audit.schema import BY_NAME

if TYPE_CHECKING:
    from audit.intake.tables.build import Build

NONE = pd.DataFrame()


def read_snapshots(folder: Path) -> pd.DataFrame:
    """Rows of `deal_snapshots` of every run, oldest first; empty when there was none.

    Only files named by their date count. WorkspaceError when one of them is damaged.
    """
    return _stored(folder, "deal_snapshots", "deal_id", lambda day: {"as_of": pd.Timestamp(day).as_unit("us")})


def read_forecasts(folder: Path) -> pd.DataFrame:
    """Rows of `forecasts` that earlier runs stored, oldest first; empty when there was none.

    Each was made at the date that names its file. WorkspaceError when a file is damaged.
    """
    return _stored(folder, "forecasts", "value", lambda day: {"made_at": pd.Timestamp(day).as_unit("us")})


def read_norms(folder: Path) -> pd.DataFrame:
    """Rows of `norms` that earlier runs derived and stored, oldest first; empty when there was none.

    Each was set at the date that names its file. WorkspaceError when a file is damaged.
    """
    return _stored(folder, "norms", "value", lambda day: {"set_at": pd.Timestamp(day).as_unit("us")})


def _stored(folder: Path, table: str, needed: str, dated: Callable[[dt.date], dict[str, object]]) -> pd.DataFrame:
    """Rows of `table` from the files of `folder` that are named by a date, with what `dated` says of it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    known = BY_NAME[table]
    found = []
    for path in sorted(folder.glob("*.parquet")):
        day = None
        with suppress(ValueError):
            day = dt.date.fromisoformat(path.stem)
        if day is None:
            continue
        try:
            rows = pq.read_table(path)
        except (pa.ArrowException, OSError) as problem:
            raise WorkspaceError("errors.damaged_file", path=path, problem=flatten(str(problem))) from None
        if needed in rows.column_names:
            frame = rows.select([name for name in known.names if name in rows.column_names]).to_pandas()
            found.append(frame.assign(**dated(day)))
    if not found:
        return NONE
    both = pd.concat([frame for frame in found if len(frame)] or found[:1], ignore_index=True)
    for column in known.columns:
        if column.name in both and column.arrow_name == "string":
            both[column.name] = both[column.name].astype("str")
        elif column.name in both and column.kind == "date":
            both[column.name] = pd.to_datetime(both[column.name]).astype("datetime64[us]")
    return both


def kept(build: Build) -> pd.DataFrame:
    """`deal_snapshots`: states of deals that the client has kept in a file, and of the same day those of the runs only where it lacks them.

    A state without an outcome takes that of the deal, open before the day it closed.
    """
    rows, deals = build.tables.get("deal_snapshots", NONE), build.tables["deals"].drop_duplicates("deal_id").set_index("deal_id")
    if not len(rows):
        return build.snapshots
    closed, now = (rows["deal_id"].map(deals[name]) if name in deals else pd.Series(pd.NaT, index=rows.index) for name in ("closed_at", "semantic"))
    told = now.astype("str").mask(closed >= rows["as_of"] + pd.Timedelta(days=1), "open")
    rows = rows.assign(semantic=finish.column(rows, "semantic").fillna(told))
    if not len(build.snapshots):
        return rows
    have = rows.set_index(["as_of", "deal_id"]).index
    return pd.concat([rows, build.snapshots[~build.snapshots.set_index(["as_of", "deal_id"]).index.isin(have)]], ignore_index=True)


def differences(snapshots: pd.DataFrame, deals: pd.DataFrame) -> pd.DataFrame:
    """Entries into stages seen between runs: one row a deal and change, and one for how it stood first.

    `entered_at` is the day of the later snapshot, though the true moment lies between the two; the moment of closing
    is known better, and no deal enters a stage before it was created. Empty while there are fewer than two snapshots.
    """
    if not len(snapshots) or "stage_id" not in snapshots or snapshots["as_of"].nunique() < 2:
        return NONE
    own = deals.drop_duplicates("deal_id").set_index("deal_id")
    rows = snapshots[snapshots["stage_id"].notna() & snapshots["deal_id"].isin(own.index)].sort_values(["deal_id", "as_of"], kind="stable")
    unit = rows.groupby("deal_id", sort=False)
    before, earlier = unit["stage_id"].shift(1), unit["as_of"].shift(1)
    home = rows["pipeline_id"].fillna("") if "pipeline_id" in rows else pd.Series("", index=rows.index)
    moved = (before != rows["stage_id"]) | (home != home.groupby(rows["deal_id"], sort=False).shift(1))
    rows = rows.assign(_earlier=earlier)[moved]
    day = rows["as_of"]
    closed, born = (rows["deal_id"].map(own[name]) if name in own else pd.Series(pd.NaT, index=rows.index) for name in ("closed_at", "created_at"))
    final = rows["semantic"].isin(["won", "lost"]) if "semantic" in rows else pd.Series(False, index=rows.index)
    known = final & (closed < day + pd.Timedelta(days=1)) & ((closed >= rows["_earlier"]) | rows["_earlier"].isna())
    entered = day.mask(known, closed)
    made_that_day = born.dt.normalize() == entered
    return pd.DataFrame({
        "entity": "deal", "entity_id": rows["deal_id"], "pipeline_id": home.loc[rows.index].replace("", None).astype("str"), "to_stage": rows["stage_id"],
        "entered_at": entered.mask(made_that_day, born).astype("datetime64[us]"), "origin": "snapshot_diff",
    }).reset_index(drop=True)
