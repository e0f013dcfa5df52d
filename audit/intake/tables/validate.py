"""Which rows no honest reader can take: essential cells missing, contradictions, repeated ids."""

from __future__ import annotations

import numpy as np
import pandas as pd

from audit.intake.tables.finish import all_differ, column
from audit.intake.typed.part import Part
from audit.schema import BY_NAME

ID_TABLES = ("leads", "deals", "activities", "invoices", "users", "clients")
# moments that show how late a file was exported
STATED = ("created_at", "closed_at", "updated_at", "stage_changed_at", "converted_at", "done_at", "issued_on")
POSITIVE = {"deals": "amount", "invoices": "amount", "plans": "target"}


def check(part: Part, frame: pd.DataFrame) -> None:
    """Refuse rows of a part with their reasons; count oddities of rows that stay.

    A deal closed before it was created is refused when its own row says both; when the creation comes from
    another file (a lead), the deal stays and is counted.
    """
    table = BY_NAME[part.table or ""]
    for name in (found.name for found in table.columns if found.required):
        empty = _empty(frame, name)
        if name in part.shape.optional:
            is_open = column(frame, "semantic") == "open"
            _count(part, f"no_{name}", int((empty & is_open).sum()))
            empty &= ~is_open
        if not empty.any():
            continue
        fresh = frame.index[empty & ~part.reasons.at(frame.index)].to_numpy()
        part.refuse(fresh, "missing_id" if name == table.key[0] and table[name].kind == "id" else f"missing_{name}")
    money = POSITIVE.get(table.name)
    if money and money in frame:
        part.refuse(frame.index[frame[money] < 0].to_numpy(), "negative_amount")
    if table.name == "payments":
        _count(part, "refund", int((frame["amount"] < 0).sum()))
    if table.name == "deals":
        early = frame["closed_at"] < frame["created_at"]
        if "created_at" in part.filled:
            _count(part, "closed_before_created", int(early.sum()))
        else:
            part.refuse(frame.index[early].to_numpy(), "closed_before_created")


def _empty(frame: pd.DataFrame, name: str) -> pd.Series:
    if name not in frame:
        return pd.Series(True, index=frame.index)
    values = frame[name]
    return values.isna() | (values == "") if values.dtype == "str" else values.isna()


def _count(part: Part, name: str, rows: int) -> None:
    if rows:
        part.warnings[name] += rows


def unique(parts: list[Part], table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """One row of every id: of the newest file of the same kind that has it, and the first there; the rest go to quarantine.

    Last month's export beside this month's tells older states of the same records: `older_state`; else `duplicate_id`.
    """
    if table not in ID_TABLES:
        return rows
    ids = rows[BY_NAME[table].key[0]]
    if all_differ(ids):
        return rows
    age = rows["_part"].map(_ages(parts, rows))
    order = age.argsort(kind="stable").to_numpy() if age.any() else np.arange(len(rows))
    again = ids.iloc[order].duplicated(keep="first").sort_index()
    kept_age = age[~again].groupby(ids[~again]).first()
    older = again & (age > ids.map(kept_age).astype("float64"))
    for reason, which in (("older_state", older), ("duplicate_id", again & ~older)):
        for place, group in rows[which].groupby("_part"):
            parts[int(place)].refuse(group["_pos"].to_numpy(), reason)
    return rows[~again].reset_index(drop=True)


def _ages(parts: list[Part], rows: pd.DataFrame) -> dict[int, int]:
    """Part → how many files of its kind reach later than it; 0 of the newest, of a kind with one file, and without dates.

    A file reaches as far as its latest moment of creating, closing or changing a record.
    """
    dated = [name for name in STATED if name in rows]
    places = [int(place) for place in rows["_part"].unique()]
    reach = rows.groupby("_part")[dated].max().max(axis=1) if dated else pd.Series(pd.NaT, index=places)
    kinds: dict[str, list[int]] = {}
    for place in places:
        if pd.notna(reach[place]):
            kinds.setdefault(parts[place].shape.name, []).append(place)
    return dict.fromkeys(places, 0) | {place: sum(reach[other] > reach[place] for other in kind) for kind in kinds.values() for place in kind}
