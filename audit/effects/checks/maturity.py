"""Are the last periods whole, and the units of both sides followed for as long?"""

from __future__ import annotations

from audit.effects.case import Case, Found
from audit.effects.effect import Check
from audit.effects.methods import series as lines
from audit.effects.periods import series
from audit.errors import Phrase

NAME = "maturity"


def check(case: Case, name: str, found: Found) -> Check | None:
    """A last period with less than half of its usual rows is left out, and said."""
    if name not in lines.NAMES:
        return None
    dropped = series(case).dropped
    return Check(NAME, True, Phrase("effects.detail.last_dropped" if dropped else "effects.detail.last_whole"))
