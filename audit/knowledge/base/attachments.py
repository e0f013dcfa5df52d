"""Files that belong to cases: each content once, under the name of its digest."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from audit.errors import UsageError, WorkspaceError
from audit.knowledge.base.file import File
from audit.knowledge.base.frames import frame, held, now
from audit.knowledge.base.snippet import inert
from audit.workspace import replacing, sha256

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("sha256", "name", "size", "case_id", "recorded_at", "path")
LONGEST = 200


def folder(file: File) -> Path:
    """Where the contents lie."""
    return file.path.parent / "knowledge" / "attachments"


def blob(file: File, digest: str) -> Path:
    """Where the content with this digest lies; a name of the client never makes a path."""
    return folder(file) / digest[:2] / digest


def attach(file: File, path: str | os.PathLike, case_id: str | None) -> str:
    """The digest under which it lies now; the content is on the disk before the row is."""
    source = Path(path)
    if not source.is_file():
        raise UsageError("errors.file_missing", path=source)
    digest = sha256(source)
    target = blob(file, digest)
    if not target.is_file() or sha256(target) != digest:
        with replacing(target) as part:
            shutil.copyfile(source, part)
            if sha256(part) != digest:
                raise WorkspaceError("base.moving_file", path=source)
    row = (digest, held(tidy(source.name)), target.stat().st_size, held(case_id or ""), now())
    with file.writing() as base:
        if case_id and not base.execute("SELECT 1 FROM cases WHERE case_id = ?", (held(case_id),)).fetchone():
            raise UsageError("base.unknown_case", case_id=case_id)
        base.execute("INSERT INTO attachments (sha256, name, size, case_id, recorded_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", row)
    return digest


def tidy(name: str) -> str:
    """A name fit to be shown and to be saved under: no path, no control characters, not hidden, not endless.

    >>> tidy("../../etc/passwd"), tidy("КП\\u202e\\x00.pdf"), tidy("C:\\\\x\\\\счет.docx"), tidy("..")
    ('passwd', 'КП.pdf', 'счет.docx', '_')
    """
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    kept = "".join("_" if char in '<>:"|?*' else char for char in inert(last))
    kept = re.sub(r"\s+(?=\.)", "", " ".join(kept.split())).strip(". ")
    stem, dot, ending = kept.rpartition(".")
    return (f"{stem[:LONGEST - len(ending) - 1]}{dot}{ending}" if dot and len(ending) < 20 else kept[:LONGEST]) or "_"


def attachments(file: File) -> pd.DataFrame:
    """A row a file and case, by case and name."""
    with file.reading() as base:
        rows = base.execute("SELECT sha256, name, size, nullif(case_id, ''), recorded_at FROM attachments ORDER BY case_id, name, sha256").fetchall()
    return frame([(*row, str(blob(file, row[0]))) for row in rows], COLUMNS)
