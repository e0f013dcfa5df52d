"""A progress bar on stderr for the steps of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from audit.words import Words


@contextmanager
def progress(words: Words, quiet: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """A function `told(step, cells done, cells in all)` that draws; silent when `quiet`."""
    if quiet:
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        tasks: dict[str, TaskID] = {}

        def told(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(words(f"cli.step.{step}"), total=total)
            bar.update(tasks[step], completed=done, total=total)

        yield told


@contextmanager
def working(words: Words, step: str, quiet: bool = False) -> Iterator[None]:
    """A turning sign on stderr beside the name of a step whose length is not known; silent when `quiet`."""
    if quiet:
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(words(f"cli.step.{step}")):
        yield
