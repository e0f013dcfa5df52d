"""A pack in hand: the parts of one morning and the tasks that they give, as frame, JSON, picture and HTML."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.share import code_digest
from audit.words import Words
from audit.workspace import Workspace, read_json, write_json

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

FILE, SCHEMA = "standup.json", 1
_SHOWN = ("owner", "kind", "entity", "id", "client", "amount", "days")


@dataclass(frozen=True)
class Pack:
    """The daily pack of one client. `parts` are lists of rows by name, `lacks` what the data have not for the others."""

    workspace: Workspace
    date: dt.date
    as_of: dt.date
    since: dt.date
    parts: Mapping[str, Sequence[Mapping[str, Any]]]
    lacks: Mapping[str, Sequence[str]]
    tasks: Sequence[Mapping[str, Any]]
    before: Mapping[str, Any]
    people: Sequence[Mapping[str, Any]]
    lang: str

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row a task, in the order in which they matter: kind, owner, entity, id, what is told of it, whether it is issued."""
        import pandas as pd

        return pd.DataFrame(list(self.tasks))

    def part(self, name: str) -> pd.DataFrame:
        """The rows of one part; no row where the data lack what it needs."""
        import pandas as pd

        return pd.DataFrame(list(self.parts.get(name, ())))

    def to_json(self, path: str | Path | None = None) -> dict[str, Any]:
        """The content of standup.json; also written to `path` when given."""
        content = {
            "schema": SCHEMA, "client": self.workspace.client.name, "date": str(self.date), "as_of": str(self.as_of), "since": str(self.since),
            "currency": self.workspace.client.currency, "plan_basis": self.workspace.client.plan_basis, "code": code_digest(), "people": list(self.people),
            "parts": {name: list(rows) for name, rows in self.parts.items()}, "lacks": {name: list(what) for name, what in self.lacks.items()},
            "tasks": list(self.tasks), "before": dict(self.before),
        }
        if path is not None:
            write_json(Path(path), content)
        return content

    def write(self) -> Path:
        """reports/<date>/standup.json, replaced as a whole; its path."""
        path = self.workspace.report_dir(self.date) / FILE
        self.to_json(path)
        return path

    def plot(self) -> Figure:
        """How far each seller is from the linear plan of the running period, the farthest behind on top."""
        from audit.standup.plot import line_gaps

        return line_gaps([row for row in self.parts.get("plans", ()) if row["measure"] == "revenue" and row["by"] == "owner"], self.lang)

    def _repr_html_(self) -> str:
        words = Words(self.lang)
        head = "".join(f"<th>{escape(words(f'standup.column.{name}'))}</th>" for name in _SHOWN)
        rows = [task for task in self.tasks if task["issued"]]
        body = "".join("<tr>" + "".join(f"<td>{escape(self._cell(words, name, task))}</td>" for name in _SHOWN) + "</tr>" for task in rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _cell(self, words: Words, name: str, task: Mapping[str, Any]) -> str:
        value = task.get(name)
        if name in ("kind", "entity"):
            return words(f"standup.{name}.{value}")
        if name == "amount":
            return words.money(value, self.workspace.client.currency)
        return words.number(value, 0) if isinstance(value, float) else "" if value is None else str(value)


def last_before(workspace: Workspace, date: dt.date) -> dict[str, Any] | None:
    """The content of the last pack made for a day before `date`; None where there is none."""
    found = sorted(path for path in (workspace.root / "reports").glob(f"????-??-??/{FILE}") if path.parent.name < str(date))
    return read_json(found[-1]) if found else None
