"""Key figures of one client, read from what its command left."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from audit.errors import WorkspaceError
from audit.workspace import read_json


def figures_of(action: str, folder: Path) -> dict[str, Any]:
    """Of a run: number of zones and their joint gain a month with its interval and currency; of a re-measurement: changes by verdict.

    `folder` is that of the report. Empty where its file is not there or is damaged.
    """
    content = _read(folder / ("findings.json" if action == "run" else "effects.json"))
    if content is None:
        return {}
    if action == "run":
        total = content.get("total_gain_per_month") or {}
        return {"as_of": content.get("as_of"), "zones": len(content.get("findings") or ()), "currency": content.get("currency") or "",
                "gain_per_month": {name: total.get(name) for name in ("value", "low", "high")}}
    effects = content.get("effects") or []
    return {"verdicts": dict(Counter(str(effect.get("verdict")) for effect in effects))}


def up_to_date(folder: Path) -> bool:
    """Whether the run found every step done by an earlier one."""
    steps: list[dict[str, Any]] = (_read(folder / "run.json") or {}).get("steps") or []
    return bool(steps) and all(step.get("reused") for step in steps)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return read_json(path) if path.is_file() else None
    except WorkspaceError:
        return None
