"""What the ledger says of the months before: the verdict that each change had, and the money of all month by month."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from audit.remeasure.ledger import latest, record
from audit.workspace import Workspace, read_json

FILE = "effects.json"


def with_past(content: dict[str, Any], workspace: Workspace) -> dict[str, Any]:
    """`content` of a month with `previous` (month, verdict, effect, money of the last measured month before) of each change, and with
    `totals.by_month`: one dict a measured month up to this one. Each month stands as it was measured last."""
    before = {month: found for month, found in latest(workspace).items() if month < content["month"]}
    last = before[max(before)] if before else None
    known = {one["change"]: one for one in last["effects"]} if last else {}
    effects = [one | {"previous": _told(last, known[one["change"]]) if last and one["change"] in known else None} for one in content["effects"]]
    by_month = [_month(before[month]) for month in sorted(before)] + [_month(content)]
    return content | {"effects": effects, "totals": content["totals"] | {"by_month": by_month}}


def _told(found: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    return {"month": found["month"]} | {name: one[name] for name in ("verdict", "claim", "effect", "low", "high", "method", "form")} | {"money": (one["money_per_month"] or {}).get("value")}


def _month(found: dict[str, Any]) -> dict[str, Any]:
    """Money of one measured month, since the start of the changes and a month."""
    whole = found["totals"]
    return {"month": found["month"], **{name: whole.get(name) for name in ("per_month", "to_date", "promised", "promised_to_date", "changes", "promised_for")}}


def record_written(workspace: Workspace, folder: Path) -> int:
    """Note the month whose effects.json lies in `folder`; see `ledger.record`."""
    content = read_json(folder / FILE)
    totals = {name: value for name, value in content["totals"].items() if name != "by_month"}
    effects = [{name: value for name, value in one.items() if name != "previous"} for one in content["effects"]]
    return record(workspace, content | {"effects": effects, "totals": totals})
