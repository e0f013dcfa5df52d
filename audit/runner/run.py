"""The full audit of one client: intake, measuring, report — through papermill, resumable, recorded in run.json."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from audit.errors import AuditError, NotebookError, NothingMeasurableError
from audit.report.pages import FORMATS, USUAL
from audit.runner.record import noted
from audit.runner.steps import Step
from audit.workspace import Workspace, made

ROOMS = ("audit.runner.papermill", "audit.intake.run", "audit.metrics.measure", "audit.passport.make", "audit.zones.find", "audit.knowledge.desk", "audit.plan.export", "audit.report.pages",
         "audit.report.report", "audit.report.exporter", "matplotlib.pyplot", "IPython.core.interactiveshell", "ibis.backends.duckdb", "pandas")
Told = Callable[[str, int, int], None]  # step, cells done, cells in all


@dataclass
class Run:
    """What a run left: its folder, the report's pages and what was done or reused."""

    as_of: dt.date
    folder: Path
    pages: list[Path] = field(default_factory=list)
    steps: list[dict] = field(default_factory=list)


def run(
    client: Workspace | str | os.PathLike,
    as_of: dt.date | None = None,
    *,
    engine: str | None = None,
    lang: str | None = None,
    fresh: bool = False,
    told: Told | None = None,
) -> Run:
    """Audit one client and leave `reports/<as_of>/`.

    Steps whose inputs, parameters and code have not changed since an earlier run are reused unless `fresh`.
    Raises AuditError kinds with their exit codes; NotebookError when a notebook fails for another reason.
    """
    workspace = Workspace.open(client)
    settings = workspace.client
    lang, engine = lang or settings.language, engine or settings.engine
    started, clock = dt.datetime.now(dt.UTC), time.perf_counter()
    with workspace.lock():
        preload()
        work = Work(workspace, fresh, told or (lambda *_: None), lang)
        intake = intake_step(workspace, lang)
        first = work.do(intake, workspace.root / ".audit" / "notebooks")
        as_of = _day(workspace, engine, as_of)
        result = Run(as_of, workspace.report_dir(as_of))
        notebooks = made(result.folder / "notebooks")
        shutil.copyfile(first, notebooks / first.name)
        _knowledge(work, workspace, as_of, lang, notebooks)
        work.do(_audit_step(workspace, as_of, engine, lang), notebooks, after=lambda _: _snapshot(workspace, as_of, engine))
        work.do(_plan_step(workspace, as_of, lang), notebooks)
        work.do(_defence_step(workspace, as_of, lang), notebooks, after=lambda path: _export(path, workspace, as_of, lang))
        result.pages = [page for page in _pages(result.folder) if page.is_file()]
        result.steps = work.steps
        noted(workspace, result, started, time.perf_counter() - clock, {"engine": engine, "lang": lang})
    return result


def preload(rooms: tuple[str, ...] = ROOMS) -> None:
    """Import once what every notebook would import, where notebooks run in forks of this process."""
    from importlib import import_module

    from audit.runner.engine import engine_name

    if engine_name():
        for room in rooms:
            import_module(room)


def intake_step(workspace: Workspace, lang: str) -> Step:
    """Files of the client, what was answered and agreed → tables."""
    return Step(
        "10_intake", {"client": str(workspace.root), "lang": lang},
        reads=(workspace.root / "client.yml", workspace.inbox, workspace.presets, *_named_files(workspace), *_agreed(workspace),
               workspace.ledger / "effects.sqlite"),
        leaves=(workspace.tables, workspace.quarantine, workspace.intake_report, workspace.mapping, workspace.people),
    )


def _knowledge(work: Work, workspace: Workspace, as_of: dt.date, lang: str, notebooks: Path) -> None:
    """The step of the base of techniques, where there is a base or something to take in; no talk by that day is no failure of the run."""
    from audit.runner.knowledge import wanted

    step = wanted(workspace, as_of, lang)
    try:
        if step is not None:
            work.do(step, notebooks)
    except AuditError as problem:
        if problem.code != NothingMeasurableError.code:
            raise
        for file in step.leaves if step else ():
            file.unlink(missing_ok=True) if file.is_file() else None


def _audit_step(workspace: Workspace, as_of: dt.date, engine: str, lang: str) -> Step:
    folder = workspace.report_dir(as_of)
    return Step(
        "20_audit", {"client": str(workspace.root), "as_of": str(as_of), "engine": engine, "lang": lang},
        reads=(workspace.root / "client.yml", workspace.tables, workspace.knowledge_tables, workspace.intake_report, workspace.mapping, workspace.remedies),
        leaves=(*(folder / name for name in ("values.parquet", "values.csv", "passport.json", "findings.json", "zones")), workspace.snapshot(as_of)),
        scope=str(as_of),
    )


def _plan_step(workspace: Workspace, as_of: dt.date, lang: str) -> Step:
    folder = workspace.report_dir(as_of)
    return Step(
        "40_plan", {"client": str(workspace.root), "as_of": str(as_of), "lang": lang},
        reads=(workspace.root / "client.yml", workspace.tables / "users.parquet", folder / "findings.json", folder / "values.parquet", *_agreed(workspace)),
        leaves=(folder / "plan.xlsx",), scope=str(as_of),
    )


def _agreed(workspace: Workspace) -> list[Path]:
    """Versions of the plan that were agreed with the client."""
    return sorted(workspace.ledger.glob("plan-*.json"))


def _defence_step(workspace: Workspace, as_of: dt.date, lang: str) -> Step:
    folder = workspace.report_dir(as_of)
    inputs = ("values.parquet", "passport.json", "findings.json", "techniques.json")
    return Step(
        "70_defence", {"client": str(workspace.root), "as_of": str(as_of), "lang": lang},
        reads=(workspace.root / "client.yml", workspace.intake_report, workspace.notes, *(folder / name for name in inputs),
               *sorted((workspace.root / "reports").glob("????-??/effects.json"))),
        leaves=tuple(_pages(folder)), scope=str(as_of),
    )


def _pages(folder: Path) -> list[Path]:
    return [folder / FORMATS[name] for name in USUAL]


def _named_files(workspace: Workspace) -> list[Path]:
    """Plan and norm files that client.yml names."""
    settings = workspace.client
    return [workspace.root / name for name in (settings.plans, settings.norms) if isinstance(name, str)]


class Work:
    """Does or reuses steps and keeps the list of what happened."""

    def __init__(self, workspace: Workspace, fresh: bool, told: Told, lang: str):
        self.workspace, self.fresh, self.told, self.lang = workspace, fresh, told, lang
        self.steps: list[dict] = []

    def do(self, step: Step, folder: Path, after: Callable[[Path], object] | None = None) -> Path:
        """The executed notebook of `step` in `folder`, run now unless an earlier run already left the same."""
        target = made(folder) / step.source.name
        if not self.fresh and target.is_file() and step.done(self.workspace):
            self.steps.append({"step": step.notebook, "seconds": 0.0, "reused": True})
            self.told(step.notebook, 1, 1)
            return target
        clock = time.perf_counter()
        execute(step.source, target, step.parameters, lang=self.lang, told=self.told)
        if after:
            after(target)
        seconds = time.perf_counter() - clock
        step.remember(self.workspace, seconds)
        self.steps.append({"step": step.notebook, "seconds": round(seconds, 3), "reused": False})
        return target


def execute(source: Path, target: Path, parameters: Mapping[str, str | bool], *, lang: str, told: Told | None = None) -> None:
    """Run one notebook with papermill into `target`.

    Raises the AuditError that a cell raised, or NotebookError with the path of the executed notebook.
    """
    from audit.runner.engine import ChildDiedError
    from audit.runner.papermill import PapermillExecutionError, execute_notebook

    try:
        with _speaking(lang):
            execute_notebook(source, target, parameters, told)
    except PapermillExecutionError as failed:
        known = {kind.__name__: kind for kind in AuditError.__subclasses__()}
        if failed.ename in known:
            raise _Retold(known[failed.ename].code, failed.evalue) from None
        raise _failed(source, target, failed.cell_index + 1, f"{failed.ename}: {failed.evalue}") from None
    except ChildDiedError as failed:
        raise _failed(source, target, "?", str(failed)) from None


@contextmanager
def _speaking(lang: str) -> Iterator[None]:
    """Errors inside notebooks are worded there: in the language that AUDIT_LANG names, else in `lang`."""
    before = os.environ.get("AUDIT_LANG")
    os.environ["AUDIT_LANG"] = before or lang
    try:
        yield
    finally:
        if before is None:
            del os.environ["AUDIT_LANG"]
        else:
            os.environ["AUDIT_LANG"] = before


def _failed(source: Path, target: Path, cell: int | str, problem: str) -> NotebookError:
    return NotebookError("errors.notebook_failed", notebook=source.name, path=target, cell=cell, problem=problem[:500])


class _Retold(AuditError):
    """An AuditError that crossed a process as text."""

    def __init__(self, code: int, text: str):
        Exception.__init__(self, text)
        self.code, self.text = code, text

    def told(self, lang: str = "en") -> str:
        return self.text


def _day(workspace: Workspace, engine: str, as_of: dt.date | None) -> dt.date:
    """The day to measure; found in a fork, because an open DuckDB must not be forked later.

    NothingMeasurableError when the day asked for lies before every deal and lead.
    """
    from audit.runner.engine import in_fork

    if as_of is None:
        return in_fork(_last_day, workspace, engine)
    first = in_fork(_first_day, workspace)
    if first is not None and as_of < first:
        raise NothingMeasurableError("errors.before_data", as_of=as_of, first=first)
    return as_of


def _last_day(workspace: Workspace, engine: str) -> dt.date:
    from audit.engine import load
    from audit.metrics.bases import Bases

    return Bases(load(workspace, engine)).as_of


def _first_day(workspace: Workspace) -> dt.date | None:
    """The day of the first deal or lead; None when no table has one."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    paths = [path for name, path in workspace.table_paths().items() if name in ("deals", "leads")]
    times = [pc.min(pq.read_table(path, columns=["created_at"]).column(0)).as_py() for path in paths]
    return min((time.date() for time in times if time is not None), default=None)


def _snapshot(workspace: Workspace, as_of: dt.date, engine: str) -> None:
    from audit.runner.engine import in_fork
    from audit.runner.snapshot import store_ahead, store_snapshot

    in_fork(store_snapshot, workspace, as_of, engine)
    in_fork(store_ahead, workspace, as_of, engine)


def _export(executed: Path, workspace: Workspace, as_of: dt.date, lang: str) -> None:
    from audit.report import export

    export(executed, workspace, as_of, lang)
