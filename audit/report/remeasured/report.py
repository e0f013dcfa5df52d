"""Everything the pages of one re-measured month are made of, read once from the workspace and made fit to be shown."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from audit.client import Client
from audit.errors import UsageError
from audit.report import reading
from audit.report.privacy import Names
from audit.report.spoken import Spoken
from audit.words import Words
from audit.workspace import Workspace
from audit.zones.remedies import retold

FILE = "effects.json"


@dataclass(frozen=True)
class Remeasurement(Spoken):
    """One month of one client in one language; `section(name)` gives a Block. Labels of sellers are as client.yml's `privacy` wants them."""

    workspace: Workspace
    client: Client
    month: dt.date
    lang: str
    content: Mapping[str, Any]

    @classmethod
    def open(cls, client: Workspace | str | os.PathLike, month: str | dt.date | None = None, lang: str | None = None) -> Remeasurement:
        """The re-measurement of `month` (YYYY-MM; default: the latest). UsageError where that month was not measured, WorkspaceError for a damaged file."""
        workspace = Workspace.open(client)
        known = measured(workspace)
        name = f"{month:%Y-%m}" if isinstance(month, dt.date) else str(month or (known[-1] if known else ""))
        if name not in known:
            raise UsageError("remeasure.not_measured", month=name or "–", known=", ".join(known[-6:]) or "–", client=workspace.root)
        lang = lang or workspace.client.language
        path = workspace.root / "reports" / name / FILE
        return cls(workspace, workspace.client, dt.date.fromisoformat(f"{name}-01"), lang, shown(workspace, path, lang))

    tags = ("remeasure",)  # of the cells of its sections

    @property
    def makers(self) -> dict[str, Any]:
        """Name of a section → what makes it."""
        return _sections()

    @cached_property
    def page(self) -> dict[str, Any]:
        """What the frame of the page needs to know."""
        from audit.report.logo import logo_uri
        from audit.report.remeasured.summary import headline

        return {
            "lang": self.lang, "client": self.name, "as_of": str(self.content["as_of"]),
            "date": self.words.date(dt.date.fromisoformat(self.content["as_of"])), "headline": headline(self), "accent": self.theme.accent,
            "privacy": self.client.privacy, "logo": logo_uri(self.workspace.root, self.client.brand.logo),
        }

    @property
    def effects(self) -> list[dict[str, Any]]:
        """What became of each change, in the order of the plan."""
        return list(self.content["effects"])


def _sections() -> dict[str, Any]:
    from audit.report.remeasured.changes import changes
    from audit.report.remeasured.progress import progress
    from audit.report.remeasured.summary import summary

    return {"summary": summary, "changes": changes, "progress": progress}


def measured(workspace: Workspace) -> list[str]:
    """Months (YYYY-MM) that have been measured, oldest first."""
    return sorted(path.parent.name for path in (workspace.root / "reports").glob(f"????-??/{FILE}"))


def shown(workspace: Workspace, path: Path, lang: str) -> dict[str, Any]:
    """The content of an effects.json with every text as it may be shown."""
    content = reading.json(path)
    sellers = _sellers(workspace)
    names = Names.of(workspace, workspace.client.privacy, sellers, Words(lang)("report.pseudonym"))
    words = Words(lang)
    told = [retold(one, words) for one in content["effects"]]
    effects = [names.deep({key: value for key, value in one.items() if key != "scope"}) | {"scope": {by: names.label(by, label) for by, label in one["scope"].items()}}
               for one in told]
    return content | {"effects": effects}


def _sellers(workspace: Workspace) -> list[str]:
    import pyarrow.parquet as pq

    file = workspace.tables / "users.parquet"
    return [str(name) for name in pq.read_table(file, columns=["name"])["name"].to_pylist() if name] if file.is_file() else []
