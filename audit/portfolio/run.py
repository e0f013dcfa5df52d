"""The verb: folders of clients in, one outcome each, `portfolio.json` and `portfolio.html` out."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.errors import AuditError
from audit.portfolio.figures import figures_of, up_to_date
from audit.portfolio.find import clients
from audit.portfolio.pool import here, there
from audit.portfolio.told import shown_path, three_parts
from audit.portfolio.work import Done, Task, stoppable
from audit.privacy import clean
from audit.words import Words
from audit.workspace import Workspace, made, write_json, write_text

ORDER = ("failed", "done", "up_to_date")  # first what asks for something
Told = Callable[[int, int], None]  # clients done, clients in all


@dataclass(frozen=True)
class Portfolio:
    """What a portfolio left: its page, its JSON file and the content of that."""

    page: Path
    json: Path
    content: dict[str, Any]

    @property
    def failed(self) -> list[dict[str, Any]]:
        """Clients whose command failed."""
        return [client for client in self.content["clients"] if client["outcome"] == "failed"]


def run_all(
    action: str, places: Iterable[Path], *, options: Sequence[str] = (), out: Path = Path(), jobs: int | None = None, scheduler: str | None = None,
    timeout: float = 14_400, lang: str = "en", told: Told = lambda *_: None,
) -> Portfolio:
    """Run `audit <action> CLIENT <options>` for every client of `places`, each in its own process, and leave the summary in `out`.

    `action`: run or remeasure. A place is a client or a folder of clients. `jobs` commands at a time, on this computer (default: as many as
    processors) or on the workers of `scheduler` (default: as many as they take). Whatever becomes of one client (an error, a kill, more than
    `timeout` seconds), the others go on. Raises UsageError when the scheduler cannot be used; OSError when `out` cannot be written.
    """
    started, clock, words = dt.datetime.now(dt.UTC), time.perf_counter(), Words(lang)
    folders = clients(places)
    folder = made(out.expanduser().resolve())
    at_once = jobs or processors()
    tasks = [Task(str(client), (action, str(client), *options, "--quiet"), _environment(lang, at_once, scheduler), timeout) for client in folders]
    outcomes = []
    for done in _outcomes(tasks, at_once, jobs, scheduler):
        outcomes.append(_outcome(done, action, folder, words, timeout))
        told(len(outcomes), len(tasks))
    content = {"schema": 1, "command": action, "options": list(options), "started": started.isoformat(timespec="seconds"),
               "seconds": round(time.perf_counter() - clock, 1), "counts": {name: sum(one["outcome"] == name for one in outcomes) for name in ORDER},
               "clients": sorted(outcomes, key=lambda one: (ORDER.index(one["outcome"]), one["client"]))}
    return _left(content, folder, lang)


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _environment(lang: str, jobs: int, scheduler: str | None) -> dict[str, str]:
    """Errors in the language of the summary (reports keep the client's); as many threads as leave room for the others."""
    threads = str(1 if scheduler else max(1, processors() // jobs))
    return {"AUDIT_LANG": lang} | {name: os.environ.get(name, threads) for name in ("AUDIT_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}


def _outcomes(tasks: Sequence[Task], at_once: int, jobs: int | None, scheduler: str | None) -> Iterator[Done]:
    with stoppable() as commands:  # interrupted: nothing goes on behind the back of who stopped it
        yield from there(tasks, scheduler, jobs) if scheduler else here(tasks, at_once, commands)


def _outcome(done: Done, action: str, out: Path, words: Words, timeout: float) -> dict[str, Any]:
    """One client of portfolio.json."""
    root, failed = Path(done.client), done.ended != "exit" or done.code != 0
    shown, page = shown_path(root, Path.cwd()), None if failed else _page(done)
    state = "failed" if failed else "up_to_date" if page and action == "run" and up_to_date(page.parent) else "done"
    return {
        "client": shown, "name": _name(root), "outcome": state, "ended": done.ended, "code": done.code, "seconds": done.seconds,
        "error": three_parts(done, shown, words, timeout, f"audit {action}") if failed else None,
        "report": shown_path(page, out) if page else None,
        "figures": figures_of(action, page.parent) if page else {},
    }


def _page(done: Done) -> Path | None:
    """The last page that the command named, if it lies in the client's folder."""
    for line in reversed(done.printed.splitlines()):
        path = Path(line.strip())
        if path.suffix == ".html" and path.is_file() and path.resolve().is_relative_to(done.client):
            return path
    return None


def _name(root: Path) -> str:
    """The client's name; that of the folder where client.yml does not tell."""
    try:
        client = Workspace.open(root).client
        return clean(client.brand.name or client.name, 120)
    except (AuditError, OSError):
        return clean(root.name, 120)


def _left(content: dict[str, Any], folder: Path, lang: str) -> Portfolio:
    from audit.report.portfolio import portfolio_page

    return Portfolio(write_text(folder / "portfolio.html", portfolio_page(content, lang)), write_json(folder / "portfolio.json", content), content)
