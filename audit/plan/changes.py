"""What `plan_import` gives back: the rows in their new order, what changed in them, and when each can be seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.plan.cells import Shown
from audit.plan.columns import AT, COLUMNS, LISTS
from audit.plan.plot import gains
from audit.plan.rows import Row

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_WATCHED = ("title", "what", "horizon", "decision", "owner", "start_on", "due_on", "done_on", "client_priority", "metric", "baseline", "target", "effort", "comment", "scope")
_HEAD = ("rank", "title", "decision", "owner", "start_on", "detectable", "seen_on", "expected_gain")


@dataclass(frozen=True)
class PlanChanges:
    """A returned plan: `rows` in their new order and `differences`, one dict a change of a cell.

    A difference has action_id, title, kind (added, declined, priority, changed, missing), field, old and new. `version` is that of the ledger
    which holds the rows, `stored` whether this import wrote it; `repeated` says that the file was imported before.
    `ignored` are locked cells that were written in all the same.
    """

    rows: tuple[Row, ...]
    differences: list[dict[str, Any]]
    version: int
    stored: bool
    shown: Shown
    path: Path | None = None
    repeated: bool = False
    ignored: tuple[str, ...] = ()

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row a change of the plan, first things first; `detectable` in the metric's unit, `seen_on` empty where no day can be told."""
        import pandas as pd

        from audit.plan.detect import detectable

        columns = [column.name for column in COLUMNS if column.name not in ("order", "zone", "state")]
        rows = [{name: row.get(name) for name in columns} | {"detectable": detectable(row), "seen_on": self._day(row)} for row in self.rows]
        return pd.DataFrame(rows, columns=columns)

    def _day(self, row: Row) -> dt.date | None:
        seen = self.shown.seen(row)
        return seen if isinstance(seen, dt.date) else None

    def to_json(self, path: str | Path | None = None) -> dict[str, Any]:
        """Version, differences and rows as a dict; also written to `path` when given."""
        from audit.plan.rows import stored

        content = {"schema": 1, "version": self.version, "stored": self.stored, "differences": self.differences, "changes": [stored(row) for row in self.rows]}
        if path is not None:
            from audit.workspace import write_json

            write_json(Path(path), content)
        return content

    def plot(self) -> Figure:
        """Gain a month of each change that is not declined, with its interval, in the new order."""
        kept = (row for row in self.rows if row["decision"] != "decline")
        return gains(((row["title"], row["expected_gain"], row["gain_low"], row["gain_high"]) for row in kept), self.shown.words.lang)

    def told(self, lang: str | None = None) -> str:
        """The difference list and the new order, in lines; `lang`: default that of the book."""
        if lang is not None and lang != self.shown.words.lang:
            return replace(self, shown=self.shown.speaking(lang)).told()
        words = self.shown.words
        lines = [self._outcome()]
        lines += [f"  {line}" for line in self._differences()]
        if self.ignored:
            lines.append(words("plan.done.ignored", cells=", ".join(self.ignored[:20])))
        blind = [row["title"] for row in self.rows if row["decision"] == "agree" and not row["metric"]]
        if blind:
            lines.append(words("plan.done.blind", n=len(blind), titles="; ".join(blind[:20])))
        lines += [words("plan.done.order"), *(f"  {self._row(row)}" for row in self.rows)]
        return "\n".join(lines)

    def _outcome(self) -> str:
        words = self.shown.words
        if self.repeated:
            return words("plan.done.repeated", version=self.version)
        if not any(one["kind"] != "missing" for one in self.differences):
            return words("plan.done.nothing")
        return words("plan.done.stored" if self.stored else "plan.done.dry", version=self.version, n=len(self.differences))

    def _differences(self) -> Iterator[str]:
        words = self.shown.words
        for one in self.differences:
            field = words(f"plan.column.{one['field']}") if one["field"] else ""
            old, new = (self._value(one, part) for part in ("old", "new"))
            yield words(f"plan.difference.{one['kind']}", id=self._id(one), title=one["title"], field=field, old=old, new=new)

    def _id(self, one: dict[str, Any]) -> str:
        return self.shown.people.id(one["action_id"])

    def _value(self, one: dict[str, Any], part: str) -> str:
        """One end of a difference as a person reads it."""
        value, words = one[part], self.shown.words
        if value in (None, "", {}):
            return "–"
        if one["field"] == "zone":
            return self.shown.slice(value)
        if one["field"] in LISTS:
            return words(f"plan.word.{one['field']}.{value}")
        if one["field"] in ("target", "baseline"):
            return self.shown.in_unit(value, one["unit"])
        if one["field"] == "metric":
            return self.shown.metric({"metric": value})
        if one["field"] == "owner":
            return self.shown.people.shown(value)
        return words.date(dt.date.fromisoformat(value), "medium") if one["field"].endswith("_on") else str(value)

    def _row(self, row: Row) -> str:
        words = self.shown.words
        seen = self.shown.seen(row)
        decision = words(f"plan.word.decision.{row['decision']}") if row["decision"] else words("plan.done.undecided")
        gain = words.money(row["expected_gain"], self.shown.currency)
        day = words("plan.done.seen", date=words.date(seen, "medium")) if isinstance(seen, dt.date) else seen
        return f"{row['rank']}. {row['title']} · {self.shown.zone(row)} · {decision} · {gain} · {self.shown.least(row)} · {day}"

    def _repr_html_(self) -> str:
        words = self.shown.words
        head = "".join(f"<th>{escape(words(f'plan.column.{name}'))}</th>" for name in _HEAD)
        body = "".join(f"<tr>{''.join(f'<td>{escape(self._shown(row, name))}</td>' for name in _HEAD)}</tr>" for row in self.rows)
        listed = "".join(f"<li>{escape(line)}</li>" for line in self._differences())
        return f"<p>{escape(self._outcome())}</p><ul>{listed}</ul><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _shown(self, row: Row, name: str) -> str:
        if name == "rank":
            return str(row["rank"])
        value = self.shown.cell(row, COLUMNS[AT[name]])
        if isinstance(value, dt.date):
            return self.shown.words.date(value, "medium")
        if name == "expected_gain":
            return self.shown.words.money(value, self.shown.currency)
        return "" if value is None else str(value)


def differences(rows: Iterable[Row], before: Iterable[Row], missing: Iterable[str]) -> list[dict[str, Any]]:
    """One dict a difference between two states of the plan, in the order of `rows`; see `PlanChanges`."""
    known, gone = {row["action_id"]: row for row in before}, set(missing)
    found: list[dict[str, Any]] = []
    for row in rows:
        head = {"action_id": row["action_id"], "title": row["title"], "unit": row["unit"]}
        old = known.get(row["action_id"])
        if row["action_id"] in gone:
            found.append(head | {"kind": "missing", "field": "", "old": None, "new": None})
            continue
        if old is None:
            found.append(head | {"kind": "added", "field": "", "old": None, "new": None})
        base = old or dict.fromkeys(_WATCHED)
        for name in _WATCHED:
            if (old is not None or name in ("decision", "owner", "start_on", "client_priority", "target", "scope")) and (row[name] or None) != (base[name] or None):
                found.append(head | {"kind": _kind(name, row), "field": "zone" if name == "scope" else name, "old": _text(base[name]), "new": _text(row[name])})
    return found


def _kind(name: str, row: Row) -> str:
    if name == "decision" and row["decision"] == "decline":
        return "declined"
    return "priority" if name == "client_priority" else "changed"


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
