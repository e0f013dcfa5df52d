"""Entry point: the command line in, an exit code out; mistakes are told in three parts."""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

import typer

from audit.cli.app import app, forget, spoken
from audit.cli.console import of_command, of_disk, show_questions, visible
from audit.errors import NEEDS_ANSWER, USAGE, AuditError, UsageError, WorkspaceError, nearest

_WrongUse: Any = typer.BadParameter.__base__  # what the parser raises for any wrong use of the command line


def main(arguments: list[str] | None = None) -> None:
    """Entry point: user mistakes become three-part messages and exit codes."""
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (a stream that was closed before the start stays open to the end)
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")  # consoles with a national code page
    arguments = sys.argv[1:] if arguments is None else arguments
    forget()
    try:
        _check_command(arguments)
        raise SystemExit(app(arguments, prog_name="audit", standalone_mode=False))
    except AuditError as error:
        _fail(error)
    except _WrongUse as problem:
        if type(problem).__name__ == "NoArgsIsHelpError":
            problem.show()
            raise SystemExit(USAGE) from None
        _fail(of_command(problem))
    except OSError as problem:
        _fail(of_disk(WorkspaceError, problem))
    except (KeyboardInterrupt, typer.Abort):
        raise SystemExit(130) from None


def _fail(error: AuditError) -> NoReturn:
    if error.code == NEEDS_ANSWER:
        show_questions(error, spoken())
    print(visible(error.told(spoken())), file=sys.stderr)
    raise SystemExit(error.code) from None


def _check_command(arguments: list[str]) -> None:
    """An unknown subcommand lists the nearest ones."""
    known = [command.name or "" for command in app.registered_commands]
    if arguments and not arguments[0].startswith("-") and arguments[0] not in known:
        raise UsageError("errors.unknown_name", kind="audit …", name=arguments[0], nearest=nearest(arguments[0], known))
