"""A pack as it may be shown: sellers as `privacy` wants them, texts of the client cleaned, telephones but for their last digits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audit.report.privacy import Names

_TEXTS = ("stage", "pipeline", "source", "number", "block", "weak_stage", "client")
_DIGITS = 4


def shown(content: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The content of standup.json with every label as it may be shown."""
    before = {key: [_row(row, names) for row in value] if isinstance(value, list) else value for key, value in content["before"].items()}
    parts = {name: [_row(row, names) for row in rows] for name, rows in content["parts"].items()}
    people = [one | {"owner": names.label("owner", one["owner"])} for one in content["people"]]
    return {**content, "parts": parts, "tasks": [_row(task, names) for task in content["tasks"]], "people": people, "before": before}


def _row(row: Mapping[str, Any], names: Names) -> dict[str, Any]:
    told = dict(row)
    if told.get("owner"):
        told["owner"] = names.label("owner", told["owner"])
    if "group" in told:
        told["group"] = names.label("owner", told["group"]) if told["by"] == "owner" else names.text(told["group"], 120)
    if told.get("phone"):
        told["phone"] = "…" + "".join(char for char in str(told["phone"]) if char.isdigit())[-_DIGITS:]
    return told | {name: names.text(told[name], 120) for name in _TEXTS if isinstance(told.get(name), str)}
