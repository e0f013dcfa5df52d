"""Further columns of a file that may be slices."""

from __future__ import annotations

import pandas as pd

from audit.intake import parse
from audit.intake.ask.mapping import FileMap
from audit.intake.shapes import Shape
from audit.intake.text import norm, words
from audit.intake.typed.part import HELPERS, Part
from audit.schema import BY_NAME


def free_dimensions(part: Part, plan: FileMap, columns: dict[str, pd.Series], dated: set[str]) -> None:
    """Further columns that may be slices, as text under their own headers."""
    for column, header in plan.headers.items():
        if part.table and column not in BY_NAME[part.table] and column not in HELPERS:
            part.extras[column] = header
    taken = set(plan.headers.values()) | dated
    lines = set((part.shape.merge or {}).get("also", ()))
    for header in part.source.headers:
        if header in taken or norm(header) in lines or not keeps(part.shape, header):
            continue
        reader = parse.parse_id if norm(header) in part.shape.ids else parse.parse_text
        parsed = reader(part.source.cells[header])
        if parsed.values.notna().any():
            name = header if header not in columns and (not part.table or header not in BY_NAME[part.table]) else f"{header} (2)"
            columns[name] = parsed.values
            part.extras[name] = header
            if parsed.placeholders:
                part.placeholders[header] += parsed.placeholders


def keeps(shape: Shape, header: str) -> bool:
    """Whether a header that means nothing canonical is kept as a free dimension."""
    plain = norm(header)
    if shape.extras is not None:
        return plain in shape.extras
    if not shape.table or not BY_NAME[shape.table].open:
        return False
    if plain.startswith(shape.not_dimension_starts or ("\0",)):
        return False
    return plain not in shape.not_dimensions and plain.split("__")[0] not in words("not_dimensions") and not plain.startswith("column ")
