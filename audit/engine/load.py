"""Opens canonical tables as Ibis tables on one backend."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.engine.address import Address, is_address, parsed
from audit.engine.open import adopted, opened
from audit.engine.tables import IBIS, Filled, Tables, filled_by_query
from audit.errors import UsageError, WorkspaceError, nearest
from audit.schema import BY_NAME
from audit.schema.model import Kind

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

def load(source: Any, engine: str = "duckdb") -> Tables:
    """The canonical tables of `source` on `engine`, columns in the types of `audit.schema`.

    `source`: a `Tables`, a `Workspace`, the path of a workspace or of a folder of parquet files, a dict name → pandas
    frame | pyarrow table | parquet or csv path | Ibis table, or the address of an engine in which they lie. `engine`:
    see docs/engines.md; Ibis tables stay on their own. A NaN or infinite number of a frame or file is empty. Local tables go up to an engine that is not in this process;
    those that lie in it (`schema=`) are read there and win over local ones. UsageError for an unknown engine or table
    and for a column whose values cannot be of its kind; WorkspaceError when no table is there.
    """
    if isinstance(source, Tables):
        return source
    import ibis

    engine, source = (source, {}) if is_address(source) else (engine, source)
    address = parsed(engine)
    parts = _parts(source, needed=not address.schema)
    guests = {name: part for name, part in parts.items() if isinstance(part, ibis.Table) and _backend(part)}
    if guests:
        backend = adopted(_backend(next(iter(guests.values()))))
        parts |= {name: _moved(table, backend) for name, table in guests.items()}
    else:
        backend = opened(address, getattr(source, "root", None))
        parts |= _lying(backend, address)
    tables = _tables(parts, backend, own=backend.name != "postgres" and not guests and not address.schema)
    tables.home = getattr(source, "root", None)
    return tables


def _tables(parts: Mapping[str, Any], backend: Any, own: bool) -> Tables:
    """Every part as a typed table of `backend`."""
    import ibis

    here = ibis.duckdb.connect() if hasattr(backend, "upload") else None  # local parts are typed before they go up
    tables, filled = {}, {}
    for name, part in parts.items():
        if here is None or (isinstance(part, ibis.Table) and _backend(part)):
            table, way = _open(name, part, backend)
            if here is not None:
                _suits(name, table, backend.label)
            tables[name] = _typed(name, table, backend)
        else:
            table, way = _open(name, part, here)
            tables[name], way = _uploaded(name, _typed(name, table, here), backend, way, here)
        if way:
            filled[name] = way
    return Tables(tables, backend, filled, own)


def _lying(backend: Any, address: Address) -> dict[str, ir.Table]:
    """The canonical tables that lie in the schema that an address names."""
    if not address.schema:
        return {}
    found = backend.list_tables(database=address.schema)
    tables = {name: backend.table(name, database=address.schema) for name in BY_NAME if name in found}
    if not tables:
        raise WorkspaceError("engine.no_tables", schema=address.schema, place=address.shown)
    return tables


def _moved(table: ir.Table, backend: Any) -> ir.Table:
    """The same expression on another backend of the same session."""
    import ibis.expr.operations as ops

    old = table.op().find(ops.DatabaseTable)
    return table.op().replace({one: ops.DatabaseTable(one.name, schema=one.schema, source=backend, namespace=one.namespace)
                               for one in old if one.source is not backend}).to_expr()


def _suits(name: str, table: ir.Table, place: str) -> None:
    """UsageError for a column of a server's table that cannot be taken as its kind: a time with a zone, a text."""
    for column in BY_NAME[name].columns:
        have = table[column.name].type() if column.name in table.columns else None
        if have is not None and have.is_timestamp() and have.timezone:
            raise UsageError("engine.zoned", table=name, column=column.name, place=place)
        if have is not None and have.is_string() and not _fits(column.kind, have):
            raise UsageError("engine.text", table=name, column=column.name, kind=IBIS[column.kind], place=place)


def _uploaded(name: str, table: ir.Table, backend: Any, way: Filled | None, here: Any) -> tuple[ir.Table, Filled]:
    """A local table as one of `backend`; which of its columns are filled is known here."""
    known = way() if way else filled_by_query(table, here)
    return backend.upload(name, here.to_pyarrow(table)), lambda: known


def _parts(source: Any, needed: bool = True) -> dict[str, Any]:
    """Name → part of every table that `source` has; none at all is an error where they are `needed`."""
    try:
        return _found(source)
    except WorkspaceError:
        if needed:
            raise
        return {}


def _found(source: Any) -> dict[str, Any]:
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
        table, odd = _finite(backend.read_csv(part) if Path(part).suffix.lower() == ".csv" else backend.read_parquet(part), backend)
        if odd or Path(part).suffix.lower() == ".csv":
            return table, None
        return table, lambda: _filled_by_footer(Path(part)) or filled_by_query(table, backend)
    table = _numbers(_arrow(part))
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


def _numbers(table: pa.Table) -> pa.Table:
    """The same rows, empty where a number is none: NaN or infinite."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for at, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            good = pc.is_finite(table.column(at))
            if pc.all(good).as_py() is False:
                table = table.set_column(at, field, pc.if_else(good, table.column(at), pa.scalar(None, field.type)))
    return table


def _finite(table: ir.Table, backend: Any) -> tuple[ir.Table, bool]:
    """The same for the rows of a file, and whether it has such numbers."""
    import ibis

    odd = {name: table[name].isnan() | table[name].isinf() for name, kind in table.schema().items() if kind.is_floating()}
    if not odd:
        return table, False
    found = backend.to_pyarrow(table.agg(**{name: wrong.any() for name, wrong in odd.items()})).to_pylist()[0]
    empty = {name: ibis.ifelse(odd[name], ibis.null(table[name].type()), table[name]) for name, some in found.items() if some}
    return (table.mutate(**empty) if empty else table), bool(empty)


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
