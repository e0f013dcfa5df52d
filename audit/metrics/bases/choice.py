"""Which slices are fit to compare units by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from audit.errors import UsageError, nearest
from audit.metrics.bases.shape import yes

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
    won, lost = (yes(outcome) for outcome in (table.semantic == good, table.semantic.isin(bad)))
    parts = [_counted(table, one, at, won, lost) for at, one in enumerate(candidates)]
    rows = bases.tables.backend.to_pyarrow(ibis.union(*parts) if len(parts) > 1 else parts[0]).to_pylist()
    return [candidates[row["at"]] for row in sorted(rows, key=lambda row: row["at"]) if _fit(row) and not _tells_outcome(row)]


def _counted(table: ir.Table, name: str, at: int, won: ir.Value, lost: ir.Value) -> ir.Table:
    """One row: `levels` of a slice, rows, won and lost units altogether, those of them that are filled, and levels with both kinds."""
    level = table[name].cast("string")
    sizes = table.group_by(level=level).agg(rows=table.count(), won=won.sum(), lost=lost.sum())
    known = sizes.level.notnull()
    sums = {f"{what}_filled": sizes[what].sum(where=known) for what in ("rows", "won", "lost")}
    sums |= {"mixed": yes((sizes.won > 0) & (sizes.lost > 0)).sum(), "levels": sizes.level.count(), "rows": sizes["rows"].sum(), "won": sizes.won.sum(), "lost": sizes.lost.sum()}
    return sizes.agg(**sums).mutate(at=ibis.literal(at))


def _fit(row: dict) -> bool:
    levels, rows = row["levels"], row["rows"]
    if not LEVELS[0] <= levels <= LEVELS[1] or levels > rows / 2 or (row["rows_filled"] or 0) < FILLED * rows:
        return False
    if not row["won"] or not row["lost"]:
        return True
    return abs(row["won_filled"] / row["won"] - row["lost_filled"] / row["lost"]) <= BY_OUTCOME


def _tells_outcome(row: dict) -> bool:
    """Whether each level, the empty one too, holds only won or only lost units, so that the column restates the outcome."""
    return bool(row["won"] and row["lost"]) and not row["mixed"]
