"""The data passport: how much the data can carry, what is odd in them, and which files would open more.

The module itself is callable, because `audit.passport(client)` is the verb and `audit.passport` also the room.
Importing it is cheap; the work is loaded when first used.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from audit.rooms import Verb

if TYPE_CHECKING:
    from audit.passport.make import passport
    from audit.passport.result import Passport

__all__ = ["Passport", "passport"]

_PLACES = {"passport": "make", "Passport": "result"}


class _Verb(Verb):
    """A package that can be called like its main function."""

    def __call__(self, source, as_of=None, lang=None, *, engine="duckdb"):
        return self.passport(source, as_of, lang, engine=engine)


sys.modules[__name__].__class__ = _Verb
