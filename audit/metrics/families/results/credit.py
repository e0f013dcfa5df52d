"""Whose result it is: what sellers won at the time, beside whose deals these are now, and deals that changed hands: M15, M27."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases, owners, people
from audit.metrics.bases.shape import told_beside, yes
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Kind, Metric, Row
from audit.metrics.rows.flow.moves import NEEDS, moves


def held(bases: Bases) -> ir.Table:
    """One row a won deal: owner and team as they are at the as-of day, `owner_then` and `team_then` of the time of winning, `won_at`, `amount_base`."""
    d = bases.deals.filter(bases.deals.won_at.notnull())
    now = d.owner_now if "owner_now" in d.columns else d.owner_id
    d = d.select("deal_id", "won_at", "amount_base", owner_then="owner", team_then="team", _now=now, _same=(now == d.owner_id).fill_null(True))
    if not bases.tables.has("users.user_id"):
        return d.mutate(owner=d._now, team=d.team_then).drop("_now", "_same")
    side = bases.users.select(_user="user_id", _owner="owner", _team="team")
    d = told_beside(d, side, "_now", lambda t: {  # deals may name teams themselves
        "owner": ibis.ifelse(t._same, t.owner_then, ibis.coalesce(t._owner, t._now)), "team": ibis.ifelse(t._same, t.team_then, t._team)})
    return d.select("deal_id", "won_at", "amount_base", "owner", "team", "owner_then", "team_then")


def wins(bases: Bases) -> ir.Table:
    """One row a won deal: owner and team of the seller who won it, `deal_owner` now, `other` 1 where these differ, `won_at`, `amount_base`.

    Who won it made the last move to winning; where that was a robot or a head, or nobody knows, it is the owner at the time.
    """
    d = held(bases).select("deal_id", "won_at", "amount_base", "owner_then", "team_then", deal_owner="owner")
    if bases.lacks(*_MOVED):
        return d.mutate(owner=d.owner_then, team=d.team_then, other=yes(d.owner_then != d.deal_owner))
    return told_beside(d, _movers(bases), "deal_id", lambda t: {
        "owner": ibis.coalesce(t._who, t.owner_then), "team": ibis.ifelse(t._who.notnull(), t._side, t.team_then),
        "other": yes(ibis.coalesce(t._who, t.owner_then) != t.deal_owner)})


def _movers(bases: Bases) -> ir.Table:
    """One row a deal that a person who is no head moved to winning: the last who did, and the team."""
    leaders = people.known(bases).loc[lambda people: people["is_manager"], "owner"].tolist()
    m = bases.rows_of(moves)
    m = m.filter((m.semantic == "won") & ~m.by_robot & m.owner.notnull())
    m = m.filter(~m.owner.isin(leaders)) if leaders else m
    place = ibis.row_number().over(ibis.window(group_by=m.deal_id, order_by=[m["at"].desc(), m.owner]))
    return m.mutate(_place=place).filter(lambda t: t._place == 0).select(_deal="deal_id", _who="owner", _side="team")


def seen(bases: Bases) -> ir.Table:
    """One row a deal in work that an earlier run saw with a seller: owner, team, `other` 1 where some run saw it with another seller."""
    s = bases.full("deal_snapshots")
    s = s.filter(s.owner_id.notnull()).select(_deal="deal_id", _then="owner_id")
    d = bases.deals.filter((bases.deals.semantic == "open") & bases.deals.owner_id.notnull()).select("deal_id", "owner_id", "owner", "team", "amount_base")
    t = d.inner_join(s, d.deal_id == s._deal)
    return t.group_by("deal_id", "owner", "team").agg(other=yes(t._then != t.owner_id).max())


def _reassigned(bases: Bases) -> pd.DataFrame:
    """Deals in work with another seller at the last run that saw one, and won deals that another than their owner now won; the dearest first."""
    columns = ["deal_id", "owner_before", "owner", "told_by", "on", "amount"]
    t = bases.rows_of(wins)
    t = t.filter(t.other == 1).select("deal_id", "deal_owner", owner_before="owner", on=t.won_at.cast("date"), amount="amount_base")
    parts = [bases.rows(t).rename(columns={"deal_owner": "owner"}).assign(told_by="won")]
    if not bases.lacks(*_RUNS):
        s = bases.full("deal_snapshots")
        s = s.filter(s.owner_id.notnull()).select(_deal="deal_id", _then="owner_id", on="as_of")
        d = bases.deals.filter((bases.deals.semantic == "open") & bases.deals.owner_id.notnull())
        t = d.select("deal_id", "owner_id", "owner", amount="amount_base").inner_join(s, [("deal_id", "_deal")])
        t = t.filter(t._then != t.owner_id)
        place = ibis.row_number().over(ibis.window(group_by=t.deal_id, order_by=[t.on.desc(), t._then]))
        frame = bases.rows(t.mutate(_place=place).filter(lambda rows: rows._place == 0).select("deal_id", "owner", "on", "amount", before="_then"))
        parts.append(people.named(frame.drop(columns="owner"), bases, "before").rename(columns={"owner": "owner_before"}).assign(
            owner=frame["owner"], told_by="run"))
    whole = pd.concat([part[columns] for part in parts], ignore_index=True).assign(on=lambda f: pd.to_datetime(f["on"]).dt.date)
    return whole.sort_values(["amount", "deal_id", "told_by"], ascending=[False, True, True], na_position="last")


_MOVED = (*NEEDS, "stage_history.changed_by")
_CLOSED = ("deals.semantic", "deals.closed_at|deals.won_at", "deals.owner_id")
_WON = (*_CLOSED, f"stage_history.changed_by|{owners.LOG}|{owners.RUNS}")
_NOW = (*_CLOSED, f"{owners.LOG}|{owners.RUNS}")
_AMOUNT = ("deals.amount_base|deals.amount",)
_RUNS = ("deals.semantic", "deals.owner_id", "deal_snapshots.deal_id", "deal_snapshots.owner_id")


def _metric(metric_id: str, kind: Kind, unit: str, better, needs: tuple[str, ...], numerator: Row, denominator: Row | None, counter: str, source: str, *,
            rows=wins, known: tuple[str, ...] = _WON) -> Metric:
    return Metric(
        id=metric_id, card="M27", kind=kind, unit=unit, better=better, basis="closing", table="deals", rows=rows, at="won_at", needs=(*known, *needs),
        where=None, numerator=numerator, denominator=denominator, compute=None, matures_days=0, min_n=MIN_N, slices=("owner", "team"), counter=counter,
        source=source)


METRICS = (
    _metric("won_by_closer", "count", "count", "higher", (), one, None, "won_deals",
            "deals won, of the seller who made the move to winning; where that was a robot or a head, or is not known, of the owner at the time"),
    _metric("revenue_by_closer", "sum", "money", "higher", _AMOUNT, "amount_base", None, "revenue", "Σ amount of these deals"),
    _metric("won_by_owner_now", "count", "count", "neutral", (), one, None, "won_deals", "deals won, of whose they are at the as-of day", rows=held, known=_NOW),
    _metric("revenue_by_owner_now", "sum", "money", "neutral", _AMOUNT, "amount_base", None, "revenue", "Σ amount of these deals", rows=held, known=_NOW),
    _metric("won_reassigned_share", "share", "share", "neutral", (), "other", one, "won_by_closer",
            "won deals that now belong to another seller than who won them ÷ deals won, by who won them"),
    Metric(
        id="deals_reassigned_share", card="M15", kind="share", unit="share", better="neutral", basis="snapshot", table="deals", rows=seen, at="", needs=_RUNS,
        where=None, numerator="other", denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=("owner", "team"), counter="deals_in_work",
        source="deals in work that an earlier run saw with another seller ÷ deals in work that an earlier run saw"),
)
LISTINGS = (
    Listing(id="reassigned_deals", card="M27", needs=_WON, columns=("deal_id", "owner_before", "owner", "told_by", "on", "amount"), rows=_reassigned,
            source="won deals that another than their owner now won, and deals in work with another seller at an earlier run; the dearest first"),
)
