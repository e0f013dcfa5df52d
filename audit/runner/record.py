"""run.json: what a run took in, with which parameters and versions, how it went and what it left."""

from __future__ import annotations

import datetime as dt
import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audit import __version__
from audit.errors import WorkspaceError
from audit.runner.steps import hashes
from audit.share import code_digest
from audit.workspace import Workspace, read_json, write_json

_COURSE = ("started", "seconds", "steps")  # of run.json: how the run went, not what it took and left


def noted(workspace: Workspace, result: Any, started: dt.datetime, seconds: float, parameters: dict[str, str], *, again: bool = False) -> None:
    """run.json of the folder of `result` (a `Run`). With `again` it stays as it is where the run took and left the same as the one it tells of."""
    root, path = workspace.root, result.folder / "run.json"
    inputs = hashes((root / "client.yml", workspace.mapping, workspace.people, workspace.presets, workspace.inbox, workspace.notes))
    content = {
        "schema": 1,
        "as_of": str(result.as_of),
        "parameters": parameters,
        "inputs": {_name(path, root): digest for path, digest in inputs.items()},
        "versions": versions(),
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "steps": result.steps,
        "files": {_name(path, result.folder): digest for path, digest in hashes((result.folder,)).items()
                  if not path.endswith("run.json")},
    }
    if not (again and path.is_file() and _same(path, content)):
        write_json(path, content)


def _same(path: Path, content: Mapping[str, object]) -> bool:
    """Whether run.json says the same but for its course."""
    try:
        known = read_json(path)
    except WorkspaceError:
        return False
    return {name: value for name, value in known.items() if name not in _COURSE} == {name: value for name, value in content.items() if name not in _COURSE}


def _name(path: str, folder: Path) -> str:
    """The path inside `folder`; a name that is not UTF-8 stays writable."""
    return str(Path(path).relative_to(folder)).encode("utf-8", "backslashreplace").decode()


def versions() -> dict[str, str]:
    """Versions of the toolkit, Python and the libraries that compute."""
    from importlib.metadata import version

    names = ("duckdb", "ibis-framework", "numpy", "pandas", "papermill", "nbconvert", "scipy")
    found = {"audit": __version__, "code": code_digest(), "python": platform.python_version(), "system": sys.platform}
    return found | {name: version(name) for name in names}
