"""Which folders are clients: those named, and the children of a folder of clients."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def clients(places: Iterable[Path]) -> list[Path]:
    """Folders of clients in the order of `places`, each once, children of one place by name.

    A place with client.yml is a client; of any other its children with client.yml are. A place that is neither stays in the list: the
    command that opens it tells what is wrong, and the other clients go on.
    """
    found = [client for place in places for client in _of(place.expanduser())]
    return list(dict.fromkeys(found))


def _of(place: Path) -> list[Path]:
    root = place.resolve()
    if _is_client(root):
        return [root]
    try:
        children = sorted(child.resolve() for child in root.iterdir() if not child.name.startswith(".") and _is_client(child))
    except OSError:  # no folder, or one that may not be read
        children = []
    return children or [root]


def _is_client(folder: Path) -> bool:
    return (folder / "client.yml").is_file()
