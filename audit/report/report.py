"""Everything a report is made of, read once from the workspace and made fit to be shown."""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from audit.client import Client
from audit.report import reading
from audit.report.block import Block
from audit.report.privacy import EMPTY, Names
from audit.report.spoken import Spoken
from audit.schema.results import INCOMPLETE, NOT_MEASURABLE, TOO_FEW
from audit.words import Words
from audit.workspace import Workspace

if TYPE_CHECKING:
    from audit.plan import Plan


class Value(NamedTuple):
    """One row of VALUES: the value in the metric's unit with its interval (of the metric's level) and the units behind it.

    `hits` is the sum of the numerator: how many, where the value is a share.
    """

    group: str
    start: dt.date | None
    value: float
    low: float | None
    high: float | None
    n: int
    status: str
    hits: float | None = None


@dataclass(frozen=True)
class Report(Spoken):
    """The facts of one client at one date in one language; `section(name)` gives a Block.

    Labels of sellers are already as client.yml's `privacy` wants them; labels of clients are masked.
    """

    workspace: Workspace
    client: Client
    as_of: dt.date
    lang: str
    values: pd.DataFrame
    findings: Mapping[str, Any]
    intake: Mapping[str, Any]
    notes: Mapping[str, str] = field(default_factory=dict)
    passport: Mapping[str, Any] = field(default_factory=dict)  # passport.json, empty where the run left none
    techniques: Mapping[str, Any] = field(default_factory=dict)  # techniques.json, empty where no talks were judged
    agreed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # rows of the plan as the client last answered it, by their id

    @classmethod
    def open(cls, client: Workspace | str | os.PathLike, as_of: dt.date | str | None = None, lang: str | None = None) -> Report:
        """The report of `client` at `as_of` (default: the latest that was measured).

        Raises UsageError when nothing was measured at that date, WorkspaceError for a damaged file.
        """
        workspace = Workspace.open(client)
        settings = workspace.client
        lang = lang or settings.language
        day = reading.measured(workspace, as_of)
        folder = workspace.root / "reports" / str(day)
        values, findings = reading.values(folder / "values.parquet"), reading.json(folder / "findings.json")
        techniques = reading.json(folder / "techniques.json")
        names = Names.of(workspace, settings.privacy, reading.sellers(workspace, values, findings, techniques), Words(lang)("report.pseudonym"))
        return cls(
            workspace, settings, day, lang, reading.shown_values(values, names), reading.shown_findings(findings, names),
            names.deep(reading.json(workspace.intake_report)), reading.notes(workspace.notes, names),
            names.deep(reading.json(folder / "passport.json")), reading.shown_techniques(techniques, names), names.deep(reading.agreed(workspace)),
        )

    # -- sections ------------------------------------------------------------------------------------

    tags = ()  # of the cells of its sections

    @property
    def makers(self) -> dict[str, Any]:
        """Name of a section → what makes it."""
        from audit.report.sections import BY_NAME

        return dict(BY_NAME)

    def deck(self) -> Block:
        """The slides of the defence, one block."""
        from audit.report.slides import deck

        return deck(self)

    @cached_property
    def page(self) -> dict[str, Any]:
        """What the frame of the page needs to know."""
        from audit.report.logo import logo_uri
        from audit.report.sections.summary import headline

        return {
            "lang": self.lang, "client": self.name, "as_of": str(self.as_of), "date": self.words.date(self.as_of),
            "headline": headline(self), "accent": self.theme.accent, "privacy": self.client.privacy,
            "logo": logo_uri(self.workspace.root, self.client.brand.logo),
        }

    @cached_property
    def plan(self) -> Plan:
        """The plan of changes: the draft that the findings give, over what the client has answered."""
        from audit.plan import draft_plan
        from audit.plan.agreed import with_agreed

        return with_agreed(draft_plan(dict(self.findings), self.client, lang=self.lang), [dict(row) for row in self.agreed.values()])

    @property
    def zones(self) -> list[dict[str, Any]]:
        """Growth zones, the largest first."""
        return list(self.findings.get("findings") or [])

    @property
    def strengths(self) -> list[dict[str, Any]]:
        """What does better than its peers."""
        return list(self.findings.get("strengths") or [])

    @cached_property
    def _places(self) -> dict[tuple[str, str, str], Any]:
        """(metric, by, period) → positions of its rows."""
        return dict(self.values.groupby(["metric", "by", "period"], sort=False).indices)

    # -- facts ---------------------------------------------------------------------------------------

    def rows(self, metric: str, by: str = "", period: str = "all") -> list[Value]:
        """Measured rows of a metric in the order of VALUES (time order for periods); none when not measurable."""
        found = self.values.iloc[self._places.get((metric, by, period), [])]
        found = found[found["value"].notna() & ~found["status"].str.startswith(NOT_MEASURABLE)]
        if period != "all":
            found = found.sort_values(["period_start", "group"], kind="stable")
        return [
            Value(str(r.group), _date(r.period_start), float(r.value), _number(r.low), _number(r.high), _whole(r.n), str(r.status),
                  _number(r.sum_num))
            for r in found.itertuples()
        ]

    def one(self, metric: str, by: str = "", group: str = "", period: str = "all") -> Value | None:
        """One measured row, or None."""
        return next((row for row in self.rows(metric, by, period) if row.group == group), None)

    def months(self, metric: str, last: int = 24) -> list[Value]:
        """The last months of a metric, in order."""
        return [row for row in self.rows(metric, period="month") if row.start][-last:]

    def last_complete(self, metric: str, count: int = 12) -> list[Value]:
        """Up to `count` last complete months."""
        return [row for row in self.months(metric) if row.status != INCOMPLETE][-count:]

    def sellers(self, metric: str) -> list[Value]:
        """The metric by seller, enough data only; what has no seller is left out."""
        return [row for row in self.rows(metric, "owner") if row.status != TOO_FEW and row.group not in ("", EMPTY)]


def _number(value: Any) -> float | None:
    return float(value) if value is not None and not pd.isna(value) and math.isfinite(value) else None


def _whole(value: Any) -> int:
    return int(value) if value is not None and not pd.isna(value) else 0


def _date(value: Any) -> dt.date | None:
    return pd.Timestamp(value).date() if value is not None and not pd.isna(value) else None
