"""What a column and a table are: the words in which `tables.py` and `results.py` declare the schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "text", "category", "money", "number", "share", "int", "bool", "date", "time"]

# one engine type a kind: the same parquet types whatever the source was
ARROW = {
    "id": "string", "text": "string", "category": "string", "money": "float64", "number": "float64",
    "share": "float64", "int": "int64", "bool": "bool", "date": "date32[day]", "time": "timestamp[us]",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, kind, meaning and, where closed, the values it may take."""

    name: str
    kind: Kind
    meaning: str
    levels: tuple[str, ...] = ()
    required: bool = False  # a row without it goes to quarantine
    computed: bool = False  # made on load, never read from a source

    @property
    def arrow_name(self) -> str:
        """Name of the pyarrow type that stores this kind."""
        return ARROW[self.kind]


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its name, row grain, key columns and columns.

    `open` tables keep any further column of a source as a free dimension (text).
    """

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    open: bool = False

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")

    def __contains__(self, name: object) -> bool:
        return any(column.name == name for column in self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    def arrow(self, extra: tuple[str, ...] = ()):
        """The pyarrow schema of the table, with free dimensions `extra` as text."""
        import pyarrow as pa

        kinds = [(column.name, pa.type_for_alias(column.arrow_name)) for column in self.columns]
        return pa.schema(kinds + [(name, pa.string()) for name in extra])


def table(name: str, grain: str, key: str, *lines: str, open: bool = False) -> Table:
    """A table from lines `name kind[!][†] [level|level] – meaning`; `!` is required, `†` is computed.

    >>> t = table("stages", "one row a stage", "stage_id", "stage_id id! – code of the stage",
    ...           "semantic category open|won|lost – what the stage means")
    >>> t["semantic"].levels, t["stage_id"].required
    (('open', 'won', 'lost'), True)
    """
    return Table(name, grain, tuple(key.split()), tuple(_column(line) for line in lines), open)


def _column(line: str) -> Column:
    head, _, meaning = line.partition(" – ")
    name, kind, *levels = head.split()
    bare = kind.rstrip("!†")
    return Column(
        name, bare, meaning,  # type: ignore[arg-type]
        tuple(levels[0].split("|")) if levels else (), "!" in kind, "†" in kind,
    )
