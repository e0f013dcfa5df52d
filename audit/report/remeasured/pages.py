"""Makes remeasure.html: from an executed notebook, or straight from the workspace without a kernel."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from audit.report.lean import lean_imports
from audit.workspace import Workspace, write_text

PAGE = "remeasure.html"


def render_month(client: Workspace | str | os.PathLike, month: str | None = None, lang: str | None = None) -> Path:
    """Make reports/<month>/remeasure.html of a measured month (default: the latest); its path. Errors as in `Remeasurement.open`."""
    from audit.report.cells import as_notebook
    from audit.report.remeasured.report import Remeasurement

    report = Remeasurement.open(client, month, lang)
    return _written(as_notebook(report), report.workspace, f"{report.month:%Y-%m}")


def export_month(executed: Path | str, workspace: Workspace, month: str) -> Path:
    """Make remeasure.html from an executed notebook; the language is that of its sections."""
    with lean_imports():
        import nbformat

    return _written(nbformat.read(str(executed), as_version=4), workspace, month, str(executed))


def _written(nb: Any, workspace: Workspace, month: str, source: str = "") -> Path:
    from audit.report.exporter import RemeasureExporter
    from audit.report.hidden import hidden_names

    exporter = RemeasureExporter()
    exporter.hidden_names = tuple(hidden_names(workspace))
    body, _ = exporter.from_notebook_node(nb, {"metadata": {"name": source}})
    return write_text(workspace.report_dir(month) / PAGE, body)
