"""The rows of the plan as they stand: the draft of the findings, and over it what the client has said of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from audit.intake.tables.agreed import DAYS
from audit.plan.draft import EFFORT, Plan
from audit.words import Words
from audit.zones.remedies import told

Row = dict[str, Any]
MOST = 5  # priorities are 1 (first) … 5
_SAID = ("owner", "start_on", "due_on", "done_on", "decision", "client_priority", "comment", "effort", "agreed_at")  # by the client
_PROMISED = ("target", "expected_gain", "gain_low", "gain_high")
_TAKEN = ("zone_id", "remedy", "remedy_text", "title", "what", "horizon", "effort", "metric", "unit", "direction", "scope", "baseline", "target", "gain_low", "gain_high",
          "n", "volume_per_month", "unit_sd", "unit_scale", "remeasure_after_days", "baseline_shrunk", "planned_looks")


def current(plan: Plan, agreed: Iterable[Row]) -> list[Row]:
    """Rows of the draft `plan` merged with those of the ledger's last version, in the order of `ranked`.

    What was agreed keeps its promise (baseline, target, gain) and all that the client said; of the rest the figures are those of the
    findings. A row whose zone is no longer found stays with the state `gone`; the client's own rows have the state `own`.
    """
    known = {row["action_id"]: row for row in agreed}
    fresh = [_drafted(change, place, len(plan.changes)) for place, change in enumerate(plan.changes)]
    rows = [_merged(row, known[row["action_id"]]) if row["action_id"] in known else row for row in fresh]
    found = {row["action_id"] for row in fresh}
    rows += [row | {"state": "own" if row["state"] == "own" else "gone"} for name, row in known.items() if name not in found]
    words = Words(plan.lang)
    return ranked([row | _texts(row, words) for row in rows])


def _drafted(change: Mapping[str, Any], place: int, count: int) -> Row:
    row = {"action_id": change["id"], **{name: change[name] for name in _TAKEN}, "expected_gain": change["gain_per_month"]}
    row |= {"proposed_priority": 1 + MOST * place // max(count, MOST), "state": "new", "owner": "", "decision": "", "comment": "", "client_priority": None}
    return row | dict.fromkeys(DAYS) | {"full": {name: row[name] for name in _PROMISED}}


def _merged(row: Row, known: Row) -> Row:
    """A row of the draft with what the ledger knows of it."""
    if known["decision"] == "agree":
        return known | {"state": "known"}
    row = row | {name: known[name] for name in _SAID} | {"state": "known"}
    edited = known["target"] is not None and known["target"] != known["full"]["target"]
    return aimed(row, known["target"]) if edited and right_side(row, known["target"]) else row


def _texts(row: Row, words: Words) -> Row:
    """Title and text of a known remedy in the language asked for; the client's own words stay."""
    parts = {part: told(row, part, words) for part in ("title", "what")}
    return parts if parts["title"] else {}


def right_side(row: Row, target: float) -> bool:
    """Whether a target is better than the baseline; true where there is none to compare with."""
    if row["baseline"] is None:
        return True
    return target < row["baseline"] if row["direction"] == "lower" else target > row["baseline"]


def aimed(row: Row, target: float | None) -> Row:
    """The row with another target: the expected gain goes with the part of the way that is left of the promised one."""
    full = row["full"]
    if target is None or row["baseline"] is None or full["target"] in (None, row["baseline"]):
        return row | {"target": target}
    part = (target - row["baseline"]) / (full["target"] - row["baseline"])
    if target == full["target"]:
        part = 1.0
    return row | {"target": target} | {name: None if full[name] is None else full[name] * part for name in _PROMISED[1:]}


def ranked(rows: Iterable[Row]) -> list[Row]:
    """Rows by the client's priority (where there is none, by the proposed one), then by gain for effort; declined ones last. Each has its `rank`."""
    ordered = sorted(rows, key=_key)
    return [row | {"rank": place} for place, row in enumerate(ordered, 1)]


def _key(row: Row) -> tuple:
    return row["decision"] == "decline", priority(row), -worth(row), row["action_id"]


def priority(row: Row) -> int:
    """The priority by which a row is ranked: the client's, else the proposed one."""
    return int(row["client_priority"] or row["proposed_priority"] or MOST)


def worth(row: Row) -> float:
    """Gain a month for the effort; 0 where no money is known."""
    return (row["expected_gain"] or 0.0) / EFFORT.get(row["effort"], EFFORT["medium"])


def stored(row: Row) -> Row:
    """The row as JSON keeps it."""
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in row.items()}


def restored(row: Row) -> Row:
    """The row as JSON kept it."""
    return row | {name: dt.date.fromisoformat(row[name]) if row.get(name) else None for name in DAYS}
