"""Reads what the earlier steps left in the workspace and makes its labels fit to be shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from audit.errors import UsageError, WorkspaceError
from audit.report.privacy import EMPTY, SELLERS, Names
from audit.schema import VALUES
from audit.workspace import Workspace, read_json

_PERSON = ("owner", "teacher", "learner")  # fields of techniques.json that name a seller


def measured(workspace: Workspace, as_of: dt.date | str | None) -> dt.date:
    """The date of the report, which must have been measured."""
    folders = workspace.root / "reports"
    found = sorted(p.name for p in folders.glob("????-??-??") if any((p / f).is_file() for f in ("values.parquet", "findings.json")))
    wanted = str(as_of) if as_of else (found[-1] if found else "")
    if wanted not in found:
        raise UsageError("report.nothing_measured", path=workspace.root, wanted=wanted or "–", found=", ".join(found[-5:]) or "–")
    return dt.date.fromisoformat(wanted)


def values(path: Path) -> pd.DataFrame:
    """The frame of values.parquet, empty when there is none; WorkspaceError when damaged."""
    if not path.is_file():
        return pd.DataFrame(columns=list(VALUES.names)).astype({"metric": "str", "by": "str", "group": "str", "period": "str", "status": "str"})
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as problem:
        raise WorkspaceError("errors.damaged_file", path=path, problem=problem) from None
    for name in ("metric", "by", "group", "period", "status", "basis"):
        frame[name] = frame[name].astype("str").where(frame[name].notna(), "")
    return frame


def json(path: Path) -> dict[str, Any]:
    """The content of a JSON file, empty when there is none."""
    return read_json(path) if path.is_file() else {}


def sellers(workspace: Workspace, values: pd.DataFrame, findings: Mapping[str, Any], techniques: Mapping[str, Any]) -> Iterable[str]:
    """Every seller's name that may turn up: in values, findings, techniques and the table of users."""
    yield from {str(row["owner"]) for name in ("sellers", "adoption") for row in techniques.get(name) or [] if row.get("owner")}
    for by, group in values.loc[values["by"].str.contains("owner"), ["by", "group"]].drop_duplicates().itertuples(index=False):
        dimensions, parts = by.split("×"), group.split(" × ")
        if len(dimensions) == len(parts):
            yield from (part for d, part in zip(dimensions, parts, strict=True) if d in SELLERS and part != EMPTY)
    for kind in ("findings", "strengths", "cannot_tell"):
        for finding in findings.get(kind) or []:
            yield from (str(label) for d, label in (finding.get("slice") or {}).items() if d in SELLERS)
            if set(finding.get("slice") or {}) & set(SELLERS) and len(finding["slice"]) == 1:
                yield from (str(p.get("group", p.get("level", p.get("label", "")))) for p in finding.get("peers") or [] if isinstance(p, Mapping))
    users = workspace.tables / "users.parquet"
    if users.is_file():
        yield from pd.read_parquet(users, columns=["name"])["name"].dropna().astype(str)


def shown_values(values: pd.DataFrame, names: Names) -> pd.DataFrame:
    """VALUES with labels as they may be shown."""
    pairs = values[["by", "group"]].drop_duplicates()
    shown = {(by, group): names.group(by, group) for by, group in pairs.itertuples(index=False)}
    groups = [shown[pair] for pair in zip(values["by"], values["group"], strict=True)]
    return values.assign(group=pd.array(groups, dtype="str") if groups else values["group"])


def shown_techniques(content: Any, names: Names) -> Any:
    """The dict of techniques.json with labels and texts as they may be shown; a seller is known by the field, so that the shortest name is none that stays."""
    if isinstance(content, Mapping):
        return {key: names.label("owner", value) if key in _PERSON and value else shown_techniques(value, names) for key, value in content.items()}
    return [shown_techniques(one, names) for one in content] if isinstance(content, list) else names.deep(content)


def shown_findings(findings: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """FINDINGS with labels and texts as they may be shown."""
    lists = {key: [names.finding(f) for f in findings.get(key) or []] for key in ("findings", "strengths", "cannot_tell") if key in findings}
    return {**{key: value for key, value in findings.items() if key not in lists}, **lists}


def agreed(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Rows of the plan as the client last answered it, by their id; {} before."""
    from audit.plan.ledger import latest

    return {row["action_id"]: row for row in latest(workspace).rows}


def notes(folder: Path, names: Names) -> dict[str, str]:
    """Consultant's notes: file stem → markdown."""
    files = sorted(folder.glob("*.md")) if folder.is_dir() else []
    texts = {file.stem: file.read_text(encoding="utf-8-sig", errors="replace").strip() for file in files}
    return {stem: "\n".join(_indent(line) + names.text(line) for line in text.splitlines()) for stem, text in texts.items() if text}


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
