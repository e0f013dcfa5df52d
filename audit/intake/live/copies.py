"""What was read of every place, kept as parquet files inside inbox/, so that a run can be repeated without the place."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from audit.errors import UsageError
from audit.intake.live import FOLDER
from audit.intake.live.place import Place
from audit.intake.text import flatten
from audit.sources import Source
from audit.workspace import Workspace, made, read_json, write_json, write_parquet

INDEX = "source.json"


@dataclass(frozen=True)
class Copy:
    """One table of a place: the parquet file, and how reports call it."""

    path: Path
    label: str
    table: str
    source: Source


def copies(workspace: Workspace, sources: Iterable[Source], *, offline: bool = False) -> list[Copy]:
    """The tables of all places, read anew, or `offline` from the copies of an earlier run.

    The copies of a place are replaced together and only when all of its tables were read; copies of places that
    client.yml no longer names are removed. UsageError when two entries would keep the same copy, or a copy is missing.
    """
    places = [Place(source, workspace.root) for source in sources if source.is_place]
    folder = workspace.inbox / FOLDER
    names: dict[str, Place] = {}
    for place in places:
        again = names.setdefault(place.folder, place)
        if again is not place:
            raise UsageError("live.same_name", place=place.label, other=again.label, name=place.folder)
    found = [copy for name, place in names.items() for copy in (_kept if offline else _read)(place, folder / name)]
    if not offline and folder.is_dir():
        for old in folder.iterdir():
            if old.name not in names and old.is_dir():
                shutil.rmtree(old)
        if not any(folder.iterdir()):
            folder.rmdir()
    return found


def _read(place: Place, folder: Path) -> list[Copy]:
    """Read every table into a folder beside, then put it in the place of the old one."""
    staging, old = _beside(folder)
    shutil.rmtree(staging, ignore_errors=True)
    index: dict[str, dict[str, str]] = {}
    try:
        with place.open() as door:
            for table, asked in place.asked(door).items():
                file = _file(table, [entry["file"] for entry in index.values()])
                write_parquet(made(staging) / file, place.read(door, table, asked))
                index[table] = {"file": file, "asked": _digest(asked)}
        if not index:
            raise UsageError("live.no_tables", place=place.label)
        write_json(staging / INDEX, {"schema": 1, "place": place.label, "tables": index})
        shutil.rmtree(old, ignore_errors=True)
        if folder.exists():
            folder.rename(old)
        staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return [Copy(folder / entry["file"], place.label, table, place.source) for table, entry in index.items()]


def _beside(folder: Path) -> tuple[Path, Path]:
    """Where new copies are gathered, and where the old ones wait until the new ones are in place."""
    return folder.with_name(f".{folder.name}.new"), folder.with_name(f".{folder.name}.old")


def _kept(place: Place, folder: Path) -> list[Copy]:
    """The copies of the last run; what is asked now must be what was asked then."""
    _, old = _beside(folder)
    if not folder.exists() and old.exists():
        old.rename(folder)  # an earlier run was killed between two renames
    if not (folder / INDEX).is_file():
        raise UsageError("live.no_copy", place=place.label, path=folder)
    index = read_json(folder / INDEX)["tables"]
    given = place.source.tables
    wanted = {name: _digest(name) for name in given} if not isinstance(given, dict) else {name: _digest(asked) for name, asked in given.items()}
    for table, digest in (wanted or {name: entry["asked"] for name, entry in index.items()}).items():
        if table not in index or index[table]["asked"] != digest or not (folder / index[table]["file"]).is_file():
            raise UsageError("live.no_copy", place=f"{place.label} [{table}]", path=folder)
    return [Copy(folder / index[table]["file"], place.label, table, place.source) for table in (wanted or index)]


def _file(table: str, taken: list[str]) -> str:
    """A file name for a table; names that differ only in what file systems do not tell apart get a number."""
    stem = flatten(table.replace("/", "_").replace("*", "all"))
    number, name = 1, f"{stem}.parquet"
    while name.lower() in (one.lower() for one in taken):
        number += 1
        name = f"{stem}_{number}.parquet"
    return name


def _digest(asked: str) -> str:
    return hashlib.blake2b(asked.strip().encode(), digest_size=8).hexdigest()
