"""`audit sources`: every source of client.yml, whether it can be reached, and how many rows each of its tables has."""

from __future__ import annotations

import fnmatch
import os
from dataclasses import dataclass

from audit.errors import AuditError
from audit.intake.live.asked import LiveError, is_query, one_select
from audit.intake.live.http import Refused
from audit.intake.live.place import Door, Place
from audit.intake.live.portals import Portal
from audit.sources import Source
from audit.workspace import Workspace


@dataclass(frozen=True)
class State:
    """One table of one source: rows, or why they are not known; files give their number instead."""

    source: str
    table: str = ""
    rows: int | None = None
    problem: str = ""
    copied: bool = False


def states(client: Workspace | str | os.PathLike, lang: str = "en") -> list[State]:
    """The state of every source, in the order of client.yml; problems are told, never raised, and hold no secrets."""
    workspace = Workspace.open(client)
    return [state for source in workspace.client.sources for state in _states(workspace, source, lang)]


def _states(workspace: Workspace, source: Source, lang: str) -> list[State]:
    if source.file:
        names = [path.relative_to(workspace.inbox).as_posix() for path in workspace.inbox.rglob("*") if path.is_file()]
        found = sum(fnmatch.fnmatch(name, source.file) for name in names)
        return [State(f"inbox/{source.file}", rows=found)]
    try:
        return [_portal(Portal(source))] if source.api else _place(workspace, Place(source, workspace.root), lang)
    except AuditError as why:
        return [State(Portal(source).label if source.api else Place(source, workspace.root).label, problem=why.parts(lang)[0])]


def _place(workspace: Workspace, place: Place, lang: str) -> list[State]:
    from audit.intake.live.copies import FOLDER

    copied = (workspace.inbox / FOLDER / place.folder).is_dir()
    found = []
    with place.open() as door:
        for table, asked in place.asked(door).items():
            try:
                found.append(State(place.label, table, _rows(door, place, table, asked), copied=copied))
            except LiveError as why:
                found.append(State(place.label, table, problem=place.told(why), copied=copied))
                if place.scheme == "postgres":
                    break  # after an error this transaction answers nothing more
            except AuditError as why:
                found.append(State(place.label, table, problem=why.parts(lang)[0], copied=copied))
    return found


def _rows(door: Door, place: Place, table: str, asked: str) -> int:
    query = one_select(asked, place.label, table) if is_query(asked) else door.whole(asked)
    if not is_query(query):
        return door.read(query).num_rows  # a file, or all that a pattern fits
    return int(door.read(f"SELECT count(*) AS n FROM ({query}\n) AS counted").column(0)[0].as_py())


def _portal(portal: Portal) -> State:
    """One request that only asks who the token is."""
    path = "profile.json" if portal.source.api == "bitrix24" else "account"
    with portal.reader() as reader:
        try:
            reader.get(path, [])
        except Refused as why:
            from audit.intake.live.secrets import scrub

            return State(portal.label, problem=scrub(why, portal.secrets))
    return State(portal.label)
