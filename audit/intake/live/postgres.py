"""PostgreSQL: one read-only transaction, one moment for all tables, cells exactly as the server writes them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from audit.intake.live.asked import LiveError, quoted
from audit.intake.live.columns import DAY, EXACT, FLAG, REAL, TEXT, TIME, TIME_ZONED, WHOLE, of_text
from audit.intake.live.secrets import missing

if TYPE_CHECKING:
    import pyarrow as pa

_KINDS = {16: FLAG, 20: WHOLE, 21: WHOLE, 23: WHOLE, 700: REAL, 701: REAL, 1082: DAY, 1114: TIME, 1184: TIME_ZONED, 1700: EXACT}
_OPTIONS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "target_session_attrs", "application_name")
_TABLES = """SELECT CASE WHEN table_schema = current_schema() THEN table_name ELSE table_schema || '.' || table_name END
FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_schema NOT LIKE 'pg\\_%' ORDER BY 1"""


class Postgres:
    """One connection inside a read-only transaction."""

    def __init__(self, connection: Any):
        self.connection = connection

    def tables(self) -> list[str]:
        """Tables and views that this user may see; those of the user's own schema without its name."""
        return [name for (name,) in self._fetched(_TABLES)]

    def whole(self, name: str) -> str:
        """The query of a whole table."""
        return f"SELECT * FROM {quoted(name)}"

    def read(self, query: str) -> pa.Table:
        """The rows of one query. COPY takes a SELECT alone, and gives every cell as text without a driver in between."""
        import psycopg
        import pyarrow as pa
        from pyarrow import csv

        try:
            cursor = self.connection.execute(f"SELECT * FROM ({query}\n) AS asked LIMIT 0".encode())
            heads = [(column.name, column.type_code) for column in cursor.description]
            names = [str(place) for place in range(len(heads))]
            with tempfile.TemporaryFile() as file:
                with self.connection.cursor() as cursor, cursor.copy(f"COPY ({query}\n) TO STDOUT (FORMAT csv)".encode()) as copy:
                    for piece in copy:
                        file.write(piece)
                file.seek(0)
                if not file.read(1):
                    return pa.table([pa.array([], pa.string()) for _ in heads], names=_told_apart([name for name, _ in heads]))
                file.seek(0)
                table = csv.read_csv(
                    file, csv.ReadOptions(column_names=names), csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
                    csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True,
                                       quoted_strings_can_be_null=False))
        except psycopg.Error as why:
            raise LiveError(str(why)) from None
        columns = [of_text(column, _KINDS.get(kind, TEXT)) for column, (_, kind) in zip(table.columns, heads, strict=True)]
        return pa.table(columns, names=_told_apart([name for name, _ in heads]))

    def _fetched(self, query: str) -> list[tuple]:
        import psycopg

        try:
            return self.connection.execute(query.encode()).fetchall()
        except psycopg.Error as why:
            raise LiveError(str(why)) from None


def _told_apart(names: list[str]) -> list[str]:
    return [name if name not in names[:place] else f"{name}__{names[:place].count(name) + 1}" for place, name in enumerate(names)]


@contextmanager
def postgres(place: str, options: Mapping[str, Any], query: Mapping[str, str], timeout: int) -> Iterator[Postgres]:
    """A connection with `options` (host, port, dbname, user, password); LiveError with what the server said."""
    try:
        import psycopg
    except ImportError:
        raise missing("postgres", place) from None
    more: dict[str, Any] = {"application_name": "sales-audit", **{name: value for name, value in query.items() if name in _OPTIONS}}
    try:
        connection = psycopg.connect(connect_timeout=20, client_encoding="utf8", **more, **options)
    except psycopg.Error as why:
        raise LiveError(str(why)) from None
    try:
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        for setting in ("default_transaction_read_only TO on", f"statement_timeout TO {timeout * 1000}", "lock_timeout TO 20000", "TimeZone TO 'UTC'",
                        "DateStyle TO 'ISO, YMD'", "IntervalStyle TO 'postgres'", "extra_float_digits TO 1", "bytea_output TO 'hex'"):
            connection.execute(f"SET {setting}".encode())
        yield Postgres(connection)
    except psycopg.Error as why:
        raise LiveError(str(why)) from None
    finally:
        connection.rollback() if not connection.closed and not connection.broken else None
        connection.close()
