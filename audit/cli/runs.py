"""Commands that audit a client and make the pages of the defence."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.app import (
    AsOf,
    ClientPath,
    Engine,
    Fresh,
    Lang,
    Offline,
    Quiet,
    command,
    day_of,
    help_text,
    open_workspace,
    say,
    spoken,
)
from audit.cli.console import visible
from audit.cli.through import run_through
from audit.errors import Phrase, UsageError
from audit.words import Words

if TYPE_CHECKING:
    from audit.workspace import Workspace


@command("run", "audit")
def run(client: ClientPath, as_of: AsOf = None, engine: Engine = None, fresh: Fresh = False, offline: Offline = False, lang: Lang = None,
        quiet: Quiet = False) -> None:
    day = day_of(as_of)
    if offline:
        os.environ["AUDIT_OFFLINE"] = "1"  # notebooks read it
    run_through(open_workspace(client), day, engine, fresh, lang, quiet)


@command("defend", "audit")
def defend(
    client: ClientPath,
    formats: Annotated[str | None, typer.Option("--format", metavar="html,slides,pdf,memo", help=help_text("cli.option.format"))] = None,
    as_of: AsOf = None,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    from audit.report import render
    from audit.runner.progress import working

    workspace = open_workspace(client)
    chosen = tuple(part.strip() for part in formats.split(",")) if formats else _makeable(quiet)
    with workspace.lock(), working(Words(spoken()), "pages", quiet):
        pages = render(workspace, day_of(as_of), formats=chosen, lang=lang)
    for page in pages:
        print(page)


def _makeable(quiet: bool) -> tuple[str, ...]:
    """Every format; without the PDF where nothing can print it here, which is said."""
    from audit.report.pages import FORMATS
    from audit.report.paper import printer

    try:
        printer()
    except UsageError as missing:
        say(quiet, spoken(), "cli.defend.unprinted", problem=missing.parts(spoken())[2])
        return tuple(name for name in FORMATS if name != "pdf")
    return tuple(FORMATS)


@command("remeasure", "audit")
def remeasure(
    client: ClientPath,
    month: Annotated[str | None, typer.Option("--month", metavar="YYYY-MM", help=help_text("cli.option.month"))] = None,
    history: Annotated[bool, typer.Option("--history", help=help_text("cli.option.history"))] = False,
    engine: Engine = None,
    fresh: Fresh = False,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    workspace = open_workspace(client)
    if history:
        from audit.cli.console import show_history
        from audit.remeasure import history as measurements
        from audit.remeasure.ledger import refuse_gone

        refuse_gone(workspace)
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # what was lost is told below
            frame = measurements(workspace)
        show_history(frame, workspace, Words(spoken()))
        _tell_lost(workspace, frame.attrs["lost"])
        return
    if month is None:
        raise UsageError("errors.command_line", problem=Phrase("errors.command.missing", {"name": "--month"}), command="audit remeasure")
    from audit.runner.progress import progress
    from audit.runner.remeasured import remeasure as measure_month

    with progress(Words(spoken()), quiet) as told:
        result = measure_month(workspace, month, engine=engine, lang=lang, fresh=fresh, told=told)
    from audit.remeasure.ledger import lost

    _tell_lost(workspace, lost(workspace))
    print(result.pages[-1])


@command("standup", "audit")
def standup(
    client: ClientPath,
    date: Annotated[str | None, typer.Option("--date", metavar="YYYY-MM-DD", help=help_text("cli.option.date"))] = None,
    engine: Engine = None,
    fresh: Fresh = False,
    offline: Offline = False,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    from audit.runner.progress import progress
    from audit.runner.standup import standup as make_pack

    workspace = open_workspace(client)
    day = day_of(date, "--date")
    if offline:
        os.environ["AUDIT_OFFLINE"] = "1"  # notebooks read it
    with progress(Words(spoken()), quiet) as told:
        result = make_pack(workspace, day, engine=engine, lang=lang, fresh=fresh, told=told)
    for page in result.pages:
        print(page)


def _tell_lost(workspace: Workspace, gone: list[tuple[str, int]]) -> None:
    """Measurements that the ledger has lost, on the error stream, also with --quiet."""
    from audit.remeasure.ledger import FILE, listed

    if gone:
        say(False, spoken(), "remeasure.lost_versions", path=workspace.ledger / FILE, versions=listed(gone))


@command("plan", "audit")
def plan(
    action: Annotated[str, typer.Argument(metavar="export|import|stagger", help=help_text("cli.option.plan_action"), show_default=False)],
    client: ClientPath,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE|CHANGE-ID]", help=help_text("cli.option.plan_file"))] = None,
    as_of: AsOf = None,
    metric: Annotated[str | None, typer.Option("--metric", metavar="ID", help=help_text("cli.option.plan_metric"))] = None,
    by: Annotated[str, typer.Option("--by", metavar="DIMENSION", help=help_text("cli.option.plan_by"))] = "owner",
    months: Annotated[int, typer.Option("--months", metavar="N", help=help_text("cli.option.plan_months"))] = 12,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=help_text("cli.option.dry_run"))] = False,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    if action not in ("export", "import", "stagger"):
        raise UsageError("errors.unknown_name", kind="audit plan …", name=action, nearest="export, import, stagger")
    from audit.plan import plan_export, plan_import, plan_stagger

    workspace = open_workspace(client)
    if action == "import":
        print(visible(plan_import(workspace, file, dry_run).told(spoken())))
        return
    if action == "stagger":
        print(visible(plan_stagger(workspace, str(file) if file else None, metric=metric, by=by, months=months, as_of=day_of(as_of), lang=lang).told(spoken())))
        return
    with workspace.lock():
        path = plan_export(workspace, file, day_of(as_of), lang)
    say(quiet, spoken(), "plan.done.exported", client=client)
    print(path)


@command("lab", "audit")
def lab(
    client: Annotated[Path | None, typer.Argument(metavar="[CLIENT]", help=help_text("cli.option.client"))] = None,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    from audit.starter import lay_out_notebooks

    folder = lay_out_notebooks(open_workspace(client)) if client else lay_out_notebooks(None)
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # in a container
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}", *as_root])
