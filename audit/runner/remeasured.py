"""The re-measurement of a month: intake where something is new, the notebook, the ledger, the pages."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audit.errors import AuditError, NotebookError
from audit.remeasure.measure import begun
from audit.remeasure.months import first_of, last_of
from audit.remeasure.past import record_written
from audit.report.remeasured.pages import export_month
from audit.runner.record import noted
from audit.runner.run import Run, Told, Work, intake_step, preload
from audit.runner.steps import Step
from audit.workspace import Workspace, made, replacing

NOTEBOOK = "50_remeasure"
ROOMS = ("audit.runner.papermill", "audit.intake.run", "audit.remeasure.measure", "audit.report.remeasured.pages", "audit.report.exporter", "matplotlib.pyplot", "IPython.core.interactiveshell", "ibis.backends.duckdb", "pandas")


def remeasure(
    client: Workspace | str | os.PathLike, month: dt.date | str, *, engine: str | None = None, lang: str | None = None, fresh: bool = False, told: Told | None = None,
) -> Run:
    """Measure the agreed changes of one client at the end of `month` and leave `reports/<month>/`, its version in the ledger.

    The intake is done anew only where its inputs have changed (or when `fresh`); the measurement always is, for it is quick and must see
    the whole ledger. Errors as in `run`; UsageError for what is no month.
    """
    workspace = Workspace.open(client)
    settings, first = workspace.client, first_of(month)
    begun(workspace, first)
    lang, engine = lang or settings.language, engine or settings.engine
    started, clock = dt.datetime.now(dt.UTC), time.perf_counter()
    with workspace.lock():
        preload(ROOMS)
        work = Work(workspace, fresh, told or (lambda *_: None), lang)
        work.do(intake_step(workspace, lang), workspace.root / ".audit" / "notebooks")
        again = Work(workspace, True, work.told, lang)
        with _made_whole(workspace.root / "reports" / f"{first:%Y-%m}") as folder:
            result = Run(last_of(first), folder)
            with _same_kept(made(folder / "notebooks") / f"{NOTEBOOK}.ipynb"):
                executed = again.do(_step(workspace, f"{first:%Y-%m}", engine, lang), folder / "notebooks")
        record_written(workspace, result.folder)
        result.pages = [export_month(executed, workspace, f"{first:%Y-%m}")]
        result.steps = [*work.steps, *again.steps]
        noted(workspace, result, started, time.perf_counter() - clock, {"engine": engine, "lang": lang, "month": f"{first:%Y-%m}"}, again=True)
    return result


@contextmanager
def _made_whole(folder: Path) -> Iterator[Path]:
    """The folder of a month; it vanishes again where it is new and the month cannot be measured, so that no empty month is left."""
    new = not folder.exists()
    try:
        yield made(folder)
    except AuditError as problem:
        if new and problem.code != NotebookError.code:  # of a notebook that broke the executed one tells why
            shutil.rmtree(folder)
        raise


@contextmanager
def _same_kept(notebook: Path) -> Iterator[None]:
    """An executed notebook that says the same again but for its times is left as it was."""
    before = notebook.read_bytes() if notebook.is_file() else None
    yield
    if before is not None and _said(before) == _said(notebook.read_bytes()):
        with replacing(notebook) as part:
            part.write_bytes(before)


def _said(notebook: bytes) -> object:
    """What an executed notebook holds, without when and how long it ran; the cell of parameters has another id each time."""
    try:
        content = json.loads(notebook)
        for part in (content, *content["cells"]):
            part["metadata"].pop("papermill", None)
            part.pop("id", None)
    except (ValueError, KeyError, TypeError, AttributeError):
        return notebook
    return content


def _step(workspace: Workspace, month: str, engine: str, lang: str) -> Step:
    parameters: dict[str, str | bool] = {"client": str(workspace.root), "month": month, "engine": engine, "lang": lang, "ledger": False}
    return Step(NOTEBOOK, parameters, reads=(), leaves=(), scope=month)
