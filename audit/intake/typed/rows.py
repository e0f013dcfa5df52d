"""Rules of a preset for single rows: which are not used and why, ids made from other cells, references told apart by their beginning."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.intake.shapes import keys
from audit.intake.text import norm, words
from audit.schema import BY_NAME

if TYPE_CHECKING:
    from audit.intake.ask.mapping import Answers
    from audit.intake.read import Source
    from audit.intake.shapes import Shape
    from audit.intake.typed.part import Part

_REFS = ("entity_ref", "other_ref")


def apply(part: Part, answers: Answers) -> None:
    """Every rule of the part's shape, on its parsed rows; what a rule assumes is put on record."""
    _number_rows(part, answers)
    _other_kinds(part)
    _from_clients(part)
    _dropped(part)
    _first_of_lists(part)
    _split(part)
    _made_ids(part, answers)
    for column in part.shape.stand_ins:
        header = part.used.get(column)
        if header is not None and norm(header) not in part.shape.columns.get(column, ()):
            answers.decided("stand_in", part.source.label, column, header, "preset")


def examples(part: Part) -> None:
    """Refuse the rows of a starter that are marked as its examples."""
    for header in part.source.headers:
        if norm(header) in words("example"):
            part.refuse(np.flatnonzero(part.source.cells[header].map(norm).isin(words("example"))), "example_row")


def _dropped(part: Part) -> None:
    """Refuse deleted rows and old versions, each kind under its own reason."""
    known = keys(part.source.headers)
    yes, no = words("yes"), words("no")
    for reason, rule in part.shape.drop.items():
        for header, wanted in rule.items():
            if header not in known:
                continue
            cells = part.source.cells[known[header]]
            bad = {word for word in cells.dropna().unique()
                   if (plain := norm(word)) in wanted or ("true" in wanted and plain in yes) or ("false" in wanted and plain in no)}
            part.refuse(np.flatnonzero(cells.isin(bad)), reason)


def _first_of_lists(part: Part) -> None:
    """One id or name of cells that list several; how many cells did is counted."""
    for column in part.shape.list_of:
        if column in part.frame:
            cells = part.frame[column]
            first = cells.str.split(r"\s*[;,]\s*" if column.endswith(("_id", "_ref")) else r"\s*;\s*", n=1, regex=True).str[0].astype("str")
            several = int((cells.notna() & (first != cells).fillna(False)).sum())
            part.frame[column] = first
            if several:
                part.warnings[f"first_of_several: {part.used[column]}"] += several


def _split(part: Part) -> None:
    """`deal_ref`, `lead_ref` or `client_ref` of references that may name any kind of unit, by the beginning of the id."""
    for kind, starts in part.shape.split.items():
        for column in _REFS:
            if column in part.frame:
                mine = part.frame[column].where(part.frame[column].str.startswith(starts).fillna(False).astype(bool))
                part.frame[kind] = part.frame[kind].fillna(mine) if kind in part.frame else mine


def _made_ids(part: Part, answers: Answers) -> None:
    """Ids of a file that has none, from cells that do not change while the record lives; so the same record has the same id next time."""
    key = BY_NAME[part.table].key[0] if part.table else ""
    if not part.shape.id_from or key in part.frame or answers.get("column", part.source.label, key) == "none":
        return
    cells = [part.frame[column].astype("str").fillna("") for column in part.shape.id_from if column in part.frame]
    if not cells:
        return
    joined = cells[0].str.cat(cells[1:], sep="\x1f")
    made = pd.Series([hashlib.blake2b(norm(text).encode(), digest_size=6).hexdigest() for text in joined], index=joined.index, dtype="str")
    again = made.groupby(made).cumcount()
    part.frame[key] = made + again.map(lambda n: f"-{n + 1}" if n else "").astype("str")
    answers.decided("made_ids", part.source.label, key, " + ".join(part.used.get(column, column) for column in part.shape.id_from), "made_from_cells")


def _number_rows(part: Part, answers: Answers) -> None:
    """Deals or leads of a table that has no id, by the answer "none": named by file and row, so that no two are one."""
    key = {"deals": "deal_id", "leads": "lead_id"}.get(part.shape.table or "")
    label = part.source.label
    if key and key not in part.frame and answers.get("column", label, key) == "none":
        part.frame[key] = pd.Series([f"{label} {row + 1}" for row in part.frame.index], index=part.frame.index, dtype="str")
        answers.decided("row_ids", label, key, str(len(part.frame)), "no_id")


def _other_kinds(part: Part) -> None:
    """Refuse rows that the file holds and the shape is not about, such as changes of other fields in a log of changes."""
    part.refuse(np.flatnonzero(~about(part.source, part.shape)), "other_kind")


def _from_clients(part: Part) -> None:
    """Refuse letters and messages that clients wrote: what a client does is no action of a seller, least of all an answer to the client."""
    if part.shape.table != "activities":
        return
    nothing = pd.Series(pd.NA, index=part.frame.index, dtype="str")
    kind, also, way = (part.frame.get(name, nothing) for name in ("kind", "kind_also", "direction"))
    kind = kind.mask(kind.isna() | ((kind == "task") & also.notna()), also)
    received = kind.isin(["email_in", "message_in"]) | (kind.isin(["email", "message"]) & (way == "in").fillna(False))
    part.refuse(np.flatnonzero(received), "from_client")


def about(source: Source, shape: Shape) -> np.ndarray:
    """Of every row of a source, whether it is of the kinds that `where` of the shape names."""
    known, found = keys(source.headers), np.ones(len(source.cells), dtype=bool)
    for header, wanted in shape.where.items():
        if header in known:
            cells = source.cells[known[header]]
            found &= cells.isin({word for word in cells.unique() if _is_one(norm(word), wanted)}).to_numpy()
    return found


def _is_one(word: str, wanted: frozenset[str]) -> bool:
    """Whether a word is one of those wanted, where % stands for a number."""
    return word in wanted or any(re.fullmatch(re.escape(one).replace("%", r"\d+"), word) for one in wanted if "%" in one)
