"""Talks, letters and proposals of a client → the base, each linked to its deal; what was refused goes to quarantine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd

from audit.errors import NothingMeasurableError, UsageError
from audit.knowledge.base import Base
from audit.knowledge.cases import Read, read_cases
from audit.knowledge.deck import read_cards
from audit.knowledge.desk.hear import hear
from audit.knowledge.desk.sheet import write_rows
from audit.words import Words
from audit.workspace import Workspace, made, replacing, sha256

REFUSED = "knowledge.csv"
ATTACHED = {".docx", ".pdf", ".xlsx", ".eml"}  # documents that are kept beside their words
_LINKS = ("deals", "users", "clients", "contacts", "leads", "activities")


@dataclass(frozen=True, repr=False)
class Taken:
    """What was taken in. `read` as of `read_cases`; `cases`: how many were added, changed, same; `tags`: how many places are heard now."""

    read: Read
    cases: dict[str, int]
    tags: int
    lang: str

    @property
    def frame(self) -> pd.DataFrame:
        """A row a file: file, kind, rows_in, rows_kept, rows_refused, reasons as text."""
        rows = [{**file, "reasons": ", ".join(f"{code}: {n}" for code, n in file["reasons"].items())} for file in self.read.files]
        return pd.DataFrame(rows, columns=["file", "kind", "rows_in", "rows_kept", "rows_refused", "reasons"])

    def told(self, lang: str | None = None) -> str:
        """One line a fact: files, cases, linked, refused, what is heard."""
        words, cases = Words(lang or self.lang), self.read.cases
        linked, known = int(cases["deal_id"].notna().sum()), int(cases["outcome"].isin(["won", "lost"]).sum())
        lines = [words("desk.taken", files=len(self.read.files), cases=len(cases), texts=len(self.read.texts), **self.cases),
                 words("desk.linked", linked=linked, of=len(cases), known=known), words("desk.heard", n=self.tags)]
        if len(self.read.refused):
            lines.append(words("desk.refused", n=len(self.read.refused), file=f"quarantine/{REFUSED}"))
        return "\n".join(lines)

    def unread(self, given: Iterable[str | os.PathLike] = ()) -> list[str]:
        """The files of which nothing could be read, where that is all of those `given` (without any, all that were read); else none."""
        asked = {Path(one).stem for one in given}
        mine = [file for file in self.read.files if not asked or any(Path(part).stem in asked for part in Path(file["file"]).parts)]
        mine = mine or self.read.files  # archives go by what is in them
        return [str(file["file"]) for file in mine] if not any(file["rows_kept"] for file in mine) else []

    def __repr__(self) -> str:
        return self.told()

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in self.told().split("\n")) + self.frame.to_html(index=False, escape=True)


def take(client: Workspace | str | os.PathLike, files: Iterable[str | os.PathLike] = (), *, manifest: str | os.PathLike | None = None, lang: str | None = None) -> Taken:
    """Take cases into knowledge.sqlite and hear techniques in them; repeating it changes nothing.

    `files` (files, folders, archives) are copied to knowledge/inbox first; without any, all that lies there is read. `manifest`: a table with `file` and what is known
    of it (deal_id, owner, at, outcome, stage, segment, kind …); a file called manifest in the folder is taken for one. Deals, sellers and contacts come from the canonical
    tables where there are any. Rows that are no utterance go to quarantine/knowledge.csv with their reasons.

    Raises NothingMeasurableError when there is nothing to read, UsageError for a file that is not there.
    """
    workspace = Workspace.open(client)
    inbox = made(workspace.talks)
    for file in files:
        _copied(Path(file), inbox)
    if not waiting(workspace):
        raise NothingMeasurableError("desk.no_files", path=inbox)
    read = read_cases(inbox, manifest=manifest, tables=links(workspace), zone=workspace.client.time_zone, country=workspace.client.country)
    with Base.open(workspace) as base:
        counts = base.add(read)
        base.put_cards(read_cards(workspace.root))
        _attach(base, read, inbox)
    _quarantined(workspace, read)
    return Taken(read, counts, hear(workspace), lang or workspace.client.language)


def refresh(client: Workspace | str | os.PathLike, *, lang: str | None = None) -> Taken | str:
    """`take` where anything lies in knowledge/inbox, else `hear`, told in a line: what a run does before it judges."""
    workspace = Workspace.open(client)
    if waiting(workspace):
        return take(workspace, lang=lang)
    return Words(lang or workspace.client.language)("desk.heard", n=hear(workspace))


def waiting(client: Workspace | str | os.PathLike) -> bool:
    """Whether anything lies in knowledge/inbox."""
    inbox = Workspace.open(client).talks
    return inbox.is_dir() and any(path.is_file() for path in inbox.rglob("*"))


def links(workspace: Workspace) -> dict[str, pd.DataFrame]:
    """The canonical tables that cases are linked by; none where the client has none."""
    found = {name: workspace.tables / f"{name}.parquet" for name in _LINKS}
    return {name: pd.read_parquet(path) for name, path in found.items() if path.is_file()}


def _copied(source: Path, inbox: Path) -> None:
    """Copy a file or folder in, unless the same lies there; another of the same name gets a number."""
    if not source.exists():
        raise UsageError("desk.no_file", path=source)
    if inbox in (source.resolve(), *source.resolve().parents):
        return
    if source.is_dir():
        for one in sorted(path for path in source.rglob("*") if path.is_file()):
            _copy(one, made(inbox / source.name / one.parent.relative_to(source)))
        return
    _copy(source, inbox)


def _copy(source: Path, folder: Path) -> None:
    target, number = folder / source.name, 2
    while target.exists():
        if sha256(target) == sha256(source):
            return
        target, number = folder / f"{source.stem}-{number}{source.suffix}", number + 1
    with replacing(target) as part:
        shutil.copyfile(source, part)


def _attach(base: Base, read: Read, inbox: Path) -> None:
    for case_id, file in read.cases[["case_id", "file"]].dropna().itertuples(index=False):
        path = next((place for place in (inbox / file, Path(file)) if place.is_file()), None)
        if path is not None and path.suffix.lower() in ATTACHED:
            base.attach(path, case_id)


def _quarantined(workspace: Workspace, read: Read) -> None:
    file = made(workspace.quarantine) / REFUSED
    if not len(read.refused):
        file.unlink(missing_ok=True)
        return
    write_rows(file, read.refused)
