"""What a book said when it was exported, kept in the workspace, so that edits are told from it and nobody can rewrite it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

from audit.plan.rows import Row, restored, stored
from audit.workspace import Workspace, made, read_json, write_json


class Exported(NamedTuple):
    """One export: day of the findings, version of the ledger it went out from, language, rows, id shown → id, metrics on offer."""

    as_of: str
    version: int
    lang: str
    rows: tuple[Row, ...]
    ids: dict[str, str]
    metrics: dict[str, dict[str, Any]]  # title shown → id, unit, direction, baseline
    slices: dict[str, dict[str, Any]] = {}  # slice shown → scope, values  # noqa: RUF012 (never written to)

    def content(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {"schema": 1, **self._asdict(), "rows": [stored(row) for row in self.rows]}

    @property
    def token(self) -> str:
        """The name by which the book recalls this export: equal content, equal name."""
        return hashlib.sha256(json.dumps(self.content(), sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:20]


def keep(workspace: Workspace, exported: Exported, book: bytes) -> None:
    """Remember an export and the bytes it went out in."""
    known(workspace, exported, hashlib.sha256(book).hexdigest())


def known(workspace: Workspace, exported: Exported, digest: str) -> None:
    """Remember that a file of this digest says no more than the export: so does one that a spreadsheet merely saved again."""
    path = _folder(workspace) / f"{exported.token}.json"
    before = read_json(path)["books"] if path.is_file() else []
    if digest not in before:
        write_json(path, exported.content() | {"books": [*before, digest]})


def recall(workspace: Workspace, token: str) -> Exported | None:
    """The export of that name; None when this workspace made none."""
    path = _folder(workspace) / f"{token}.json"
    if not token.isalnum() or not path.is_file():
        return None
    content = read_json(path)
    return Exported(content["as_of"], content["version"], content["lang"], tuple(restored(row) for row in content["rows"]), content["ids"], content["metrics"],
                    content.get("slices", {}))


def is_ours(workspace: Workspace, digest: str) -> bool:
    """Whether a file of this digest says what was exported: nobody has written in it since."""
    return any(digest in read_json(path).get("books", ()) for path in _folder(workspace).glob("*.json"))


def _folder(workspace: Workspace) -> Path:
    return made(workspace.root / ".audit" / "plans")
