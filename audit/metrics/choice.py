"""Which slices are fit to compare units by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis.expr.types as ir

from audit.errors import UsageError, nearest

if TYPE_CHECKING:
    from audit.metrics.bases import Bases

LEVELS = (2, 60)
FILLED = 0.70
BY_OUTCOME = 0.15  # filled this much more often on one outcome: filled because of it (M12)
AFTER_THE_FACT = ("stage", "loss_reason")
_GOOD = {"deals": ("won", ("lost",)), "leads": ("converted", ("junk", "lost"))}


def suited(bases: Bases, name: str) -> list[str]:
    """Slices of deals or leads that may be compared; UsageError when the client's choice names an unknown one."""
    known = bases.slices(name)
    chosen = [one for one in bases.client.dimensions if one in known]
    if chosen:
        return chosen
    for one in bases.client.dimensions:
        if one not in {*bases.slices("deals"), *bases.slices("leads")}:
            raise UsageError("errors.unknown_name", kind="dimension", name=one, nearest=nearest(one, known))
    candidates = [one for one in known if one not in AFTER_THE_FACT]
    if not candidates:
        return []
    table: ir.Table = getattr(bases, name)
    good, bad = _GOOD[name]
    won, lost = table.semantic == good, table.semantic.isin(bad)
    sums = {"rows": table.count(), "won": won.sum(), "lost": lost.sum()}
    for at, one in enumerate(candidates):
        column = table[one].cast("string")
        sums |= {f"levels{at}": column.nunique(), f"filled{at}": column.count(), f"won{at}": column.count(where=won),
                 f"lost{at}": column.count(where=lost)}
    row = bases.tables.backend.to_pyarrow(table.agg(**sums)).to_pylist()[0]
    fit = [one for at, one in enumerate(candidates) if _fit(row, at)]
    return [one for one in fit if not _tells_outcome(bases, table, one, won, lost)]


def _fit(row: dict, at: int) -> bool:
    levels, rows = row[f"levels{at}"], row["rows"]
    if not LEVELS[0] <= levels <= LEVELS[1] or levels > rows / 2 or row[f"filled{at}"] < FILLED * rows:
        return False
    if not row["won"] or not row["lost"]:
        return True
    return abs(row[f"won{at}"] / row["won"] - row[f"lost{at}"] / row["lost"]) <= BY_OUTCOME


def _tells_outcome(bases: Bases, table: ir.Table, name: str, won: ir.Value, lost: ir.Value) -> bool:
    """Whether each level holds only won or only lost units, so that the column restates the outcome."""
    closed = table.filter(won | lost)
    sizes = closed.group_by(level=closed[name].cast("string")).agg(won=won.sum(), lost=lost.sum())
    row = bases.tables.backend.to_pyarrow(
        sizes.agg(mixed=((sizes.won > 0) & (sizes.lost > 0)).sum(), won=sizes.won.sum(), lost=sizes.lost.sum())
    ).to_pylist()[0]
    return bool(row["won"] and row["lost"]) and not row["mixed"]
