"""SQLite and DuckDB files, opened so that nothing can be changed, loaded or attached."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from audit.intake.live.asked import LiveError, quoted
from audit.intake.live.columns import flat, of_values

if TYPE_CHECKING:
    import pyarrow as pa

_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_COMPANIONS = ("-wal", "-shm", "-journal", ".wal")


class Sqlite:
    """One SQLite connection that may only read."""

    def __init__(self, connection: sqlite3.Connection, timeout: int):
        self.connection, self.timeout = connection, timeout
        self._heads: list[str] = []

    def tables(self) -> list[str]:
        """Tables and views, without those of SQLite itself."""
        found = self._rows("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid")
        return [name for (name,) in found]

    def whole(self, name: str) -> str:
        """The query of a whole table."""
        return f"SELECT * FROM {quoted(name, known=self.tables())}"

    def read(self, query: str) -> pa.Table:
        """The rows of one query."""
        import pyarrow as pa

        rows = list(self._rows(query))
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(self._heads)
        return flat(pa.table([of_values(list(column)) for column in columns], names=self._heads))

    def _rows(self, query: str) -> Iterator[tuple]:
        end = time.monotonic() + self.timeout
        self.connection.set_progress_handler(lambda: time.monotonic() > end, 100_000)
        try:
            cursor = self.connection.execute(query)
            self._heads = [column[0] for column in cursor.description or ()]
            yield from cursor
        except (sqlite3.Error, OverflowError) as why:
            raise LiveError(str(why)) from None


@contextmanager
def sqlite(path: Path, timeout: int = 300, *, at_rest: bool = False) -> Iterator[Sqlite]:
    """A SQLite file for reading; with `at_rest` nobody else writes it and nothing may appear beside it."""
    if not path.is_file():
        raise LiveError(f"no file {path.name}")
    with tempfile.TemporaryDirectory(prefix="audit-") as folder:
        if at_rest and companions(path):
            path = _copied(path, Path(folder))
            mode = "rw"  # the copy takes in what its journal holds
        else:
            mode = "ro&immutable=1" if at_rest else "ro"
        try:
            connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode={mode}", uri=True, isolation_level=None)
        except sqlite3.Error as why:
            raise LiveError(str(why)) from None
        with closing(connection):
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            connection.execute("PRAGMA query_only = 1")
            connection.execute("PRAGMA trusted_schema = 0")
            connection.execute("BEGIN")
            connection.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY)
            yield Sqlite(connection, timeout)


def companions(path: Path) -> list[Path]:
    """Journals that lie beside a database and are a part of it."""
    return [path.with_name(path.name + tail) for tail in _COMPANIONS if path.with_name(path.name + tail).is_file()]


def _copied(path: Path, folder: Path) -> Path:
    for one in (path, *companions(path)):
        shutil.copyfile(one, folder / one.name)
    return folder / path.name


class Duck:
    """One DuckDB connection that may only read and sees no file but its own."""

    def __init__(self, connection: Any, timeout: int):
        self.connection, self.timeout = connection, timeout

    def tables(self) -> list[str]:
        """Tables and views; those of the main schema without its name."""
        rows = self._run("SELECT schema_name, name FROM (SELECT schema_name, table_name AS name, internal FROM duckdb_tables() UNION ALL "
                         "SELECT schema_name, view_name, internal FROM duckdb_views()) WHERE NOT internal ORDER BY 1, 2").to_pylist()
        return [row["name"] if row["schema_name"] == "main" else f"{row['schema_name']}.{row['name']}" for row in rows]

    def whole(self, name: str) -> str:
        """The query of a whole table."""
        return f"SELECT * FROM {quoted(name, known=[table for table in self.tables() if '.' not in table])}"

    def read(self, query: str) -> pa.Table:
        """The rows of one query; types that arrow texts do not know are cast by DuckDB."""
        from duckdb import Error

        try:
            kinds = self.connection.execute(f"DESCRIBE {query}").fetchall()
        except Error as why:
            raise LiveError(str(why)) from None
        odd = [place for place, (_, kind, *_) in enumerate(kinds, 1) if kind.startswith(("INTERVAL", "UHUGEINT", "BIT", "VARINT", "BIGNUM", "TIMESTAMP_"))]
        names = [f"c{place}" for place in range(1, len(kinds) + 1)]
        picks = ", ".join(f"CAST({name} AS VARCHAR) AS {name}" if place in odd else name for place, name in enumerate(names, 1))
        table = self._run(f"SELECT {picks} FROM ({query}) AS t({', '.join(names)})")
        return flat(table.rename_columns([kind[0] for kind in kinds]))

    def _run(self, query: str) -> pa.Table:
        from duckdb import Error

        clock = threading.Timer(self.timeout, self.connection.interrupt)
        clock.start()
        try:
            return self.connection.sql(query).to_arrow_table()
        except Error as why:
            raise LiveError(str(why)) from None
        finally:
            clock.cancel()


@contextmanager
def duck(path: Path, timeout: int = 300, *, at_rest: bool = False) -> Iterator[Duck]:
    """A DuckDB file for reading; with `at_rest` a copy is opened when a journal lies beside it."""
    import duckdb

    if not path.is_file():
        raise LiveError(f"no file {path.name}")
    with tempfile.TemporaryDirectory(prefix="audit-") as folder:
        if at_rest and companions(path):
            path = _copied(path, Path(folder))
        try:
            connection = duckdb.connect(str(path), read_only=True, config={"enable_external_access": "false", "lock_configuration": "true"})
        except duckdb.Error as why:
            raise LiveError(str(why)) from None
        with closing(connection):
            yield Duck(connection, timeout)
