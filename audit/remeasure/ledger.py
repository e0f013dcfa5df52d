"""The ledger of effects: every measurement that was ever made, in one SQLite file that is whole at any moment."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import sqlite3
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import Phrase, WorkspaceError
from audit.remeasure import lines
from audit.workspace import Workspace, replacing

if TYPE_CHECKING:
    import pandas as pd


SCHEMA = 1
FILE = "effects.sqlite"
_TABLES = """
CREATE TABLE months (month TEXT NOT NULL, version INTEGER NOT NULL, plan_version INTEGER NOT NULL, inputs TEXT NOT NULL, code TEXT NOT NULL,
  parameters TEXT NOT NULL, recorded_on TEXT NOT NULL, result TEXT NOT NULL, PRIMARY KEY (month, version));
CREATE TABLE effects (month TEXT NOT NULL, version INTEGER NOT NULL, change TEXT NOT NULL, place INTEGER NOT NULL, metric TEXT NOT NULL, start_on TEXT NOT NULL,
  verdict TEXT NOT NULL, claim TEXT NOT NULL, effect REAL, low REAL, high REAL, money REAL, money_low REAL, money_high REAL, promised REAL, counted INTEGER NOT NULL,
  inputs TEXT NOT NULL, result TEXT NOT NULL, PRIMARY KEY (month, version, change), FOREIGN KEY (month, version) REFERENCES months (month, version));
"""
_COLUMNS = ("month", "version", "latest", "change", "title", "metric", "unit", "start_on", "verdict", "claim", "effect", "low", "high", "money", "money_low", "money_high", "promised",
            "counted", "plan_version", "inputs", "code", "recorded_on")
_HISTORY = """
SELECT e.month, e.version, e.version = (SELECT max(version) FROM months m WHERE m.month = e.month) AS latest, e.change, json_extract(e.result, '$.title') AS title,
  e.metric, json_extract(e.result, '$.unit') AS unit, e.start_on, e.verdict, e.claim, e.effect, e.low, e.high, e.money, e.money_low, e.money_high, e.promised, e.counted, m.plan_version, e.inputs, m.code, m.recorded_on
FROM effects e JOIN months m USING (month, version) ORDER BY e.month, e.version, e.place
"""


def record(workspace: Workspace, content: Mapping[str, Any]) -> int:
    """Note a measured month (`Remeasured.content`); the number of the version that holds it. The caller holds the lock of the workspace.

    The same inputs, parameters and code as those of the month's last version add nothing. Numbers go on from the highest that the file or
    ledger.jsonl knows; a version whose line alone is left comes back under its number and day when the same is measured again. The file is
    replaced as a whole, so a kill at any moment leaves the old or the new one; the line in ledger.jsonl is made up for by the next call.
    """
    month, parameters = content["month"], json.dumps(content["parameters"], sort_keys=True)
    told = lines.remembered(workspace)
    with _reading(workspace) as base:
        last = base.execute("SELECT version, inputs, code, parameters FROM months WHERE month = ? ORDER BY version DESC LIMIT 1", (month,)).fetchone() if base else None
    line = max((one for one in told.values() if one["month"] == month), key=lambda one: one["version"], default=None)
    highest = max(last[0] if last else 0, line["version"] if line else 0)
    if last and last[0] == highest and last[1:] == (content["inputs"], content["code"], parameters):
        _settle(workspace)
        return last[0]
    same = line is not None and (last is None or line["version"] > last[0]) and (line.get("inputs"), line.get("code")) == (content["inputs"], content["code"])
    version, day = (line["version"], str(line["at"])) if line is not None and same else (highest + 1, today().isoformat())
    with _replacing(workspace) as base:
        base.execute("INSERT INTO months VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (month, version, content["plan_version"], content["inputs"], content["code"], parameters, day, _text(content)))
        base.executemany(f"INSERT INTO effects VALUES ({', '.join('?' * 18)})", [_row(month, version, place, one) for place, one in enumerate(content["effects"])])
    _settle(workspace)
    return version


def lost(workspace: Workspace) -> list[tuple[str, int]]:
    """(month, version) of measurements of which ledger.jsonl still has the line and effects.sqlite nothing."""
    with _reading(workspace) as base:
        known = set(base.execute("SELECT month, version FROM months").fetchall()) if base else set()
    return sorted(lines.remembered(workspace).keys() - known)


def told_lost(workspace: Workspace) -> list[tuple[str, int]]:
    """`lost`, with a warning where there is any."""
    gone = lost(workspace)
    if gone:
        warnings.warn(str(Phrase("remeasure.lost_versions", {"path": workspace.ledger / FILE, "versions": listed(gone)})), stacklevel=3)
    return gone


def refuse_gone(workspace: Workspace) -> None:
    """WorkspaceError where measurements were made and effects.sqlite is not there any more."""
    gone = lost(workspace)
    if gone and not (workspace.ledger / FILE).is_file():
        raise WorkspaceError("remeasure.lost_ledger", path=workspace.ledger / FILE, versions=listed(gone), client=workspace.root)


def listed(versions: Sequence[tuple[str, int]]) -> str:
    """Months with their versions as a message lists them.

    >>> listed([("2026-09", 1), ("2026-09", 2), ("2026-10", 1)])
    '2026-09 (1, 2), 2026-10 (1)'
    """
    by_month: dict[str, list[str]] = {}
    for month, version in versions:
        by_month.setdefault(month, []).append(str(version))
    return ", ".join(f"{month} ({', '.join(numbers)})" for month, numbers in by_month.items())


def today() -> dt.date:
    """The day on which something is recorded."""
    return dt.date.today()


def history(client: Workspace | str | os.PathLike) -> pd.DataFrame:
    """One row a measurement of a change that was ever made: month, version (`latest`: the one that counts), change, verdict, effect and money a month with
    their intervals, what was promised, digests of inputs and code, the day of recording. Empty before the first. A warning where measurements were lost,
    `attrs["lost"]` are their (month, version); WorkspaceError where the ledger is damaged."""
    import pandas as pd

    workspace = Workspace.open(client)
    gone = told_lost(workspace)
    with _reading(workspace) as base:
        frame = pd.DataFrame(base.execute(_HISTORY).fetchall() if base else [], columns=list(_COLUMNS))
    if len(frame):
        frame = frame.assign(latest=frame["latest"].astype(bool), counted=frame["counted"].astype(bool))
    frame.attrs["lost"] = gone
    return frame


def latest(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Month → what its last version gave, as effects.json had it; empty before the first."""
    with _reading(workspace) as base:
        rows = base.execute("SELECT month, version, result FROM months ORDER BY month, version").fetchall() if base else []
    found = {}
    for month, version, result in rows:
        found[month] = _parsed(workspace, month, version, result)
    return found


def _parsed(workspace: Workspace, month: str, version: int, result: str) -> dict[str, Any]:
    """What a version of a month gave; WorkspaceError where it cannot be read any more."""
    try:
        content = json.loads(result)
        if content["month"] == month and content["effects"] is not None and content["totals"] is not None:
            return content
    except (ValueError, KeyError, TypeError):
        pass
    raise WorkspaceError("remeasure.damaged_ledger", path=workspace.ledger / FILE, problem=Phrase("remeasure.damaged_version", {"month": month, "version": version}))


def _row(month: str, version: int, place: int, one: dict[str, Any]) -> tuple:
    worth = one["money_per_month"] or {}
    return (month, version, one["change"], place, one["metric"], one["start_on"], one["verdict"], one["claim"], one["effect"], one["low"], one["high"], worth.get("value"),
            worth.get("low"), worth.get("high"), worth.get("promised"), int(bool(worth.get("counted"))), one["digest"], _text(one))


def _text(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False, default=str)


# -- the file ------------------------------------------------------------------------------------------


@contextmanager
def _reading(workspace: Workspace) -> Iterator[sqlite3.Connection | None]:
    """The ledger, None before there is one; WorkspaceError where it is damaged or of a later version."""
    path = workspace.ledger / FILE
    if not path.is_file():
        yield None
        return
    with _opened(path, path) as base:
        base.execute("PRAGMA query_only = ON")
        yield base


@contextmanager
def _replacing(workspace: Workspace) -> Iterator[sqlite3.Connection]:
    """A copy of the ledger to write into, which takes its place when the block ends well."""
    path = workspace.ledger / FILE
    with replacing(path) as part:
        if path.is_file():
            shutil.copyfile(path, part)
        with _opened(part, path) as base, base:
            yield base


@contextmanager
def _opened(file: Path, path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to `file`, known to the user as `path`; tables are made in an empty one."""
    try:
        with closing(sqlite3.connect(file)) as base:
            base.execute("PRAGMA journal_mode = MEMORY")  # no second file beside it: what is written replaces the whole
            version = base.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA:
                raise WorkspaceError("remeasure.later_ledger", path=path, version=version, known=SCHEMA)
            if version == 0:
                base.executescript(_TABLES)
                base.execute(f"PRAGMA user_version = {SCHEMA}")
            yield base
    except sqlite3.DatabaseError as problem:
        raise WorkspaceError("remeasure.damaged_ledger", path=path, problem=problem) from None


def _settle(workspace: Workspace) -> None:
    """Give every version of a month its line in ledger.jsonl."""
    told = lines.remembered(workspace)
    with _reading(workspace) as base:
        rows = base.execute("SELECT month, version, recorded_on, plan_version, inputs, code, result FROM months ORDER BY rowid").fetchall() if base else []
    lines.add(workspace, [_told(workspace, *row) for row in rows if (row[0], row[1]) not in told])


def _told(workspace: Workspace, month: str, version: int, recorded: str, plan: int, inputs: str, code: str, result: str) -> dict[str, Any]:
    verdicts = [one["verdict"] for one in _parsed(workspace, month, version, result)["effects"]]
    return {"kind": lines.KIND, "month": month, "version": version, "at": recorded, "plan_version": plan, "file": FILE, "inputs": inputs, "code": code,
            "changes": len(verdicts), "verdicts": {name: verdicts.count(name) for name in sorted(set(verdicts))}}
