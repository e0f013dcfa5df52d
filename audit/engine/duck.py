"""DuckDB as an engine, with as little said to it as each query needs."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb
import ibis.expr.operations as ops
import sqlglot.expressions as sge
from ibis.backends.duckdb import Backend
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from ibis.common.exceptions import TableNotFound
from ibis.expr.datatypes import DataType
from ibis.expr.schema import Schema

if TYPE_CHECKING:
    import ibis.expr.types as ir


T = TypeVar("T")
_FEW = 2_000  # different texts of a column that are worth a list
_COSTLY = (sge.Join, sge.Group, sge.Window, sge.Distinct, sge.AggFunc)  # what is not computed twice


class _Compiler(DuckDBCompiler):
    """Rows that a query names once and reads twice are read twice where they are only picked: DuckDB would copy them first."""

    def translate(self, op, *, params):
        query = super().translate(op, params=params)
        for named in query.ctes:
            if not any(named.this.find_all(*_COSTLY)):
                named.set("materialized", False)
        return query


class Duck(Backend):
    """One session of DuckDB. Hundreds of short queries run in it, so that what surrounds a query counts.

    Ibis's own binds each query twice before it runs, asks for the schema of every table it made, and merges nested
    selects that DuckDB merges itself.
    """

    compiler = _Compiler()
    _place, _kept = "temp", "TEMP "  # the database of temporary tables
    _folder, _memory = "", ""  # of a session of our own: where that goes which does not fit into memory, and how much DuckDB may take of it

    def compile(self, expr, /, **options):
        """The query as text."""
        with _unmerged():
            return super().compile(expr, **options)

    def to_pyarrow(self, expr, /, **options):
        """The rows of `expr`."""
        from ibis.backends.duckdb.converter import DuckDBPyArrowData

        self._register_in_memory_tables(expr)
        query = self.compile(expr.as_table(), **options)
        with warnings.catch_warnings():  # a relation spares a copy of the rows, but few rows leave the engine and it binds twice
            warnings.filterwarnings("ignore", "Arrow output on a DB-API result")
            found = self._run(lambda: self.con.execute(query).to_arrow_table())
        return expr.__pyarrow_result__(found, data_mapper=DuckDBPyArrowData)

    def create_table(self, name, /, obj=None, *, temp=False, **options):
        """A table; a temporary one in the types that Ibis says, texts as they come: a column of a list (see `listed`) stays one."""
        if not temp or obj is None or options:
            return super().create_table(name, obj, temp=temp, **options)
        self._register_in_memory_tables(obj)
        columns = ", ".join(_quoted(column) if kind.is_string() else f"CAST({_quoted(column)} AS {self.compiler.type_mapper.to_string(kind)}) AS {_quoted(column)}"
                            for column, kind in obj.schema().items())
        query = f"CREATE {self._kept}TABLE {self._place}.main.{_quoted(name)} AS SELECT {columns} FROM ({self.compile(obj)})"
        self._run(lambda: self.con.execute(query))
        return self._named(name, obj, ops.Namespace(catalog=self._place, database="main"))

    def _run(self, query: Callable[[], T]) -> T:
        """What the query gives; one that does not fit into the memory of our own session may once take twice as much."""
        try:
            return query()
        except duckdb.OutOfMemoryException:
            if not self._memory:
                raise
        number, unit = self.con.execute("SELECT current_setting('memory_limit')").fetchall()[0][0].split()
        self.con.execute(f"SET memory_limit = '{2 * float(number)} {unit}'")
        try:
            return query()
        finally:
            with suppress(duckdb.OutOfMemoryException):  # what the query left in memory may not fit: the next one then has more
                self.con.execute(f"SET memory_limit = '{self._memory}'")

    def listed(self, table: ir.Table) -> ir.Table:
        """The same rows of a temporary table, texts of few different values as numbers in one list of them in order (ENUM).

        Tables made of them copy a byte or two a value, not a text; to a query they are texts.
        """
        name, texts = table.op().name, [column for column, kind in table.schema().items() if kind.is_string()]
        if not texts:
            return table
        place, kind = f"{self._place}.main.", _quoted(f"{name}_list")
        here = f"{place}{_quoted(name)}"
        counts = self.con.execute(f"SELECT {', '.join(f'approx_count_distinct({_quoted(one)})' for one in texts)} FROM {here}").fetchone() or ()
        few = [one for one, n in zip(texts, counts, strict=True) if n <= _FEW]
        if not any(0 < n <= _FEW for n in counts):
            return table
        values = " UNION ".join(f"SELECT {_quoted(one)}::VARCHAR AS one FROM {here}" for one in few)
        self.con.execute(f"CREATE {self._kept}TYPE {place}{kind} AS ENUM (SELECT one FROM ({values}) WHERE one IS NOT NULL ORDER BY one)")
        # column by column: what stays as it is, is not written again
        self.con.execute("; ".join(f"ALTER TABLE {here} ALTER COLUMN {_quoted(one)} TYPE {place}{kind}" for one in few))
        return table

    def spread(self) -> None:
        """From now on temporary tables lie compressed in a file of the session's own folder: there will be more rows than memory holds.

        DuckDB keeps the blocks that it frees: to give them back and to ask for them again took a tenth of all processor time.
        """
        if self._place == "temp" and self._folder:
            with suppress(duckdb.InvalidInputException):  # more than the computer has: then it gives memory back as before
                self.con.execute(f"SET block_allocator_memory = '{self._memory}'")
            self.con.execute("PRAGMA disable_checkpoint_on_shutdown")  # the file goes with the session: nothing is put in order before
            self.con.execute(f"ATTACH '{self._folder}/tables.duckdb' AS audit_kept (READ_WRITE, RECOVERY_MODE no_wal_writes)")
            self._place, self._kept = "audit_kept", ""

    def get_schema(self, table_name, *, catalog=None, database=None):
        """The columns of a table. Hundreds have a dozen types between them, and a type as text takes long to read."""
        place = ".".join(_quoted(part) for part in (catalog, database, table_name) if part)
        try:
            found = self.con.execute(f"DESCRIBE {place}").fetchall()
        except duckdb.CatalogException:
            raise TableNotFound(table_name) from None
        return Schema({name: _read_type(kind, null == "YES") for name, kind, null, *_ in found})

    def alone(self) -> None:
        """From now on one thread: of few rows sharing the work out costs more than it spares."""
        if self._folder:
            self.con.execute("SET threads = 1")

    def create_view(self, name, /, obj, **options):
        """A view that lasts as long as the session."""
        if options:
            return super().create_view(name, obj, **options)
        self._register_in_memory_tables(obj)
        self.con.execute(f"CREATE TEMP VIEW {_quoted(name)} AS {self.compile(obj)}")
        return self._named(name, obj, ops.Namespace(catalog="temp", database="main"))

    def _named(self, name: str, obj: ir.Table, place: ops.Namespace) -> ir.Table:
        return ops.DatabaseTable(name, schema=obj.schema(), source=self, namespace=place).to_expr()


def duck(*place: Any, **options: Any) -> Duck:
    """A session of DuckDB in this process, with the file at `place` or in memory.

    What does not fit into AUDIT_MEMORY (700 MB unless told, more where there are many processors) goes to a temporary
    folder that ends with the session, not to one beside the client's files. AUDIT_THREADS (all processors unless told) leaves some to others.
    """
    backend = Duck().connect(*place, **options)
    backend._folder = folder = tempfile.mkdtemp(prefix="audit-duckdb-")
    weakref.finalize(backend, _ended, backend.con, folder)
    memory = os.environ.get("AUDIT_MEMORY") or f"{max(700, 125 * (os.cpu_count() or 1))}MB"
    threads = {"threads": os.environ["AUDIT_THREADS"]} if os.environ.get("AUDIT_THREADS") else {}
    backend._memory = memory
    for name, value in {"temp_directory": folder, "preserve_insertion_order": False, "memory_limit": memory, **threads}.items():
        backend.con.execute(f"SET {name} = '{value}'")
    with suppress(duckdb.InvalidInputException):  # within Jupyter without ipywidgets there is no bar, and no word about it is taken
        backend.con.execute("SET enable_progress_bar = false")
    return backend


def _ended(connection: duckdb.DuckDBPyConnection, folder: str) -> None:
    connection.close()
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _unmerged() -> Iterator[None]:
    """Ibis leaves nested selects as they are: merging them takes it longer than it takes DuckDB."""
    import ibis

    before = ibis.options.sql.fuse_selects
    ibis.options.sql.fuse_selects = False
    try:
        yield
    finally:
        ibis.options.sql.fuse_selects = before


@cache
def _read_type(kind: str, nullable: bool) -> DataType:
    return Duck.compiler.type_mapper.from_string(kind, nullable=nullable)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
