"""What there is to read: files of inbox/, copies of places, and the plans and norms that client.yml names."""

from __future__ import annotations

import codecs
import fnmatch
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from audit.client import Client
from audit.client import Source as Hint
from audit.errors import UsageError
from audit.intake.live import FOLDER
from audit.intake.read import Source, read_table
from audit.intake.shapes import Catalogue
from audit.intake.text import flatten
from audit.workspace import Workspace, replacing, sha256

SKIPPED = ("~$", ".")
JOURNALS = ("-wal", "-shm", "-journal", ".wal")  # of databases


def copy_in(workspace: Workspace, files: Iterable[str | os.PathLike]) -> None:
    """Copy `files` into inbox/ under safe names; a file of the same name and other content is kept beside."""
    for given in files:
        path = Path(given).expanduser()
        if not path.is_file():
            raise UsageError("errors.file_missing", path=given)
        target = workspace.inbox / flatten(path.name)
        number = 1
        while target.exists() and sha256(target) != sha256(path):
            number += 1
            target = workspace.inbox / f"{Path(flatten(path.name)).stem}_{number}{path.suffix}"
        if not target.exists():
            with replacing(target) as part:
                shutil.copyfile(path, part)


def places(workspace: Workspace, settings: Client, offline: bool | None) -> list[tuple[Source, Hint | None]]:
    """Every table of the databases and folders that client.yml names, read from the copy that was just made of it."""
    if not any(hint.is_place for hint in settings.sources) and not (workspace.inbox / FOLDER).exists():
        return []
    from audit.intake.live.copies import copies

    stay = bool(os.environ.get("AUDIT_OFFLINE")) if offline is None else offline
    found: list[tuple[Source, Hint | None]] = []
    for copy in copies(workspace, settings.sources, offline=stay):
        for source in read_table(copy.path):
            source.file, source.sheet = copy.label, copy.table
            found.append((source, copy.source))
    return found


def _is_companion(path: Path) -> bool:
    """Whether it is the journal of a database that lies beside it."""
    from audit.intake.read.sniff import kind

    base = next((path.with_name(path.name.removesuffix(tail)) for tail in JOURNALS if path.name.endswith(tail)), None)
    return base is not None and base.is_file() and kind(base) in ("sqlite", "duckdb")


def read_all(workspace: Workspace, settings: Client, known: Catalogue, more: bool) -> list[tuple[Source, Hint | None]]:
    """Every source of inbox/ in the order of names, and files of plans and norms named in client.yml; with `more`, none will do."""
    paths = {str(path.relative_to(workspace.inbox).as_posix()): (path, None) for path in workspace.inbox.rglob("*")
             if path.is_file() and not path.name.startswith(SKIPPED) and workspace.inbox / FOLDER not in path.parents and not _is_companion(path)} if workspace.inbox.is_dir() else {}
    hints: dict[str, Hint | None] = {name: _hint(settings, name) for name in paths}
    for table, named in (("plans", settings.plans), ("norms", settings.norms)):
        if isinstance(named, str):
            path = workspace.root / named
            if not path.is_file():
                raise UsageError("errors.file_missing", path=path)
            if workspace.inbox not in path.parents:
                paths[named] = (path, None)
                hints[named] = Hint(file=named, table=table)
    if not paths and not more:
        raise UsageError("intake.no_files", path=workspace.inbox)
    found = []
    for name in sorted(paths):
        path, hint = paths[name][0], hints.get(name)
        for source in read_table(path, known.aliases, *_forced(hint)):
            inside = f"{name}/{source.member}" if source.member else name
            source.file = inside.encode("utf-8", "backslashreplace").decode()  # a name that is not UTF-8 stays writable
            source.outside = not path.resolve().is_relative_to(workspace.root)
            found.append((source, hint if not source.member else _hint(settings, inside) or hint))
    return found


def _hint(settings: Client, name: str) -> Hint | None:
    return next((hint for hint in settings.sources if fnmatch.fnmatch(name, hint.file)), None)


def _forced(hint: Hint | None) -> tuple[str | None, str | None]:
    """(encoding, separator) that client.yml names; UsageError when there is no such."""
    if hint is None:
        return None, None
    separator = {"tab": "\t", "\\t": "\t"}.get(hint.separator or "", hint.separator)
    try:
        known = codecs.lookup(hint.encoding).name if hint.encoding else None
        if known:
            b"a".decode(known, "replace")  # refuses what codecs know and no text file can have, such as hex or idna
    except (LookupError, UnicodeError):
        raise UsageError("intake.unknown_encoding", file=hint.file, value=hint.encoding) from None
    if separator is not None and len(separator) != 1:
        raise UsageError("intake.bad_separator", file=hint.file, value=hint.separator)
    return known, separator
