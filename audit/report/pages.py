"""Makes the files: from an executed notebook, or straight from the workspace without a kernel."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from audit.errors import UsageError
from audit.report.lean import lean_imports
from audit.workspace import Workspace, write_text

FORMATS = {"html": "defence", "memo": "memo"}


def render(
    client: Workspace | str | os.PathLike, as_of: dt.date | str | None = None, formats: Sequence[str] = ("html", "memo"), lang: str | None = None,
) -> list[Path]:
    """Make the deliverables of a measured date without a kernel; paths in the order of `formats`.

    `html` is defence.html, `memo` is memo.html, both in reports/<as_of>/. Raises UsageError for an unknown
    format and for a date at which nothing was measured.
    """
    from audit.report.report import Report

    chosen = [str(name).strip() for name in ([formats] if isinstance(formats, str) else formats)]
    for name in chosen:
        if name not in FORMATS:
            raise UsageError("report.unknown_format", name=name, known=", ".join(FORMATS))
    report = Report.open(client, as_of, lang)
    return _written(as_notebook(report), report.workspace, report.as_of, chosen)


def export(executed: Path | str, workspace: Workspace | str | os.PathLike, as_of: dt.date | str, lang: str | None = None) -> list[Path]:
    """Make defence.html and memo.html from an executed notebook; the language is that of its sections."""
    with lean_imports():
        import nbformat

    nb = nbformat.read(str(executed), as_version=4)
    return _written(nb, Workspace.open(workspace), as_of, list(FORMATS), str(executed))


def _written(nb: Any, workspace: Workspace, as_of: dt.date | str, formats: Iterable[str], source: str = "") -> list[Path]:
    from audit.report.exporter import DefenceExporter, MemoExporter
    from audit.report.hidden import hidden_names

    folder, hidden = workspace.report_dir(as_of), tuple(hidden_names(workspace))
    paths = []
    for name in formats:
        exporter = {"defence": DefenceExporter, "memo": MemoExporter}[FORMATS[name]]()
        exporter.hidden_names = hidden
        body, _ = exporter.from_notebook_node(nb, {"metadata": {"name": source}})
        paths.append(write_text(folder / f"{FORMATS[name]}.html", body))
    return paths


def as_notebook(report: Any) -> Any:
    """A notebook node as if `report.section(name)` had been executed, a cell a section."""
    with lean_imports():
        from nbformat.v4 import new_code_cell, new_notebook, new_output

    cells = []
    for name in report.sections:
        data, metadata = report.section(name)._repr_mimebundle_()
        output = new_output("execute_result", data={"text/html": data["text/html"]}, metadata=metadata, execution_count=1)
        tags = ["memo_only"] if name == "memo" else [*report.tags]
        cells.append(new_code_cell(source=f'report.section("{name}")', outputs=[output], metadata={"tags": tags}))
    return new_notebook(cells=cells)
