"""Stays of deals in stages before a cut-off and the deals open at it, counted by the engine for the forecast of M40.

Only counts by stage, segment, age, amount and date leave the engine; all dates of a past cut-off are clipped to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import days
from audit.metrics.count import cells
from audit.metrics.reckon import wins

MOST = 8  # segments that have a pace of their own, the largest; the others go together
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cut:
    """A forecast made at the start of day `at` (all before it is known) for the money won before `end`, counted from `start`."""

    at: dt.date
    start: dt.date
    end: dt.date

    @property
    def days(self) -> int:
        """Days that are still to come."""
        return (self.end - self.at).days


def segments(bases: Bases) -> list[str]:
    """The MOST segments with the most deals, in order of their names; none where fewer than two are known or the segment is told only once a deal is decided."""
    if "segment" not in bases.slices("deals") or bases.lacks("deals.segment of lost deals"):
        return []
    d = bases.deals.filter(bases.deals.segment.notnull())
    frame = bases.rows(d.group_by(name=cells.label(d.segment)).agg(n=d.count())).sort_values(["n", "name"], ascending=[False, True])
    names = frame.loc[frame["name"] != cells.EMPTY, "name"]
    return sorted(names[:MOST]) if len(names) > 1 else []


def place(names: list[str], segment: pd.Series) -> np.ndarray:
    """Number of each segment among `names`, their number for all others, −1 where it is not known or nobody asks for it."""
    if not names:
        return np.full(len(segment), -1)
    numbers = {name: at for at, name in enumerate(names)} | {cells.EMPTY: -1}
    return segment.map(numbers).fillna(len(names)).to_numpy(dtype=int)


def _numbered(segment: ir.Value, names: list[str]) -> ir.Value:
    """`place` within the engine."""
    if not names:
        return ibis.literal(-1)
    text = segment.cast("string")
    known = [(text == name, at) for at, name in enumerate(names)]
    return ibis.cases((text.isnull() | (text == cells.EMPTY), -1), *known, else_=len(names))


def _dated(bases: Bases) -> ir.Table:
    """Deals of which it is known from when and until when they were open: one won or lost at no known day was open until nobody knows when."""
    d = bases.deals
    return d.filter(d.created_at.notnull() & ((d.semantic == "open") | d.closed_at.notnull()))


def lives(bases: Bases) -> ir.Table:
    """One row a stay of a deal in an open stage, or in being open where no history of stages is known.

    `stage` and `to` name stages ("won" and "lost" too, empty while there), `since`, `until`, `created_at`, `of` (the segment, see `place`).
    """
    names = bases.rows_of(segments)
    d = _dated(bases)
    ended = ibis.ifelse(d.semantic == "open", ibis.null("string"), d.semantic)
    whole = d.select("deal_id", "created_at", stage=ibis.literal("open"), to=ended, since="created_at", until="closed_at",
                     of=_numbered(d.segment, names))
    if not bases.tables.has("stage_history.entered_at", "stage_history.to_stage", "stages.ord"):
        return _forward(whole)
    v = bases.visits.filter((bases.visits.semantic == "open") & bases.visits.ord.notnull() & bases.visits.deal_created_at.notnull())
    v = v.filter((v.deal_semantic == "open") | v.deal_closed_at.notnull())
    home = v.pipeline.fill_null("") + "/"
    to = ibis.cases((v.left_at.isnull(), ibis.null("string")), (v.next_semantic.isin(["won", "lost"]), v.next_semantic),
                    (v.next_ord.notnull(), home + v.next_ord.cast("string")), else_=ibis.null("string"))
    stage = home + v.ord.cast("string")
    kept = v.select("deal_id", created_at="deal_created_at", stage=stage, to=to, since=ibis.greatest(v.entered_at, v.deal_created_at), until="left_at",
                    of=_numbered(v.segment, names))
    rest = whole.anti_join(v.select("deal_id"), "deal_id")
    both = ibis.union(kept, rest.select(*kept.columns))
    return _forward(both)


def _forward(table: ir.Table) -> ir.Table:
    """Stays that do not end before they begin; empty ends stay empty (engines skip them in `greatest`)."""
    return table.mutate(until=ibis.ifelse(table.until.isnull(), ibis.null("timestamp(6)"), ibis.greatest(table.until, table.since)))


def _bin(age: ir.Value) -> ir.Value:
    """Place of an age among `wins.EDGES`."""
    last = wins.BINS - 1
    return ibis.cases((age < 1, 0), (age >= wins.EDGES[last], last), else_=(age / 7).floor().cast("int64") + 1)


@dataclass(frozen=True, slots=True)
class Past:
    """What was known at a cut-off of the year before it: the names of `stages`, and counts by segment, the last of deals of none."""

    stages: list[str]
    counts: wins.Counts


def pasts(bases: Bases, cuts: list[Cut]) -> list[Past]:
    """Stays at risk in the year before each cut-off."""
    t, parts, groups = bases.rows_of(lives), [], len(bases.rows_of(segments)) + 2
    for number, cut in enumerate(cuts):
        end = ibis.timestamp(f"{cut.at} 00:00:00")
        begin = ibis.timestamp(f"{cut.at - dt.timedelta(days=bases.client.rules.forecast_days)} 00:00:00")
        one = t.filter((t.since < end) & (t.until.isnull() | (t.until >= begin)))
        gone = (one.until < end).fill_null(False)
        enter = days(one.created_at, ibis.greatest(one.since, begin))
        leave = days(one.created_at, ibis.ifelse(gone, one.until, end))
        parts.append(one.select("stage", "of", cut=ibis.literal(number), to=ibis.ifelse(gone, one.to, ibis.null("string")).fill_null(""),
                                enter=enter, leave=leave))

    def counted(rows: ir.Table) -> ir.Table:
        query = rows.group_by("cut", "stage", "of", "to", enter_bin=_bin(rows.enter), leave_bin=_bin(rows.leave))
        return query.agg(n=rows.count(), enter=cells.exact_days(rows.enter), leave=cells.exact_days(rows.leave))

    found: dict[int, Past] = {}
    for frame in _asked(bases, parts, counted, ["cut", "stage", "of", "to", "enter_bin", "leave_bin"]):
        found |= {number: _past(frame[frame["cut"] == number], groups) for number in set(frame["cut"])}
    return [found.get(number) or _past(None, groups) for number in range(len(cuts))]


def _past(frame: pd.DataFrame | None, groups: int) -> Past:
    """The counts of one cut-off."""
    if frame is None:
        return Past([], wins.Counts(np.zeros((0, 2, wins.BINS)), np.zeros((groups, 0, 2)), np.zeros((groups, 0, wins.BINS))))
    names = sorted(set(frame["stage"]))
    number = {name: at for at, name in enumerate([*names, "won", "lost"])}
    stays = wins.Stays(*(frame[name].map(number).fillna(-1).to_numpy(dtype=int) for name in ("stage", "to")),
                       *(frame[name].to_numpy(dtype=int) for name in ("enter_bin", "leave_bin")),
                       *(frame[name].to_numpy(dtype=float) for name in ("n", "enter", "leave")))
    return Past(names, wins.counted(stays, len(names), frame["of"].to_numpy(dtype=int) % groups, groups))


def _asked(bases: Bases, parts: list[ir.Table], counted: Callable[[ir.Table], ir.Table], keys: list[str]) -> Iterator[pd.DataFrame]:
    """What is counted of the rows of every cut-off, ordered by `keys`: of few rows by one query, of many one by one, as memory holds one cut-off alone."""
    for rows in [ibis.union(*parts)] if bases.small and len(parts) > 1 else parts:
        yield bases.rows(counted(rows)).sort_values(keys, kind="stable").reset_index(drop=True)


def opened(bases: Bases, cuts: list[Cut], slices: tuple[str, ...]) -> pd.DataFrame:
    """Deals open at each cut-off by stage, segment (`of`), age and amount, with how many of them, and of what money, were won before its end."""
    names, d = bases.rows_of(segments), _dated(bases)
    t, parts = bases.rows_of(lives), []
    for number, cut in enumerate(cuts):
        at, end = (ibis.timestamp(f"{day} 00:00:00") for day in (cut.at, cut.end))
        now = t.filter((t.since < at) & (t.until.isnull() | (t.until >= at)))
        latest = ibis.window(group_by=now.deal_id, order_by=[now.since.desc(), now.until.isnull().desc(), now.until.desc(), now.stage.desc()])
        now = now.mutate(_place=ibis.row_number().over(latest))  # of stays begun at one moment the one that lasts longest
        now = now.filter(now._place == 0).select("stage", _deal="deal_id")
        one = d.filter((d.created_at < at) & (d.closed_at.isnull() | (d.closed_at >= at))).drop("stage")
        one = one.left_join(now, one.deal_id == now._deal)
        amount = ibis.ifelse(one.amount_base > 0, one.amount_base, ibis.null("float64"))
        parts.append(one.select(
            *(cells.label(one[name]).name(name) for name in slices), cut=ibis.literal(number), stage=one.stage.fill_null(""), of=_numbered(one.segment, names),
            age=_bin(days(one.created_at, at)), amount=amount, size=(amount.ln() * 4).floor().fill_null(-99),
            won=ibis.ifelse((one.won_at < end).fill_null(False), 1, 0)))
    keys = ["cut", *slices, "stage", "of", "age", "size"]
    found = _asked(bases, parts, lambda rows: rows.group_by(keys).agg(n=rows.count(), amount=cells.exact(rows.amount), won=rows.won.sum()), keys)
    return pd.concat(found, ignore_index=True)
