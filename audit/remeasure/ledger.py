"""The ledger of effects: every measurement that was ever made, in one SQLite file that is whole at any moment."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import WorkspaceError
from audit.workspace import Workspace, replacing, write_text

if TYPE_CHECKING:
    import pandas as pd


SCHEMA = 1
FILE, LINES, KIND = "effects.sqlite", "ledger.jsonl", "effect"
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

    The same inputs, parameters and code as those of the month's last version add nothing. The file is replaced as a whole, so a kill at any
    moment leaves the old or the new one; the line in ledger.jsonl is made up for by the next call.
    """
    month, parameters = content["month"], json.dumps(content["parameters"], sort_keys=True)
    with _reading(workspace) as base:
        last = base.execute("SELECT version, inputs, code, parameters FROM months WHERE month = ? ORDER BY version DESC LIMIT 1", (month,)).fetchone() if base else None
    if last and last[1:] == (content["inputs"], content["code"], parameters):
        _settle(workspace)
        return last[0]
    version = last[0] + 1 if last else 1
    with _replacing(workspace) as base:
        base.execute("INSERT INTO months VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (month, version, content["plan_version"], content["inputs"], content["code"], parameters,
                                                                            today().isoformat(), _text(content)))
        base.executemany(f"INSERT INTO effects VALUES ({', '.join('?' * 18)})", [_row(month, version, place, one) for place, one in enumerate(content["effects"])])
    _settle(workspace)
    return version


def today() -> dt.date:
    """The day on which something is recorded."""
    return dt.date.today()


def history(client: Workspace | str | os.PathLike) -> pd.DataFrame:
    """One row a measurement of a change that was ever made: month, version (`latest`: the one that counts), change, verdict, effect and money a month with
    their intervals, what was promised, digests of inputs and code, the day of recording. Empty before the first."""
    import pandas as pd

    with _reading(Workspace.open(client)) as base:
        if base is None:
            return pd.DataFrame(columns=list(_COLUMNS))
        frame = pd.DataFrame(base.execute(_HISTORY).fetchall(), columns=list(_COLUMNS))
    return frame.assign(latest=frame["latest"].astype(bool), counted=frame["counted"].astype(bool))


def latest(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Month → what its last version gave, as effects.json had it; empty before the first."""
    with _reading(workspace) as base:
        rows = base.execute("SELECT month, result FROM months ORDER BY month, version").fetchall() if base else []
    return {month: json.loads(result) for month, result in rows}


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
        raise WorkspaceError("errors.damaged_file", path=path, problem=problem) from None


def _settle(workspace: Workspace) -> None:
    """Give every version of a month its line in ledger.jsonl; lines of other kinds stay as they are."""
    path = workspace.ledger / LINES
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    told = {(line.get("month"), line.get("version")) for line in map(_line, text.splitlines()) if line.get("kind") == KIND}
    with _reading(workspace) as base:
        rows = base.execute("SELECT month, version, recorded_on, plan_version, inputs, code, result FROM months ORDER BY rowid").fetchall() if base else []
    missing = [json.dumps(_told(*row), ensure_ascii=False) for row in rows if (row[0], row[1]) not in told]
    if missing:
        write_text(path, "".join(f"{line}\n" for line in [*text.splitlines(), *missing]))


def _told(month: str, version: int, recorded: str, plan: int, inputs: str, code: str, result: str) -> dict[str, Any]:
    verdicts = [one["verdict"] for one in json.loads(result)["effects"]]
    return {"kind": KIND, "month": month, "version": version, "at": recorded, "plan_version": plan, "file": FILE, "inputs": inputs, "code": code,
            "changes": len(verdicts), "verdicts": {name: verdicts.count(name) for name in sorted(set(verdicts))}}


def _line(text: str) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}
