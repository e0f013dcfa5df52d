"""Receivables: what is owed and not paid in advance, a row a class of age where a report gives classes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.intake.parse.dates import moment, take_apart
from audit.intake.parse.spans import last_day
from audit.intake.tables.finish import NOW, column
from audit.intake.typed.part import Part

if TYPE_CHECKING:
    from audit.intake.ask.mapping import Answers

_DATED = re.compile(r"\bот (\d{1,2}\.\d{2}\.\d{2,4})")


def finish(part: Part, frame: pd.DataFrame) -> pd.DataFrame:
    """Refuse advances and rows without a debt; the date of a document from its own words. Advances are counted."""
    advance = column(frame, "advance", "float64").fillna(0.0)
    amount = column(frame, "amount", "float64")
    live = ~part.reasons.at(frame.index)
    prepaid = (amount < 0) | ((advance > 0) & ~(amount > 0))
    part.refuse(frame.index[live & prepaid].to_numpy(), "advance")
    if "advance" in frame:
        part.refuse(frame.index[live & (amount == 0) & ~prepaid].to_numpy(), "no_debt")
    if both := int((live & (advance > 0) & (amount > 0)).sum()):
        part.warnings["advance"] += both
    if "document" in frame and "document_date" not in frame:
        days = {text: moment(take_apart(found[1]), "dmy", "UTC") for text in frame["document"].dropna().unique() if (found := _DATED.search(text))}
        frame["document_date"] = frame["document"].map(days).astype(NOW) if days else column(frame, "document_date", NOW)
    return frame


def dated(part: Part, frame: pd.DataFrame, answers: Answers) -> pd.DataFrame:
    """The day of a report that says none anywhere, by the answer of a person; asked where there is none.

    Proposed is the latest day of a document, before which the report cannot have been made, else the day of the file; `none` leaves the
    rows without a day, and they are refused.
    """
    live = ~part.reasons.at(frame.index)
    if not live.any() or (part.shape.as_of_above and last_day(part.source.above)) or column(frame, "as_of", NOW)[live].notna().any():
        return frame
    label = part.source.label
    said = str(answers.get("as_of", label, "") or "").strip()
    day = moment(take_apart(said), "dmy", "UTC") if said else None
    if day is not None:
        frame["as_of"] = pd.Series(pd.Timestamp(day).normalize(), index=frame.index).astype(NOW)
    elif said.lower() != "none":
        inside = column(frame, "document_date", NOW)[live].max()
        latest = None if pd.isna(inside) else f"{inside:%Y-%m-%d}"
        file = (part.whole or part.source).modified
        examples = [*([f"≥ {latest}"] if latest else []), *([f"≤ {file}"] if file and (not latest or file >= latest) else [])]
        answers.kept = [kept for kept in answers.kept if kept["id"] != answers.key("as_of", label, "")]  # an answer that is no day
        answers.ask("as_of", label, "", examples, latest or file, ("none",), "no_as_of")
    return frame


def expand(rows: pd.DataFrame) -> pd.DataFrame:
    """A row a class of age: its amount, the middle of the class as days overdue, its name as the document where there is none."""
    if "ageing" not in rows or not rows["ageing"].notna().any():
        return rows.drop(columns=[name for name in ("ageing", "advance") if name in rows])
    classes = [json.loads(text) if isinstance(text, str) else [] for text in rows["ageing"]]
    counts = np.array([max(len(parts), 1) for parts in classes])
    wide = rows.loc[rows.index.repeat(counts)].reset_index(drop=True)
    flat = [part for parts in classes for part in (parts or [None])]
    split = np.array([part is not None for part in flat])
    amount = np.array([part[2] if part else np.nan for part in flat], dtype="float64")
    days = np.array([part[1] if part else np.nan for part in flat], dtype="float64")
    wide["amount"] = np.where(split, amount, wide["amount"])
    wide["days_overdue"] = np.where(split, days, column(wide, "days_overdue", "float64").astype("float64"))
    wide["overdue_amount"] = np.where(split, np.where(days > 0, amount, 0.0), column(wide, "overdue_amount", "float64").astype("float64"))
    wide["document"] = column(wide, "document").fillna(pd.Series([part[0] if part else None for part in flat], dtype="str"))
    return wide.drop(columns=[name for name in ("ageing", "advance") if name in wide])
