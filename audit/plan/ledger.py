"""The agreed versions of the plan in the client's ledger: `plan-0001.json`, … and a line each in `ledger.jsonl`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from audit.errors import Phrase, WorkspaceError
from audit.intake.tables.agreed import read_version
from audit.plan.rows import Row, restored, stored
from audit.workspace import Workspace, write_json, write_text


class Agreed(NamedTuple):
    """One version of the plan: its number (0: nothing was agreed yet), date of the findings behind it, rows, digest of the file it came in."""

    version: int = 0
    as_of: str = ""
    agreed_on: str = ""
    file: str = ""
    sha256: str = ""
    rows: tuple[Row, ...] = ()


def versions(workspace: Workspace) -> list[Agreed]:
    """All versions, oldest first; WorkspaceError when one is damaged."""
    return [_read(path) for path in _files(workspace)]


def latest(workspace: Workspace) -> Agreed:
    """The last version; an empty one of number 0 before any."""
    files = _files(workspace)
    return _read(files[-1]) if files else Agreed()


def add(workspace: Workspace, agreed: Agreed, differences: list[dict[str, Any]]) -> Path:
    """Store a version, then its line; the caller holds the lock. A kill in between is mended by `settle`."""
    path = workspace.ledger / f"plan-{agreed.version:04d}.json"
    write_json(path, {
        "schema": 1, "version": agreed.version, "client": workspace.client.name, "as_of": agreed.as_of, "agreed_on": agreed.agreed_on,
        "file": agreed.file, "sha256": agreed.sha256, "differences": differences, "changes": [stored(row) for row in agreed.rows],
    })
    settle(workspace)
    return path


def settle(workspace: Workspace) -> None:
    """Give every stored version its line; lines of other kinds stay as they are."""
    book = workspace.ledger / "ledger.jsonl"
    text = book.read_text(encoding="utf-8") if book.is_file() else ""
    told = {line.get("version") for line in map(json_line, text.splitlines()) if line.get("kind") == "plan"}
    missing = [one for one in versions(workspace) if one.version not in told]
    if missing:
        lines = [json.dumps(_told(one), ensure_ascii=False) for one in missing]
        write_text(book, "".join(f"{line}\n" for line in [*text.splitlines(), *lines]))


def _told(one: Agreed) -> dict[str, Any]:
    return {"kind": "plan", "version": one.version, "at": one.agreed_on, "as_of": one.as_of, "file": f"plan-{one.version:04d}.json", "sha256": one.sha256,
            "changes": len(one.rows), "agreed": sum(row["decision"] == "agree" for row in one.rows)}


def _files(workspace: Workspace) -> list[Path]:
    return sorted(workspace.ledger.glob("plan-[0-9]*.json"))


def _read(path: Path) -> Agreed:
    try:
        content = read_version(path)
        rows = tuple(restored(row) for row in content["changes"])
        return Agreed(int(content["version"]), content["as_of"], content["agreed_on"], content["file"], content["sha256"], rows)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise WorkspaceError("plan.damaged_version", path=path, problem=Phrase("plan.damaged.cut")) from None


def json_line(text: str) -> dict:
    """One line of a ledger; {} for what is no line of ours."""
    try:
        line = json.loads(text)
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}
