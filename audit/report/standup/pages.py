"""Makes standup.html and standup.xlsx: from an executed notebook, or straight from the workspace without a kernel."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

from audit.report.lean import lean_imports
from audit.report.standup.report import StandUp
from audit.workspace import Workspace, write_bytes, write_text

PAGE, BOOK = "standup.html", "standup.xlsx"


def render_standup(client: Workspace | str | os.PathLike, date: dt.date | str | None = None, lang: str | None = None) -> list[Path]:
    """Make the workbook and the page of a pack that was made (default: the latest); their paths. Errors as in `StandUp.open`."""
    from audit.report.cells import as_notebook

    report = StandUp.open(client, date, lang)
    return [_booked(report), _written(as_notebook(report), report.workspace, report.date)]


def export_standup(executed: Path | str, workspace: Workspace, date: dt.date, lang: str) -> list[Path]:
    """The same, the page from an executed notebook."""
    with lean_imports():
        import nbformat

    report = StandUp.open(workspace, date, lang)
    return [_booked(report), _written(nbformat.read(str(executed), as_version=4), workspace, date, str(executed))]


def _booked(report: StandUp) -> Path:
    from audit.report.standup.book import workbook

    path = report.workspace.report_dir(report.date) / BOOK
    return write_bytes(path, workbook(report))


def _written(nb: Any, workspace: Workspace, date: dt.date, source: str = "") -> Path:
    from audit.report.exporter import StandUpExporter
    from audit.report.hidden import hidden_names

    exporter = StandUpExporter()
    exporter.hidden_names = tuple(hidden_names(workspace))
    body, _ = exporter.from_notebook_node(nb, {"metadata": {"name": source}})
    return write_text(workspace.report_dir(date) / PAGE, body)
