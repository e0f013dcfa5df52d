"""Sent proposals and how clients reacted to them."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases, worktime
from audit.metrics.bases.shape import days, told_beside, yes
from audit.metrics.count.cells import EMPTY
from audit.metrics.rows.flow import bands

CLIENT = ("reply", "question", "meeting", "accept", "reject")  # reactions that are the client's own
_CARRIED = ("owner", "team", "segment", "source", "channel", "product", "region", "pipeline", "industry", "is_repeat")


def sends(bases: Bases) -> ir.Table:
    """One row a first sending of a version to a deal: `version`, `kind`, the deal's slices and `band`, `reacted_at` (the
    first doing of the client after it: a reaction noted, an incoming call, a meeting held, a step forward), `wait` days to
    it (to `as_of` while there is none), `decided` and `in_time` (within rules.reaction_days working days), `accepted`
    (accepted, or the deal won, within rules.win_days)."""
    t = bases.full("proposals")
    t = t.filter(t.sent_at < ibis.literal(bases.end))
    t = t.mutate(version=t.template_version.fill_null(EMPTY), _deal=ibis.coalesce(t.deal_id, t.proposal_id))
    place = ibis.row_number().over(ibis.window(group_by=[t._deal, t.version], order_by=[t.sent_at, t.proposal_id]))
    t = t.mutate(_place=place).filter(lambda rows: rows._place == 0)
    if bases.tables.has("deals", "proposals.deal_id"):
        d = bases.deals
        side = d.select(_d="deal_id", _worth="amount_base", _outcome="semantic", _closed="closed_at", **{name: d[name] for name in _CARRIED})
        t = told_beside(t, side, "deal_id", lambda t: {"band": bands.band(ibis.coalesce(t._worth, t.amount), bases)})
    else:
        none = {name: ibis.null("string") for name in _CARRIED}
        t = t.mutate(_worth=ibis.null("float64"), _outcome=ibis.null("string"), _closed=ibis.null("timestamp(6)"), **none)
        t = t.mutate(band=bands.band(t.amount, bases) if bases.tables.has("deals") else ibis.null("string"))
    return _timed(_reacted(t, bases), bases)


def _reacted(t: ir.Table, bases: Bases) -> ir.Table:
    """The first doing of the client after each sending."""
    client = t.reaction.isnull() | t.reaction.isin(CLIENT)  # a day alone tells that the client did react
    noted = ibis.ifelse(client & (t.reaction_at >= t.sent_at) & (t.reaction_at < ibis.literal(bases.end)), t.reaction_at,
                        ibis.null("timestamp(6)"))
    t = t.mutate(_noted=noted)
    events = doings(bases)
    if events is None:
        return t.mutate(reacted_at=t._noted)
    pairs = t.select("proposal_id", "deal_id", "sent_at").inner_join(events, t.deal_id == events._unit)
    first = pairs.filter(pairs._at > pairs.sent_at).group_by(_p="proposal_id").agg(_seen=ibis._._at.min())
    return told_beside(t, first, "proposal_id", lambda t: {"reacted_at": ibis.ifelse(t._noted.isnull() | (t._seen < t._noted), t._seen, t._noted)})


def doings(bases: Bases) -> ir.Table | None:
    """What a client did or did together with the seller: incoming calls, meetings held, steps forward. A seller's own call,
    letter or message is no reaction. None where no such table is there."""
    parts = []
    if bases.tables.has("activities.kind", "activities.entity_id", "activities.done_at|activities.started_at"):
        a = bases.activities
        a = a.filter((a.entity == "deal") & a.kind.isin(["call_in", "meeting", "presentation"]) & a.done_at.notnull() & ~a.is_auto)
        parts.append(a.select(_unit="entity_id", _at="done_at"))
    if bases.tables.has("stage_history.entered_at", "stages.ord", "deals"):
        v = bases.visits
        v = v.filter(((v.next_ord > v.ord) & (v.next_semantic == "open")) | (v.next_semantic == "won"))
        parts.append(v.select(_unit="deal_id", _at="left_at").filter(ibis._._at.notnull()))
    return ibis.union(*parts) if len(parts) > 1 else parts[0] if parts else None


def _timed(t: ir.Table, bases: Bases) -> ir.Table:
    rules, end = bases.client.rules, ibis.literal(bases.end)
    t = t.mutate(_until=ibis.coalesce(t.reacted_at, end), _end=end)
    t = worktime.workdays(t, bases, "sent_at", _steps="_until", _age="_end")
    won = ((t._outcome == "won") & (t._closed >= t.sent_at)).fill_null(False)
    said = ((t.reaction == "accept") & t._noted.notnull()).fill_null(False)
    accepted = (won & (days(t.sent_at, t._closed) <= rules.win_days)).fill_null(False) | (said & (days(t.sent_at, t._noted) <= rules.win_days)).fill_null(False)
    # whether the days are over is told by the day of sending alone: those who reacted at once must not be counted earlier
    return t.mutate(wait=ibis.greatest(days(t.sent_at, t._until), 0.0), in_time=yes(t.reacted_at.notnull() & (t._steps <= rules.reaction_days)),
                    decided=t._age > rules.reaction_days, accepted=yes(accepted))
