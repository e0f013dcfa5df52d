"""The only place that imports papermill, which is slow to import when a Jupyter server is installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from audit.report.lean import lean_imports

with lean_imports():
    import papermill
    from papermill.exceptions import PapermillExecutionError

from audit.runner.engine import engine_name, watching

__all__ = ["PapermillExecutionError", "execute_notebook"]


def execute_notebook(
    source: Path, target: Path, parameters: Mapping[str, str | bool], told: Callable[[str, int, int], None] | None = None
) -> None:
    """Run `source` into `target`, telling (name, cells done, cells in all) after each cell."""
    with watching(source.stem, told):
        papermill.execute_notebook(
            str(source), str(target), parameters=dict(parameters), engine_name=engine_name(),
            kernel_name="python3", progress_bar=False, log_output=False,
        )
