"""Commands over many clients."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from audit.cli.app import AsOf, Fresh, Lang, Offline, Quiet, command, day_of, help_text, say
from audit.cli.console import show_portfolio
from audit.errors import ClientFailedError, Phrase, UsageError
from audit.words import Words, default_language

ACTIONS = ("run", "remeasure")


@command("portfolio", "audit")
def portfolio(
    action: Annotated[str, typer.Argument(metavar="run|remeasure", help=help_text("cli.option.portfolio_action"), show_default=False)],
    places: Annotated[list[Path], typer.Argument(metavar="DIR…", help=help_text("cli.option.places"), show_default=False)],
    jobs: Annotated[int | None, typer.Option("--jobs", metavar="N", min=1, help=help_text("cli.option.jobs"), show_default=False)] = None,
    scheduler: Annotated[str | None, typer.Option("--scheduler", metavar="ADDRESS", help=help_text("cli.option.scheduler"))] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=help_text("cli.option.portfolio_out"))] = Path(),
    timeout: Annotated[float, typer.Option("--timeout", metavar="SECONDS", min=1, help=help_text("cli.option.timeout"))] = 14_400,
    month: Annotated[str | None, typer.Option("--month", metavar="YYYY-MM", help=help_text("cli.option.month"))] = None,
    as_of: AsOf = None,
    fresh: Fresh = False,
    offline: Offline = False,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    options = _options(action, month, as_of, fresh, offline)
    spoken = lang or default_language()
    from audit.portfolio import run_all
    from audit.runner.progress import progress

    with progress(Words(spoken), quiet) as told:
        made = run_all(action, places, options=options, out=out, jobs=jobs, scheduler=scheduler, timeout=timeout, lang=spoken,
                       told=lambda done, total: told("portfolio", done, total))
    if not quiet:
        show_portfolio(made.content["clients"], Words(spoken))
    print(made.page)
    if made.failed:
        raise ClientFailedError("portfolio.some_failed", n=len(made.content["clients"]), failed=len(made.failed), path=made.page)
    say(quiet, spoken, "portfolio.all_well", n=len(made.content["clients"]))


def _options(action: str, month: str | None, as_of: str | None, fresh: bool, offline: bool) -> list[str]:
    """What each client's command is given besides; UsageError for what does not belong to it."""
    if action not in ACTIONS:
        raise UsageError("errors.unknown_name", kind="audit portfolio …", name=action, nearest=", ".join(ACTIONS))
    if action == "remeasure":
        _refuse(action, {"--as-of": as_of, "--fresh": fresh, "--offline": offline})
        if month is None:
            raise UsageError("errors.command_line", problem=Phrase("errors.command.missing", {"name": "--month YYYY-MM"}), command="audit portfolio remeasure")
        if not re.fullmatch(r"(?:19|2[01])[0-9]{2}-(?:0[1-9]|1[0-2])", month):
            raise UsageError("portfolio.bad_month", value=month)
        return ["--month", month]
    _refuse(action, {"--month": month})
    day = day_of(as_of)
    return [*(["--as-of", str(day)] if day else []), *(["--fresh"] if fresh else []), *(["--offline"] if offline else [])]


def _refuse(action: str, given: dict[str, object]) -> None:
    for name, value in given.items():
        if value:
            raise UsageError("errors.command_line", problem=Phrase("portfolio.not_with", {"name": name, "action": action}), command=f"audit portfolio {action}")
