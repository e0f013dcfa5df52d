"""What sellers promised: planned closing dates of deals as they stood at earlier runs."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from audit.metrics import bands
from audit.metrics.bases import Bases
from audit.metrics.shape import yes

# of rows of one deal seen on one day the first or the last by these, whatever their order in the file
_ORDER = ("seen", "planned", "owner_id", "stage")


def _seen(bases: Bases) -> ir.Table:
    """Snapshots of open deals with a planned date, none later than the as-of day: deal, as_of, planned, month, owner, team, stage."""
    t = bases.full("deal_snapshots")
    t = t.filter((t.as_of <= ibis.literal(bases.as_of)) & t.expected_close_on.notnull() & (t.semantic.fill_null("open") == "open"))
    t = t.mutate(stage=bases.stages.label(t.pipeline_id, t.stage_id), planned=t.expected_close_on.cast("timestamp(6)"),
                 seen=t.as_of.cast("timestamp(6)"))
    return t.mutate(month=t.planned.truncate("M"))


def _one(t: ir.Table, *keys: str, last: bool = False) -> ir.Table:
    """The first, or the last, row of every group of `keys` in the order of _ORDER."""
    order = [t[name].desc() if last else t[name].asc() for name in _ORDER]
    placed = t.mutate(_place=ibis.row_number().over(ibis.window(group_by=list(keys), order_by=order)))
    return placed.filter(placed._place == 0).drop("_place")


def _named(table: ir.Table, bases: Bases) -> ir.Table:
    """`table` with owner and team of its `owner_id`, the deal's own where the snapshot has none, and the `band` of the deal's amount."""
    d = bases.deals.select(_deal="deal_id", _owner="owner", _team="team", semantic="semantic", closed_at="closed_at", won_at="won_at",
                           band=bands.band(bases.deals.amount_base, bases))
    table = table.inner_join(d, table.deal_id == d._deal)
    if bases.tables.has("users", "deal_snapshots.owner_id"):
        side = bases.users.select(_user="user_id", _name="owner", _group="team")
        table = table.left_join(side, table.owner_id == side._user)
        return table.mutate(owner=ibis.coalesce(table._name, table.owner_id, table._owner), team=ibis.coalesce(table._group, table._team))
    return table.mutate(owner=ibis.coalesce(table.owner_id, table._owner), team=table._team)


def claims(bases: Bases) -> ir.Table:
    """One row a deal and month in which it was once planned to close: `month`, `is_over`, `is_hit`, `is_slipped`, owner, team, stage then, band.

    A date already past when it was seen promises nothing. Of what was promised for a month a deal is won by its end,
    lost by its end, or slipped: still open.
    """
    t = _seen(bases)
    t = t.filter(t.planned >= t.seen)
    first = _one(t, "deal_id", "month").select("deal_id", "month", "owner_id", "stage", first_at="seen")
    rows = _named(first, bases)
    ends = rows.month + ibis.interval(months=1)
    closed = (rows.closed_at < ends).fill_null(False)
    return rows.mutate(is_over=ends <= ibis.literal(bases.end), is_hit=yes(closed & (rows.semantic == "won")), is_slipped=yes(~closed)).select(
        "deal_id", "month", "first_at", "owner", "team", "stage", "band", "is_over", "is_hit", "is_slipped")


def pushes(bases: Bases) -> ir.Table:
    """One row a deal seen open with a date at two runs or more: `pushes` to a later month, owner, team, stage, band."""
    t = _seen(bases)
    before = t.month.lag().over(ibis.window(group_by=t.deal_id, order_by=[t[name] for name in _ORDER]))
    t = t.mutate(_pushed=yes(t.month > before))
    each = t.group_by(_of=t.deal_id).agg(runs=t.count(), pushes=t._pushed.sum())
    last = _one(t, "deal_id", last=True).select("deal_id", "owner_id", "stage")
    each = last.inner_join(each, last.deal_id == each._of)
    return _named(each.filter(each.runs >= 2), bases).select("deal_id", "pushes", "owner", "team", "stage", "band")


def waiting(bases: Bases) -> ir.Table:
    """One row a deal that is open now and was once planned to close: `first_at`, the first run that saw a date."""
    t = _seen(bases)
    each = t.group_by(_of=t.deal_id).agg(first_at=t.seen.min())
    last = _one(t, "deal_id", last=True).select("deal_id", "owner_id", "stage")
    rows = _named(last.inner_join(each, last.deal_id == each._of), bases)
    return rows.filter(rows.semantic == "open").select("deal_id", "first_at", "owner", "team", "stage", "band")
