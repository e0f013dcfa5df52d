"""A whole run with its progress, for every command that makes one."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from audit.cli.app import listen_to, spoken
from audit.errors import NEEDS_ANSWER, AuditError
from audit.words import Words

if TYPE_CHECKING:
    from audit.workspace import Workspace


def run_through(workspace: Workspace, as_of: dt.date | None, engine: str | None, fresh: bool, lang: str | None, quiet: bool) -> None:
    """Run an audit with a progress bar; the last line of stdout is the path of the report."""
    from audit.runner import run as run_audit
    from audit.runner.progress import progress

    listen_to(workspace)
    try:
        with progress(Words(spoken()), quiet) as told:
            result = run_audit(workspace, as_of, engine=engine, lang=lang, fresh=fresh, told=told)
    except AuditError as error:
        if error.code == NEEDS_ANSWER:
            error.values = {**getattr(error, "values", {}), "path": workspace.mapping}  # what crossed a process as text has none of its own
        raise
    print(result.folder / "defence.html")
