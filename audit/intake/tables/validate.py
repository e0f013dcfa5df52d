"""Which rows no honest reader can take: essential cells missing, contradictions, repeated ids."""

from __future__ import annotations

import pandas as pd

from audit.intake.tables.finish import column
from audit.intake.typed.part import Part
from audit.schema import BY_NAME

ID_TABLES = ("leads", "deals", "activities", "invoices", "users", "clients")
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
        fresh = frame.index[empty & ~frame.index.isin(list(part.reasons))].to_numpy()
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
    """The first row of every id, over all files; later ones go to quarantine."""
    if table not in ID_TABLES:
        return rows
    again = rows[BY_NAME[table].key[0]].duplicated(keep="first")
    if not again.any():
        return rows
    for place, group in rows[again].groupby("_part"):
        parts[int(place)].refuse(group["_pos"].to_numpy(), "duplicate_id")
    return rows[~again].reset_index(drop=True)
