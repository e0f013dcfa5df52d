"""Bytes to canonical tables: sniff, read, recognise, parse, validate, quarantine, ask.

The module itself is callable, because `audit.intake(client)` is the verb and `audit.intake` also the room.
Importing it is cheap; the work is loaded when first used.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from audit.rooms import Verb

if TYPE_CHECKING:
    from audit.intake.ask.asked import questions
    from audit.intake.deals import canonical_deals
    from audit.intake.read import read_table
    from audit.intake.result import Intake
    from audit.intake.run import intake

__all__ = ["Intake", "canonical_deals", "intake", "questions", "read_table"]

_PLACES = {"intake": "run", "questions": "ask.asked", "Intake": "result", "canonical_deals": "deals", "read_table": "read"}


class _Verb(Verb):
    """A package that can be called like its main function."""

    def __call__(self, client, files=(), lang=None, *, offline=None, accept=False):
        return self.intake(client, files, lang, offline=offline, accept=accept)


sys.modules[__name__].__class__ = _Verb
