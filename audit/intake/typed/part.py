"""The rows of one source in canonical columns: what every column is, what was refused and what was only counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from audit.intake import parse
from audit.intake.read import Source
from audit.intake.read.marks import Marks
from audit.intake.shapes import Shape
from audit.schema import BY_NAME

# columns that a source may give and no canonical table has; the build step turns them into canonical ones
HELPERS = {
    "owner_name": "category", "client_name": "text", "team_name": "category", "segment_name": "category", "close_date": "time",
    "stage_changed_at": "time", "updated_at": "time", "won": "bool", "closed_flag": "bool", "converted": "bool", "done": "bool",
    "first_name": "text", "last_name": "text", "deal_ref": "id", "lead_ref": "id", "client_ref": "id", "entity_ref": "id",
    "stage_code": "id", "status_group": "id", "sort": "number", "move_code": "id", "period": "text", "line_price": "money",
    "line_quantity": "number", "series": "category", "advance": "money", "ageing": "text", "cost": "money", "merged_ids": "text", "other_ref": "id", "direction": "category", "kind_also": "category",
    "manager_ref": "id", "role_id": "id", "role_name": "category", "entity_name": "text", "answered_also": "bool", "probability": "number", "pipeline_name": "category", "list_price": "money", "product_line": "category", "number": "id", "product": "category",
    "contact_ref": "id", "contact_name": "text", "activity_ref": "id", "task_ref": "id", "provider": "id", "customer_ref": "id", "record_kind": "category",
    # dictionaries of codes, and what events of a history say besides
    "pipeline_code": "id", "code": "id", "code_name": "category", "codes_of": "id",
    "from_pipeline": "category", "bulk_flag": "bool", "nominal": "number", "experience_years": "number",
    "client_phone": "id", "client_email": "id", "client_domain": "id",  # how a client may be known without an id
    "tax_id": "id", "first_day": "date", "last_day": "date",
    "old_date": "date", "old_amount": "money", "owner_then": "text", "old_owner": "text", "field_ref": "id", "old_field_ref": "id",  # of a log of changes
}
# a cell of these columns that cannot be read makes the row unusable; elsewhere it becomes empty and is counted
STRICT = {"created_at", "closed_at", "close_date", "amount", "received_on", "target", "entered_at", "issued_on"}
STRICT_THERE = {("field_history", "expected_close_on")}  # there an empty cell says that the date was taken away
# columns that date the rows of a file, the surest first
DATED = ("created_at", "entered_at", "done_at", "started_at", "received_on", "issued_on", "changed_at", "sent_at", "reviewed_at", "held_at", "date", "as_of", "period_start")
# how cells of a kind are read; kinds that are not named are words
WAYS = {"date": "date", "time": "date", "money": "number", "number": "number", "share": "number", "int": "number"}


@dataclass
class Part:
    """The rows of one source in canonical columns, index = position in the source."""

    source: Source
    shape: Shape
    used: dict[str, str]  # canonical or helper column → header
    frame: pd.DataFrame = field(default_factory=pd.DataFrame)
    extras: dict[str, str] = field(default_factory=dict)  # free dimension → header
    reasons: Marks[tuple[str, ...]] = field(default_factory=Marks)  # position → why the row is refused
    warnings: Counter = field(default_factory=Counter)
    placeholders: Counter = field(default_factory=Counter)
    merged: int = 0
    stage_hints: dict[str, int] = field(default_factory=dict)
    stage_meanings: dict[tuple[str | None, str], str] = field(default_factory=dict)  # (pipeline, stage) → open, won or lost
    moves: pd.DataFrame = field(default_factory=pd.DataFrame)  # entries into stages that columns of dates tell: _pos, to_stage, pipeline_id, entered_at, left_at
    filled: set[str] = field(default_factory=set)  # columns looked up in other files
    stated: dict[str, np.ndarray] = field(default_factory=dict)  # money column → its numbers, where the file has total rows
    whole: Source | None = None  # the source as it was read, where its rows were made into several
    origin: np.ndarray | None = None  # then the row of that source for every row of `frame`
    again: bool = False  # every row of the file is read once more, besides the part of its own shape
    elsewhere: np.ndarray | None = None  # rows that further parts of the same source read

    @property
    def table(self) -> str | None:
        """The canonical table that these rows feed."""
        return self.shape.table

    def let_go(self) -> None:
        """Only the moments of the rows are still asked for; what other parts look up here stays."""
        if self.table and not self.shape.reference:
            self.frame = self.frame[[name for name in DATED if name in self.frame]]

    def refuse(self, positions: np.ndarray, reason: str) -> None:
        """Mark rows for quarantine."""
        self.reasons.change(positions, lambda said: said if said and reason in said else (*(said or ()), reason))


def kind_of(shape: Shape, column: str) -> str:
    """The kind of a canonical or helper column."""
    if shape.table and column in BY_NAME[shape.table]:
        return BY_NAME[shape.table][column].kind
    if column in HELPERS:
        return HELPERS[column]
    if not shape.table:  # of a file that only serves look-ups
        return "id" if column.endswith(("_id", "_ref", "_code")) else "category"
    if shape.table and BY_NAME[shape.table].open:
        return "category"  # a free dimension under a name of the preset
    raise KeyError(f"{shape.name}: {column} is neither a column of {shape.table} nor a helper")


def note(part: Part, column: str, parsed: parse.Parsed, kind: str | None = None) -> None:
    """Unreadable cells: a reason to quarantine where the row cannot do without, else a counted warning."""
    if parsed.placeholders:
        header = part.used[column]  # one header may give two columns: its cells count once
        part.placeholders[header] = max(part.placeholders[header], parsed.placeholders)
    bad = np.flatnonzero(parsed.bad)
    if not len(bad):
        return
    kind = kind or kind_of(part.shape, column)
    if parsed.destroyed is not None and parsed.destroyed.any():
        lost = np.flatnonzero(parsed.destroyed)
        if part.table and column in BY_NAME[part.table].key:
            part.refuse(lost, "destroyed_id")  # a row that cannot be named cannot be joined with anything either
        else:
            part.warnings[f"destroyed_id: {part.used[column]}"] += len(lost)
        bad = np.flatnonzero(parsed.bad & ~parsed.destroyed)
        if not len(bad):
            return
    what = {"date": "bad_date", "number": "bad_number"}.get(WAYS.get(kind, ""), "unknown_value" if kind in ("category", "bool") else "bad_value")
    if (column in STRICT or (part.table, column) in STRICT_THERE) and column not in part.shape.optional:
        part.refuse(bad, what)
    else:
        part.warnings[f"{what}: {part.used[column]}"] += len(bad)
