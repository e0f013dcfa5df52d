"""Database files that lie in inbox/ among the exports: every table a source."""

from __future__ import annotations

from pathlib import Path

from audit.intake.live.asked import MANY, LiveError
from audit.intake.live.embedded import duck, sqlite
from audit.intake.read.columns import cells
from audit.intake.read.source import Source, Unreadable


def database(path: Path, kind: str) -> list[Source]:
    """The tables of a SQLite or DuckDB file; nothing is written into it or beside it.

    Unreadable `damaged_database` when it cannot be opened, `many_tables` when it has more tables than a file of a client can.
    """
    try:
        with (sqlite if kind == "sqlite" else duck)(path, at_rest=True) as door:
            names = door.tables()
            if len(names) > MANY:
                raise Unreadable("many_tables")
            found = [Source(path.name, kind, sheet=name) for name in names]
            for source in found:
                cells(source, door.read(door.whole(source.sheet or "")))
    except LiveError as why:
        raise Unreadable("damaged_database") from why
    return found or [Source(path.name, kind, problem="empty")]
