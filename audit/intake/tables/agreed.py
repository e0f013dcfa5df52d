"""Changes that were agreed in the plan: rows of `growth_actions` from the last version in the client's ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from audit.errors import WorkspaceError
from audit.intake.tables.finish import DTYPE
from audit.schema import BY_NAME
from audit.workspace import read_json

_STATUS = {"agree": "agreed", "postpone": "postponed", "decline": "declined"}


def read_agreed(folder: Path) -> pd.DataFrame:
    """Rows of the highest `plan-….json` of the ledger, one a change of the plan; empty while nothing was agreed.

    WorkspaceError when the file is damaged.
    """
    files = sorted(folder.glob("plan-[0-9]*.json"))
    if not files:
        return pd.DataFrame()
    try:
        rows = [_action(row) for row in read_json(files[-1])["changes"]]
    except (WorkspaceError, KeyError, TypeError, AttributeError):
        raise WorkspaceError("plan.damaged_version", path=files[-1]) from None
    known = BY_NAME["growth_actions"].columns
    return pd.DataFrame({column.name: pd.Series([row.get(column.name) for row in rows], dtype=DTYPE.get(column.kind, "str")) for column in known})


def _action(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the plan as one of `growth_actions`; what was not said is empty."""
    status = "done" if row["done_on"] else _STATUS.get(row["decision"], "proposed")
    place = {"slice_by": "×".join(row["scope"]), "slice_group": " × ".join(map(str, row["scope"].values()))}
    return {name: value if value != "" else None for name, value in (row | place).items()} | {"status": status}


def with_agreed(own: pd.DataFrame | None, agreed: pd.DataFrame) -> pd.DataFrame:
    """The client's own list of changes and, of the ledger, those that it does not have: what the client sends is the later word."""
    if own is None or not len(own):
        return agreed
    return pd.concat([own, agreed[~agreed["action_id"].isin(own["action_id"])]], ignore_index=True)
