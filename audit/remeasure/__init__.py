"""The monthly re-measurement: what became of every agreed change, in verdicts, money and a ledger that forgets nothing.

The module itself is callable, because `audit.remeasure(client, month)` is the verb and `audit.remeasure` also the room.
Importing it is cheap; the work is loaded when first used.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from audit.rooms import Verb

if TYPE_CHECKING:
    from audit.remeasure.ledger import history
    from audit.remeasure.measure import measured_month, remeasure
    from audit.remeasure.result import Remeasured

__all__ = ["Remeasured", "history", "measured_month", "remeasure"]

_PLACES = {"remeasure": "measure", "measured_month": "measure", "Remeasured": "result", "history": "ledger"}


class _Verb(Verb):
    """A package that can be called like its main function."""

    def __call__(self, client, month, lang=None, *, engine=None):
        return self.remeasure(client, month, lang, engine=engine)


sys.modules[__name__].__class__ = _Verb
