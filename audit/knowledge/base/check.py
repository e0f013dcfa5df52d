"""Is the base whole: the file, references between rows, the search index, the attachments?"""

from __future__ import annotations

import sqlite3

from audit.errors import WorkspaceError
from audit.knowledge.base.attachments import blob
from audit.knowledge.base.file import File
from audit.workspace import sha256


def problems(file: File) -> list[str]:
    """See `Base.check`."""
    with file.reading() as base:
        found = [row[0] for row in base.execute("PRAGMA integrity_check").fetchall() if row[0] != "ok"]
        found += [f"foreign key: {row}" for row in base.execute("PRAGMA foreign_key_check").fetchall()]
        spoken = "SELECT count(*) FROM utterances u {} JOIN words_content w ON w.id = u.id WHERE {}"
        lost = base.execute(spoken.format("LEFT", "u.until IS NULL AND w.id IS NULL")).fetchone()[0] + base.execute(spoken.format("", "u.until IS NOT NULL")).fetchone()[0]
        found += [f"words: {lost} utterances"] if lost else []
        digests = [row[0] for row in base.execute("SELECT DISTINCT sha256 FROM attachments ORDER BY sha256")]
    found += _index(file)
    return found + [f"attachment: {one}" for one in digests if not blob(file, one).is_file() or sha256(blob(file, one)) != one]


def _index(file: File) -> list[str]:
    """What the search index says of itself; asking it so counts as writing."""
    try:
        with file.writing() as base:
            base.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
    except (sqlite3.DatabaseError, WorkspaceError) as problem:
        return [f"words: {problem}"]
    return []
