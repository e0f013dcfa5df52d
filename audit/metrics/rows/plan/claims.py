"""What sellers promised: planned closing dates of deals as earlier runs stored them or as a log of changes tells them."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases, shape
from audit.metrics.bases.shape import yes
from audit.metrics.rows.flow import bands, fields

NEEDS = ("deal_snapshots.expected_close_on|field_history.expected_close_on", "deals.semantic")
# of rows of one deal seen at one moment the first or the last by these, whatever their order in the file
_ORDER = ("seen", "planned", "owner_id", "stage")
_SEEN = ("deal_id", "seen", "planned", "owner_id", "stage", "amount", "logged")
_DAY = ibis.interval(days=1)


def _stored(bases: Bases) -> ir.Table:
    """Open deals at stored runs: `_SEEN`. Of a deal of which the log tells only the runs before that and after the end of the log."""
    t = bases.full("deal_snapshots")
    t = t.filter((t.as_of <= ibis.literal(bases.as_of)) & (t.semantic.fill_null("open") == "open"))
    t = t.mutate(stage=bases.stages.label(t.pipeline_id, t.stage_id), planned=t.expected_close_on.cast("timestamp(6)"),
                 seen=t.as_of.cast("timestamp(6)"), logged=ibis.literal(False)).select(*_SEEN)
    if not bases.tables.has("field_history.expected_close_on") or (last := bases.rows_of(fields.last_day)) is None:
        return t
    log = bases.rows_of(fields.plans)
    since = log.group_by(_of=log.deal_id).agg(_since=log.seen.min().truncate("D"))
    t = t.left_join(since, t.deal_id == since._of)
    return t.filter(t._of.isnull() | (t.seen < t._since) | (t.seen > ibis.literal(last))).select(*_SEEN)


def _logged(bases: Bases) -> ir.Table:
    """Values of the planned closing that the log tells: `_SEEN` and `until`. What was set on the day of closing or later is no promise."""
    t = bases.rows_of(fields.plans)
    d = bases.deals.select(_deal="deal_id", _closed="closed_at")
    t = t.inner_join(d, t.deal_id == d._deal)
    t = t.filter(t._closed.isnull() | (t.seen.truncate("D") < t._closed.truncate("D")))
    if bases.tables.has("stage_history.entered_at", "stage_history.to_stage"):
        v = bases.visits.select(_unit="deal_id", stage="stage", _in="entered_at", _out="left_at")
        t = t.left_join(v, [t.deal_id == v._unit, v._in <= t.seen, v._out.isnull() | (v._out > t.seen)])
    else:
        t = t.mutate(stage=ibis.null("string"))
    return t.mutate(logged=ibis.literal(True)).select(*_SEEN, "until")


def seen(bases: Bases) -> ir.Table:
    """Planned closings of open deals, none later than the as-of day: `_SEEN` and the month planned for."""
    parts = []
    if bases.tables.has("deal_snapshots.expected_close_on"):
        parts.append(_stored(bases))
    if bases.tables.has("field_history.expected_close_on"):
        parts.append(bases.rows_of(_logged).select(*_SEEN))
    t = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return t.filter(t.planned.notnull()).mutate(month=t.planned.truncate("M"))


def _one(t: ir.Table, *keys: str, last: bool = False) -> ir.Table:
    """The first, or the last, row of every group of `keys` in the order of _ORDER."""
    order = [t[name].desc() if last else t[name].asc() for name in _ORDER]
    placed = t.mutate(_place=ibis.row_number().over(ibis.window(group_by=list(keys), order_by=order)))
    return placed.filter(placed._place == 0).drop("_place")


def _named(table: ir.Table, bases: Bases) -> ir.Table:
    """`table` with semantic and closed_at of its deals, the `band` of their amount, `rate` (base currency for one unit of theirs), and
    owner and team of its `owner_id`, those of the deal where it has none."""
    d = bases.deals
    d = d.select(_deal="deal_id", _owner="owner", _team="team", semantic="semantic", closed_at="closed_at", amount_base="amount_base",
                 band=bands.band(d.amount_base, bases), rate=shape.factor(d, bases, "deals"))
    table = table.inner_join(d, table.deal_id == d._deal)
    if bases.tables.has("users.user_id"):
        side = bases.users.select(_user="user_id", _name="owner", _group="team")
        table = table.left_join(side, table.owner_id == side._user)
        return table.mutate(owner=ibis.coalesce(table._name, table.owner_id, table._owner), team=ibis.coalesce(table._group, table._team))
    return table.mutate(owner=ibis.coalesce(table.owner_id, table._owner), team=table._team)


def _ended(rows: ir.Table, bases: Bases) -> ir.Table:
    """Rows promised for a `month` with `is_over`, `is_hit` (won by its end) and `is_slipped` (still open at its end).

    A deal won or lost at no known day is neither.
    """
    ends = rows.month + ibis.interval(months=1)
    closed = (rows.closed_at < ends).fill_null(False)
    return rows.mutate(is_over=ends <= ibis.literal(bases.end), is_hit=yes(closed & (rows.semantic == "won")), is_slipped=yes(~closed & ((rows.semantic == "open") | rows.closed_at.notnull())))


def claims(bases: Bases) -> ir.Table:
    """One row a deal and month in which it was once planned to close: `month`, `is_over`, `is_hit`, `is_slipped`, owner, team, stage then, band.

    A date already past when it was seen promises nothing. Of what was promised for a month a deal is won by its end,
    lost by its end, or slipped: still open.
    """
    t = seen(bases)
    t = t.filter(t.planned >= t.seen.truncate("D"))
    first = _one(t, "deal_id", "month").select("deal_id", "month", "owner_id", "stage", first_at="seen")
    return _ended(_named(first, bases), bases).select(
        "deal_id", "month", "first_at", "owner", "team", "stage", "band", "is_over", "is_hit", "is_slipped")


def standing(bases: Bases) -> ir.Table:
    """One row a deal and month for which it was planned as the month began, the deal being open: the columns of `claims` and, where
    the amount is known, `worth` (then, in the base currency; of today where nothing tells that of then) and `slipped` of it.

    The log tells the plan of that moment; a stored run does where it is of the last day of the month before.
    """
    parts = []
    names = [name for name in _SEEN if name != "logged"]
    if bases.tables.has("deal_snapshots.expected_close_on"):
        t = _stored(bases).mutate(month=ibis._.planned.truncate("M"))
        parts.append(t.filter(t.seen + _DAY == t.month).select(*names, "month"))
    if bases.tables.has("field_history.expected_close_on") and (last := bases.rows_of(fields.last_day)) is not None:
        t = bases.rows_of(_logged).mutate(month=ibis._.planned.truncate("M"))
        t = t.filter((t.seen < t.month) & (t.until.isnull() | (t.until >= t.month)) & (t.month <= ibis.literal(last + dt.timedelta(days=1))))
        parts.append(_amount_then(t.select(*names, "month"), bases))
    t = ibis.union(*parts) if len(parts) > 1 else parts[0]
    rows = _named(_one(t, "deal_id", "month"), bases)
    rows = rows.filter(rows.closed_at.isnull() | (rows.closed_at >= rows.month))
    rows = _ended(rows, bases)
    worth = ibis.coalesce(rows.amount * rows.rate, rows.amount_base)
    worth = ibis.ifelse(worth > 0, worth, ibis.null("float64"))
    rows = rows.mutate(worth=worth, slipped=ibis.ifelse(worth.notnull(), worth * rows.is_slipped, ibis.null("float64")))
    return rows.select("deal_id", "month", "owner", "team", "stage", "band", "is_over", "is_hit", "is_slipped", "worth", "slipped")


def _amount_then(t: ir.Table, bases: Bases) -> ir.Table:
    """`t` with the amount that the log tells of the beginning of the month."""
    if not bases.tables.has("field_history.amount"):
        return t
    a = bases.rows_of(fields.amounts).select(_unit="deal_id", _since="seen", _until="until", _amount="amount")
    rows = t.left_join(a, [t.deal_id == a._unit, a._since < t.month, a._until.isnull() | (a._until >= t.month)])
    return rows.mutate(amount=ibis.coalesce(rows._amount, rows.amount)).select(*t.columns)


def pushes(bases: Bases) -> ir.Table:
    """One row a deal seen open with a date at two runs or more, or of whose dates the log tells: `pushes` to a later month, owner, team, stage, band."""
    t = seen(bases)
    before = t.month.lag().over(ibis.window(group_by=t.deal_id, order_by=[t[name] for name in _ORDER]))
    t = t.mutate(_pushed=yes(t.month > before))
    each = t.group_by(_of=t.deal_id).agg(runs=t.count(), logged=yes(t.logged).sum(), pushes=t._pushed.sum())
    last = _one(t, "deal_id", last=True).select("deal_id", "owner_id", "stage")
    each = last.inner_join(each, last.deal_id == each._of)
    return _named(each.filter((each.runs >= 2) | (each.logged > 0)), bases).select("deal_id", "pushes", "owner", "team", "stage", "band")


def waiting(bases: Bases) -> ir.Table:
    """One row a deal that is open now and was once planned to close: `first_at`, the day on which a date was first seen."""
    t = seen(bases)
    each = t.group_by(_of=t.deal_id).agg(first_at=t.seen.min().truncate("D"))
    last = _one(t, "deal_id", last=True).select("deal_id", "owner_id", "stage")
    rows = _named(last.inner_join(each, last.deal_id == each._of), bases)
    return rows.filter(rows.semantic == "open").select("deal_id", "first_at", "owner", "team", "stage", "band")


def worths(bases: Bases) -> ir.Table:
    """One row a won deal whose amount was told before the day of winning: the deal's columns, `told` (the first such amount, base
    currency) and `is_less` (won for less than nine tenths of it)."""
    parts = []
    if bases.tables.has("deal_snapshots.amount"):
        s = bases.full("deal_snapshots")
        s = s.filter((s.as_of <= ibis.literal(bases.as_of)) & (s.semantic.fill_null("open") == "open"))
        parts.append(s.select("deal_id", "amount", seen=s.as_of.cast("timestamp(6)")))
    if bases.tables.has("field_history.amount"):
        parts.append(bases.rows_of(fields.amounts).select("deal_id", "amount", "seen"))
    t = ibis.union(*parts) if len(parts) > 1 else parts[0]
    t = t.filter(t.amount > 0)
    placed = t.mutate(_place=ibis.row_number().over(ibis.window(group_by=t.deal_id, order_by=[t.seen, t.amount])))
    first = placed.filter(placed._place == 0).select(_deal="deal_id", _seen="seen", _amount="amount")
    d = bases.deals.filter((bases.deals.semantic == "won") & (bases.deals.amount_base > 0))
    rows = d.inner_join(first, d.deal_id == first._deal)
    rows = rows.filter(rows._seen.truncate("D") < rows.closed_at.truncate("D"))
    rows = rows.mutate(told=rows._amount * shape.factor(rows, bases, "deals"))
    return rows.mutate(is_less=yes(rows.amount_base < 0.9 * rows.told)).drop("_deal", "_seen", "_amount")
