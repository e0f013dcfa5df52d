"""Does the effect run as a step or a ramp, as the method takes it to?"""

from __future__ import annotations

from audit.effects.case import Case, Found
from audit.effects.effect import Check
from audit.effects.methods import series as lines
from audit.errors import Phrase

NAME = "course"


def check(case: Case, name: str, found: Found) -> Check | None:
    """For series; where it does not, the wider gap to what the time before foretells was taken, so nothing fails."""
    if name not in lines.NAMES:
        return None
    return Check(NAME, True, Phrase("effects.detail.course_free" if found.free else "effects.detail.course_fits"))
