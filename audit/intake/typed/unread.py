"""Headers of a known file that nobody understands: their cells reach no table."""

from __future__ import annotations

import pandas as pd

from audit.intake.parse.column import once
from audit.intake.read.printed import ADDED
from audit.intake.shapes import contact_words
from audit.intake.text import norm, words
from audit.intake.typed.dimensions import keeps
from audit.intake.typed.part import Part
from audit.intake.typed.stage_dates import read_headers


def unread(parts: list[Part]) -> list[str]:
    """Headers with filled cells, in the order of the file, that no part of a source took, and that its preset does not know as needless."""
    source = parts[0].whole or parts[0].source
    if source.kind == "exchange" or set(ADDED) <= set(source.headers):
        return []  # the reader understands such a file as a whole
    taken, known = set[str](), {*words("not_dimensions"), *words("example"), *words("totals"), "id"}  # a row's own number is needless
    for part in parts:
        shape, own = part.shape, part.source
        taken |= {*part.used.values(), *part.extras.values()} | (set(source.headers) - set(own.headers))  # cells made into rows
        taken |= {found.header for found in read_headers(source.headers, shape.stage_dates)} | {header for header in own.headers if keeps(shape, header)}
        rules = (*shape.columns.values(), *shape.stand_ins.values(), *shape.joined.values(), *shape.first.values(), *shape.require, *contact_words(shape).values())
        known |= {word for group in rules for word in group} | shape.not_dimensions | shape.ids | set(shape.where) | set((shape.merge or {}).get("also", ()))
        known |= {header for rule in shape.drop.values() for header in rule}
        taken |= {header for header in own.headers if norm(header).startswith(shape.not_dimension_starts or ("\0",))}
        if shape.ticks:
            taken |= set(own.headers)  # yes and no columns are points of the agenda
    return [header for header in source.headers if header not in taken and norm(header).split("__")[0] not in known and _filled(source.cells[header])]


def _filled(cells: pd.Series) -> bool:
    return bool((once(cells)[0].str.strip() != "").any())
