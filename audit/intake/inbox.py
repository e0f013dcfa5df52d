"""What there is to read: files of inbox/, copies of places, and the plans and norms that client.yml names."""

from __future__ import annotations

import codecs
import datetime as dt
import errno
import fnmatch
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from audit.client import Client
from audit.client import Source as Hint
from audit.errors import UsageError
from audit.intake.live import FOLDER
from audit.intake.memory import give_back
from audit.intake.read import Source, read_table
from audit.intake.shapes import Catalogue
from audit.intake.text import flatten
from audit.workspace import Workspace, made, replacing, sha256

SKIPPED = ("~$", ".")
TABLES = {".csv", ".tsv", ".txt", ".xls", ".xlsx", ".xlsb", ".ods", ".json", ".parquet", ".zip"}  # endings that a folder has only by mistake
UNREADABLE = {errno.EACCES, errno.EPERM, errno.EIO, errno.ENOENT, errno.ESTALE}  # rights, a bad place of the disk, gone since it was listed
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
            _put_away(workspace, source)
            found.append((source, copy.source))
    return found


def _put_away(workspace: Workspace, source: Source) -> None:
    """Large tables wait on the client's disk until it is their turn."""
    source.put_away(made(workspace.root / ".audit"))
    give_back(len(source.rows))


def _is_companion(path: Path) -> bool:
    """Whether it is the journal of a database that lies beside it."""
    from audit.intake.read.sniff import kind

    base = next((path.with_name(path.name.removesuffix(tail)) for tail in JOURNALS if path.name.endswith(tail)), None)
    try:
        return base is not None and base.is_file() and kind(base) in ("sqlite", "duckdb")
    except PermissionError:
        return False  # told when the base itself is read


def _entries(inbox: Path) -> tuple[dict[str, Path], dict[str, str]]:
    """(name → file, name → why it is none) of what lies in inbox/ and its folders; hidden files and our own copies apart.

    Only plain files are ever opened: a pipe would wait for ever, a link to a folder may lead around in circles.
    """
    files: dict[str, Path] = {}
    others: dict[str, str] = {}

    def name(path: Path) -> str:
        return path.relative_to(inbox).as_posix()

    def closed(problem: OSError) -> None:
        if not isinstance(problem, FileNotFoundError):  # there may be no inbox/ yet
            others[name(Path(problem.filename)) if Path(problem.filename) != inbox else "inbox"] = "no_rights"

    for folder, folders, names in os.walk(inbox, onerror=closed):
        here = Path(folder)
        folders[:] = sorted(one for one in folders if not one.startswith(SKIPPED) and here / one != inbox / FOLDER)
        for path in [here / one for one in [*folders, *names] if not one.startswith(SKIPPED)]:
            why = _no_file(path)
            if why:
                others[name(path)] = why
            elif path.is_file():
                files[name(path)] = path
    return {one: path for one, path in files.items() if not _is_companion(path)}, others


def _no_file(path: Path) -> str | None:
    """Why an entry of inbox/ cannot be read; None for plain files and for folders, which are walked."""
    try:
        if path.is_file():
            return None
        if path.is_symlink():
            return "linked_folder" if path.is_dir() else "broken_link"
        if not path.is_dir():
            return "no_file"
        return "folder" if path.suffix.lower() in TABLES and os.access(path, os.R_OK | os.X_OK) and not any(path.iterdir()) else None
    except PermissionError:
        return "no_rights"


def _tables(path: Path, known: Catalogue, hint: Hint | None) -> list[Source]:
    """The tables of a file; one that the system does not let us read comes back with its problem, as a damaged one does."""
    try:
        return read_table(path, known.aliases, *_forced(hint))
    except OSError as why:
        if why.errno not in UNREADABLE:
            raise  # of the disk, not of the file
        return [Source(path.name, "file", problem="no_rights" if isinstance(why, PermissionError) else "disk_error")]


def read_all(workspace: Workspace, settings: Client, known: Catalogue, more: bool) -> list[tuple[Source, Hint | None]]:
    """Every source of inbox/ in the order of names, and files of plans and norms named in client.yml; with `more`, none will do."""
    paths, others = _entries(workspace.inbox)
    hints: dict[str, Hint | None] = {name: _hint(settings, name) for name in paths}
    for table, named in (("plans", settings.plans), ("norms", settings.norms)):
        if isinstance(named, str):
            path = workspace.root / named
            if not path.is_file():
                raise UsageError("errors.file_missing", path=path)
            if workspace.inbox not in path.parents:
                paths[named] = path
                hints[named] = Hint(file=named, table=table)
    if not paths and not others and not more:
        raise UsageError("intake.no_files", path=workspace.inbox)
    found: list[tuple[Source, Hint | None]] = [(Source(name, "none", problem=why), None) for name, why in sorted(others.items())]
    for name in sorted(paths):
        path, hint = paths[name], hints.get(name)
        for source in _tables(path, known, hint):
            inside = f"{name}/{source.member}" if source.member else name
            source.file = inside.encode("utf-8", "backslashreplace").decode()  # a name that is not UTF-8 stays writable
            source.modified = dt.date.fromtimestamp(path.stat().st_mtime).isoformat() if path.exists() else None
            source.outside = not path.resolve().is_relative_to(workspace.root)
            _put_away(workspace, source)
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
