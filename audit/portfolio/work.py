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
_running: set[subprocess.Popen] = set()
_stopped = threading.Event()


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


def work(task: Task) -> Done:
    """Run the command to its end, or kill it with all that it started when its time is over. Never raises for what befalls the command."""
    clock = time.perf_counter()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:  # a pipe would stay open in what a killed command left running
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "audit.cli", *task.arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                env={**os.environ, **task.environment}, start_new_session=True,
            )
        except OSError as problem:  # no memory or no more processes
            return Done(task.client, "lost", None, 0.0, told=str(problem))
        _running.add(process)
        if _stopped.is_set():  # started in the very moment in which all was stopped
            _kill(process)
        try:
            code: int | None = process.wait(task.timeout)
            ended = "exit" if code is not None and code >= 0 else "killed"
        except subprocess.TimeoutExpired:
            code, ended = None, "timeout"
        finally:
            _running.discard(process)
            if process.returncode is None or process.returncode < 0:
                _kill(process)
        return Done(task.client, ended, code, round(time.perf_counter() - clock, 1), _tail(out), _tail(err))


def stop() -> None:
    """Kill every command that runs in this process's name, with all that it started; one that is just being started too."""
    _stopped.set()
    for process in tuple(_running):
        _kill(process)


@contextmanager
def stoppable() -> Iterator[None]:
    """Whatever ends this block ends the commands. Ctrl+C does so at once, and leads to KeyboardInterrupt even where somebody in between took it for their own."""
    hit, mine = threading.Event(), threading.current_thread() is threading.main_thread()

    def told(*_: object) -> None:
        hit.set()
        stop()
        raise KeyboardInterrupt

    _stopped.clear()
    before = signal.signal(signal.SIGINT, told) if mine else None
    try:
        yield
    finally:
        if mine:
            signal.signal(signal.SIGINT, before)
        stop()
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
