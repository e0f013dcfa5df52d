"""Client groups that matter more than others, as the client names them or as their money shows."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.count import cells

_CLASS_A = 0.8  # of all margin: the groups that bring it are class A


def priorities(bases: Bases) -> tuple[str, ...]:
    """Segments of client.yml in the spelling of the data; where none is named the fewest that give four fifths of the margin won.

    Where no margin is known the money won stands for it. Of equal groups the first by name.
    """
    d = bases.deals.filter(bases.deals.segment.notnull())
    worth = d.margin if bases.tables.has("deals.margin") else d.amount_base
    money = ibis.ifelse(d.semantic == "won", worth, 0.0).fill_null(0.0)
    frame = bases.rows(d.group_by("segment").agg(money=cells.exact(money))).sort_values(["money", "segment"], ascending=[False, True])
    if bases.client.priority_segments:
        wanted = {" ".join(name.split()).casefold() for name in bases.client.priority_segments}
        known = set(frame["segment"]) | (_of_leads(bases) if bases.tables.has("leads.lead_id") else set())
        return tuple(sorted(name for name in known if " ".join(name.split()).casefold() in wanted))
    money_before = frame["money"].clip(lower=0).cumsum() - frame["money"].clip(lower=0)
    most = (money_before < _CLASS_A * frame["money"].clip(lower=0).sum()) & (frame["money"] > 0)
    return tuple(sorted(frame.loc[most, "segment"]))


def _of_leads(bases: Bases) -> set[str]:
    t = bases.leads.filter(bases.leads.segment.notnull())
    return set(bases.rows(t.select("segment").distinct())["segment"])


def is_priority(t: ir.Table, b: Bases) -> ir.BooleanValue:
    """Units of these groups only."""
    names = b.rows_of(priorities)
    return t.segment.isin(names).fill_null(False) if names else ibis.literal(False) & t.segment.isnull()


def known(bases: Bases) -> bool:
    """Whether any group is such: the client's names occur in the data, or something was won in a group."""
    return bases.tables.has("deals.semantic", "deals.segment|clients.segment") and bool(bases.rows_of(priorities))
