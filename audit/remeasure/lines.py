"""The lines of ledger.jsonl that tell of measured months: what is remembered of a measurement even without effects.sqlite."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from audit.plan.ledger import json_line
from audit.workspace import Workspace, write_text

FILE, KIND = "ledger.jsonl", "effect"


def remembered(workspace: Workspace) -> dict[tuple[str, int], dict[str, Any]]:
    """(month, version) → its line."""
    found = {}
    for line in map(json_line, _text(workspace).splitlines()):
        if line.get("kind") == KIND and isinstance(line.get("month"), str) and isinstance(line.get("version"), int):
            found[line["month"], line["version"]] = line
    return found


def add(workspace: Workspace, told: Sequence[dict[str, Any]]) -> None:
    """Further lines at the end; those that are there stay as they are, lines of other kinds too."""
    if told:
        kept = _text(workspace).splitlines()
        write_text(workspace.ledger / FILE, "".join(f"{line}\n" for line in [*kept, *(json.dumps(one, ensure_ascii=False) for one in told)]))


def _text(workspace: Workspace) -> str:
    path = workspace.ledger / FILE
    return path.read_text(encoding="utf-8") if path.is_file() else ""
