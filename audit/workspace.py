"""Where every file of a client lies; atomic writes and the lock."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from audit.client import Client, read_client
from audit.errors import Phrase, WorkspaceError

if TYPE_CHECKING:
    import pyarrow as pa


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
            raise WorkspaceError("errors.workspace_exists", path=place)
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
    def intake_report(self) -> Path:
        """What intake did with every file."""
        return self.root / "intake.json"

    def report_dir(self, as_of: dt.date | str) -> Path:
        """reports/<as_of>/, made when needed."""
        return made(self.root / "reports" / str(as_of))

    def snapshot(self, as_of: dt.date | str) -> Path:
        """Where the deals as they stood at `as_of` are stored for later runs."""
        return made(self.root / "snapshots") / f"{as_of}.parquet"

    def table_paths(self) -> dict[str, Path]:
        """Canonical tables that are there: name → parquet file. WorkspaceError when there are none."""
        found = {path.stem: path for path in sorted(self.tables.glob("*.parquet"))}
        if not found:
            raise WorkspaceError("errors.no_tables", path=self.root)
        return found

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
            yield
        finally:
            lock.release()


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
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
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


def write_parquet(path: Path, table: pa.Table) -> Path:
    """Write a parquet file atomically; equal content gives equal bytes."""
    import pyarrow.parquet as pq

    with replacing(path) as part:
        pq.write_table(table, part, compression="zstd")
    return path


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
