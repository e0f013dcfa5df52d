"""The steps of a run: which notebook, what it reads and leaves, and whether it is already done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from audit.errors import WorkspaceError
from audit.share import code_digest, share
from audit.workspace import Workspace, made, read_json, sha256, write_json


@dataclass(frozen=True)
class Step:
    """One notebook with its parameters; `reads` and `leaves` are files and folders of the workspace."""

    notebook: str
    parameters: Mapping[str, str | bool]
    reads: tuple[Path, ...]
    leaves: tuple[Path, ...]
    scope: str = ""  # part of the name under which its record is kept, e.g. the as-of date

    @property
    def source(self) -> Path:
        """The notebook as shipped."""
        return share("notebooks") / f"{self.notebook}.ipynb"

    def key(self) -> str:
        """Digest of everything that decides the outcome: inputs, parameters, notebook and code."""
        parts = {
            "inputs": hashes(self.reads),
            "parameters": dict(self.parameters),
            "notebook": sha256(self.source),
            "code": code_digest(),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def record(self, workspace: Workspace) -> Path:
        """Where the outcome of the step is remembered."""
        name = "-".join(part for part in (self.notebook, self.scope) if part)
        return made(workspace.root / ".audit" / "steps") / f"{name}.json"

    def done(self, workspace: Workspace) -> bool:
        """Whether an earlier run did exactly this and nothing of what it left has changed since."""
        file = self.record(workspace)
        if not file.is_file():
            return False
        try:
            record = read_json(file)
        except WorkspaceError:
            return False  # a damaged record costs only the time to do the step again
        return record.get("key") == self.key() and record.get("left") == hashes(self.leaves)

    def remember(self, workspace: Workspace, seconds: float) -> None:
        """Record that the step is done."""
        write_json(self.record(workspace), {"key": self.key(), "left": hashes(self.leaves), "seconds": round(seconds, 3)})


def hashes(places: Iterable[Path]) -> dict[str, str]:
    """Path → sha256 of every file in `places` (folders are walked); missing ones are left out."""
    found = {}
    for place in places:
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        found.update({str(file): _digest(file) for file in files if file.is_file() and not file.name.endswith(".part")})
    return found


def _digest(file: Path) -> str:
    """The sha256 of a file; a word where it may not be read, which the intake tells of."""
    try:
        return sha256(file)
    except PermissionError:
        return "unreadable"
