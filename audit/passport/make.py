"""The verb: tables and what intake wrote down in, the data passport out."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit import engine as engines
from audit.client import Client
from audit.metrics.bases import Bases
from audit.metrics.measure import day_of
from audit.passport import needs, sources
from audit.passport.base import Then
from audit.passport.columns import columns
from audit.passport.facts import Fact
from audit.passport.gaps import Gap, Series, ends_early, gaps, starts_late
from audit.passport.links import links
from audit.passport.oddities import oddities
from audit.passport.result import Passport
from audit.passport.scan import EVENTS, Counted, count, series
from audit.workspace import Workspace, read_json

if TYPE_CHECKING:
    from audit.engine import Tables

LATER = ("deals.closed_at", "payments.received_on", "invoices.issued_on")  # events that follow the first deal by their nature


def passport(source: Any, as_of: dt.date | str | None = None, lang: str | None = None, *, engine: str = "duckdb",
             today: dt.date | None = None) -> Passport:
    """The data passport of `source` at `as_of` (default: the last day on which anything happened).

    `source`: a workspace or its path (intake.json and mapping.yml are read too, never written), whatever
    `audit.engine.load` takes, or a plain deals table (frame or file). Nothing later than `as_of` counts, but dates
    later than `today` (default: the computer's) are told as such. UsageError for a wrong date or table;
    WorkspaceError where there is no table.
    """
    workspace = _workspace(source)
    tables = engines.load(workspace, engine) if workspace else _loaded(source, engine, lang)
    client = workspace.client if workspace else None
    bases = Bases(tables, day_of(as_of), client)
    intake = read_json(workspace.intake_report) if workspace and workspace.intake_report.is_file() else {}
    return _made(bases, intake, _headers(workspace), client, lang or (client.language if client else None), today)


def _made(bases: Bases, intake: Mapping[str, Any], headers: Mapping[str, Mapping[str, str]], client: Client | None, lang: str | None,
          today: dt.date | None) -> Passport:
    then = Then(bases, today)
    missing = needs.unmet(bases)
    counted = {name: count(then, name, needs.needed(name)) for name in then.names if name in EVENTS or needs.needed(name)}
    months, lines = series(counted, then.as_of)
    flagged = gaps(lines)
    requests = needs.ask(bases, missing)
    facts = [
        *sources.files(intake, _periods(counted)), *sources.totals(intake), *links(then), *_month_facts(months, lines, flagged, then.as_of),
        *columns(counted, sources.placeholders(intake, headers), missing), *oddities(then, counted, intake), *sources.duplicates(intake),
        *sources.questions(intake), *needs.lacking(bases, missing),
    ]
    opened = {request.table for request in requests}
    after = needs.left(missing, opened)
    return Passport(
        as_of=then.as_of, facts=facts, months=months, series=lines, gaps=flagged, ask=requests, system=sources.system(intake),
        statements=(len(needs.open_statements(missing)), len(needs.open_statements(after)), len(needs.open_statements(()))),
        decisions=[one for one in intake.get("decisions") or [] if isinstance(one, Mapping)], client=client.name if client else "", lang=lang or "en",
    )


def _workspace(source: Any) -> Workspace | None:
    if isinstance(source, Workspace):
        return source
    if isinstance(source, str | os.PathLike) and (Path(source) / "client.yml").is_file():
        return Workspace.open(source)
    return None


def _loaded(source: Any, engine: str, lang: str | None) -> Tables:
    """Canonical tables; a plain deals table goes through intake's recognition."""
    path = isinstance(source, str | os.PathLike)
    if (path and Path(source).is_file()) or (hasattr(source, "columns") and not isinstance(source, Mapping)):
        from audit.intake import canonical_deals

        deals, _ = canonical_deals(source, lang=lang) if lang else canonical_deals(source)
        return engines.load({"deals": deals}, engine)
    return engines.load(source, engine)


def _headers(workspace: Workspace | None) -> dict[str, dict[str, str]]:
    """file → header → canonical column, from mapping.yml."""
    if workspace is None or not workspace.mapping.is_file():
        return {}
    from audit.intake.ask.mapping import read_mapping

    return {entry.file: {header: column for column, header in entry.headers.items()} for entry in read_mapping(workspace.mapping).files}


def _periods(counted: Mapping[str, Counted]) -> dict[str, tuple[str, str]]:
    """Table → its first and last day."""
    return {name: (min(one.first.values()).isoformat(), max(one.last.values()).isoformat()) for name, one in counted.items() if one.first}


def _month_facts(months: list[dt.date], lines: list[Series], flagged: Mapping[str, list[Gap]], as_of: dt.date) -> list[Fact]:
    """Flagged months, and tables that end before the as-of day or start after the first deal without need."""
    made = [Fact("month", "empty" if not gap.found else "low", line.name, gap.found / gap.expected, gap.found, "serious" if not gap.found else "attention",
                 None, (), {"month": months[gap.at].isoformat(), "expected": gap.expected, "p": gap.p})
            for line in lines for gap in flagged[line.name]]
    start = next((line.first for line in lines if line.name == "deals.created_at"), None)
    for line in lines:
        quiet = ends_early(line, as_of, len(lines))
        if quiet:
            made.append(Fact("coverage", "ends_early", line.name, None, quiet, "serious", None, (), {"last": str(line.last)}))
        late = starts_late(line, start, len(lines)) if start and line.name not in LATER else None
        if late:
            made.append(Fact("coverage", "starts_late", line.name, None, late, "attention", None, (), {"first": str(line.first)}))
    return made
