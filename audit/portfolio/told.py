"""Why a client's command failed, in three parts, with nothing in it that must not leave."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from audit.errors import AuditError, ClientFailedError
from audit.portfolio.work import Done
from audit.privacy import clean
from audit.report.gate import nameless
from audit.report.hidden import hidden_names
from audit.words import Words
from audit.workspace import Workspace

PARTS = ("found", "where", "next")
_LONGEST = 600


def three_parts(done: Done, shown: str, words: Words, timeout: float, command: str) -> dict[str, str]:
    """Found, where and next step: the command's own words where it had some, else how it ended.

    Paths of the client's folder become `shown`; contacts, hidden sellers, mails, phones and further paths are masked.
    """
    own = _own_words(done.told, words) if done.ended == "exit" else None
    parts = own or _of_ending(done, shown, timeout, command).parts(words.lang)
    names = tuple(_names(Path(done.client)))
    return {name: nameless(clean(part.replace(done.client, shown), _LONGEST), names) for name, part in zip(PARTS, parts, strict=True)}


def _own_words(text: str, words: Words) -> tuple[str, ...] | None:
    """The last error in three labelled lines; None where there is none."""
    found, where, step = (re.escape(words(f"errors.label.{name}")) for name in PARTS)
    begins = [match.start() for match in re.finditer(rf"(?m)^{found}: ", text)]
    told = re.fullmatch(rf"(?s){found}: (.*?)\n{where}: (.*?)\n{step}: (.*?)\s*", text[begins[-1]:]) if begins else None
    return told.groups() if told else None


def _of_ending(done: Done, shown: str, timeout: float, command: str) -> AuditError:
    repeat = f"{command} {shown}"
    if done.ended == "timeout":
        return ClientFailedError("portfolio.timed_out", seconds=f"{timeout:g}", path=shown, command=repeat)
    if done.ended == "killed":
        return ClientFailedError("portfolio.killed", signal=-(done.code or 0), path=shown, command=repeat)
    last = next((line for line in reversed(done.told.splitlines()) if line.strip()), "–")
    if done.ended == "lost":
        return ClientFailedError("portfolio.lost", problem=last, path=shown)
    return ClientFailedError("portfolio.crashed", code=done.code, problem=last, path=shown, command=repeat)


def _names(root: Path) -> Iterable[str]:
    """Names that must not be told, of tables as far as they can be read."""
    import pyarrow as pa

    try:
        return list(hidden_names(Workspace.open(root)))
    except (AuditError, OSError, pa.ArrowException):
        return ()


def shown_path(path: Path, start: Path) -> str:
    """`path` as seen from `start`, with slashes; its name where no way leads there (another disk of Windows)."""
    try:
        return Path(os.path.relpath(path, start)).as_posix()
    except ValueError:
        return path.name
