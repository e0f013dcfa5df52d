"""The daily pack: intake where something is new, the notebook, the page and the workbook."""

from __future__ import annotations

import datetime as dt
import os

from audit.report.standup.pages import export_standup
from audit.runner.engine import in_fork
from audit.runner.run import Run, Told, Work, intake_step, preload
from audit.runner.steps import Step
from audit.workspace import Workspace

NOTEBOOK = "60_standup"
ROOMS = ("audit.runner.papermill", "audit.intake.run", "audit.standup.make", "audit.report.standup.pages", "audit.report.exporter", "matplotlib.pyplot", "IPython.core.interactiveshell", "ibis.backends.duckdb", "pandas")


def standup(
    client: Workspace | str | os.PathLike, date: dt.date | None = None, *, engine: str | None = None, lang: str | None = None, fresh: bool = False, told: Told | None = None,
) -> Run:
    """Make the pack for the stand-up of `date` (default: the next one after the data's last day) and leave it in `reports/<date>/`.

    The intake is done anew only where its inputs have changed (or when `fresh`); the pack always is. Errors as in `run`.
    """
    workspace = Workspace.open(client)
    settings = workspace.client
    lang, engine = lang or settings.language, engine or settings.engine
    with workspace.lock():
        preload(ROOMS)
        work = Work(workspace, fresh, told or (lambda *_: None), lang)
        work.do(intake_step(workspace, lang), workspace.root / ".audit" / "notebooks")
        day = date or in_fork(_next, workspace, engine)
        folder = workspace.root / "reports" / str(day)
        again = Work(workspace, True, work.told, lang)
        executed = again.do(_step(workspace, day, engine, lang), workspace.root / ".audit" / "notebooks")
        return Run(day, folder, export_standup(executed, workspace, day, lang), [*work.steps, *again.steps])


def _next(workspace: Workspace, engine: str) -> dt.date:
    from audit.standup.make import day_after

    return day_after(workspace, engine)


def _step(workspace: Workspace, day: dt.date, engine: str, lang: str) -> Step:
    parameters: dict[str, str | bool] = {"client": str(workspace.root), "date": str(day), "engine": engine, "lang": lang}
    return Step(NOTEBOOK, parameters, reads=(), leaves=(), scope=str(day))
