"""Canonical tables on one backend, and which of their columns have any value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from audit.schema.model import Kind

if TYPE_CHECKING:
    from pathlib import Path

    import ibis.expr.types as ir

IBIS: dict[Kind, str] = {
    "id": "string", "text": "string", "category": "string", "money": "float64", "number": "float64",
    "share": "float64", "int": "int64", "bool": "boolean", "date": "date", "time": "timestamp(6)",
}
Filled = Callable[[], frozenset[str]]


class Tables(Mapping):
    """Read-only mapping name → Ibis table, all on one `backend`.

    A need is `"deals"`, `"deals.closed_at"` or a choice of such, `"deals.closed_at|deals.won_at"`; a table
    or a column that is absent or wholly empty is lacking.
    """

    def __init__(self, tables: Mapping[str, ir.Table], backend: Any, filled: Mapping[str, Filled] | None = None,
                 own: bool = False):
        self._tables, self.backend = dict(tables), backend
        self._ways, self._filled = dict(filled or {}), {}  # type: ignore[var-annotated]
        self.own = own  # whether the backend is ours alone, so that views may be made in it
        self.home: Path | None = None  # the workspace they are of
        self.made: dict[Any, Any] = {}  # what is made of them once for all who read them

    def __getitem__(self, name: str) -> ir.Table:
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def close(self) -> None:
        """Ends the session of an engine outside this process; nothing is left behind in it."""
        if hasattr(self.backend, "close"):
            self.backend.close()

    def filled(self, name: str) -> frozenset[str]:
        """Columns of table `name` that have at least one value; empty when the table is absent or has no row."""
        if name not in self._tables:
            return frozenset()
        if name not in self._filled:
            way = self._ways.get(name) or (lambda: filled_by_query(self._tables[name], self.backend))
            self._filled[name] = way()
        return self._filled[name]

    def renamed(self, names: Mapping[str, Mapping[str, str]]) -> Tables:
        """The same tables with columns renamed: table → old name → new name."""
        if not any(names.values()):
            return self
        tables = {name: table.rename({new: old for old, new in names.get(name, {}).items()}) for name, table in self.items()}
        ways: dict[str, Filled] = {name: self._filled_as(name, names.get(name, {})) for name in self}
        return Tables(tables, self.backend, ways, self.own)

    def _filled_as(self, name: str, names: Mapping[str, str]) -> Filled:
        return lambda: frozenset(names.get(column, column) for column in self.filled(name))

    def has(self, *needs: str) -> bool:
        """Whether every need is met."""
        return not self.lacks(*needs)

    def lacks(self, *needs: str) -> list[str]:
        """The needs that are not met, in the order asked; of a choice the first alternative is named."""
        missing = (need for need in needs if not any(self._met(one) for one in need.split("|")))
        return list(dict.fromkeys(need.split("|")[0] for need in missing))

    def _met(self, need: str) -> bool:
        name, _, column = need.partition(".")
        return column in self.filled(name) if column else bool(self.filled(name))


def filled_by_query(table: ir.Table, backend: Any) -> frozenset[str]:
    """Columns of a table that have at least one value."""
    counts = backend.to_pyarrow(table.agg(**{name: table[name].count() for name in table.columns})).to_pylist()[0]
    return frozenset(name for name, count in counts.items() if count)
