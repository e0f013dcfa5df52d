"""The text cells of one column as its shape says to take them, before they are parsed."""

from __future__ import annotations

import pandas as pd

from audit.intake.parse.column import unpacked
from audit.intake.read import Source
from audit.intake.shapes import Shape, contact_words, keys
from audit.intake.text import norm

_NO_OFFSET = r"\d{4}-\d{2}-\d{2}[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
_NAMED = r'"name":"((?:[^"\\]|\\.)*)"'
_MIDNIGHT = r"[ T]00:00(?::00(?:\.0+)?)?$"
_HOURS = r"^(\d+):([0-5]\d)$"


def take(source: Source, shape: Shape, column: str, header: str, dated: bool) -> pd.Series:
    """Cells of `column`: those of `header`, or what the shape makes of several headers; words that mean nothing are empty.

    Times (`dated`) without an offset get the shape's zone as an ISO offset only when that zone is UTC, which is all that systems write.
    """
    cells = source.cells[header]
    if _changed(shape, column, dated):
        cells = unpacked(cells)
    firsts = shape.first.get(column) or contact_words(shape).get(column, ())
    known = keys(source.headers) if firsts or column in shape.joined else {}
    for word in firsts:
        if word in known and known[word] != header:
            cells = cells.mask(cells.str.strip() == "", unpacked(source.cells[known[word]]))
    for word in shape.joined.get(column, ())[1:]:
        if word in known and known[word] != header:
            more = unpacked(source.cells[known[word]]).str.strip()
            day = cells.str.strip().str.replace(_MIDNIGHT, "", regex=True)  # a workbook writes a mere date with a clock of zeros
            cells = cells.where((more == "") | (day == "") | day.str.contains(":", regex=False), day + " " + more)
    if column in shape.blank:
        cells = cells.mask(cells.isin([word for word in cells.unique() if norm(word) in shape.blank[column]]), "")
    if dated and shape.zone == "UTC":
        cells = cells.where(~cells.str.fullmatch(_NO_OFFSET), cells + "Z")
    if column in shape.listed:
        cells = cells.where(~cells.str.startswith("["), cells.str.extract(_NAMED, expand=False).fillna(""))
    if shape.scale.get(column) == "h:mm":
        cells = cells.str.replace(_HOURS, r"\1:\2:00", regex=True)
    return cells


def _changed(shape: Shape, column: str, dated: bool) -> bool:
    """Whether the shape makes something else of the cells of one header."""
    several = column in shape.first or column in contact_words(shape) or column in shape.joined
    return several or column in shape.blank or column in shape.listed or column in shape.scale or (dated and shape.zone == "UTC")


def unit(shape: Shape, column: str) -> float:
    """Seconds of one unit of a duration without a colon."""
    value = shape.scale.get(column, 1.0)
    return 60.0 if value == "h:mm" else float(value)
