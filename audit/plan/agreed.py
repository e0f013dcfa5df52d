"""The draft plan as the client has answered it: what was agreed as agreed, own changes among it, declined ones gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from audit.plan.detect import detectable, seen_after
from audit.plan.draft import Plan
from audit.plan.rows import Row
from audit.words import Words
from audit.zones.remedies import retold

_AGREED = ("title", "what", "remedy", "horizon", "effort", "metric", "unit", "direction", "baseline", "target", "gain_low", "gain_high", "n", "volume_per_month", "unit_sd",
           "unit_scale", "remeasure_after_days", "baseline_shrunk", "planned_looks", "owner", "start_on", "due_on", "comment", "decision", "client_priority")


def with_agreed(plan: Plan, rows: Iterable[Row]) -> Plan:
    """`plan` over the last version in the ledger, agreed changes first by the client's priority.

    An agreed change says what was agreed (text, target, gain, owner, start_on, due_on), whatever findings say by now; agreed changes whose
    zone is no longer found and the client's own ones join it; declined ones leave; a postponed one has the decision `postpone`.
    """
    known = {row["action_id"]: row for row in rows}
    if not known:
        return plan
    words = Words(plan.lang)
    kept = [_told(change, known.get(change["id"]), words) for change in plan.changes if known.get(change["id"], {}).get("decision") != "decline"]
    found = {change["id"] for change in plan.changes}
    kept += [_told({"id": name, "zone_id": row["zone_id"], "why": "", "also": [], "scope": row["scope"], "gain_units_per_month": None}, row, words)
             for name, row in known.items() if name not in found and row["decision"] == "agree"]
    return replace(plan, changes=tuple(sorted(kept, key=_order)))


def _told(change: Mapping[str, Any], row: Row | None, words: Words) -> dict[str, Any]:
    if row is None or row["decision"] not in ("agree", "postpone"):
        return dict(change)
    if row["decision"] == "postpone":
        return {**change, "decision": "postpone"}
    made = {**change, **retold({name: row.get(name) for name in _AGREED}, words), "gain_per_month": row["expected_gain"]}
    made["why"] = change["why"] if change.get("remedy") == row.get("remedy") else ""
    return made | {"horizon": made["horizon"] or "tactical", "effort": made["effort"] or "medium", "detectable": detectable(made), "seen_after_days": seen_after(made)}


def _order(change: Mapping[str, Any]) -> tuple:
    """Agreed ones by the client's priority, the rest as drafted, postponed ones last; sorting keeps the order among equals."""
    decision = change.get("decision") or ""
    return {"agree": 0, "": 1, "postpone": 2}.get(decision, 1), (change.get("client_priority") or 5) if decision == "agree" else 0
