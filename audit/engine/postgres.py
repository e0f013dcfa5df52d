"""PostgreSQL as an engine: local tables go up as temporary ones, canonical tables of a schema are read where they lie."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, ClassVar

import ibis.backends.sql.compilers as sc
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import psycopg
import sqlglot.expressions as sge
from ibis.backends.postgres import Backend

from audit.engine.address import Address
from audit.errors import AuditError, UnreadableError, UsageError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

_OPTIONS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "target_session_attrs")
_BATCH = 100_000  # rows that are written at once
PASSWORD, SERVICE = "AUDIT_ENGINE_PASSWORD", "sales-audit"
_ICU = "und-x-icu"  # the collation of all languages
# what a server may refuse whatever we ask; anything else that it says is a mistake of ours
_REFUSALS = (psycopg.OperationalError, psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)


class Compiler(sc.PostgresCompiler):
    """Ibis's PostgreSQL where it answers otherwise than DuckDB does."""

    __slots__ = ()
    SIMPLE_OPS: ClassVar[dict] = {name: call for name, call in sc.PostgresCompiler.SIMPLE_OPS.items()
                  if name not in (ops.Arbitrary, ops.RegexSearch)}

    def visit_ExtractEpochSeconds(self, op, *, arg):
        """Whole seconds, as on every engine; the server gives a number with a fraction."""
        return self.cast(self.f.floor(self.f.extract("epoch", arg)), op.dtype)

    def visit_Cast(self, op, *, arg, to):
        """Truth as 1 and 0 in any number; the server knows only its middle integer."""
        if op.arg.dtype.is_boolean() and to.is_numeric():
            arg = self.cast(arg, dt.int32)
        return super().visit_Cast(op, arg=arg, to=to)

    def visit_Arbitrary(self, op, *, arg, where):
        """Any value that is there; `first` is no function of the server."""
        return self._any(arg, where, [])

    def visit_First(self, op, *, arg, where, order_by, include_null):
        """The first value that is there."""
        return self._any(arg, where, order_by)

    def _any(self, arg, where, order_by):
        known = arg.is_(sge.Not(this=sge.Null()))
        where = known if where is None else sge.And(this=known, expression=where)
        return sge.paren(self.agg.array_agg(arg, where=where, order_by=order_by))[0]

    def visit_RegexSearch(self, op, *, arg, pattern):
        """Servers before 15 have no regexp_like."""
        return sge.RegexpLike(this=arg, expression=pattern)

    def visit_Divide(self, op, *, left, right):
        """Nothing rather than an error where the divisor is 0."""
        right = right if isinstance(right, sge.Literal) else self.f.nullif(right, 0)
        return super().visit_Divide(op, left=left, right=right)

    def visit_Log10(self, op, *, arg):
        """Of a double, not of a number cut to 15 digits."""
        return self.f.anon.log(self.cast(arg, op.dtype))

    def visit_Lowercase(self, op, *, arg):
        """Letters of every alphabet, also where the database knows those of English alone."""
        return self.f.lower(sge.Collate(this=arg, expression=sge.to_identifier(_ICU, quoted=True)))

    def visit_SortKey(self, op, *, arg, ascending, nulls_first):
        """Texts by their code points, not by the database's language."""
        return super().visit_SortKey(op, arg=self._plain(op.arg, arg), ascending=ascending, nulls_first=nulls_first)

    def visit_Min(self, op, *, arg, where):
        """The least; of texts by code points."""
        return super().visit_Min(op, arg=self._plain(op.arg, arg), where=where)

    def visit_Max(self, op, *, arg, where):
        """The greatest; of texts by code points."""
        return super().visit_Max(op, arg=self._plain(op.arg, arg), where=where)

    def _plain(self, value, arg):
        if not value.dtype.is_string():
            return arg
        return sge.Collate(this=arg, expression=sge.to_identifier("C", quoted=True))


class PlainCompiler(Compiler):
    """For a server that was built without ICU: it knows the letters of its own locale."""

    __slots__ = ()

    def visit_Lowercase(self, op, *, arg):
        """Letters that the database's locale knows."""
        return self.f.lower(arg)


class Postgres(Backend):
    """One session of a server. Everything made in it is temporary and goes when it ends."""

    compiler = Compiler()

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self.made: list[str] = []  # temporary tables
        self.opened = False  # whether the session is ours to end

    def to_pyarrow(self, expr, /, **options):
        """The rows of `expr`, numbers in the types that Ibis says; UnreadableError where the server refuses."""
        import pyarrow as pa

        table = expr.as_table()
        self._run_pre_execute_hooks(table)
        with _told(self.label), self.con.cursor() as cursor:
            rows = cursor.execute(self.compile(table, **options)).fetchall()
        wanted = table.schema().to_pyarrow()
        columns = list(zip(*rows, strict=True)) or [()] * len(wanted)
        return expr.__pyarrow_result__(pa.table([_column(column, field.type) for column, field in zip(columns, wanted, strict=True)],
                                                schema=wanted))

    def create_table(self, name, /, obj=None, **options):
        """A table; UnreadableError where the server refuses."""
        with _told(self.label):
            made = super().create_table(name, obj, **options)
        self.made.append(name)
        return made

    @property
    def label(self) -> str:
        """The server and database, without secrets."""
        info = self.con.info
        return f"postgres://{info.user}@{info.host}:{info.port}/{info.dbname}"

    def upload(self, name: str, rows: pa.Table) -> ir.Table:
        """A temporary table with local rows."""
        from ibis.util import gen_name

        return self._put(gen_name(f"audit_{name}"), rows)

    def _register_in_memory_table(self, op: ops.InMemoryTable) -> None:
        self._put(op.name, op.data.to_pyarrow(op.schema))

    def _put(self, name: str, rows: pa.Table) -> ir.Table:
        import ibis

        made = self.create_table(name, schema=ibis.schema(rows.schema), temp=True)
        with _told(self.label), self.con.cursor() as cursor:
            with cursor.copy(f'COPY "{name}" FROM STDIN (FORMAT csv)'.encode()) as copy:
                for piece in _csv(rows.to_batches(_BATCH)):
                    copy.write(piece)
            cursor.execute(f'ANALYZE "{name}"'.encode())
        return made

    def close(self) -> None:
        """Ends a session opened here, and with it every temporary table; of somebody else's drops what was made here."""
        end(self.con, self.made, self.opened)

    def fit(self) -> Postgres:
        """Itself, once it is known that temporary tables can be made; UsageError where the role may only read."""
        with _told(self.label), self.con.cursor() as cursor:
            row = cursor.execute("SELECT current_user, current_database(), has_database_privilege(current_database(), 'TEMP'), "
                                 "current_setting('transaction_read_only') = 'on', pg_is_in_recovery()").fetchone()
        role, database, temp, read_only, standby = row or ("", "", True, False, False)
        if standby or read_only:
            raise UsageError("engine.standby" if standby else "engine.read_only", place=self.label, role=role)
        if not temp:
            raise UsageError("engine.no_temp", place=self.label, role=role, database=database)
        with _told(self.label), self.con.cursor() as cursor:
            known = cursor.execute("SELECT 1 FROM pg_collation WHERE collname = %s", (_ICU,)).fetchone()
        if not known:
            self.compiler = PlainCompiler()
        return self


def postgres(address: Address) -> Postgres:
    """A session of the server at `address`; UnreadableError when it cannot be had."""
    given: dict[str, Any] = {"host": address.host, "port": address.port, "user": address.user, "dbname": address.path,
                             "password": _password(address)}
    given = {name: value for name, value in given.items() if value}
    given |= {name: value for name, value in address.options.items() if name in _OPTIONS}
    with _told(address.shown, "engine.no_server"):
        connection = psycopg.connect(connect_timeout=20, client_encoding="utf8", application_name="sales-audit",
                                     autocommit=True, **given)
    return adopted(connection, opened=True)


def adopted(connection: psycopg.Connection, opened: bool = False) -> Postgres:
    """A session as an engine; `opened` here, or brought by the caller."""
    backend = Postgres()
    backend._can_reconnect = False
    backend.con, backend.opened = connection, opened
    weakref.finalize(backend, end, connection, backend.made, opened)
    backend._post_connect()
    return backend.fit()


def end(connection: psycopg.Connection, made: list[str], opened: bool) -> None:
    """Drops temporary tables; a session that was opened here ends, and they go with it."""
    with suppress(psycopg.Error):
        if opened:
            connection.close()
        elif made and not connection.closed:
            names = ", ".join(f'pg_temp."{name}"' for name in made)
            connection.execute(f"DROP TABLE IF EXISTS {names}".encode())
    made.clear()


def _password(address: Address) -> str | None:
    """From the environment, else the keyring, else what libpq finds itself (PGPASSWORD, .pgpass)."""
    if found := os.environ.get(PASSWORD):
        return found
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        return keyring.get_password(SERVICE, address.shown.partition("://")[2])
    except KeyringError:
        return None


@contextmanager
def _told(place: str, key: str = "engine.refused") -> Iterator[None]:
    """What the server refuses, in our words and its own."""
    try:
        yield
    except AuditError:
        raise
    except _REFUSALS as why:
        raise UnreadableError(key, place=place, why=" ".join(str(why).split())[:300]) from None


def _column(values: tuple, kind: pa.DataType) -> pa.Array:
    """Values of one column; the server counts in decimals where Ibis says whole or real numbers."""
    import pyarrow as pa

    as_kind = float if pa.types.is_floating(kind) else int if pa.types.is_integer(kind) else None
    return pa.array(values if as_kind is None else [None if value is None else as_kind(value) for value in values], kind)


def _csv(batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """Rows as COPY reads them: texts in quotes, nothing for what is not there."""
    import pyarrow as pa
    from pyarrow import csv

    for batch in batches:
        sink = pa.BufferOutputStream()
        csv.write_csv(batch, sink, csv.WriteOptions(include_header=False))
        yield sink.getvalue().to_pybytes()
