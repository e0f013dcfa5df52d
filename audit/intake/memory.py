"""Memory between the stages of intake."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from audit.intake.away import let_go

MANY = 100_000  # rows of a table below which what a step frees is not worth the call
BLOCK = 4_000_000  # bytes of a block that is given back by itself
_MMAP_THRESHOLD = -3  # as malloc.h numbers it
_USUAL = 32 << 20  # where glibc's own threshold ends up


@contextmanager
def lean() -> Iterator[None]:
    """Arrow takes its memory from the system itself: allocators of its own keep pages of what a step has freed for later.

    The system's keeps those of blocks of up to 32 MB once one has come and gone; here whole columns are given back as they are freed.
    """
    import pyarrow as pa

    before, apart = pa.default_memory_pool(), _of_glibc("mallopt") or (lambda *_: None)
    pa.set_memory_pool(pa.system_memory_pool())
    apart(_MMAP_THRESHOLD, BLOCK)
    try:
        yield
    finally:
        pa.set_memory_pool(before)
        apart(_MMAP_THRESHOLD, _USUAL)


def give_back(rows: int = MANY) -> None:
    """Give what a step over `rows` has freed back to the system, so that the peak is that of the largest step and not of all together.

    Allocators keep freed memory for later; what the next step needs rarely fits into the gaps.
    """
    if rows < MANY:
        return
    import pyarrow as pa

    let_go()
    pa.default_memory_pool().release_unused()
    if (trim := _of_glibc("malloc_trim")) is not None:
        trim(0)


def _of_glibc(name: str) -> Any:
    """A function of the system's allocator, None elsewhere."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
