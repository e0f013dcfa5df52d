"""The verb `plan_import`: the client's book in, differences out, the agreed version in the ledger."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

from audit.errors import UnreadableError, UsageError
from audit.plan import ledger, state
from audit.plan.changes import PlanChanges, differences
from audit.plan.columns import plain
from audit.plan.edits import take
from audit.plan.export import BOOK, reported, shown_in
from audit.plan.ledger import Agreed
from audit.plan.reading import Book, read_book
from audit.plan.rows import Row, ranked
from audit.plan.state import Exported, recall
from audit.workspace import Workspace, sha256

_SHOWN = 40  # faults that a message lists


def plan_import(client: Workspace | str | os.PathLike, file: str | os.PathLike | None = None, dry_run: bool = False) -> PlanChanges:
    """Read the plan of `client` back with the client's edits; differences, rows in their new order and the version that holds them.

    `file`: default the newest reports/*/plan.xlsx. The agreed version goes into ledger/plan-0001.json, -0002 … and a line into ledger.jsonl,
    unless `dry_run`, nothing was changed, or the same file was imported before. UnreadableError names every contradiction at once with its
    cell, and then nothing is stored; so it does for a book that is damaged, another client's, or older than what the ledger holds.
    UsageError without a file, WorkspaceError while another command works here.
    """
    workspace = Workspace.open(client)
    path = Path(file).expanduser() if file is not None else _newest(workspace)
    if dry_run:
        return _imported(workspace, path, store=False)
    with workspace.lock():
        ledger.settle(workspace)
        return _imported(workspace, path, store=True)


def today() -> dt.date:
    """The day on which something is agreed."""
    return dt.date.today()


def _newest(workspace: Workspace) -> Path:
    days = reported(workspace, BOOK)
    if not days:
        raise UsageError("plan.no_book", client=workspace.root)
    return workspace.root / "reports" / str(days[-1]) / BOOK


def _imported(workspace: Workspace, path: Path, *, store: bool) -> PlanChanges:
    book = read_book(path)
    digest, known = sha256(path), ledger.versions(workspace)
    for one in known:
        if one.sha256 == digest:
            return PlanChanges(one.rows, [], one.version, False, shown_in(workspace, workspace.client.language, one.as_of), path, repeated=True)
    last = known[-1] if known else Agreed()
    exported = _known_export(workspace, book, path, last)
    shown = shown_in(workspace, exported.lang, exported.as_of)
    rows, changed, ignored = _taken(book, exported, shown, path, last)
    differ = any(one["kind"] != "missing" for one in changed)
    version = last.version + differ
    if store and not differ:
        state.known(workspace, exported, digest)
    if differ and store:
        agreed = Agreed(version, exported.as_of, today().isoformat(), path.name, digest, tuple(rows))
        ledger.add(workspace, agreed, changed)
    return PlanChanges(tuple(rows), changed, version, differ and store, shown, path, ignored=ignored)


def _known_export(workspace: Workspace, book: Book, path: Path, last: Agreed) -> Exported:
    """The export that a book comes from; UnreadableError where it is another client's, unknown here, or overtaken by a later version."""
    theirs, ours = book.machine.get("client", ""), plain(workspace.client.brand.name or workspace.client.name)
    if theirs != ours:
        raise UnreadableError("plan.other_client", path=path, theirs=plain(theirs, 120) or "–", ours=ours)
    exported = recall(workspace, book.machine.get("token", ""))
    if exported is None:
        raise UnreadableError("plan.unknown_export", path=path, as_of=plain(book.machine.get("as_of", "–"), 40), client=workspace.root)
    if exported.version < last.version:
        raise UnreadableError("plan.older", path=path, version=exported.version, as_of=exported.as_of, last=last.version, agreed_on=last.agreed_on, client=workspace.root)
    return exported


def _taken(book: Book, exported: Exported, shown, path: Path, last: Agreed) -> tuple[list[Row], list[dict], tuple[str, ...]]:
    """(rows in their new order, differences, locked cells written in); UnreadableError with every contradiction."""
    if book.lacking:
        raise UnreadableError("plan.columns_gone", path=path, columns=", ".join(shown.words(f"plan.column.{name}") for name in book.lacking))
    taken = take(book, exported, shown, today(), (row["action_id"] for row in last.rows))
    if taken.faults:
        listed = tuple(fault.phrase() for fault in taken.faults[:_SHOWN])
        raise UnreadableError("plan.contradictions", n=len(taken.faults), path=path, sheet=book.sheet, problems=listed)
    rows = ranked(row | {"state": row["state"] if row["state"] == "own" else "known"} for row in taken.rows)
    return rows, differences(rows, exported.rows, taken.missing), tuple(taken.ignored)
