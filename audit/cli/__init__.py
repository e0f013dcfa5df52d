"""The `audit` command: one function a subcommand, each a thin call of the package.

A subcommand is a function under `@command(name, panel)` in the file of its panel; the help shows the panels in the order of the files.
"""

from audit.cli import data, effect, knowledge, many, runs, single  # noqa: F401 (an import registers the subcommands)
from audit.cli.app import app
from audit.cli.entry import main

__all__ = ["app", "main"]
