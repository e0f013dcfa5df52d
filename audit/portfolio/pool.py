"""Where the commands of many clients run: on this computer through joblib, or on a cluster of dask.distributed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from audit.errors import UsageError
from audit.portfolio.work import Commands, Done, Task, work

if TYPE_CHECKING:
    from distributed import Client

_WAIT = 15  # seconds for a scheduler to answer


def here(tasks: Sequence[Task], jobs: int, commands: Commands) -> Iterator[Done]:
    """Outcomes as they come, `jobs` of the `commands` at a time. Threads do the waiting: what is isolated are the commands, each a process."""
    from joblib import Parallel, delayed

    return Parallel(n_jobs=jobs, backend="threading", batch_size=1, return_as="generator_unordered")(delayed(work)(task, commands) for task in tasks)


def there(tasks: Sequence[Task], scheduler: str, jobs: int | None) -> Iterator[Done]:
    """Outcomes as they come from the workers of `scheduler`, at most `jobs` commands at a time (None: as many as the workers take).

    A task whose worker died is given to another one by the scheduler, a few times. UsageError when dask.distributed is not installed or no
    scheduler answers.
    """
    with _client(scheduler) as client:
        yield from _on(client, tasks, jobs or len(tasks))


def _client(scheduler: str) -> Client:
    try:
        from distributed import Client
        from distributed.comm import resolve_address
    except ImportError:
        raise UsageError("portfolio.no_package", extra="dask", place=f"--scheduler {scheduler}") from None
    try:
        resolve_address(scheduler)  # an address that is none is told at once, before anything waits for it
        return Client(scheduler, timeout=_WAIT, set_as_default=False)
    except (OSError, ValueError, TypeError) as problem:  # no answer in time is an OSError too
        raise UsageError("portfolio.no_scheduler", why=str(problem)[:300], place=f"--scheduler {scheduler}") from None


def _on(client: Client, tasks: Sequence[Task], at_once: int) -> Iterator[Done]:
    from distributed import as_completed

    waiting = iter(tasks)
    sent = {client.submit(work, task, pure=False): task for task in islice(waiting, at_once)}
    ready = as_completed(list(sent), loop=client.loop)
    for future in ready:
        task, problem = sent.pop(future), future.exception()
        for following in islice(waiting, 1):
            more = client.submit(work, following, pure=False)
            sent[more] = following
            ready.add(more)
        yield future.result() if problem is None else Done(task.client, "lost", None, 0.0, told=f"{type(problem).__name__}: {problem}")
