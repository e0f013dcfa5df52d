"""The `audit` command itself: its options, how a subcommand is registered, and what every subcommand needs."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audit.errors import UsageError
from audit.words import LANGUAGES, Words, default_language

if TYPE_CHECKING:
    from audit.workspace import Workspace

help_text = Words(default_language())
app = typer.Typer(
    name="audit", help=help_text("cli.help"), no_args_is_help=True, add_completion=True,
    pretty_exceptions_enable=False, rich_markup_mode="markdown", context_settings={"help_option_names": ["-h", "--help"]},
)


_heard: list[str] = []  # language of the client whose workspace this command has opened


def _language(value: str | None) -> str | None:
    if value is not None and value not in LANGUAGES:
        raise UsageError("errors.unknown_name", kind="--lang", name=value, nearest=", ".join(LANGUAGES))
    if value:
        os.environ["AUDIT_LANG"] = value  # errors speak it as well
    return value


def day_of(value: str | None, option: str = "--as-of") -> dt.date | None:
    """The day of an option; UsageError when it is no date or far off."""
    try:
        day = dt.date.fromisoformat(value) if value else None
    except ValueError:
        raise UsageError("errors.bad_date", value=value, option=option) from None
    if day is not None and not 1900 <= day.year < 2200:
        raise UsageError("errors.far_date", value=value, option=option)
    return day


ClientPath = Annotated[Path, typer.Argument(metavar="CLIENT", help=help_text("cli.option.client"), show_default=False)]
Lang = Annotated[str | None, typer.Option("--lang", metavar="ru|en|bg", callback=_language, help=help_text("cli.option.lang"))]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help=help_text("cli.option.quiet"))]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help=help_text("cli.option.as_of"))]
Engine = Annotated[str | None, typer.Option("--engine", metavar="URL", help=help_text("cli.option.engine"))]
Offline = Annotated[bool, typer.Option("--offline", help=help_text("cli.option.offline"))]
Fresh = Annotated[bool, typer.Option("--fresh", help=help_text("cli.option.fresh"))]


def _told_version(asked: bool) -> None:
    if asked:
        from audit import __version__

        print(f"audit {__version__}")
        raise typer.Exit


@app.callback()
def _options(version: Annotated[bool, typer.Option("--version", is_eager=True, callback=_told_version, help=help_text("cli.option.version"))] = False) -> None:
    pass


def command(name: str, panel: str) -> Callable:
    """Register a subcommand under a panel of the help; its help and example come from the catalogue."""
    example = help_text(f"cli.{name}.example")
    return app.command(name, help=help_text(f"cli.{name}.help"), epilog=f"**{help_text('cli.example')}** `{example}`", rich_help_panel=help_text(f"cli.panel.{panel}"))


def open_workspace(client: Path) -> Workspace:
    """The workspace in this folder; WorkspaceError when it is none."""
    from audit.workspace import Workspace

    workspace = Workspace.open(client)
    listen_to(workspace)
    return workspace


def listen_to(workspace: Workspace) -> None:
    """From now on the console speaks this client's language, unless told otherwise."""
    _heard[:] = [workspace.client.language]


def forget() -> None:
    """Nothing was opened yet: mistakes are told in the language of the computer."""
    _heard.clear()


def spoken() -> str:
    """The language of the console: that of --lang or AUDIT_LANG, else the opened client's, else the computer's.

    What is written for the client (report, quarantine, JSON) speaks --lang or the client's language.
    """
    return _heard[0] if _heard and not os.environ.get("AUDIT_LANG") else default_language()


def names(texts: list[str] | None) -> tuple[str, ...] | None:
    """Names between commas of an option that may be given several times; None when nothing was said."""
    return tuple(part.strip() for text in texts or () for part in text.split(",") if part.strip()) or None


def say(quiet: bool, lang: str, key: str, **values: Any) -> None:
    """One line on the error stream, unless --quiet."""
    if not quiet:
        print(Words(lang)(key, **values), file=sys.stderr)
