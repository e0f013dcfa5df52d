"""The verb: a month of a client in, what became of every agreed change out; effects.json and a version in the ledger."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence

from audit import engine as engines
from audit.errors import NothingMeasurableError
from audit.metrics.bases import Bases
from audit.metrics.bases.extent import last_day
from audit.remeasure import months
from audit.remeasure.changes import Change, Valid, valid_for
from audit.remeasure.judge import Judged
from audit.remeasure.ledger import told_lost
from audit.remeasure.metrics import of_metric
from audit.remeasure.past import record_written
from audit.remeasure.result import Remeasured
from audit.workspace import Workspace

_WHOLE = 7  # days before the end of a month with which its data may end: a weekend, a holiday


def remeasure(client: Workspace | str | os.PathLike, month: str | dt.date, lang: str | None = None, *, engine: str | None = None) -> Remeasured:
    """Measure every agreed change of `client` at the end of `month` (YYYY-MM), write reports/<month>/effects.json and note it in the ledger.

    Nothing later than the month is looked at. The same month with the same data, plan and code adds nothing to the ledger. UsageError for
    what is no month, NothingMeasurableError where no change was agreed, none begins by the end of the month or the data end before it,
    WorkspaceError while another command works here. A warning where the ledger has lost measurements.
    """
    workspace = Workspace.open(client)
    with workspace.lock():
        found = measured_month(workspace, month, lang, engine=engine)
        record_written(workspace, found.write().parent)
    told_lost(workspace)
    return found


def measured_month(client: Workspace | str | os.PathLike, month: str | dt.date, lang: str | None = None, *, engine: str | None = None) -> Remeasured:
    """The same as `remeasure` without writing anything."""
    workspace = Workspace.open(client)
    first = months.first_of(month)
    settings = workspace.client
    lang, engine = lang or settings.language, engine or settings.engine
    plan = begun(workspace, first)
    tables = engines.load(workspace, engine)
    try:
        bases = Bases(tables, months.last_of(first), settings)
        judged = _judged(plan.changes, bases, _until(tables, first), lang)
        return Remeasured.of(workspace, first, plan, judged, bases, lang, engine)
    finally:
        tables.made.clear()  # no circle keeps the session alive
        tables.close()


def begun(workspace: Workspace, first: dt.date) -> Valid:
    """The plan for the month that begins on `first`; NothingMeasurableError where nothing was agreed, or no agreed change begins by its end."""
    plan, end = valid_for(workspace, months.last_of(first)), months.last_of(first)
    start = min(change.start for change in plan.changes)
    if start > end:
        raise NothingMeasurableError("remeasure.before_starts", month=f"{first:%Y-%m}", start=start, earliest=f"{start:%Y-%m}", client=workspace.root)
    return plan


def _until(tables: engines.Tables, first: dt.date) -> float:
    """The day, since 1970, before which everything is known: the end of the month, or of the data where they end earlier."""
    last, end = last_day(tables)[0], months.last_of(first)
    if last < first:
        raise NothingMeasurableError("remeasure.before_month", month=f"{first:%Y-%m}", last=last)
    return months.number(end if (end - last).days <= _WHOLE else last) + 1.0


def _judged(changes: Sequence[Change], bases: Bases, until: float, lang: str) -> list[Judged]:
    """Every change, in the order of the plan."""
    by_metric: dict[str, list[Change]] = {}
    for change in changes:
        by_metric.setdefault(change.metric, []).append(change)
    found = {one.change.id: one for metric, mine in by_metric.items() for one in of_metric(metric, mine, changes, bases, until, lang)}
    return [found[change.id] for change in sorted(changes, key=lambda change: (change.row.get("rank") or 0, change.id))]
