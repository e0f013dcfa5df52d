"""From lists to tasks: what each seller is to do today, one task a lead, call, deal or invoice, and what became of the last ones."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
_URGENT = ("answer", "call_back")
_FLAGS = {"overdue": "overdue", "no_next": "plan", "stale_date": "redate", "silent": "touch", "orphan": "assign", "away": "assign"}


def tasks(parts: Mapping[str, Sequence[Row]], most: int, away: Collection[str] = (), at_work: Collection[str] | None = None) -> list[dict[str, Any]]:
    """Tasks in the order in which they matter: kind, owner, entity, id, what is told of it, and `issued`, whether it is among the first `most` of its seller.

    Nothing is issued to who is `away` or not `at_work` (None: all are), nor to nobody. A deal or lead that several lists name, or from whose client a call was missed, gives one task, of the first kind. Who waits for an answer comes first of all; then of every kind the
    first, of every kind the second and so on, so that old debts do not crowd out hot clients.
    """
    found, seen = [], set()
    for task in _all(parts):
        unit = tuple(task.get("about") or (task["entity"], task["id"]))
        if unit not in seen:
            seen.add(unit)
            found.append(task)
    issued, given = set(), dict[str, int]()
    for at in sorted(range(len(found)), key=_turns(found).__getitem__):
        owner = found[at]["owner"]
        given[owner] = given.get(owner, 0) + 1
        there = owner and owner not in away and (at_work is None or owner in at_work)
        issued |= {at} if there and given[owner] <= most else set()
    return [task | {"issued": at in issued} for at, task in enumerate(found)]


def _turns(found: Sequence[Row]) -> list[tuple[int, int]]:
    """When each task has its turn: those who wait at once, the others by their place among the tasks of the same kind and seller."""
    places, turns = dict[tuple[str, str], int](), []
    for at, task in enumerate(found):
        key = task["owner"], task["kind"]
        places[key] = places.get(key, -1) + 1
        turns.append((0 if task["kind"] in _URGENT else places[key], at))
    return turns


def followed(before: Mapping[str, Any] | None, parts: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """What became of the tasks that the last pack issued: a task is `left` while its list still names it."""
    if not before:
        return {}
    still = {(task["kind"], task["entity"], task["id"]) for task in _all(parts)}
    asked = [task for task in before["tasks"] if task["issued"]]
    left = [task for task in asked if (task["kind"], task["entity"], task["id"]) in still]
    return {"date": before["date"], "issued": len(asked), "done": len(asked) - len(left), "left": left, "sellers": _by_seller(asked, left)}


def _by_seller(asked: Sequence[Row], left: Sequence[Row]) -> list[dict[str, Any]]:
    """Issued and done by seller, the fewest done first."""
    rows = []
    for owner in sorted({task["owner"] for task in asked}):
        mine, open_ = (sum(task["owner"] == owner for task in these) for these in (asked, left))
        rows.append({"owner": owner, "issued": mine, "done": mine - open_})
    return sorted(rows, key=lambda row: (row["done"] / row["issued"], -row["issued"], row["owner"]))


def _all(parts: Mapping[str, Sequence[Row]]) -> Iterator[dict[str, Any]]:
    """Every task that a list gives, first what cools down by the hour, then money, then deals."""
    for row in parts.get("untouched_leads", ()):
        yield _task("answer", row, "lead", row["lead_id"], at=row["created_at"], minutes=row["waited_minutes"], source=row["source"])
    for row in parts.get("unreturned_calls", ()):
        about = [row["entity"], row["entity_id"]] if row["entity"] and row["entity_id"] else None
        yield _task("call_back", row, "call", row["activity_id"], about=about, at=row["at"], phone=row["phone"], minutes=row["waited_minutes"])
    for row in parts.get("payment_control", ()):
        if row["when"] != "ahead":
            yield _task("collect", row, "invoice", row["invoice_id"], number=row["number"], deal=row["deal_id"], amount=row["balance"], when=row["when"],
                        days=row["days_late"])
    for row in parts.get("hot_deals", ()):
        if row["neglected"]:
            yield _task("warm", row, "deal", row["deal_id"], amount=row["amount"], at=row["touched_at"], stage=row["stage"])
    yield from _overdue(parts)
    for row in parts.get("stuck_deals", ()):
        yield _task("push", row, "deal", row["deal_id"], amount=row["amount"], stage=row["stage"], days=row["days_in_stage"], limit=row["limit_days"])
    for name, entity in (("leaking_deals", "deal"), ("leaking_leads", "lead")):
        for row in parts.get(name, ()):
            flag = str(row["flags"]).split(", ")[0]
            yield _task(_FLAGS.get(flag, "touch"), row, entity, row[f"{entity}_id"], amount=row.get("amount"), at=row["last_at"], flags=row["flags"])


def _overdue(parts: Mapping[str, Sequence[Row]]) -> Iterator[dict[str, Any]]:
    """Overdue actions: one task a deal or lead, told by the oldest, with how many there are; a task of nothing known stands for itself."""
    units: dict[tuple[str, str], list[Row]] = {}
    for row in parts.get("overdue_tasks", ()):
        entity = row["entity"] if row["entity"] in ("deal", "lead") and row["entity_id"] else "action"
        units.setdefault((entity, row["entity_id"] if entity != "action" else row["activity_id"]), []).append(row)
    for (entity, unit), rows in units.items():
        yield _task("overdue", rows[0], entity, unit, action=rows[0]["kind"], at=rows[0]["due_at"], days=rows[0]["days_overdue"], number=len(rows))


def _task(kind: str, row: Row, entity: str, unit: str, **told: Any) -> dict[str, Any]:
    return {"kind": kind, "owner": row["owner"] or "", "entity": entity, "id": str(unit), "client": row.get("client"), **told}
