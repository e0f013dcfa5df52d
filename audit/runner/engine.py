"""A papermill engine that runs a notebook in a fork of this process: no kernel start, no second import of pandas.

Cells run in a real IPython shell of their own process, so nothing leaks between notebooks. Systems without
`fork` use papermill's own engine (`engine_name()` tells); both give the same outputs.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, Pipe
from typing import Any, ClassVar, TypeVar

from audit.errors import AuditError
from audit.report.lean import lean_imports

with lean_imports():
    from papermill.engines import Engine, NotebookExecutionManager, papermill_engines

NAME = "audit_fork"
Result = TypeVar("Result")
_watchers: list[Callable[[int, int], None]] = []


class ChildDiedError(RuntimeError):
    """The process of a notebook ended without a word."""


def engine_name() -> str | None:
    """The engine to name to papermill here; None is papermill's own.

    Only Linux forks safely with numerical libraries loaded.
    """
    return NAME if sys.platform == "linux" and hasattr(os, "fork") else None


class ForkEngine(Engine):
    """Executes the cells in a forked child and passes each cell's outputs back as it ends."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: NotebookExecutionManager, kernel_name: str, **_: Any) -> None:
        """Fill the outputs of `nb_man.nb`; a failed cell stops the run.

        An AuditError raised in a cell is raised here again, after the outputs so far are kept.
        """
        cells = nb_man.nb.cells
        sources = [cell.source if cell.cell_type == "code" and cell.source.strip() else None for cell in cells]
        for index, event, content in _events(lambda out: _run_cells(sources, out)):
            cell = cells[index]
            if event == "start":
                nb_man.cell_start(cell, index)
            elif event == "done":
                cell.outputs, cell.execution_count = content
                nb_man.cell_complete(cell, index)
                for watcher in _watchers:
                    watcher(index + 1, len(cells))
            else:
                cell.outputs, cell.execution_count, error = content
                nb_man.cell_exception(cell, index, exception=error)
                if error is not None:
                    raise error
                return  # papermill finds the error output and raises


papermill_engines.register(NAME, ForkEngine)


@contextmanager
def watching(name: str, told: Callable[[str, int, int], None] | None) -> Iterator[None]:
    """Tell `told(name, cells done, cells in all)` after every cell that runs inside the block."""
    if told:
        _watchers.append(lambda done, total: told(name, done, total))
    try:
        yield
    finally:
        if told:
            told(name, 1, 1)
            _watchers.pop()


def in_fork(call: Callable[..., Result], *arguments: Any) -> Result:
    """`call(*arguments)` in a forked child where that is safe, else here; its exceptions come back."""
    if engine_name() is None:
        return call(*arguments)
    result, error = next(_events(lambda out: out.send(_outcome(call, arguments))))
    if error is not None:
        raise error
    return result


def _outcome(call: Callable[..., Result], arguments: tuple) -> tuple[Result | None, Exception | None]:
    try:
        return call(*arguments), None
    except Exception as error:  # sent to the parent and raised there
        return None, error


def _events(work: Callable[[Connection], None]) -> Iterator[Any]:
    """What `work(connection)` sends from a forked child, in order; ChildDiedError when the child dies."""
    ours, theirs = Pipe(duplex=False)
    sys.stdout.flush()
    sys.stderr.flush()
    gc.collect()
    gc.freeze()  # what is left of the parent's sessions must not be taken apart in the child, where their threads are not
    child = os.fork()
    if child:
        gc.unfreeze()
    if child == 0:
        code = 1
        try:
            ours.close()
            work(theirs)
            theirs.close()
            code = 0
        finally:
            os._exit(code)  # neither atexit handlers nor buffers of the parent may run twice
    theirs.close()
    try:
        while True:
            try:
                yield ours.recv()
            except EOFError:
                break
    finally:
        ours.close()
        _, status = os.waitpid(child, 0)
    if status:
        raise ChildDiedError(f"wait status {status}; it may have run out of memory")


def _run_cells(sources: list[str | None], out: Connection) -> None:
    shell = _shell()
    for index, source in enumerate(sources):
        if source is None:
            continue
        out.send((index, "start", None))
        outputs, error = _run_cell(shell, source)
        count = shell.execution_count - 1
        if error is not None:
            out.send((index, "failed", (outputs, count, error if isinstance(error, AuditError) else None)))
            return
        out.send((index, "done", (outputs, count)))


def _shell():
    """A fresh IPython shell that collects rich outputs and shows figures inline, as a kernel would."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.interactiveshell import InteractiveShell
    from nbformat.v4 import new_output

    class Collector(DisplayHook):
        results: ClassVar[list] = []

        def write_output_prompt(self) -> None:
            """A notebook keeps the count in the output itself."""

        def write_format_data(self, format_dict: dict, md_dict: dict | None = None) -> None:
            count = self.prompt_count
            output = new_output("execute_result", data=format_dict, metadata=md_dict or {}, execution_count=count)
            self.results.append(output)

        def finish_displayhook(self) -> None:
            """Nothing was written, nothing to flush."""

    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    InteractiveShell.clear_instance()
    shell: Any = InteractiveShell.instance(displayhook_class=Collector)
    shell.display_formatter.active_types = shell.display_formatter.format_types
    shell.history_manager.enabled = False  # no history file in the user's home
    if "matplotlib" in sys.modules:  # imported before the fork, maybe with another backend in use
        from IPython.core.pylabtools import activate_matplotlib
        from matplotlib_inline.backend_inline import configure_inline_support

        activate_matplotlib(os.environ["MPLBACKEND"])
        configure_inline_support(shell, os.environ["MPLBACKEND"])
        sys.modules["matplotlib.pyplot"].close("all")  # figures left open in the parent are not the notebook's
    return shell


def _run_cell(shell, source: str) -> tuple[list, BaseException | None]:
    """Notebook outputs of one cell and its exception, if any."""
    from IPython.utils.capture import capture_output
    from nbformat.v4 import new_output

    results = shell.displayhook.results
    results.clear()
    with capture_output() as captured:
        result = shell.run_cell(source, store_history=True)
    error = result.error_before_exec or result.error_in_exec
    shown = "" if error is not None else captured.stdout  # IPython prints the traceback there
    streams = (("stdout", shown), ("stderr", captured.stderr))
    outputs = [new_output("stream", name=name, text=text) for name, text in streams if text]
    outputs += [
        new_output("display_data", data=dict(rich.data), metadata=dict(rich.metadata or {}))
        for rich in captured.outputs
    ]
    outputs += results
    if error is not None:
        trace = captured.stdout.splitlines()
        outputs.append(new_output("error", ename=type(error).__name__, evalue=str(error), traceback=trace))
    return outputs, error
