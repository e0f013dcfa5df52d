"""`audit pull`: the lists of a portal into inbox/, a record a line, page by page so that a killed pull goes on where it was."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from audit.errors import UnreadableError, UsageError, WorkspaceError
from audit.intake.live.http import Reader, Refused
from audit.intake.live.portals import Method, Portal
from audit.workspace import Workspace, made, read_json, replacing, write_json

OVERLAP = dt.timedelta(minutes=10)  # clocks of portals differ from ours
Told = Callable[[str, str, int], None]  # portal, list, records so far


@dataclass(frozen=True)
class Pulled:
    """What became of one list: records that came, records in the file now, and why it could not be read."""

    portal: str
    list: str
    new: int
    rows: int
    refused: str = ""


def pull(client: Workspace | str | os.PathLike, *, fresh: bool = False, told: Told | None = None) -> list[Pulled]:
    """Read every portal of client.yml into inbox/<name>/<list>.jsonl.

    The first run reads everything (since `since`), later ones what has changed since the last; `fresh` starts anew. A list that
    the token may not see is told as refused. UsageError when there is no portal or no token, UnreadableError when a portal is
    silent, bans or no longer takes the token; what was read stays and the next run goes on from there.
    """
    workspace = Workspace.open(client)
    portals = [Portal(source) for source in workspace.client.sources if source.api]
    if not portals:
        raise UsageError("live.no_portal", path=workspace.root / "client.yml")
    names = [portal.name for portal in portals]
    again = next((name for name in names if names.count(name) > 1), None)
    if again:
        raise UsageError("live.same_name", name=again, place=portals[names.index(again)].label, other=portals[-1 - names[::-1].index(again)].label)
    found = []
    for portal in portals:
        with portal.reader() as reader:
            done = [_Shelf(workspace, portal, method, fresh).fill(reader, told or (lambda *_: None)) for method in portal.methods]
        if all(one.refused for one in done):
            raise UnreadableError("live.portal_refused", place=portal.label, why=done[0].refused)
        found += done
    return found


class _Shelf:
    """One list: pages gathered in .audit/, the whole in inbox/."""

    def __init__(self, workspace: Workspace, portal: Portal, method: Method, fresh: bool):
        self.portal, self.method = portal, method
        self.target = workspace.inbox / portal.name / f"{method.file}.jsonl"
        folder = workspace.root / ".audit" / "pull" / portal.name
        self.pages, self.state = folder / f"{method.file}.jsonl", folder / f"{method.file}.json"
        day = portal.source.since
        self.first = dt.datetime.combine(day, dt.time(), ZoneInfo(workspace.client.time_zone)) if day else None
        self.asked = {"portal": portal.label, "since": str(day or "")}
        self.now = {} if fresh else self._known()

    def _known(self) -> dict:
        """The state of earlier runs, nothing when they asked for something else."""
        try:
            state = read_json(self.state) if self.state.is_file() else {}
        except WorkspaceError:
            return {}  # a damaged state costs only the reading
        return state if state.get("asked") == self.asked else {}

    def fill(self, reader: Reader, told: Told) -> Pulled:
        """Go on with an unfinished reading or start one; put it into inbox/ once its last page is there."""
        if "cursor" not in self.now:
            last = self.now.get("read_at") if self.target.is_file() else None
            self.now = {"asked": self.asked, "read_at": last, "began": dt.datetime.now(dt.UTC).isoformat(), "cursor": "", "bytes": 0, "rows": 0}
        self._cut()
        last = self.now["read_at"]
        since = dt.datetime.fromisoformat(last) - OVERLAP if last else self.first
        try:
            for records, cursor in self.portal.pages(reader, self.method, since, self.now["cursor"]):
                self._keep(records, cursor)
                told(self.portal.label, self.method.file, self.now["rows"])
        except Refused as why:
            return self._refused(why)
        merging = bool(last) and bool(self.method.changed)
        rows = self._finish(merging)
        return Pulled(self.portal.label, self.method.file, self.now["rows"], rows)

    def _refused(self, why: Refused) -> Pulled:
        """A list that this token may not see is told; a token that is gone or a ban stops everything."""
        from audit.intake.live.secrets import scrub

        said = scrub(why, self.portal.secrets)
        if why.code.lower() in ("expired_token", "invalid_token", "no_auth_found", "invalid_credentials") or (self.portal.source.api == "amocrm" and why.status == 401):
            raise UsageError("live.token_gone", place=self.portal.label, reference=self.portal.source.token, why=said) from None
        if why.code == "OVERLOAD_LIMIT" or why.status in (402,) or (self.portal.source.api == "amocrm" and why.status == 403 and not self.now["rows"] and self._is_ban(why)):
            raise UnreadableError("live.banned", place=self.portal.label, why=said) from None
        return Pulled(self.portal.label, self.method.file, 0, 0, said)

    @staticmethod
    def _is_ban(why: Refused) -> bool:
        """amoCRM answers 403 both to a banned address, without JSON, and to a user without the right, with it."""
        return not why.code

    def _cut(self) -> None:
        """Take away what a killed run wrote after its last whole page."""
        made(self.pages.parent)
        with open(self.pages, "ab") as file:
            file.truncate(self.now["bytes"])

    def _keep(self, records: list[dict], cursor: str) -> None:
        """Store one page, then the place after it."""
        with open(self.pages, "ab") as file:
            for record in records:
                file.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        self.now |= {"cursor": cursor, "bytes": size, "rows": self.now["rows"] + len(records)}
        if cursor:
            write_json(self.state, self.now)

    def _finish(self, merging: bool) -> int:
        """Write the whole list: earlier records that did not come again, then the new ones, each id once; the rows written."""
        rows = 0
        new = {key: place for place, (key, _) in enumerate(self._lines(self.pages))}
        with replacing(self.target) as part, open(part, "wb") as file:
            for key, line in self._lines(self.target) if merging else ():
                if key not in new:
                    file.write(line)
                    rows += 1
            for place, (key, line) in enumerate(self._lines(self.pages)):
                if new[key] == place:  # a record that came twice: the later one
                    file.write(line)
                    rows += 1
        write_json(self.state, {"asked": self.asked, "read_at": self.now["began"]})
        self.pages.unlink()
        return rows

    def _lines(self, path: Path) -> Iterator[tuple[str, bytes]]:
        """(id, line) of every record of a file; a record without an id is told from others by its text."""
        if path.is_file():
            with open(path, "rb") as file:
                for line in file:
                    record = json.loads(line)
                    ids = [record.get(name) for name in self.method.key.split()]
                    yield str(line if None in ids else ids), line
