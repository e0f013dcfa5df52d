"""Opens canonical tables as Ibis tables on one backend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import UsageError, WorkspaceError, nearest
from audit.schema import BY_NAME
from audit.schema.model import Kind

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

ENGINES = ("duckdb",)
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

    def __getitem__(self, name: str) -> ir.Table:
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def filled(self, name: str) -> frozenset[str]:
        """Columns of table `name` that have at least one value; empty when the table is absent or has no row."""
        if name not in self._tables:
            return frozenset()
        if name not in self._filled:
            way = self._ways.get(name) or (lambda: _filled_by_query(self._tables[name], self.backend))
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


def load(source: Any, engine: str = "duckdb") -> Tables:
    """The canonical tables of `source` on `engine`, columns in the types of `audit.schema`.

    `source`: a `Tables`, a `Workspace`, the path of a workspace or of a folder of parquet files, or a dict
    name → pandas frame | pyarrow table | parquet or csv path | Ibis table. UsageError for an unknown engine
    or table and for a column whose values cannot be of its kind; WorkspaceError when no table is there.
    """
    if isinstance(source, Tables):
        return source
    import ibis

    if engine not in ENGINES:
        raise UsageError("errors.unknown_name", kind="engine", name=engine, nearest=nearest(engine, ENGINES))
    parts = _parts(source)
    ours = [table for table in parts.values() if isinstance(table, ibis.Table) and _backend(table)]
    backend = _backend(ours[0]) if ours else ibis.duckdb.connect()
    tables, filled = {}, {}
    for name, part in parts.items():
        table, way = _open(name, part, backend)
        tables[name] = _typed(name, table, backend)
        if way:
            filled[name] = way
    return Tables(tables, backend, filled, own=not ours)


def _parts(source: Any) -> dict[str, Any]:
    if hasattr(source, "table_paths"):
        return source.table_paths()
    if isinstance(source, Mapping):
        for name in source:
            if name not in BY_NAME:
                raise UsageError("errors.unknown_name", kind="table", name=name, nearest=nearest(name, [*BY_NAME]))
        return dict(source)
    folder = Path(source)
    found = sorted((folder / "tables").glob("*.parquet")) or sorted(folder.glob("*.parquet"))
    found = [path for path in found if path.stem in BY_NAME]
    if not found:
        raise WorkspaceError("errors.no_tables", path=source)
    return {path.stem: path for path in found}


def _backend(table: ir.Table) -> Any:
    """The backend that holds `table`, none for one in memory."""
    backends, in_memory = table._find_backends()
    return backends[0] if backends and not in_memory else None


def _open(name: str, part: Any, backend: Any) -> tuple[ir.Table, Filled | None]:
    """An Ibis table and, where it is cheaper than a query, a way to know its filled columns."""
    import ibis

    if isinstance(part, ibis.Table):
        return part, None
    if isinstance(part, str | Path):
        if not Path(part).is_file():
            raise UsageError("errors.file_missing", path=part)
        if Path(part).suffix.lower() == ".csv":
            return backend.read_csv(part), None
        return backend.read_parquet(part), lambda: _filled_by_footer(Path(part)) or _filled_by_query(
            backend.read_parquet(part), backend)
    table = _arrow(part)
    counts = frozenset(column for column in table.column_names if table[column].null_count < table.num_rows)
    return ibis.memtable(table), lambda: counts


def _arrow(part: Any) -> pa.Table:
    import pyarrow as pa

    if isinstance(part, pa.Table):
        return part
    objects = part.select_dtypes("object")
    plain = part.assign(**{
        name: column.astype("string") for name, column in objects.items()
        if column.map(type).nunique() > 1 and not column.dropna().map(lambda value: isinstance(value, bool)).all()
    })
    return pa.Table.from_pandas(plain, preserve_index=False)


def _filled_by_footer(path: Path) -> frozenset[str]:
    """Columns with a value, from the counts in the parquet footer; nothing when it keeps none."""
    import pyarrow.parquet as pq

    footer = pq.ParquetFile(path).metadata
    found = set()
    for group in range(footer.num_row_groups):
        for at in range(footer.num_columns):
            column = footer.row_group(group).column(at)
            if not column.is_stats_set or column.statistics.null_count is None:
                return frozenset()
            if column.statistics.null_count < column.num_values:
                found.add(column.path_in_schema)
    return frozenset(found)


def _filled_by_query(table: ir.Table, backend: Any) -> frozenset[str]:
    counts = backend.to_pyarrow(table.agg(**{name: table[name].count() for name in table.columns})).to_pylist()[0]
    return frozenset(name for name, count in counts.items() if count)


def _typed(name: str, table: ir.Table, backend: Any) -> ir.Table:
    """`table` with its declared columns in their declared types."""
    declared = BY_NAME.get(name)
    casts = {}
    for column in declared.columns if declared else ():
        if column.name not in table.columns:
            continue
        have, want = table[column.name].type(), IBIS[column.kind]
        if not _fits(column.kind, have):
            casts[column.name] = want
        if column.name in casts and have.is_string():
            _checked(name, column.name, table, want, backend)
    return table.cast(casts) if casts else table


def _fits(kind: Kind, have: Any) -> bool:
    """Whether an engine type can stay as it is for a column of `kind`."""
    if kind in ("id", "text", "category"):
        return have.is_string()
    return str(have) == IBIS[kind]


def _checked(name: str, column: str, table: ir.Table, want: str, backend: Any) -> None:
    """UsageError when a text of `column` cannot be read as `want`."""
    wrong = table.filter(table[column].notnull() & table[column].try_cast(want).isnull())
    count, example = backend.to_pyarrow(wrong.agg(n=wrong.count(), example=wrong[column].min())).to_pylist()[0].values()
    if count:
        raise UsageError("metrics.bad_column", table=name, column=column, n=count, kind=want, example=str(example)[:20])
