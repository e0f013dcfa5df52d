"""What a file says of itself beside what was taken from it: stated totals against the sums of kept rows."""

from __future__ import annotations

import numpy as np

from audit.intake.text import norm, words
from audit.intake.typed.part import Part

TOLERANCE = 0.01


def checks(part: Part) -> list[dict]:
    """One entry a stated total: its label, the column, what is stated, what the rows read come to, whether they agree.

    A total may be of the whole file or of the rows since the total before it; it agrees when either sum does.
    Totals that a reader has checked itself come as they are.
    """
    source = part.source
    if source.checks or not part.stated or part.origin is not None:  # of a table turned on its side the totals are of other sums
        return source.checks
    cells = source.cells
    totals = [place for place in source.faults.positions("total_row").tolist() if not any(norm(cell) in words("not_sums") for cell in cells.iloc[place])]
    kept = ~part.reasons.at(np.arange(len(cells)))
    kept[part.reasons.positions(("older_state",))] = True  # well read: a newer file tells of these records
    found = []
    for column, values in part.stated.items():
        numbers = np.where(kept & ~np.isnan(values), values, 0.0)
        start = 0
        for place in totals:
            stated = values[place]
            if np.isnan(stated):
                continue
            whole, block = float(numbers[:place].sum()), float(numbers[start:place].sum())
            sums = block if _agree(stated, block) and not _agree(stated, whole) else whole
            if kept[start:place].any():
                start = place + 1
            found.append({"name": _label(part, place), "column": part.used[column], "stated": round(float(stated), 2), "found": round(sums, 2),
                          "agrees": _agree(stated, sums)})
    return found


def _agree(stated: float, found: float) -> bool:
    return bool(abs(stated - found) <= TOLERANCE + 1e-9 * abs(stated))


def _label(part: Part, place: int) -> str:
    """The words of a total row."""
    return next((text.strip()[:80] for text in part.source.cells.iloc[place] if text.strip()), "")
