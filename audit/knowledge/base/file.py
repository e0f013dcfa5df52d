"""The file of the base: made once, opened by as many threads and processes as like, and what goes wrong with it told in words."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from audit.errors import Phrase, WorkspaceError
from audit.knowledge.base.schema import APPLICATION, STEPS, migrate, transaction
from audit.workspace import made, replacing

WAIT = 60.0  # seconds that a writer waits for the others
_HEAD = b"SQLite format 3\0"


class File:
    """One base file; every thread of every process has a connection of its own to it."""

    def __init__(self, path: Path):
        self.path = path
        self._lock = threading.Lock()
        self._open: dict[tuple[int, int], sqlite3.Connection] = {}
        with self._told():
            if not path.exists():
                _create(path)
            _check_head(path)
            self._connection()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The base as it stands now; what others write meanwhile is not seen before the block ends."""
        with self._told(), transaction(self._connection(), "BEGIN") as base:
            yield base

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The base to write into: all of the block or nothing, on the disk when it has ended. Other writers wait."""
        with self._told(), transaction(self._connection(), "BEGIN IMMEDIATE") as base:
            yield base

    def close(self) -> None:
        """Close the connections of this process."""
        with self._lock:
            mine = [key for key in self._open if key[0] == os.getpid()]
            for key in mine:
                self._open.pop(key).close()

    def _connection(self) -> sqlite3.Connection:
        key = (os.getpid(), threading.get_ident())
        with self._lock:
            if key not in self._open:
                self._open[key] = _connected(self.path)
            return self._open[key]

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What SQLite reports, as an error with a next step."""
        try:
            yield
        except sqlite3.DatabaseError as problem:
            raise _error(self.path, problem) from None


def _connected(path: Path) -> sqlite3.Connection:
    """A connection whose commits are on the disk; WorkspaceError for a base of a later version and for a file of others."""
    base = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=WAIT, isolation_level=None, check_same_thread=False)
    with ExitStack() as unless_whole:
        unless_whole.callback(base.close)
        version, application = (base.execute(f"PRAGMA {name}").fetchone()[0] for name in ("user_version", "application_id"))
        if application != APPLICATION:
            raise WorkspaceError("base.not_ours", path=path)
        if version > len(STEPS):
            raise WorkspaceError("base.later", path=path, version=version, known=len(STEPS))
        for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            base.execute(f"PRAGMA {setting}")
        if version < len(STEPS):
            migrate(base)
        unless_whole.pop_all()
    return base


def _create(path: Path) -> None:
    """An empty base under a name of its own until it is whole; of several processes one makes it. WorkspaceError where a base has been lost."""
    from filelock import FileLock

    with FileLock(made(path.parent / ".audit") / f"{path.name}.lock"):
        if path.exists():
            return
        if Path(f"{path}-wal").exists():
            raise WorkspaceError("base.lost", path=path, left=f"{path.name}-wal")
        with replacing(path) as part, closing(sqlite3.connect(part, isolation_level=None)) as base:
            base.execute(f"PRAGMA application_id = {APPLICATION}")
            base.execute("PRAGMA journal_mode = WAL")
            migrate(base)
            # with no second file beside it, it may change its name
            base.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _check_head(path: Path) -> None:
    """WorkspaceError for a file that is none of SQLite; an empty one would be taken for a new base."""
    try:
        with open(path, "rb") as file:
            head = file.read(len(_HEAD))
    except OSError as problem:
        raise WorkspaceError("base.closed", path=path, problem=problem.strerror or problem) from None
    if head != _HEAD:
        raise WorkspaceError("base.damaged", path=path, problem=Phrase("base.why.no_sqlite" if head else "base.why.empty"))


def _error(path: Path, problem: sqlite3.DatabaseError) -> Exception:
    """What is to be told; a mistake of our own, such as a doubled key, stays what it is."""
    name = getattr(problem, "sqlite_errorname", "SQLITE_CORRUPT")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return WorkspaceError("base.busy", path=path, seconds=round(WAIT))
    if name.startswith(("SQLITE_FULL", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_PERM")):
        return WorkspaceError("base.closed", path=path, problem=problem)
    if name.startswith(("SQLITE_CONSTRAINT", "SQLITE_MISUSE", "SQLITE_RANGE")):
        return problem
    return WorkspaceError("base.damaged", path=path, problem=problem)
