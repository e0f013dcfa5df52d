"""The verb `plan_export`: findings and ledger in, the client's book of the plan out."""

from __future__ import annotations

import datetime as dt
import os
from contextlib import suppress
from pathlib import Path

from audit.errors import UsageError
from audit.plan.book import workbook
from audit.plan.cells import Shown
from audit.plan.columns import plain
from audit.plan.draft import Plan, draft_plan
from audit.plan.ledger import Agreed, latest, versions
from audit.plan.measures import on_offer, slices_on_offer
from audit.plan.people import People
from audit.plan.rows import current
from audit.plan.state import Exported, is_ours, keep
from audit.words import LANGUAGES, Words
from audit.workspace import Workspace, read_json, replacing, sha256

BOOK = "plan.xlsx"


def plan_export(
    client: Workspace | str | os.PathLike, file: str | os.PathLike | None = None, as_of: dt.date | str | None = None, lang: str | None = None, *,
    keep_edits: bool = False,
) -> Path:
    """Write the plan of changes of `client` as a workbook that the client fills in; its path.

    One row a change: growth zones of reports/<as_of>/findings.json (default: the latest) over what the ledger says was agreed. `file`: default
    reports/<as_of>/plan.xlsx. `lang`: default the client's. Same data, same bytes. A book that somebody has written in and nobody has imported
    is not overwritten: UsageError, or, with `keep_edits`, it is left as it is. UsageError too where nothing was measured.
    """
    workspace = Workspace.open(client)
    day = measured_on(workspace, as_of)
    path = Path(file).expanduser() if file is not None else workspace.root / "reports" / str(day) / BOOK
    if _edited(workspace, path):
        if keep_edits:
            return path
        raise UsageError("plan.edited", path=path, client=workspace.root)
    exported, content = _made(workspace, day, spoken(workspace, lang))
    keep(workspace, exported, content)
    with replacing(path) as part:
        part.write_bytes(content)
    return path


def plan_draft(client: Workspace | str | os.PathLike, as_of: dt.date | str | None = None, lang: str | None = None) -> Plan:
    """The draft plan of what was measured at `as_of` (default: the latest), before anything is agreed; errors as in `plan_export`."""
    workspace = Workspace.open(client)
    return draft_plan(_findings(workspace, measured_on(workspace, as_of)), workspace.client, spoken(workspace, lang))


def measured_on(workspace: Workspace, as_of: dt.date | str | None) -> dt.date:
    """The day asked for, or the latest, that has findings; UsageError where there is none."""
    days = reported(workspace, "findings.json")
    if as_of is None:
        if not days:
            raise UsageError("plan.nothing_measured", client=workspace.root)
        return days[-1]
    try:
        day = as_of if isinstance(as_of, dt.date) else dt.date.fromisoformat(as_of)
    except ValueError:
        raise UsageError("errors.bad_date", value=str(as_of)[:40], option="as_of") from None
    if day not in days:
        raise UsageError("plan.not_measured_then", day=day, client=workspace.root, known=", ".join(str(one) for one in days[-3:]) or "–")
    return day


def reported(workspace: Workspace, name: str) -> list[dt.date]:
    """Days of the reports that have a file of this name, oldest first."""
    days = []
    for path in (workspace.root / "reports").glob(f"*/{name}"):
        with suppress(ValueError):
            days.append(dt.date.fromisoformat(path.parent.name))
    return sorted(days)


def spoken(workspace: Workspace, lang: str | None) -> str:
    """The language of a book; UsageError for one that is not spoken."""
    if lang is not None and lang not in LANGUAGES:
        raise UsageError("errors.unknown_name", kind="lang", name=lang, nearest=", ".join(LANGUAGES))
    return lang or workspace.client.language


def shown_in(workspace: Workspace, lang: str, as_of: str) -> Shown:
    """How the book of a client shows rows."""
    words = Words(lang)
    return Shown(words, workspace.client.currency, dt.date.fromisoformat(as_of), People(workspace, words))


def _made(workspace: Workspace, day: dt.date, lang: str) -> tuple[Exported, bytes]:
    """An export and its book."""
    findings, base = _findings(workspace, day), latest(workspace)
    shown = shown_in(workspace, lang, str(day))
    rows = current(draft_plan(findings, workspace.client, lang), base.rows)
    metrics = on_offer(workspace.root / "reports" / str(day) / "values.parquet", shown.words)
    slices = slices_on_offer(workspace.root / "reports" / str(day) / "values.parquet", (one["id"] for one in metrics.values()), shown.slice)
    exported = Exported(str(day), base.version, lang, tuple(rows), {shown.id(row): row["action_id"] for row in rows}, metrics, slices)
    people = [plain(shown.people.shown(name), 120) for name in shown.people.active]
    return exported, workbook(exported, shown, plain(workspace.client.brand.name or workspace.client.name), findings.get("total_gain_per_month"), people)


def _findings(workspace: Workspace, day: dt.date) -> dict:
    return read_json(workspace.root / "reports" / str(day) / "findings.json")


def _edited(workspace: Workspace, path: Path) -> bool:
    """Whether the file holds what nobody has taken over yet: it is neither as we wrote it nor imported."""
    if not path.is_file():
        return False
    digest = sha256(path)
    return not is_ours(workspace, digest) and digest not in _imported(versions(workspace))


def _imported(known: list[Agreed]) -> set[str]:
    return {one.sha256 for one in known}
