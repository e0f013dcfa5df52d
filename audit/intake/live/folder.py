"""Folders of parquet files on this computer or in S3-compatible storage; a table is a file, or all that a pattern fits."""

from __future__ import annotations

import fnmatch
import posixpath
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from audit.intake.live.asked import LiveError, is_query
from audit.intake.live.columns import flat

if TYPE_CHECKING:
    import pyarrow as pa

_WILD = frozenset("*?[")


class Folder:
    """The files under `base` of a pyarrow file system that fit `pattern`."""

    def __init__(self, system: Any, base: str, pattern: str, timeout: int):
        self.system, self.base, self.pattern, self.timeout = system, base.rstrip("/"), pattern, timeout

    @classmethod
    def of(cls, system: Any, path: str, timeout: int) -> Folder:
        """From a path whose last parts may be a pattern."""
        parts = path.split("/")
        wild = next((at for at, part in enumerate(parts) if _WILD & set(part)), None)
        if wild is None:
            last = parts[-1].lower().endswith((".parquet", ".pq"))
            return cls(system, posixpath.dirname(path) if last else path, parts[-1] if last else "*.parquet", timeout)
        return cls(system, "/".join(parts[:wild]) or "/", "/".join(parts[wild:]), timeout)

    def tables(self) -> list[str]:
        """Files by their place below the folder, without the ending."""
        return [str(PurePosixPath(name).with_suffix("")) for name in self._files(self.pattern)]

    def whole(self, name: str) -> str:
        """A pattern or a name as it is."""
        return name

    def read(self, asked: str) -> pa.Table:
        """One file, all files that a pattern fits under one another, or a SELECT over files by their names."""
        import pyarrow as pa

        if is_query(asked):
            return self._query(asked)
        files = self._files(asked) or self._files(f"{asked}.parquet")
        if not files:
            raise LiveError(f"no file {asked}")
        tables = [flat(self._open(file)) for file in files]
        try:
            return pa.concat_tables(tables, promote_options="permissive") if len(tables) > 1 else tables[0]
        except pa.ArrowException as why:
            raise LiveError(f"{asked}: {why}") from None

    def _query(self, query: str) -> pa.Table:
        import duckdb

        from audit.intake.live.embedded import Duck

        with duckdb.connect(config={"enable_external_access": "false"}) as connection:
            for name in self.tables():
                file = self._files(f"{name}.parquet") or [f"{name}.parquet"]
                connection.register(name, self._open(file[0]))
            return Duck(connection, self.timeout).read(query)

    def _files(self, pattern: str) -> list[str]:
        import pyarrow as pa
        from pyarrow.fs import FileSelector, FileType

        try:
            found = self.system.get_file_info(FileSelector(self.base, recursive="/" in pattern or "**" in pattern))
        except (OSError, pa.ArrowException) as why:
            raise LiveError(str(why)) from None
        names = [info.path[len(self.base):].lstrip("/") for info in found if info.type == FileType.File]
        return sorted(name for name in names if fnmatch.fnmatchcase(name, pattern) and not posixpath.basename(name).startswith((".", "_")))

    def _open(self, name: str) -> pa.Table:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.ParquetFile(self.system.open_input_file(f"{self.base}/{name}".replace("//", "/"))).read()
        except (OSError, pa.ArrowException) as why:
            raise LiveError(f"{name}: {why}") from None


def s3(endpoint: str, region: str, key: str, secret: str, timeout: int) -> Any:
    """S3 or what speaks like it, by `key` and `secret`, else by what the environment of AWS tools gives."""
    from urllib.parse import urlsplit

    from pyarrow.fs import S3FileSystem

    parts = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
    options: dict[str, Any] = {"endpoint_override": parts.netloc, "scheme": parts.scheme} if endpoint else {}
    if region:
        options["region"] = region
    if key:
        options |= {"access_key": key, "secret_key": secret}
    try:
        return S3FileSystem(connect_timeout=20, request_timeout=timeout, **options)
    except (OSError, ValueError) as why:  # arrow's own errors are among these
        raise LiveError(str(why)) from None
