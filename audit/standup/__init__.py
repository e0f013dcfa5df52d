"""The daily pack before the stand-up: how the plan stands, who deviates, what to collect, whom to call, what to ask of each seller.

The module itself is callable, because `audit.standup(client, date)` is the verb and `audit.standup` also the room.
Importing it is cheap; the work is loaded when first used.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from audit.rooms import Verb

if TYPE_CHECKING:
    from audit.standup.make import standup
    from audit.standup.pack import Pack

__all__ = ["Pack", "standup"]

_PLACES = {"standup": "make", "Pack": "pack"}


class _Verb(Verb):
    """A package that can be called like its main function."""

    def __call__(self, client, date=None, lang=None, *, engine=None):
        return self.standup(client, date, lang, engine=engine)


sys.modules[__name__].__class__ = _Verb
