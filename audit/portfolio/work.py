"""One client's command in a process of its own: what it printed, how it ended, how long it took. Runs here or on a worker of a cluster."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, NamedTuple

TAIL = 16_384  # bytes of what was printed last that are kept


class Task(NamedTuple):
    """What to run: the folder of the client (absolute), words of the command line after `audit`, environment beside the process's own, seconds at most."""

    client: str
    arguments: tuple[str, ...]
    environment: dict[str, str]
    timeout: float


class Done(NamedTuple):
    """How it went: `ended` is exit | killed | timeout | lost (never started, or its worker is gone); `code` the exit code, minus the signal when killed."""

    client: str
    ended: str
    code: int | None
    seconds: float
    printed: str = ""  # the end of stdout
    told: str = ""  # the end of stderr, or why it is lost


class Commands:
    """The commands that run at this moment for one caller, who can stop them all: those that are just being started too."""

    def __init__(self) -> None:
        self.running: set[subprocess.Popen] = set()
        self._stopped = threading.Event()

    def add(self, process: subprocess.Popen) -> None:
        """Count it in; it ends at once when all was stopped in the very moment of its start."""
        self.running.add(process)
        if self._stopped.is_set():
            _kill(process)

    def stop(self) -> None:
        """Kill every command, with all that it started."""
        self._stopped.set()
        for process in tuple(self.running):
            _kill(process)


def work(task: Task, commands: Commands | None = None) -> Done:
    """Run the command to its end, or kill it with all that it started when its time is over. Never raises for what befalls the command."""
    commands = commands or Commands()
    clock = time.perf_counter()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:  # a pipe would stay open in what a killed command left running
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "audit.cli", *task.arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                env={**os.environ, **task.environment}, start_new_session=True,
            )
        except OSError as problem:  # no memory or no more processes
            return Done(task.client, "lost", None, 0.0, told=str(problem))
        commands.add(process)
        try:
            code: int | None = process.wait(task.timeout)
            ended = "exit" if code is not None and code >= 0 else "killed"
        except subprocess.TimeoutExpired:
            code, ended = None, "timeout"
        finally:
            commands.running.discard(process)
            if process.returncode is None or process.returncode < 0:
                _kill(process)
        return Done(task.client, ended, code, round(time.perf_counter() - clock, 1), _tail(out), _tail(err))


@contextmanager
def stoppable() -> Iterator[Commands]:
    """Whatever ends this block ends the commands of it. Ctrl+C does so at once, and leads to KeyboardInterrupt even where somebody in between took it for their own."""
    commands, hit, mine = Commands(), threading.Event(), threading.current_thread() is threading.main_thread()

    def told(*_: object) -> None:
        hit.set()
        commands.stop()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, told) if mine else None
    try:
        yield commands
    finally:
        if mine:
            signal.signal(signal.SIGINT, before)
        commands.stop()
    if hit.is_set():
        raise KeyboardInterrupt


def _kill(process: subprocess.Popen) -> None:
    with suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)  # the command leads a group of its own, notebooks in forks are in it
        else:
            process.kill()
    process.wait()


def _tail(file: IO[bytes]) -> str:
    file.seek(0, os.SEEK_END)
    file.seek(max(0, file.tell() - TAIL))
    return file.read().decode("utf-8", "replace")
