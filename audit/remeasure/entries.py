"""What effects.json says of each change, of all together and of the plan."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from audit.effects.effect import NOT_YET, rounded
from audit.metrics.catalogue import BY_ID
from audit.plan.rows import Row
from audit.remeasure import money
from audit.remeasure.judge import Judged
from audit.words import Words

_ENDS = ("value", "low", "high")
_NAMED = ("title", "what", "owner", "horizon", "remedy", "zone_id", "direction", "baseline", "target", "gain_low", "gain_high", "comment")
_DECIDES = ("metric", "scope", "direction", "baseline", "baseline_shrunk", "target", "expected_gain", "volume_per_month", "planned_looks", "remeasure_after_days", "full")


def entries(judged: Sequence[Judged], lang: str) -> list[dict[str, Any]]:
    """One dict a change, as the contract has it, with the plan's words, the points of the series and the money."""
    shares = dict(zip([_key(one) for one in _groups(judged)], money.counted([(one.change.metric, one.group) for one in _groups(judged)]), strict=True))
    told: set[tuple[str, ...]] = set()
    found = []
    for one in judged:
        first = _key(one) not in told
        if one.worth:
            told.add(_key(one))
        found.append(_entry(one, lang, counted=bool(one.worth) and first and shares.get(_key(one), False)))
    return found


def _groups(judged: Sequence[Judged]) -> list[Judged]:
    """One of each group that has money."""
    return list({_key(one): one for one in judged if one.worth}.values())


def _key(one: Judged) -> tuple[str, ...]:
    return tuple(sorted(change.id for change in one.group))


def _entry(one: Judged, lang: str, *, counted: bool) -> dict[str, Any]:
    row, change, design = one.change.row, one.change, one.design
    more = {name: row.get(name) for name in _NAMED} | {
        "expected_gain": row.get("expected_gain"), "unit": BY_ID[change.metric].unit if change.metric in BY_ID else row.get("unit"),
        "start_on": str(change.start), "due_on": _day(row.get("due_on")), "done_on": _day(row.get("done_on")), "horizon_on": str(one.horizon),
        "look": one.look, "planned_looks": change.looks, "joint_with": one.joint, "form": design.form if design else "", "grain": design.grain if design else "",
        "controls": design.controls if design else 0, "rule": design.rule.told(Words(lang)) if design else "", "money_per_month": _money(one, counted=counted), "common_with": list(one.common),
        "points": _points(one.effect.points), "digest": digest(one),
    }
    entry = one.effect.entry(change=change.id, metric=change.metric, scope=change.scope, **more)
    return entry if entry["verdict"] != NOT_YET or entry["needs"] else entry | {"needs": entry["why"]}


def _money(one: Judged, *, counted: bool) -> dict[str, Any] | None:
    """Money a month of the change's group, beside what was promised; `counted` says whether it is in the sum.

    What was promised since the start is that for the units which count since then: as many months of the usual volume as they make up.
    """
    promised, known = money.promised(one.group)
    told = {"promised": promised, "promised_for": known, "changes": len(one.group)}
    if one.worth is None or not one.measured:
        return None if promised is None else {**dict.fromkeys(_ENDS), **told, "promised_to_date": None, "counted": False}
    worth = one.worth
    return _three(worth.month) | told | {
        "monitored": _ends(worth.looks), "to_date": _three(worth.to_date) | {"monitored": _ends(worth.looks_to_date)},
        "promised_to_date": None if promised is None else promised * worth.months,
        "units_per_month": worth.volume, "units_to_date": worth.units, "per_unit": worth.unit, "counted": counted,
    }


def _three(values: money.Three) -> dict[str, Any]:
    return dict(zip(_ENDS, values, strict=True))


def _ends(values: money.Three) -> dict[str, float]:
    return {"low": values[1], "high": values[2]}


def _points(points: Any) -> list[dict[str, Any]]:
    """The points of an effect as JSON keeps them."""
    if points is None:
        return []
    rows = points.to_dict("records")
    return [{name: bool(value) if name == "after" else str(value)[:10] if hasattr(value, "year") else value for name, value in row.items()} for row in rows]


def _day(day: dt.date | None) -> str | None:
    return str(day) if day else None


def digest(one: Judged) -> str:
    """Digest of all that decides what is said of a change: its row in the plan, the units compared, the look."""
    row = {name: one.change.row.get(name) for name in _DECIDES} | {"start": str(one.change.start), "done": str(one.change.row.get("done_on"))}
    parts = [row, one.design.digest if one.design else one.effect.needs and one.effect.needs.key, one.look, str(one.horizon), one.joint, one.worth]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def totals(effects: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Money a month and since the starts of all effects that are counted, beside what was promised for them and for the whole plan.

    The intervals allow for the monthly looks, as the sum is looked at every month too. `changes` are behind the sum, and for `promised_for` of them the plan promised money.
    """
    counted = [one["money_per_month"] for one in effects if (one["money_per_month"] or {}).get("counted")]
    return rounded({
        "per_month": money.total(one | one["monitored"] for one in counted), "to_date": money.total(one["to_date"] | one["to_date"]["monitored"] for one in counted),
        "promised": _sum(one["promised"] for one in counted), "promised_to_date": _sum(one["promised_to_date"] for one in counted),
        "changes": sum(one["changes"] for one in counted), "promised_for": sum(one["promised_for"] for one in counted),
        "promised_of_plan": _sum(one["expected_gain"] for one in effects),
    })


def _sum(parts: Iterable[float | None]) -> float | None:
    """The sum of what is known; None of nothing."""
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


def progress(rows: Sequence[Row], end: dt.date) -> dict[str, Any]:
    """How far the plan is at `end`: numbers of changes proposed, agreed, started, done, done on time, overdue; in all and by horizon."""
    told = {name: _counts([row for row in rows if row.get("horizon") == name], end) for name in ("tactical", "strategic")}
    return _counts(rows, end) | {"by_horizon": told}


def _counts(rows: Sequence[Row], end: dt.date) -> dict[str, int]:
    agreed = [row for row in rows if row["decision"] == "agree"]
    done = [row for row in agreed if row.get("done_on")]
    due = [row for row in done if row.get("due_on")]
    return {
        "proposed": len(rows), "agreed": len(agreed), "started": sum(bool(row["start_on"]) and row["start_on"] <= end for row in agreed), "done": len(done),
        "done_with_due": len(due), "on_time": sum(row["done_on"] <= row["due_on"] for row in due),
        "overdue": sum(bool(row.get("due_on")) and row["due_on"] < end and not row.get("done_on") for row in agreed),
    }
