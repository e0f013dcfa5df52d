"""Everything the page of one stand-up is made of, read once from the workspace and made fit to be shown."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from audit.client import Client
from audit.errors import UsageError
from audit.report.privacy import Names
from audit.report.spoken import Spoken
from audit.report.standup.shown import shown
from audit.standup.pack import FILE, sound
from audit.words import Words
from audit.workspace import Workspace


@dataclass(frozen=True)
class StandUp(Spoken):
    """One stand-up of one client in one language; `section(name)` gives a Block. Labels of sellers are as client.yml's `privacy` wants them."""

    workspace: Workspace
    client: Client
    date: dt.date
    lang: str
    content: Mapping[str, Any]

    @classmethod
    def open(cls, client: Workspace | str | os.PathLike, date: str | dt.date | None = None, lang: str | None = None) -> StandUp:
        """The pack of `date` (default: the latest). UsageError where none was made for that day, WorkspaceError for a damaged file."""
        workspace = Workspace.open(client)
        known = packs(workspace)
        name = str(date or (known[-1] if known else ""))
        if name not in known:
            raise UsageError("standup.not_made", date=name or "–", known=", ".join(known[-6:]) or "–", client=workspace.root)
        lang = lang or workspace.client.language
        content = sound(workspace.root / "reports" / name / FILE)
        names = Names.of(workspace, workspace.client.privacy, _sellers(content), Words(lang)("report.pseudonym"))
        return cls(workspace, workspace.client, dt.date.fromisoformat(name), lang, shown(content, names))

    tags = ("standup",)  # of the cells of its sections

    @property
    def makers(self) -> dict[str, Any]:
        """Name of a section → what makes it."""
        return _sections()

    @cached_property
    def page(self) -> dict[str, Any]:
        """What the frame of the page needs to know."""
        from audit.report.logo import logo_uri
        from audit.report.standup.today import headline

        return {
            "lang": self.lang, "client": self.name, "as_of": str(self.as_of), "date": self.words.date(self.date), "headline": headline(self), "accent": self.theme.accent,
            "privacy": self.client.privacy, "logo": logo_uri(self.workspace.root, self.client.brand.logo),
        }

    @property
    def as_of(self) -> dt.date:
        """The evening up to which everything counts."""
        return dt.date.fromisoformat(self.content["as_of"])

    @property
    def since(self) -> dt.date:
        """The working day that is looked back on."""
        return dt.date.fromisoformat(self.content["since"])

    @property
    def tasks(self) -> list[dict[str, Any]]:
        """Every task, in the order in which they matter."""
        return list(self.content["tasks"])

    def has(self, part: str) -> bool:
        """Whether the data had what the part needs."""
        return part in self.content["parts"]

    def rows(self, part: str) -> list[dict[str, Any]]:
        """The rows of a part; none where it could not be made."""
        return list(self.content["parts"].get(part, ()))

    def money(self, value: float | None) -> str:
        """Money in the client's currency; a dash where there is none."""
        return self.numbers.money(value) if value is not None else "–"

    def day(self, text: str | None) -> str:
        """An ISO day or moment as a short day, with its year where that is another one; a dash where there is none."""
        if not text:
            return "–"
        day = dt.date.fromisoformat(text[:10])
        return self.words.day(day, "MMMd" if day.year == self.date.year else "yMMMd")

    @cached_property
    def people(self) -> dict[str, bool]:
        """Who is employed on the day and whether away; where the client gave no list of people, everybody whom the pack names."""
        told = {one["owner"]: bool(one["away"]) for one in self.content["people"]}
        return told or dict.fromkeys(sorted({row["owner"] for name in ("day_report", "catchup") for row in self.rows(name)} | {task["owner"] for task in self.tasks} - {""}), False)


def _sections() -> dict[str, Any]:
    from audit.report.standup.activity import activity
    from audit.report.standup.before import before
    from audit.report.standup.clients import clients
    from audit.report.standup.limits import limits
    from audit.report.standup.payments import payments
    from audit.report.standup.plan import plan
    from audit.report.standup.sheets import sheets
    from audit.report.standup.skill import skill
    from audit.report.standup.today import today

    return {one.__name__: one for one in (today, before, plan, activity, skill, payments, clients, sheets, limits)}


def packs(workspace: Workspace) -> list[str]:
    """Days (YYYY-MM-DD) for which a pack was made, oldest first."""
    return sorted(path.parent.name for path in (workspace.root / "reports").glob(f"????-??-??/{FILE}"))


def _sellers(content: Mapping[str, Any]) -> set[str]:
    """Every seller whom the pack names."""
    rows = [row for part in content["parts"].values() for row in part]
    before = [*content["before"].get("left", ()), *content["before"].get("sellers", ())]
    named = {str(row["owner"]) for row in (*rows, *content["tasks"], *content["people"], *before) if row.get("owner")}
    return named | {str(row["group"]) for row in rows if row.get("by") == "owner"}
