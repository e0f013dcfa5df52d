"""What several test processes need and one makes: under a lock, in the folder that all of them share."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock


def common(tmp_path_factory: Any) -> Path:
    """The temporary folder of this run of pytest, the same for every worker."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "popen-" in base.name else base


def made_once(tmp_path_factory: Any, name: str, make: Callable[[], Any]) -> Any:
    """What `make` gives: made by the first worker that asks, read by the others."""
    place = common(tmp_path_factory) / f"{name}.pickle"
    with FileLock(f"{place}.lock"):
        if not place.is_file():
            part = place.with_suffix(".part")
            part.write_bytes(pickle.dumps(make()))
            part.rename(place)
    return pickle.loads(place.read_bytes())
