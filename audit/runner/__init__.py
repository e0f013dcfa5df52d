"""Runs the notebooks of an audit one after another through papermill, resumably, and records the run."""

from audit.runner.run import Run, run

__all__ = ["Run", "run"]
