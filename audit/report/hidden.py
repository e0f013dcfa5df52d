"""Names of people that must not leave with a page, from the workspace, and the workspace that a notebook was made from."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.workspace import Workspace

if TYPE_CHECKING:
    from nbformat import NotebookNode


def hidden_names(workspace: Workspace) -> Iterable[str]:
    """Names of clients' contacts and, unless client.yml says otherwise, of sellers."""
    import pyarrow.parquet as pq

    sources = [("contacts", "name")]
    if workspace.client.privacy != "names":
        sources.append(("users", "name"))
    for table, column in sources:
        file = workspace.tables / f"{table}.parquet"
        if file.is_file() and column in pq.read_schema(file).names:
            yield from (str(name) for name in pq.read_table(file, columns=[column])[column].unique().to_pylist() if name)


def workspace_of(nb: NotebookNode, folder: str | Path = "") -> Workspace | None:
    """The workspace of a notebook that was executed: the `client` it ran with, or the one around it.

    `client` is read as the run saw it: from the current folder, then from `folder` in which the notebook lies.
    None when no folder of them is a workspace.
    """
    home = Path(folder or ".").resolve()
    for name in _clients(nb):
        for start in (Path.cwd(), home, *home.parents):
            place = start / Path(name).expanduser()
            if (place / "client.yml").is_file():
                return Workspace.open(place)
    around = next((place for place in (home, *home.parents) if (place / "client.yml").is_file()), None)
    return Workspace.open(around) if around else None


def _clients(nb: NotebookNode) -> list[str]:
    """What the run says its client is: papermill's record, else the injected parameters, else the notebook's own.

    A weaker one is not looked at where a stronger is there: the default of a notebook names a client that it was not run for.
    """
    recorded: Any = nb.metadata.get("papermill", {}).get("parameters", {}).get("client")
    if isinstance(recorded, str) and recorded:
        return [recorded]
    for tag in ("injected-parameters", "parameters"):
        found = [name for cell in nb.cells if tag in cell.metadata.get("tags", []) for name in _assigned(cell.source)]
        if found:
            return found[-1:]
    return []


def _assigned(source: str) -> Iterator[str]:
    """Texts that a cell assigns to `client`."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return
    for line in body:
        targets = line.targets if isinstance(line, ast.Assign) else [line.target] if isinstance(line, ast.AnnAssign) else []
        value = getattr(line, "value", None)
        if any(isinstance(target, ast.Name) and target.id == "client" for target in targets) and isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
            yield value.value
