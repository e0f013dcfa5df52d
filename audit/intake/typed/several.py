"""Several tables out of one file: rows that its own shape is not about are read by the shapes that the preset names under `also`."""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np

from audit.client import Client
from audit.intake.ask.mapping import Answers, FileMap
from audit.intake.read import Source
from audit.intake.shapes import Catalogue, Shape, assign
from audit.intake.typed.convert import convert
from audit.intake.typed.part import Part
from audit.intake.typed.rows import about
from audit.intake.typed.unfold import taken


def parts_of(source: Source, shape: Shape, plan: FileMap, known: Catalogue, answers: Answers, client: Client) -> list[Part]:
    """The part of a source in its own shape, then one for every further shape that finds rows of its kind.

    The first holds every row, so that look-ups and the end of a log see them all; its `elsewhere` names those that others read,
    and only they say whether such a row is kept. Further columns are found by their headers alone.
    """
    further = _shares(source, shape, known)
    cut = [_piece(source, rows) for _, rows in further]  # before the first is read, as that lets numbers go
    parts = [convert(source, shape, plan, answers, client.time_zone, client.country)]
    for (other, rows), piece in zip(further, cut, strict=True):
        own = FileMap(source.label, other.name, assign(other, source.headers), list(source.headers), plan.dates, plan.decimal)
        part = convert(piece, other, own, answers, client.time_zone, client.country)
        part.whole, part.origin = source, rows if part.origin is None else rows[part.origin]
        parts.append(part)
    if further:
        parts[0].elsewhere = np.concatenate([rows for _, rows in further])
    return parts


def _shares(source: Source, shape: Shape, known: Catalogue) -> list[tuple[Shape, np.ndarray]]:
    """(further shape, its rows): whole rows that no shape before it is about."""
    if not shape.also:
        return []
    free = ~about(source, shape) & ~source.faults.at(np.arange(len(source.cells)))
    found = []
    for name in shape.also:
        other = known.shapes[name]
        mine = free & about(source, other)
        free &= ~mine
        if mine.any():
            found.append((other, np.flatnonzero(mine)))
    return found


def _piece(source: Source, rows: np.ndarray) -> Source:
    """Some rows of a source; what is said of the whole file stays with the whole."""
    return dataclasses.replace(taken(source, rows), warnings=Counter(), checks=[])
