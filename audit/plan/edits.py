"""The lines of a returned book against what went out: values as they were meant, and everything that contradicts itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from audit.errors import Phrase, nearest
from audit.plan import typed
from audit.plan.cells import Shown
from audit.plan.checks import contradictions
from audit.plan.columns import COLUMNS, LISTS, Column, folded, plain
from audit.plan.draft import LOOKS
from audit.plan.reading import Book, Line
from audit.plan.rows import MOST, Row, aimed
from audit.plan.sliced import slice_of
from audit.plan.state import Exported

_RECKONED = ("rank", "order", "expected_gain", "gain_low", "gain_high", "detectable", "seen_on")  # formulas, and what follows from the client's own cells
_WAITS = {"tactical": 28, "strategic": 90}  # days before which an own change is not judged


class Fault(NamedTuple):
    """One contradiction: cell, kind (names the text), what fills it in."""

    cell: str
    kind: str
    values: dict[str, Any]

    def place(self) -> tuple[int, int, str]:
        """Order of reading: by row, then by column."""
        letters = self.cell.rstrip("0123456789")
        return int(self.cell[len(letters):]), len(letters), letters

    def phrase(self) -> Phrase:
        """Worded once the language is known."""
        return Phrase(f"plan.wrong.{self.kind}", {"cell": self.cell} | self.values)


@dataclass
class Taken:
    """Rows as the client wants them, faults, cells that are locked and were written in all the same, ids that are missing."""

    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def take(book: Book, exported: Exported, shown: Shown, today: dt.date, own: Iterable[str]) -> Taken:
    """What the lines of `book` say; `own` are ids of the client's own changes that are taken already."""
    taken = Taken()
    known = {row["action_id"]: row for row in exported.rows}
    used = [int(name.removeprefix("change-own-")) for name in {*own, *known} if name.startswith("change-own-")]
    number = max(used, default=0)
    seen: dict[str, str] = {}
    for line in book.lines:
        name = plain(line.cells.get("action_id") or "")
        if not name and _blank(line):
            continue
        base = known.get(exported.ids.get(name, ""))
        if name and (fault := _identity(book, line, name, base, seen)):
            taken.faults.append(fault)
            continue
        if base is None:
            number += 1
            base = _fresh(f"change-own-{number}")
        _line(book, line, base, exported, shown, today, taken)
    taken.missing = [row["action_id"] for row in exported.rows if shown.id(row) not in seen]
    taken.rows += [known[name] for name in taken.missing]
    taken.faults.sort(key=Fault.place)
    return taken


def _blank(line: Line) -> bool:
    """Whether a line without an id has nothing that a person wrote."""
    return all(line.cells.get(column.name) is None for column in COLUMNS if column.open or column.own)


def _identity(book: Book, line: Line, name: str, base: Row | None, seen: dict[str, str]) -> Fault | None:
    """A fault where an id is unknown or comes twice."""
    cell = book.address(line, "action_id")
    if base is None:
        return Fault(cell, "unknown_id", {"found": plain(name, 80)})
    first = seen.setdefault(name, cell)
    return Fault(cell, "duplicate_id", {"found": plain(name, 80), "first": first}) if first != cell else None


def _fresh(name: str) -> Row:
    """A change of the client's own before anything is known of it."""
    row: Row = dict.fromkeys(("zone_id", "remedy", "metric", "unit", "baseline", "target", "expected_gain", "gain_low", "gain_high", "n", "volume_per_month",
                              "unit_sd", "unit_scale", "baseline_shrunk", "client_priority", "start_on", "due_on", "done_on", "agreed_at"))
    row |= {"action_id": name, "state": "own", "title": "", "what": "", "horizon": "tactical", "effort": "medium", "direction": "higher", "scope": {},
            "owner": "", "decision": "", "comment": "", "proposed_priority": MOST, "remeasure_after_days": _WAITS["tactical"], "planned_looks": LOOKS, "rank": None}
    return row | {"full": dict.fromkeys(("target", "expected_gain", "gain_low", "gain_high"))}


def _line(book: Book, line: Line, base: Row, exported: Exported, shown: Shown, today: dt.date, taken: Taken) -> None:
    """One line with its own faults."""
    said: dict[str, Any] = {}
    wrong: set[str] = set()
    own = base["state"] == "own"
    for column in COLUMNS:
        cell = line.cells.get(column.name)
        mine = column.open or (own and column.own)
        if mine and column.name in book.letters and book.address(line, column.name) in book.unreckoned:
            wrong.add(column.name)
            taken.faults.append(Fault(book.address(line, column.name), "unreckoned", {"column": column.head(shown.words)}))
            continue
        if column.name not in line.cells or typed.same(cell, shown.cell(base, column)):
            continue
        if not mine:
            if column.name not in _RECKONED and base["rank"]:
                taken.ignored.append(book.address(line, column.name))
            continue
        try:
            said[column.name] = _meant(column, cell, (said.get("metric") or base)["unit"], exported, shown)
        except typed.Wrong as problem:
            wrong.add(column.name)
            taken.faults.append(Fault(book.address(line, column.name), problem.kind, _told(column, cell, exported, shown)))
    row = _with(base, said, today)
    taken.rows.append(row)
    places = {name: book.address(line, name) for name in book.letters}
    taken.faults += [Fault(cell, kind, values) for cell, kind, values in contradictions(row, base, wrong, places, shown, dt.date.fromisoformat(exported.as_of), today)]


def _meant(column: Column, cell: Any, unit: str | None, exported: Exported, shown: Shown) -> Any:
    """The value that a cell means; Wrong when it cannot be one."""
    name = column.name
    if column.kind == "date":
        return typed.day(cell)
    if name == "client_priority":
        return typed.priority(cell)
    if name in LISTS:
        return typed.word(name, cell)
    if name == "metric":
        return _metric(cell, exported)
    if name == "zone":
        return slice_of(cell, exported, shown)
    if column.kind == "number":
        return typed.number(cell, unit)
    text = plain(cell) if cell is not None else ""
    return shown.people.real(text) if name == "owner" else text


def _metric(cell: Any, exported: Exported) -> dict[str, Any] | None:
    """The metric that a cell names."""
    if cell is None:
        return None
    known = {folded(title): metric for title, metric in exported.metrics.items()} | {metric["id"]: metric for metric in exported.metrics.values()}
    if folded(cell) not in known:
        raise typed.Wrong("metric")
    return known[folded(cell)]


def _told(column: Column, cell: Any, exported: Exported, shown: Shown) -> dict[str, Any]:
    """What fills in the text of a fault of one cell."""
    values = {"found": plain(cell, 60), "column": column.head(shown.words)}
    if column.name in LISTS:
        values["choices"] = ", ".join(shown.words(f"plan.word.{column.name}.{code}") for code in LISTS[column.name])
    if column.name == "metric":
        values["nearest"] = nearest(plain(cell, 60), list(exported.metrics)) or "–"
    if column.name == "zone":
        values["nearest"] = nearest(plain(cell, 60), list(exported.slices)) or "–"
    return values


def _with(base: Row, said: dict[str, Any], today: dt.date) -> Row:
    """The row with what was said of it; an emptied target, effort or horizon is as it was proposed."""
    metric, zone = said.pop("metric", None), said.pop("zone", None)
    kept = {name: value for name, value in said.items() if name not in ("effort", "horizon") or value}
    row = base | kept
    if zone is not None:
        row["scope"] = zone["scope"]
    if metric is not None:
        row |= {"metric": metric["id"], "unit": metric["unit"], "direction": metric["direction"]}
        row["baseline"] = row["baseline"] if row["baseline"] is not None else metric["baseline"] if not row["scope"] else zone["values"].get(metric["id"]) if zone else None
    if row["state"] == "own":
        row["remeasure_after_days"] = _WAITS[row["horizon"]]
    elif "target" in said:
        row = aimed(row, said["target"] if said["target"] is not None else base["full"]["target"])
    if row["decision"] != "agree":
        row["agreed_at"] = None
    elif base["decision"] != "agree":
        row["agreed_at"] = today
    return row
