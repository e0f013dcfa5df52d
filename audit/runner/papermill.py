"""The only place that imports papermill, which is slow to import when a Jupyter server is installed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

# jsonschema parses an RFC grammar for URI checks that notebooks never need; absent, it skips the check
_ABSENT = "rfc3987_syntax"
_held = sys.modules.get(_ABSENT)
sys.modules.setdefault(_ABSENT, None)  # type: ignore[arg-type]

import papermill  # noqa: E402
from papermill.exceptions import PapermillExecutionError  # noqa: E402

from audit.runner.engine import engine_name, watching  # noqa: E402

if _held is None:
    del sys.modules[_ABSENT]

__all__ = ["PapermillExecutionError", "execute_notebook"]


def execute_notebook(
    source: Path, target: Path, parameters: dict[str, str], told: Callable[[str, int, int], None] | None = None
) -> None:
    """Run `source` into `target`, telling (name, cells done, cells in all) after each cell."""
    with watching(source.stem, told):
        papermill.execute_notebook(
            str(source), str(target), parameters=parameters, engine_name=engine_name(),
            kernel_name="python3", progress_bar=False, log_output=False,
        )
