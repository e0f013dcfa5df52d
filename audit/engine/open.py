"""From an address to a backend that is ready."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from typing import Any

from audit.engine.address import Address
from audit.errors import UnreadableError, UsageError

_WAIT = 5  # seconds for the master of a cluster to answer


def opened(address: Address, root: Path | None = None) -> Any:
    """The Ibis backend at `address`; paths of DuckDB files start at `root`.

    UsageError when a package or Java is not installed or a role may not make temporary tables; UnreadableError when
    the server cannot be reached.
    """
    if address.kind == "duckdb":
        return _duckdb(address, root)
    return _postgres(address) if address.kind == "postgres" else _spark(address)


def adopted(backend: Any) -> Any:
    """A backend that the caller opened, as an engine of ours: the same session."""
    if backend.name == "postgres":
        from audit.engine.postgres import Postgres, adopted

        return backend if isinstance(backend, Postgres) else adopted(backend.con)
    if backend.name == "pyspark":
        from audit.engine.spark import Spark
        from audit.engine.spark import adopted as spark_adopted

        return backend if isinstance(backend, Spark) else spark_adopted(backend._session)
    return backend


def _duckdb(address: Address, root: Path | None) -> Any:
    import duckdb

    from audit.engine.duck import duck

    if not address.path:
        return duck()
    path = _file(address.path, root or Path())
    if not path.is_file():
        raise UsageError("errors.file_missing", path=path)
    try:
        return duck(path, read_only=True)
    except duckdb.Error as why:
        raise UnreadableError("engine.no_server", place=address.shown, why=" ".join(str(why).split())[:300]) from None


def _file(given: str, root: Path) -> Path:
    """Three slashes start at the workspace, four at the root of the disk, as for sources."""
    inside = root / given.lstrip("/")
    return inside if not given.startswith("//") and inside.is_file() else Path("/" + given.lstrip("/"))


def _postgres(address: Address) -> Any:
    try:
        import psycopg  # noqa: F401 (is it there)
    except ImportError:
        raise UsageError("engine.no_package", extra="postgres", place=address.shown) from None
    from audit.engine.postgres import postgres

    return postgres(address)


def _spark(address: Address) -> Any:
    try:
        import pyspark  # noqa: F401 (is it there)
    except ImportError:
        raise UsageError("engine.no_package", extra="spark", place=address.shown) from None
    if not os.environ.get("JAVA_HOME") and not shutil.which("java"):
        raise UsageError("engine.no_java", place=address.shown)
    if address.host:
        reach(address)
    from audit.engine.spark import spark

    return spark(address)


def reach(address: Address) -> None:
    """UnreadableError at once where the master of a cluster does not answer; Spark itself would wait a minute."""
    try:
        socket.create_connection((address.host, address.port or 7077), _WAIT).close()
    except OSError as why:
        raise UnreadableError("engine.no_server", place=address.shown, why=str(why)) from None
