"""Makes the files: from an executed notebook, or straight from the workspace without a kernel."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from audit.errors import UsageError
from audit.report.cells import as_notebook
from audit.report.lean import lean_imports
from audit.workspace import Workspace, write_bytes, write_text

FORMATS = {"html": "defence.html", "slides": "slides.html", "pdf": "defence.pdf", "memo": "memo.html"}
USUAL = ("html", "slides", "memo")  # what every run leaves


def render(
    client: Workspace | str | os.PathLike, as_of: dt.date | str | None = None, formats: Sequence[str] = USUAL, lang: str | None = None,
) -> list[Path]:
    """Make the deliverables of a measured date without a kernel; paths in the order of `formats`.

    `html` is defence.html, `slides` slides.html, `pdf` defence.pdf, `memo` memo.html, all in reports/<as_of>/.
    Raises UsageError for an unknown format, for `pdf` where the extra [pdf] or Pango is missing, and for a date at
    which nothing was measured.
    """
    from audit.report.report import Report

    chosen = [str(name).strip() for name in ([formats] if isinstance(formats, str) else formats)]
    for name in chosen:
        if name not in FORMATS:
            raise UsageError("report.unknown_format", name=name, known=", ".join(FORMATS))
    if "pdf" in chosen:
        from audit.report.paper import printer

        printer()  # what is missing is told before anything is drawn
    report = Report.open(client, as_of, lang)
    return _written(as_notebook(report, deck="slides" in chosen), report.workspace, report.as_of, chosen)


def export(executed: Path | str, workspace: Workspace | str | os.PathLike, as_of: dt.date | str, lang: str | None = None) -> list[Path]:
    """Make defence.html, slides.html and memo.html from an executed notebook; the language is that of its sections."""
    with lean_imports():
        import nbformat

    nb = nbformat.read(str(executed), as_version=4)
    return _written(nb, Workspace.open(workspace), as_of, USUAL, str(executed))


def _written(nb: Any, workspace: Workspace, as_of: dt.date | str, formats: Iterable[str], source: str = "") -> list[Path]:
    from audit.report.exporter import DefenceExporter, MemoExporter, SlidesExporter
    from audit.report.hidden import hidden_names

    exporters = {"html": DefenceExporter, "pdf": DefenceExporter, "slides": SlidesExporter, "memo": MemoExporter}
    folder, hidden = workspace.report_dir(as_of), tuple(hidden_names(workspace))
    bodies: dict[type, str] = {}
    paths = []
    for name in formats:
        kind = exporters[name]
        if kind not in bodies:
            exporter = kind()
            exporter.hidden_names = hidden
            bodies[kind], _ = exporter.from_notebook_node(nb, {"metadata": {"name": source}})
        if name == "html":
            _drop_outdated(folder, bodies[kind])
        paths.append(_file(folder / FORMATS[name], bodies[kind]))
    return paths


def _drop_outdated(folder: Path, body: str) -> None:
    """A printed defence says what the page beside it says: where the page becomes another, its print goes."""
    page = folder / FORMATS["html"]
    if not page.is_file() or page.read_text(encoding="utf-8") != body:
        (folder / FORMATS["pdf"]).unlink(missing_ok=True)


def _file(path: Path, body: str) -> Path:
    """The page as text, or on paper where the name says so."""
    if path.suffix != ".pdf":
        return write_text(path, body)
    from audit.report.paper import as_pdf

    return write_bytes(path, as_pdf(body))
