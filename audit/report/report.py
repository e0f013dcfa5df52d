"""Everything a report is made of, read once from the workspace and made fit to be shown."""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd


from audit.client import Client
from audit.errors import UsageError, nearest
from audit.report.block import Block
from audit.report.gate import clean
from audit.report.numbers import Numbers
from audit.report.privacy import SELLERS, Names
from audit.report.say import Say
from audit.report.theme import Theme
from audit.schema import VALUES
from audit.schema.results import INCOMPLETE, NOT_MEASURABLE, TOO_FEW
from audit.words import Words
from audit.workspace import Workspace, read_json

if TYPE_CHECKING:
    from audit.plan import Plan


class Value(NamedTuple):
    """One row of VALUES: the value in the metric's unit with its 95 % interval and the units behind it."""

    group: str
    start: dt.date | None
    value: float
    low: float | None
    high: float | None
    n: int
    status: str


@dataclass(frozen=True)
class Report:
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

    @classmethod
    def open(cls, client: Workspace | str | os.PathLike, as_of: dt.date | str | None = None, lang: str | None = None) -> Report:
        """The report of `client` at `as_of` (default: the latest that was measured).

        Raises UsageError when nothing was measured at that date, WorkspaceError for a damaged file.
        """
        workspace = Workspace.open(client)
        settings = workspace.client
        lang = lang or settings.language
        day = _measured(workspace, as_of)
        folder = workspace.root / "reports" / str(day)
        values, findings = _values(folder / "values.parquet"), _json(folder / "findings.json")
        names = Names.of(workspace, settings.privacy, _sellers(workspace, values, findings), Words(lang)("report.pseudonym"))
        return cls(
            workspace, settings, day, lang, _shown_values(values, names), _shown_findings(findings, names),
            names.deep(_json(workspace.intake_report)), _notes(workspace.notes, names),
        )

    # -- sections ------------------------------------------------------------------------------------

    @property
    def sections(self) -> tuple[str, ...]:
        """Names of the sections in the order of the argument."""
        from audit.report.sections import BY_NAME

        return tuple(BY_NAME)

    def section(self, name: str) -> Block:
        """One section; an unknown name is a UsageError with the nearest known ones."""
        from audit.report.sections import BY_NAME

        if name not in BY_NAME:
            raise UsageError("errors.unknown_name", kind="section", name=name, nearest=nearest(name, list(BY_NAME)))
        return BY_NAME[name](self)

    @cached_property
    def page(self) -> dict[str, Any]:
        """What the frame of the page needs to know."""
        from audit.report.sections.summary import headline
        from audit.report.logo import logo_uri

        return {
            "lang": self.lang, "client": self.name, "as_of": str(self.as_of), "date": self.words.date(self.as_of),
            "headline": headline(self), "accent": self.theme.accent, "privacy": self.client.privacy,
            "logo": logo_uri(self.workspace.root, self.client.brand.logo),
        }

    # -- tools of sections ---------------------------------------------------------------------------

    @cached_property
    def words(self) -> Words:
        """Texts and formats of the language."""
        return Words(self.lang)

    @cached_property
    def say(self) -> Say:
        """Texts as escaped HTML."""
        return Say(self.words)

    @cached_property
    def numbers(self) -> Numbers:
        """Numbers with units, rounded to what their intervals support."""
        return Numbers(self.words, self.client.currency)

    @cached_property
    def theme(self) -> Theme:
        """Colours."""
        return Theme.of(self.client.brand.accent)

    @property
    def name(self) -> str:
        """The client as the documents name it."""
        return clean(self.client.brand.name or self.client.name)

    @cached_property
    def plan(self) -> Plan:
        """The draft plan of changes that the findings give."""
        from audit.plan import draft_plan

        return draft_plan(dict(self.findings), self.client)

    @property
    def zones(self) -> list[dict[str, Any]]:
        """Growth zones, the largest first."""
        return list(self.findings.get("findings") or [])

    @property
    def strengths(self) -> list[dict[str, Any]]:
        """What does better than its peers."""
        return list(self.findings.get("strengths") or [])

    # -- facts ---------------------------------------------------------------------------------------

    def rows(self, metric: str, by: str = "", period: str = "all") -> list[Value]:
        """Measured rows of a metric in the order of VALUES (time order for periods); none when not measurable."""
        v = self.values
        found = v[(v["metric"] == metric) & (v["by"] == by) & (v["period"] == period)]
        found = found[found["value"].notna() & ~found["status"].str.startswith(NOT_MEASURABLE)]
        if period != "all":
            found = found.sort_values(["period_start", "group"], kind="stable")
        return [
            Value(str(r.group), _date(r.period_start), float(r.value), _number(r.low), _number(r.high), _whole(r.n), str(r.status))
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
        """The metric by seller, enough data only."""
        return [row for row in self.rows(metric, "owner") if row.status != TOO_FEW and row.group]

    def title(self, metric: str) -> str:
        """What a metric is called."""
        key = f"metrics.{metric}.title"
        return self.words(key) if self.words.has(key) else metric.replace("_", " ")

    def slice_name(self, dimension: str) -> str:
        """What a dimension is called; a free one by its own header."""
        for key in (f"metrics.by.{dimension}", f"report.by.{dimension}"):
            if self.words.has(key):
                return self.words(key)
        return clean(dimension, 60)

    def unit(self, metric: str) -> str:
        """The unit of a metric: share, money, days, count …"""
        from audit.metrics import BY_ID

        return BY_ID[metric].unit if metric in BY_ID else "index"


def _measured(workspace: Workspace, as_of: dt.date | str | None) -> dt.date:
    """The date of the report, which must have been measured."""
    folders = workspace.root / "reports"
    found = sorted(p.name for p in folders.glob("????-??-??") if any((p / f).is_file() for f in ("values.parquet", "findings.json")))
    wanted = str(as_of) if as_of else (found[-1] if found else "")
    if wanted not in found:
        raise UsageError("report.nothing_measured", path=workspace.root, wanted=wanted or "–", found=", ".join(found[-5:]) or "–")
    return dt.date.fromisoformat(wanted)


def _values(path: Path) -> pd.DataFrame:
    from audit.errors import WorkspaceError

    if not path.is_file():
        return pd.DataFrame(columns=list(VALUES.names)).astype({"metric": "str", "by": "str", "group": "str", "period": "str", "status": "str"})
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as problem:
        raise WorkspaceError("errors.damaged_file", path=path, problem=problem) from None
    for name in ("metric", "by", "group", "period", "status", "basis"):
        frame[name] = frame[name].astype("str").where(frame[name].notna(), "")
    return frame


def _json(path: Path) -> dict[str, Any]:
    return read_json(path) if path.is_file() else {}


def _sellers(workspace: Workspace, values: pd.DataFrame, findings: Mapping[str, Any]) -> Iterable[str]:
    """Every seller's name that may turn up: in values, findings and the table of users."""
    for by, group in values.loc[values["by"].str.contains("owner"), ["by", "group"]].drop_duplicates().itertuples(index=False):
        dimensions, parts = by.split("×"), group.split(" × ")
        if len(dimensions) == len(parts):
            yield from (part for d, part in zip(dimensions, parts, strict=True) if d in SELLERS)
    for kind in ("findings", "strengths", "cannot_tell"):
        for finding in findings.get(kind) or []:
            yield from (str(label) for d, label in (finding.get("slice") or {}).items() if d in SELLERS)
            if set(finding.get("slice") or {}) & set(SELLERS) and len(finding["slice"]) == 1:
                yield from (str(p.get("group", p.get("level", p.get("label", "")))) for p in finding.get("peers") or [] if isinstance(p, Mapping))
    users = workspace.tables / "users.parquet"
    if users.is_file():
        yield from pd.read_parquet(users, columns=["name"])["name"].dropna().astype(str)


def _shown_values(values: pd.DataFrame, names: Names) -> pd.DataFrame:
    pairs = values[["by", "group"]].drop_duplicates()
    shown = {(by, group): names.group(by, group) for by, group in pairs.itertuples(index=False)}
    groups = [shown[pair] for pair in zip(values["by"], values["group"], strict=True)]
    return values.assign(group=pd.array(groups, dtype="str") if groups else values["group"])


def _shown_findings(findings: Mapping[str, Any], names: Names) -> dict[str, Any]:
    lists = {key: [names.finding(f) for f in findings.get(key) or []] for key in ("findings", "strengths", "cannot_tell") if key in findings}
    return {**{key: value for key, value in findings.items() if key not in lists}, **lists}


def _notes(folder: Path, names: Names) -> dict[str, str]:
    """Consultant's notes: file stem → markdown."""
    files = sorted(folder.glob("*.md")) if folder.is_dir() else []
    texts = {file.stem: file.read_text(encoding="utf-8-sig", errors="replace").strip() for file in files}
    return {stem: "\n".join(_indent(line) + names.text(line) for line in text.splitlines()) for stem, text in texts.items() if text}


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _number(value: Any) -> float | None:
    return float(value) if value is not None and not pd.isna(value) and math.isfinite(value) else None


def _whole(value: Any) -> int:
    return int(value) if value is not None and not pd.isna(value) else 0


def _date(value: Any) -> dt.date | None:
    return pd.Timestamp(value).date() if value is not None and not pd.isna(value) else None



