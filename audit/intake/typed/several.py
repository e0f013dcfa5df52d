"""Several tables out of one file: rows that its own shape is not about are read by the shapes that the preset names under `also`,
and all of them once more by those under `again`."""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np

from audit.client import Client
from audit.intake.ask.mapping import Answers, FileMap
from audit.intake.read import Source
from audit.intake.shapes import Catalogue, Shape, assign, match
from audit.intake.typed.convert import convert
from audit.intake.typed.part import Part
from audit.intake.typed.rows import about
from audit.intake.typed.unfold import taken


def parts_of(source: Source, shape: Shape, plan: FileMap, known: Catalogue, answers: Answers, client: Client) -> list[Part]:
    """The part of a source in its own shape, then one for every further shape that finds rows of its kind.

    The first holds every row, so that look-ups and the end of a log see them all; its `elsewhere` names those that others read,
    and only they say whether such a row is kept. Further columns are found by their headers alone.
    """
    shares = _shares(source, shape, known)
    further = [(other, rows, False) for other, rows in shares] + [(other, rows, True) for other, rows in _again(source, shape, plan, known)]
    cut = [_piece(source, rows) for _, rows, _ in further]  # before the first is read, as that lets numbers go
    parts = [convert(source, shape, plan, answers, client.time_zone, client.country)]
    for (other, rows, again), piece in zip(further, cut, strict=True):
        own = FileMap(source.label, other.name, assign(other, source.headers), list(source.headers), plan.dates, plan.decimal)
        part = convert(piece, other, own, answers, client.time_zone, client.country)
        part.whole, part.origin, part.again = source, rows if part.origin is None else rows[part.origin], again
        parts.append(part)
    if shares:
        parts[0].elsewhere = np.concatenate([rows for _, rows in shares])
    return parts


def _again(source: Source, shape: Shape, plan: FileMap, known: Catalogue) -> list[tuple[Shape, np.ndarray]]:
    """(further shape, all whole rows): shapes that fit and have a filled header of their own."""
    found = []
    for other in (known.shapes[name] for name in shape.again):
        new = set(assign(other, source.headers).values()) - set(plan.headers.values())
        if match(other, source.headers) and any((source.cells[header].str.strip() != "").any() for header in new):
            found.append((other, np.flatnonzero(~source.faults.at(np.arange(len(source.cells))))))
    return found


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
