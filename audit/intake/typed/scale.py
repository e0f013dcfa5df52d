"""Units of money: thousands, millions and the currency, as the header says them, or the title, the sheet or the name of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.intake.parse.column import unpacked
from audit.intake.parse.numbers import take_apart
from audit.intake.parse.periods import period_header
from audit.intake.parse.units import header_currency, header_scale, title_scale
from audit.intake.typed.part import Part, kind_of

if TYPE_CHECKING:
    from audit.intake.ask.mapping import Answers

_OF_METRIC = {"plans": "target", "forecasts": "value"}  # numbers whose row says in `metric` whether they are money
_COUNTS = ("new_clients", "deals")


def apply(part: Part, answers: Answers) -> None:
    """Multiply the plain numbers of every column of money by what its unit is; each such reading is a decision on record.

    Amounts whose cells name no currency are in that of their header.
    A cell that names its own scale ("1,5 млн") is taken as written, and so are targets and forecasts of counts.
    """
    code = header_currency(part.used.get("amount", ""))
    if code and "currency" not in part.frame and kind_of(part.shape, "amount") == "money":
        seen = part.frame.get("currency_seen", pd.Series(pd.NA, index=part.frame.index, dtype="str"))
        part.frame["currency_seen"] = seen.fillna(code)
    for column, header in part.used.items():
        if column not in part.frame or (kind_of(part.shape, column) != "money" and _OF_METRIC.get(part.table or "") != column):
            continue
        size, why = _told(part, header)
        if size is None or size == 1:
            continue
        factor = np.full(len(part.frame), size)
        factor[~_plain(part, header)] = 1.0
        if _OF_METRIC.get(part.table or "") == column and "metric" in part.frame:
            factor[part.frame["metric"].isin(_COUNTS).to_numpy(dtype=bool)] = 1.0
        part.frame[column] = part.frame[column] * factor
        if column in part.stated:
            part.stated[column] = part.stated[column] * size
        answers.decided("scale", part.source.label, _shown(part, header), f"{size:.0f}", why)


def _told(part: Part, header: str) -> tuple[float | None, str]:
    """(what one unit of a column is, where that is said); nothing where no place or several places say it."""
    heads = _heads(part, header)
    said = {size for name in heads if (size := header_scale(name)) is not None}
    if said:
        return (said.pop() if len(said) == 1 else None), "header"
    for why, text in (("title", part.source.above), ("sheet", part.source.sheet or ""), ("file_name", part.source.file)):
        if (size := title_scale(text)) is not None:
            return size, why
    return None, ""


def _heads(part: Part, header: str) -> list[str]:
    """The headers of the file from which the cells of one column come: several where months became rows."""
    if not header.startswith("<") or part.whole is None:
        return [header]
    return [name for name in part.whole.headers if period_header(name) is not None]


def _shown(part: Part, header: str) -> str:
    heads = _heads(part, header)
    return heads[0] if len(heads) < 2 else f"{heads[0]} … {heads[-1]}"


def _plain(part: Part, header: str) -> np.ndarray:
    """Which cells of a column are numbers without a scale of their own."""
    cells = unpacked(part.source.cells[header])
    own = {text for text in pd.unique(cells).tolist() if isinstance(text, str) and text.strip() and take_apart(text).scale != 1}
    return ~cells.isin(own).to_numpy(dtype=bool)
