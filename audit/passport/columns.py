"""How well the columns that metrics need are filled, and how many of their cells were placeholders."""

from __future__ import annotations

from collections.abc import Mapping

from audit.metrics.catalogue import METRICS
from audit.passport.facts import Fact, Severity, part
from audit.passport.scan import Counted

LOW, FAIR = 0.50, 0.80
RARE = {"activities.comment", "activities.due_at", "leads.qualified_at", "deals.lead_id", "leads.deal_id", "stages.max_days", "deals.won_at"}  # need not be everywhere


def columns(counted: Mapping[str, Counted], placeholders: Mapping[str, int], missing: Mapping[str, tuple[str, ...]]) -> list[Fact]:
    """One finding a needed column of a table that has rows: value is the filled share of the rows that must have it."""
    made = []
    for name, one in counted.items():
        for key, filled in one.sums.items():
            kind, _, column = key.partition(":")
            if kind == "filled":
                where = f"{name}.{column}"
                of = one.sums.get(f"must:{column}", one.rows)
                fake = placeholders.get(where, 0)
                blocks = _blocked(where, missing)
                share = part(filled, of)
                made.append(Fact("column", "filled" if filled else "empty", where, share, filled, _severity(where, filled, share, blocks), of, blocks,
                                 {"placeholders": fake, "placeholder_share": part(fake, fake + filled) or 0.0}))
    return made


def _severity(where: str, filled: int, share: float | None, blocks: tuple[str, ...]) -> Severity:
    if share is None:
        return "ok"
    if not filled:
        return "note" if blocks else "ok"  # what it blocks weighs as a finding of its own, and another column may stand in
    if where in RARE:
        return "ok"
    return "attention" if share < LOW else "note" if share < FAIR else "ok"


def _blocked(where: str, missing: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Cards that lack this column."""
    cards = {metric.card for metric in METRICS if any(where in need.split("|") for need in missing.get(metric.id, ()))}
    return tuple(sorted(cards))
