"""MySQL and MariaDB: one read-only transaction, one moment for all tables, cells exactly as the server writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from audit.intake.live.asked import LiveError, quoted
from audit.intake.live.columns import DAY, EXACT, REAL, TEXT, TIME, TIME_UTC, WHOLE, of_text, text
from audit.intake.live.secrets import missing

if TYPE_CHECKING:
    import pyarrow as pa

# numbers of field types in the protocol
_KINDS = {0: EXACT, 246: EXACT, 1: WHOLE, 2: WHOLE, 3: WHOLE, 8: WHOLE, 9: WHOLE, 13: WHOLE, 4: REAL, 5: REAL, 7: TIME_UTC, 12: TIME, 10: DAY}
_STEP = 20_000


class MySql:
    """One connection inside a read-only transaction."""

    def __init__(self, connection: Any):
        self.connection = connection

    def tables(self) -> list[str]:
        """Tables and views of the database."""
        return self.read("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1").column("name").to_pylist()

    def whole(self, name: str) -> str:
        """The query of a whole table."""
        return f"SELECT * FROM {quoted(name, '`')}"

    def read(self, query: str) -> pa.Table:
        """The rows of one query."""
        import pyarrow as pa
        import pymysql
        from pymysql.cursors import SSCursor

        try:
            with self.connection.cursor(SSCursor) as cursor:
                cursor.execute(query)
                heads = [(column[0], column[1]) for column in cursor.description]
                pieces: list[list[pa.Array]] = [[pa.array([], pa.string())] for _ in heads]
                while rows := cursor.fetchmany(_STEP):
                    for piece, column in zip(pieces, zip(*rows, strict=True), strict=True):
                        piece.append(pa.array([text(value) for value in column], pa.string()))
        except pymysql.Error as why:
            raise LiveError(str(why)) from None
        names = [name for name, _ in heads]
        columns = [of_text(pa.chunked_array(piece), _KINDS.get(kind, TEXT)) for piece, (_, kind) in zip(pieces, heads, strict=True)]
        return pa.table(columns, names=[name if name not in names[:at] else f"{name}__{names[:at].count(name) + 1}" for at, name in enumerate(names)])


@contextmanager
def mysql(place: str, options: Mapping[str, Any], query: Mapping[str, str], timeout: int) -> Iterator[MySql]:
    """A connection with `options` (host, port, dbname, user, password); LiveError with what the server said."""
    try:
        import pymysql
        from pymysql.converters import encoders
    except ImportError:
        raise missing("mysql", place) from None
    known = {"dbname": "database"}
    given = {known.get(name, name): value for name, value in options.items()}
    encrypted = {"ssl": {"ca": query["ssl_ca"]} if "ssl_ca" in query else {}} if query.get("ssl_ca") or query.get("ssl") else {}
    if "unix_socket" in query:
        given["unix_socket"] = query["unix_socket"]
    try:
        # no decoders: cells stay as the server writes them
        connection = pymysql.connect(charset="utf8mb4", conv=encoders, local_infile=False, connect_timeout=20, read_timeout=timeout + 30, **encrypted, **given)
    except (pymysql.Error, OSError, RuntimeError) as why:
        raise LiveError(str(why)) from None
    try:
        with connection.cursor() as cursor:
            for setting in ("SET SESSION TRANSACTION READ ONLY", "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SET time_zone = '+00:00'"):
                cursor.execute(setting)
            # MySQL counts in milliseconds, MariaDB in seconds; each knows its own name only
            for setting in (f"SET SESSION max_execution_time = {timeout * 1000}", f"SET SESSION max_statement_time = {timeout}"):
                with suppress(pymysql.Error):
                    cursor.execute(setting)
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        yield MySql(connection)
    except pymysql.Error as why:
        raise LiveError(str(why)) from None
    finally:
        with suppress(pymysql.Error):
            connection.close()
