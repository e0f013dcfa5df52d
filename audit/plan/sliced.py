"""The slice to which a change of the client's own is limited, as it was chosen from the list or typed."""

from __future__ import annotations

from typing import Any

from audit.plan import typed
from audit.plan.cells import SEVERAL, Shown
from audit.plan.columns import folded
from audit.plan.state import Exported
from audit.words import LANGUAGES


def slice_of(cell: Any, exported: Exported, shown: Shown) -> dict[str, Any]:
    """`scope` (dimension → level) and `values` (metric → value there) of a cell; both empty for the whole. `Wrong` for what is not on offer.

    Parts stand between ×; a dimension may be called as in the book, as in any of the languages, or by its name in the tables.
    """
    whole = {folded(one.words("plan.book.own_zone")) for one in map(shown.speaking, LANGUAGES)}
    if cell is None or folded(cell) in whole:
        return {"scope": {}, "values": {}}
    known = _known(exported, shown)
    parts = [known.get(folded(part)) for part in str(cell).split(SEVERAL.strip())]
    scope = {name: label for part in parts if part for name, label in part["scope"].items()}
    if len(scope) != len(parts):  # one is unknown, or two of one dimension
        raise typed.Wrong("zone")
    return {"scope": scope, "values": parts[0]["values"] if len(parts) == 1 and parts[0] else {}}


def _known(exported: Exported, shown: Shown) -> dict[str, dict[str, Any]]:
    """Every way in which a slice on offer may be written."""
    found = {}
    for text, one in exported.slices.items():
        (name, _), = one["scope"].items()
        label = text.partition(": ")[2]
        for title in (name, *(shown.speaking(lang).dimension(name) for lang in LANGUAGES)):
            found[folded(f"{title}: {label}")] = one
        found[folded(text)] = one
    return found
