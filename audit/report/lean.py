"""Imports nbformat and nbconvert without a grammar that takes seconds to build and that notebooks never need."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

ABSENT = "rfc3987_syntax"  # jsonschema's check of URIs, which skips itself when this is absent


@contextmanager
def lean_imports() -> Iterator[None]:
    """Inside, imports of jsonschema do not find the grammar; it is whole again afterwards."""
    if ABSENT in sys.modules:
        yield
        return
    sys.modules[ABSENT] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[ABSENT]
