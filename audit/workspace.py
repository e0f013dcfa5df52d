"""Where every file of a client lies; atomic writes and the lock."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from audit.client import Client, read_client
from audit.errors import Phrase, UsageError, WorkspaceError

if TYPE_CHECKING:
    import pyarrow as pa

REMEDIES = "remedies.yml"
STALE = 3600  # seconds after which a half-written file is nobody's


@dataclass(frozen=True)
class Workspace:
    """A client's folder. Only paths and safe writing; what is in the files is other rooms' business."""

    root: Path

    @classmethod
    def open(cls, place: Workspace | str | os.PathLike) -> Workspace:
        """The workspace at `place`; WorkspaceError when there is no client.yml in it."""
        if isinstance(place, Workspace):
            return place
        root = Path(place).expanduser().resolve()
        if not (root / "client.yml").is_file():
            raise WorkspaceError("errors.not_a_workspace", path=place)
        return cls(root)

    @classmethod
    def create(cls, place: str | os.PathLike, client_yml: str) -> Workspace:
        """A new workspace with `client_yml` as its client file; refuses to touch an existing one."""
        root = Path(place).expanduser().resolve()
        if root.exists() and not root.is_dir():
            raise WorkspaceError("errors.not_a_folder", path=place)
        if (root / "client.yml").exists():
            raise UsageError("errors.workspace_exists", path=place)
        for folder in ("inbox", "notes"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        write_text(root / "client.yml", client_yml)
        return cls(root)

    # -- places --------------------------------------------------------------------------------------

    @cached_property
    def client(self) -> Client:
        """The validated client.yml."""
        return read_client(self.root / "client.yml")

    @property
    def inbox(self) -> Path:
        """What the client sent; never changed by us."""
        return self.root / "inbox"

    @property
    def tables(self) -> Path:
        """Canonical tables, one parquet file each."""
        return self.root / "tables"

    @property
    def quarantine(self) -> Path:
        """Rows that no table could take, one csv an input file, with their reasons."""
        return self.root / "quarantine"

    @property
    def notes(self) -> Path:
        """The consultant's own words; never written by us after creation."""
        return self.root / "notes"

    @property
    def mapping(self) -> Path:
        """Editable answers: which header means what."""
        return self.root / "mapping.yml"

    @property
    def people(self) -> Path:
        """Editable list of people: who is who in the CRM, telephony, plans and the register of staff."""
        return self.root / "people.yml"

    @property
    def presets(self) -> Path:
        """The client's own presets, *.yml; they go before the shipped ones."""
        return self.root / "presets"

    @property
    def remedies(self) -> Path:
        """The consultant's own remedies; they go before the shipped ones."""
        return self.root / REMEDIES

    @property
    def knowledge(self) -> Path:
        """Own cards of techniques, talks to be read, attachments of the base."""
        return self.root / "knowledge"

    @property
    def talks(self) -> Path:
        """Transcripts, letters, proposals and tables of cases that the client gave; never changed by us."""
        return self.knowledge / "inbox"

    @property
    def knowledge_tables(self) -> Path:
        """Canonical tables that the base of techniques gives; the intake's own of the same name go before them."""
        return self.knowledge / "tables"

    @property
    def intake_report(self) -> Path:
        """What intake did with every file."""
        return self.root / "intake.json"

    def report_dir(self, as_of: dt.date | str) -> Path:
        """reports/<as_of>/, made when needed."""
        return made(self.root / "reports" / str(as_of))

    def snapshot(self, as_of: dt.date | str) -> Path:
        """Where the deals as they stood at `as_of` are stored for later runs."""
        return made(self.root / "snapshots") / f"{as_of}.parquet"

    def ahead(self, table: str, as_of: dt.date | str) -> Path:
        """Where rows of `table` ("forecasts", "norms") that a run at `as_of` sets for days to come are stored for later runs; never written twice."""
        return made(self.root / table) / f"{as_of}.parquet"

    @property
    def ledger(self) -> Path:
        """What was agreed with the client, a file a version, and a line each in ledger.jsonl; nothing in it is ever changed."""
        return self.root / "ledger"

    def table_paths(self) -> dict[str, Path]:
        """Canonical tables that are there: name → parquet file. WorkspaceError when there are none."""
        if self._ready.exists():  # a command was killed in between: finish for it, unless it is still at work
            with suppress(WorkspaceError), self.lock():
                pass
        found = {path.stem: path for path in sorted(self.tables.glob("*.parquet"))}
        if not found:
            raise WorkspaceError("errors.no_tables", path=self.root)
        return {path.stem: path for path in sorted(self.knowledge_tables.glob("*.parquet"))} | found

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Only one audit command works in a workspace at a time; WorkspaceError when another does."""
        from filelock import FileLock, Timeout

        lock = FileLock(made(self.root / ".audit") / "lock", timeout=0.2)
        try:
            lock.acquire()
        except Timeout:
            raise WorkspaceError("errors.workspace_locked", path=self.root) from None
        try:
            self._settle()
            self._sweep()
            yield
        finally:
            lock.release()

    def _sweep(self) -> None:
        """Remove halves of files that killed commands left; young ones may belong to one that works without the lock."""
        for folder in (self.root, self.quarantine, self.tables, *(self.root / name for name in ("snapshots", "forecasts", "norms")), self.ledger):
            for part in folder.glob(".*.part"):
                if part.is_file() and time.time() - part.stat().st_mtime > STALE:
                    part.unlink(missing_ok=True)

    # -- tables, all or none -----------------------------------------------------------------------------

    @property
    def _ready(self) -> Path:
        return self.root / ".audit" / "ready"

    def replace_tables(self, staged: Path, report: dict) -> None:
        """Put the parquet files of the folder `staged` and `report`, the intake.json that names them, in the place of the old ones.

        All or none: whoever is killed before the folder has its new name leaves the old ones, later the next command ends the work.
        """
        self._settle()
        write_json(staged / self.intake_report.name, report)
        os.rename(staged, self._ready)
        self._settle()

    def _settle(self) -> None:
        """Finish a replacement that has begun; may itself be killed and repeated at any point, so the report moves last."""
        report = self._ready / self.intake_report.name
        if report.is_file():
            for path in sorted(self._ready.glob("*.parquet")):
                os.replace(path, made(self.tables) / path.name)
            named = read_json(report)["tables"]
            for old in self.tables.glob("*.parquet"):
                if old.stem not in named:
                    old.unlink()
            os.replace(report, self.intake_report)
        if self._ready.exists():
            shutil.rmtree(self._ready)


def made(folder: Path) -> Path:
    """The folder, made when missing."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` that replaces it when the block ends well, else vanishes.

    A killed process leaves the old file whole.
    """
    made(path.parent)
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        with open(part, "rb+") as file:
            os.fsync(file.fileno())
        os.chmod(part, 0o644)
        os.replace(part, path)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def write_text(path: Path, text: str) -> Path:
    """Write UTF-8 text atomically, with the same bytes on every system."""
    return write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> Path:
    """Write `content` whole or not at all."""
    with replacing(path) as part:
        part.write_bytes(content)
    return path


def write_json(path: Path, content: object) -> Path:
    """Write JSON atomically: sorted by nothing, readable, not-a-number refused."""
    return write_text(path, json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False, default=str) + "\n")


def read_json(path: Path) -> dict:
    """Read a JSON object; WorkspaceError when damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as problem:
        raise WorkspaceError("errors.damaged_file", path=path, problem=problem) from None
    if not isinstance(content, dict):
        raise WorkspaceError("errors.damaged_file", path=path, problem=Phrase("errors.yaml.not_settings"))
    return content


def write_parquet(path: Path, table: pa.Table | Iterator[pa.Table]) -> Path:
    """Write a parquet file atomically; equal content gives equal bytes. Of a table that comes in pieces (at least one) no more than one is in memory.

    Each column the way it is small and quick: texts that repeat by number, moments and whole numbers by their differences.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    pieces = iter((table,)) if isinstance(table, pa.Table) else table
    first = next(pieces)
    texts = [field.name for field in first.schema if pa.types.is_string(field.type)]
    listed = [name for name in texts if _repeats(first.column(name))]
    steps = [field.name for field in first.schema if pa.types.is_temporal(field.type) or pa.types.is_integer(field.type)]
    with replacing(path) as part, pq.ParquetWriter(part, first.schema, compression="zstd", use_dictionary=listed or False,
                                                   column_encoding=dict.fromkeys(steps, "DELTA_BINARY_PACKED") or None) as writer:
        writer.write_table(first)
        del first
        for piece in pieces:
            writer.write_table(piece)
    return path


def _repeats(column: pa.ChunkedArray) -> bool:
    """Whether texts of a column come again and again, by its first rows."""
    import pyarrow.compute as pc

    head = column.slice(0, 10_000)
    return pc.count_distinct(head, mode="all").as_py() * 4 <= len(head)


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
