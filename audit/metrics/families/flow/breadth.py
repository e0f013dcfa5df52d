"""How many of the clients in work are moved and touched, not how often one of them is: M16."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import cells, finish, periods
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.flow.moves import NEEDS, acted, people_moves

_DEALS = ("deals.semantic", "deals.created_at", "deals.closed_at|deals.won_at")


def _number(time: ir.Value, period: str) -> ir.Value:
    """The period of a time by the numbers of `periods.rolled`."""
    if period in periods.DAYS:
        day = periods.key(time, "day")
        return day if period == "day" else ((day + 3) / 7).floor().cast("int64") * 7 - 3
    step = periods.MONTHS[period]
    return (periods.key(time, "month") / step).floor().cast("int64") * step


def _numbered(bases: Bases) -> ir.Table:
    """One row a deal: `_deal`, `client` (a number of its own, of a deal without a client too), slices, `began`, `ended`."""
    d = bases.deals.mutate(_client=ibis.coalesce(bases.deals.client_id, bases.deals.deal_id))
    names = d.select(_name="_client").distinct()
    names = names.mutate(client=ibis.row_number().over(order_by=names._name))
    d = d.inner_join(names, d._client == names._name)
    slices = [name for name in bases.slices("deals") if name in bases.deals.columns]
    return d.select(*slices, "client", _deal="deal_id", began="created_at", ended="closed_at")


def _in_work(bases: Bases, one: tuple[str, ...]) -> ir.Table:
    """±1 at the moments when a client comes into work and leaves it, by slice: a client with two open deals is one client."""
    d = bases.rows_of(_numbered)
    d = d.filter(d.began.notnull()).mutate(**{name: cells.label(d[name]) for name in one})
    kept = ["client", *one]
    came = d.select(*kept, at=d.began, step=ibis.literal(1, "int64"))
    gone = d.filter(d.ended.notnull()).select(*kept, at=ibis.greatest(d.ended, d.began), step=ibis.literal(-1, "int64"))
    both = ibis.union(came, gone)
    window = ibis.window(group_by=kept, order_by=[both["at"], both.step.desc()], preceding=None, following=0)
    both = both.mutate(_open=both.step.sum().over(window))
    return both.filter(((both.step == 1) & (both._open == 1)) | ((both.step == -1) & (both._open == 0)))


@cache
def _daily(one: tuple[str, ...]) -> Callable[[Bases], pd.DataFrame]:
    """What gives the change of clients in work by slice and day: group, day, step; one query, however many periods are made of it."""
    def steps(bases: Bases) -> pd.DataFrame:
        t = _in_work(bases, one)
        frame = bases.rows(t.group_by(*one, day=periods.key(t["at"], "day")).agg(step=t.step.sum()))
        return frame.assign(group=_joined(frame, one))

    return steps


def _levels(bases: Bases, one: tuple[str, ...], period: str) -> pd.DataFrame:
    """Clients in work at the beginning of every period: group, number, den."""
    frame = bases.rows_of(_daily(one))
    frame = frame.assign(number=periods.rolled(frame["day"].to_numpy(dtype=np.int64), "day", period))
    wide = frame.pivot_table(index="number", columns="group", values="step", aggfunc="sum", fill_value=0)
    last = periods.number(bases.as_of, period)
    wide = wide.reindex(np.arange(wide.index.min(), last + 1, periods.step(period)), fill_value=0)
    before = wide.cumsum().shift(1, fill_value=0)
    return before.rename_axis("number").reset_index().melt(id_vars="number", var_name="group", value_name="den").query("den > 0")


def _joined(frame: pd.DataFrame, one: tuple[str, ...]) -> pd.Series:
    if not one:
        return pd.Series("", index=frame.index)
    text = frame[one[0]].astype(str)
    for name in one[1:]:
        text = text + " × " + frame[name].astype(str)
    return text


def _moved(bases: Bases) -> ir.Table:
    """Forward moves of deals."""
    t = bases.rows_of(people_moves)
    return t.filter(t.forward == 1).select("at", _of="deal_id")


def _touched(bases: Bases) -> ir.Table:
    """Actions done by people on deals."""
    return bases.rows_of(acted, light=True).select("at", _of="_deal")


@cache
def _met(acts: str, names: tuple[str, ...], wanted: tuple[str, ...]) -> Callable[[Bases], ir.Table]:
    """What gives one row a client, these slices and the periods of its events: a column a period, empty where the deal was not in work when it began."""
    def build(bases: Bases) -> ir.Table:
        t, deals = {"moved": _moved, "touched": _touched}[acts](bases), bases.rows_of(_numbered)
        t = t.inner_join(deals, t._of == deals._deal)
        numbers = {}
        for period in wanted:
            at = _number(t["at"], period)
            there = (_number(t.began, period) < at) & (t.ended.isnull() | (_number(t.ended, period) >= at)).fill_null(True)
            numbers[period] = ibis.ifelse(there, at, ibis.null("int64"))
        t = t.select("client", *names, **numbers)
        return t.filter(ibis.or_(*(t[period].notnull() for period in wanted))).distinct()

    return build


def _counted(bases: Bases, t: ir.Table, one: tuple[str, ...], period: str) -> pd.DataFrame:
    """Clients with an event by slice and period: group, number, num."""
    t = t.filter(t[period].notnull())

    def each(keys: dict[str, ir.Value]) -> ir.Table:
        met = t.select("client", **keys, number=t[period]).distinct()
        return met.group_by("number", *keys).agg(num=met.count())

    frame = cells.labelled(bases, t, one, each)
    return frame.assign(group=_joined(frame, one))[["group", "number", "num"]]


def _breadth(metric: Metric, bases: Bases, ask: Ask, acts: str) -> pd.DataFrame:
    """Of the clients in work when a period begins, the share with at least one such event in it; the whole is of weeks."""
    wanted = tuple(dict.fromkeys(["week", *ask.periods]))
    t = bases.rows_of(_met(acts, tuple(sorted({name for one in ask.slices for name in one})), wanted))
    frames = []
    if not len(bases.rows_of(_daily(()))):
        return finish.made(metric, bases, [{"value": np.nan, "n": 0}])
    for one in dict.fromkeys([(), *ask.slices]):
        for period in wanted:
            levels = _levels(bases, one, period)
            done = _counted(bases, t, one, period)
            both = levels.merge(done, on=["group", "number"], how="left").fillna({"num": 0})
            if period == "week":
                frames.append(_framed(metric, bases, both.groupby("group", as_index=False)[["num", "den"]].sum(), one, "all"))
            if period in ask.periods:
                frames.append(_framed(metric, bases, both.sort_values(["group", "number"]), one, period))
    return pd.concat(frames, ignore_index=True)


def _framed(metric: Metric, bases: Bases, rows: pd.DataFrame, one: tuple[str, ...], period: str) -> pd.DataFrame:
    number = rows["number"].to_numpy() if "number" in rows else np.full(len(rows), cells.NO_KEY)
    by = np.full(len(rows), "×".join(one), dtype=object)
    num, den = rows["num"].to_numpy(float), rows["den"].to_numpy(float)
    rolled = cells.Rolled(period, by, rows["group"].to_numpy(object), number, {}, bases.first_day)
    sums = {"num": num, "den": den, "num2": num, "numden": num, "den2": den}
    return finish.rows(metric, bases, rolled, sums, np.zeros(len(rows), dtype=bool))


def _metric(metric_id: str, acts: str, needs: tuple[str, ...], counter: str, what: str) -> Metric:
    return Metric(
        id=metric_id, card="M16", kind="share", unit="share", better="higher", basis="period", table="deals", rows=deals, at="at",
        needs=(*_DEALS, *needs), where=None, numerator=None, denominator=None, compute=partial(_breadth, acts=acts), matures_days=0,
        min_n=MIN_N, slices=("owner", "team"), counter=counter,
        source=f"clients {what} in the period ÷ clients in work when it began; the whole history is of weeks added up",
    )


METRICS = (
    _metric("move_breadth", "moved", NEEDS, "moves_evidenced", "with at least one deal moved forward"),
    _metric("touch_breadth", "touched", ("activities.entity_id", "activities.done_at|activities.started_at"), "tasks_instant_share",
            "with at least one done action"),
)
