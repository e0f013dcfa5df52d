"""One entry of `sources:` opened: which door, under which name, with which secrets."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

import pyarrow as pa

from audit.errors import UnreadableError, UsageError
from audit.intake.live.asked import MANY, LiveError, is_query, one_select
from audit.intake.live.secrets import scrub, secret, shown
from audit.sources import REFERENCE, Source


class Door(Protocol):
    """What every kind of place can do."""

    def tables(self) -> list[str]:
        """Names of all tables."""

    def whole(self, name: str) -> str:
        """The query of a whole table."""

    def read(self, query: str) -> pa.Table:
        """The rows of a query."""


@dataclass
class Place:
    """A database or folder that client.yml names; `label` is its address without secrets."""

    source: Source
    root: Path  # of the workspace
    secrets: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address."""
        return self.source.url or f"sqlite:///{self.source.sqlite}"

    @property
    def scheme(self) -> str:
        """Kind of the place, one name each."""
        return {"postgresql": "postgres", "mariadb": "mysql"}.get(urlsplit(self.url).scheme, urlsplit(self.url).scheme)

    @property
    def label(self) -> str:
        """The address without secrets and options."""
        return shown(self.url)

    @property
    def folder(self) -> str:
        """Name of the folder of its copies: given, else readable and different for different places."""
        plain = re.sub(r"[^\w-]+", "_", self.label).strip("_")[-60:]
        return self.source.name or f"{plain}_{hashlib.blake2b(self.label.encode(), digest_size=3).hexdigest()}"

    def _secret(self, reference: str) -> str:
        found = secret(reference, self.label)
        self.secrets.append(found)
        return found

    def _user(self) -> str:
        user = self.source.user or unquote(urlsplit(self.url).username or "")
        return self._secret(user) if REFERENCE.match(user) else user

    def _path(self) -> Path:
        """Three slashes start at the workspace, four at the root of the disk; what the workspace has not is looked for at the root too."""
        parts = urlsplit(self.url)
        given = unquote(parts.netloc + parts.path)
        inside = self.root / given.lstrip("/")
        return inside if not given.startswith("//") and _exists(inside) else Path("/" + given.lstrip("/"))

    @contextmanager
    def open(self) -> Iterator[Door]:
        """The place opened for reading; UnreadableError in our words and its own, without secrets."""
        from audit.intake.live.embedded import duck, sqlite
        from audit.intake.live.mysql import mysql
        from audit.intake.live.postgres import postgres

        timeout = self.source.timeout
        try:
            if self.scheme in ("sqlite", "duckdb"):
                with (sqlite if self.scheme == "sqlite" else duck)(self._path(), timeout) as opened:
                    yield opened
            elif self.scheme in ("postgres", "mysql"):
                with (postgres if self.scheme == "postgres" else mysql)(self.label, self._server(), dict(parse_qsl(urlsplit(self.url).query)), timeout) as server:
                    yield server
            else:
                yield self._files(timeout)
        except LiveError as why:
            raise UnreadableError("live.failed", place=self.label, why=self.told(why)) from None

    def told(self, why: BaseException) -> str:
        """What went wrong, with every secret masked."""
        return scrub(why, self.secrets)

    def _server(self) -> dict[str, str | int]:
        parts = urlsplit(self.url)
        password = self._secret(self.source.password) if self.source.password else ""
        given: dict[str, str | int | None] = {"host": parts.hostname, "port": parts.port, "user": self._user(), "password": password,
                                              "dbname": unquote(parts.path.lstrip("/"))}
        return {name: value for name, value in given.items() if value}

    def _files(self, timeout: int) -> Door:
        from audit.intake.live.folder import Folder, s3

        if self.scheme == "parquet":
            from pyarrow.fs import LocalFileSystem

            return Folder.of(LocalFileSystem(), self._path().as_posix(), timeout)
        parts = urlsplit(self.url)
        key = self._user()
        password = self._secret(self.source.password) if self.source.password else ""
        return Folder.of(s3(self.source.endpoint, self.source.region, key, password, timeout), unquote(parts.netloc + parts.path), timeout)

    def asked(self, door: Door) -> dict[str, str]:
        """Table → what client.yml asks of it; every table when it names none. UsageError when those are too many."""
        given = self.source.tables
        if isinstance(given, dict):
            return dict(given)
        if given:
            return {name: name for name in given}
        found = door.tables()
        if len(found) > MANY:
            raise UsageError("live.many_tables", place=self.label, n=len(found), most=MANY)
        return {name: name for name in found}

    def read(self, door: Door, table: str, asked: str) -> pa.Table:
        """The rows of one table; UnreadableError when the place refuses."""
        query = one_select(asked, self.label, table) if is_query(asked) else door.whole(asked)
        try:
            return door.read(query)
        except LiveError as why:
            raise UnreadableError("live.failed", place=f"{self.label} [{table}]", why=self.told(why)) from None


def _exists(path: Path) -> bool:
    """Whether the path, or the folder before its pattern, is there."""
    fixed = path
    while set("*?[") & set(fixed.name):
        fixed = fixed.parent
    return fixed.exists()
