"""What open deals and deals still to come will bring by a day, at the as-of day and at past cut-offs: M40.

Only counts by stage, age, amount and date leave the engine; all dates of a past cut-off are clipped to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics import cells, checks
from audit.metrics.bases import Bases
from audit.metrics.reckon import wins
from audit.metrics.reckon.total import Arrivals, Open, Total, total
from audit.metrics.shape import days
from audit.metrics.targets import targets

SLICES = ("owner", "team", "segment", "pipeline")
_WEEKS = 13  # of arrivals, before the cut-off
_TESTS, _FEWEST = 12, 3  # past months on which the forecast is tested
_WARM_UP = 180  # days of deals before the first of them
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


def lives(bases: Bases) -> ir.Table:
    """One row a stay of a deal in an open stage, or in being open where no history of stages is known.

    `stage` and `to` name stages ("won" and "lost" too, empty while there), `since`, `until`, `created_at`.
    """
    d = bases.deals.filter(bases.deals.created_at.notnull())
    ended = ibis.ifelse(d.semantic == "open", ibis.null("string"), d.semantic)
    whole = d.select("deal_id", "created_at", stage=ibis.literal("open"), to=ended, since="created_at", until="closed_at")
    if not bases.tables.has("stage_history.entered_at", "stage_history.to_stage", "stages.ord"):
        return _forward(whole)
    v = bases.visits.filter((bases.visits.semantic == "open") & bases.visits.ord.notnull() & bases.visits.deal_created_at.notnull())
    home = v.pipeline.fill_null("") + "/"
    to = ibis.cases((v.left_at.isnull(), ibis.null("string")), (v.next_semantic.isin(["won", "lost"]), v.next_semantic),
                    (v.next_ord.notnull(), home + v.next_ord.cast("string")), else_=ibis.null("string"))
    stage = home + v.ord.cast("string")
    kept = v.select("deal_id", created_at="deal_created_at", stage=stage, to=to, since=ibis.greatest(v.entered_at, v.deal_created_at), until="left_at")
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


def _stays(bases: Bases, cuts: list[Cut]) -> pd.DataFrame:
    """Stays at risk in the year before each cut-off, by cell."""
    t, parts = bases.rows_of(lives), []
    for number, cut in enumerate(cuts):
        end = ibis.timestamp(f"{cut.at} 00:00:00")
        begin = ibis.timestamp(f"{cut.at - dt.timedelta(days=bases.client.rules.forecast_days)} 00:00:00")
        one = t.filter((t.since < end) & (t.until.isnull() | (t.until >= begin)))
        gone = (one.until < end).fill_null(False)
        enter = days(one.created_at, ibis.greatest(one.since, begin))
        leave = days(one.created_at, ibis.ifelse(gone, one.until, end))
        parts.append(one.select("stage", cut=ibis.literal(number), to=ibis.ifelse(gone, one.to, ibis.null("string")).fill_null(""),
                                enter=enter, leave=leave))

    def counted(rows: ir.Table) -> ir.Table:
        query = rows.group_by("cut", "stage", "to", enter_bin=_bin(rows.enter), leave_bin=_bin(rows.leave))
        return query.agg(n=rows.count(), enter=cells.exact_days(rows.enter), leave=cells.exact_days(rows.leave))

    return _asked(bases, parts, counted, ["cut", "stage", "to", "enter_bin", "leave_bin"])


def _asked(bases: Bases, parts: list[ir.Table], counted: Callable[[ir.Table], ir.Table], keys: list[str]) -> pd.DataFrame:
    """What is counted of the rows of every cut-off, ordered by `keys`: of few rows by one query, of many one by one, as memory holds one cut-off alone."""
    whole = [ibis.union(*parts)] if bases.small and len(parts) > 1 else parts
    frame = pd.concat([bases.rows(counted(rows)) for rows in whole], ignore_index=True)
    return frame.sort_values(keys, kind="stable").reset_index(drop=True)


def _open(bases: Bases, cuts: list[Cut], slices: tuple[str, ...]) -> pd.DataFrame:
    """Deals open at each cut-off by stage, age and amount, with how many of them, and of what money, were won before its end."""
    d = bases.deals.filter(bases.deals.created_at.notnull())
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
            *(cells.label(one[name]).name(name) for name in slices), cut=ibis.literal(number), stage=one.stage.fill_null(""),
            age=_bin(days(one.created_at, at)), amount=amount, size=(amount.ln() * 4).floor().fill_null(-99),
            won=ibis.ifelse((one.won_at < end).fill_null(False), 1, 0)))
    keys = ["cut", *slices, "stage", "age", "size"]
    return _asked(bases, parts, lambda rows: rows.group_by(keys).agg(n=rows.count(), amount=cells.exact(rows.amount), won=rows.won.sum()), keys)


def flows(bases: Bases) -> pd.DataFrame:
    """Deals by day: what, day, owner, team, segment, pipeline, n, money, margin, `at` (the day as an ordinal); `what` is created or won."""
    d, parts = bases.deals, []
    labels = {name: cells.label(d[name]) for name in SLICES}
    for what, at in (("created", "created_at"), ("won", "won_at")):
        rows = d.filter(d[at].notnull()).mutate(_day=d[at].cast("date"))
        frame = bases.rows(rows.group_by(day=rows._day, **labels).agg(n=rows.count(), money=cells.exact(rows.amount_base), margin=cells.exact(rows.margin)))
        parts.append(frame.assign(what=what))
    frame = pd.concat(parts, ignore_index=True).fillna({"money": 0.0, "margin": 0.0})
    frame = frame.assign(at=[day.toordinal() for day in frame["day"]])
    return frame.sort_values(["what", "at", *SLICES], kind="stable").reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class Outlook:
    """One cut-off reckoned: open deals by cell with their `chance`, and what every slice needs for its total."""

    cut: Cut
    opened: pd.DataFrame  # slices, n, amount (of one deal), chance, won
    arrival_chance: float
    wins_seen: float
    flows: pd.DataFrame
    amounts: pd.DataFrame  # of won deals: amount, n

    def total(self, by: str = "", group: str = "", draws: int = 2_000) -> Total:
        """Money by the end of the period of the whole or of one group."""
        mine, past = self.opened, self.flows
        if by:
            mine, past = mine[mine[by] == group], past[past[by] == group]
        cut = self.cut
        won = _between(past, "won", cut.start, cut.at)
        made = _between(past, "created", cut.at - _WEEKS * 7 * DAY, cut.at)
        ago = (cut.at.toordinal() - 1 - made["at"].to_numpy(dtype=int)) // 7
        weeks = np.bincount(ago, weights=made["n"].to_numpy(dtype=float), minlength=_WEEKS)
        mean = weeks.mean()
        arrivals = Arrivals(mean / 7 * cut.days, max(float(weeks.var(ddof=1)) / mean, 1.0) if mean else 1.0, self.arrival_chance,
                            self.amounts["amount"].to_numpy(dtype=float), self.amounts["n"].to_numpy(dtype=float))
        cell = Open(*(mine[name].to_numpy(dtype=float) for name in ("n", "amount", "chance")))
        return total(float(won["money"].sum()), cell, arrivals, self.wins_seen, [40, cut.at.toordinal()], draws)

    def actual(self) -> float:
        """Money that was won in the whole period."""
        return float(_between(self.flows, "won", self.cut.start, self.cut.end)["money"].sum())

    def naive(self) -> float:
        """What is won already, and for the days to come what as many days before the period brought."""
        past, cut = self.flows, self.cut
        fact = _between(past, "won", cut.start, cut.at)["money"].sum()
        last = _between(past, "won", cut.start - cut.days * DAY, cut.start)["money"].sum()
        return float(fact + last)


def _between(past: pd.DataFrame, what: str, start: dt.date, end: dt.date) -> pd.DataFrame:
    """What of the flows happened on days of [start, end)."""
    return past[(past["at"].to_numpy() >= start.toordinal()) & (past["at"].to_numpy() < end.toordinal()) & (past["what"] == what).to_numpy()]


def outlooks(bases: Bases, cuts: list[Cut], slices: tuple[str, ...] = ()) -> list[Outlook]:
    """Every cut-off reckoned from what was known at it."""
    stays, opened, past = _stays(bases, cuts), _open(bases, cuts, slices), bases.rows_of(flows)
    won = bases.rows_of(checks.amounts)
    found = []
    for at, cut in enumerate(cuts):
        known = won if cut.at > bases.as_of else won[won["month"] < cut.at.year * 12 + cut.at.month - 1]
        found.append(_reckoned(cut, stays[stays["cut"] == at], opened[opened["cut"] == at], past, known))
    return found


def running_month(bases: Bases) -> Cut:
    """The month of the day after the as-of day, forecast from that day on."""
    at = bases.as_of + DAY
    start = at.replace(day=1)
    return Cut(at, start, (start + 31 * DAY).replace(day=1))


def past_months(bases: Bases) -> list[Cut]:
    """Up to twelve past months at the same number of days before their end, each after half a year of deals; oldest first."""
    left, end, found = running_month(bases).days, running_month(bases).start, []
    for _ in range(_TESTS):
        start = (end - DAY).replace(day=1)
        cut = Cut(max(end - left * DAY, start), start, end)
        if (cut.at - bases.first_day).days < _WARM_UP:
            break
        found.append(cut)
        end = start
    return found[::-1]


def tested(bases: Bases) -> bool:
    """Whether there are months enough to test the forecast on."""
    return len(past_months(bases)) >= _FEWEST


def ahead(bases: Bases) -> dict[tuple[dt.date, dt.date], Outlook]:
    """(start, end) → what the running month and every running plan will bring, by the slices of deals."""
    at = bases.as_of + DAY
    cuts = [running_month(bases)]
    if bases.lacks("plans") == []:
        cuts += [Cut(at, one.start, one.end) for one in bases.rows_of(targets) if one.start <= bases.as_of and one.end > at]
    cuts = sorted(set(cuts), key=lambda cut: (cut.start, cut.end))
    return {(one.cut.start, one.cut.end): one for one in outlooks(bases, cuts, SLICES)}


def back_test(bases: Bases) -> list[Outlook]:
    """The same forecast made at past months."""
    return outlooks(bases, past_months(bases))


def _reckoned(cut: Cut, stays: pd.DataFrame, opened: pd.DataFrame, past: pd.DataFrame, known: pd.DataFrame) -> Outlook:
    names = sorted(set(stays["stage"]))
    place = {name: at for at, name in enumerate(names)} | {"won": len(names), "lost": len(names) + 1}
    cell = wins.Stays(*(stays[name].map(place).fillna(-1).to_numpy(dtype=int) for name in ("stage", "to")),
                      *(stays[name].to_numpy(dtype=int) for name in ("enter_bin", "leave_bin")),
                      *(stays[name].to_numpy(dtype=float) for name in ("n", "enter", "leave")))
    if not names:
        cell = replace(cell, stage=np.zeros(0, dtype=int))
    pooled = wins.pooled(cell, len(names))
    by_stage = wins.win_chances(wins.rates(cell, len(names)), cut.days) if names else np.zeros((0, wins.BINS))
    whole = wins.win_chances(pooled, cut.days)
    chances = np.vstack([by_stage, whole])
    at = opened["stage"].map(place).fillna(len(names)).to_numpy(dtype=int)
    amounts = known.groupby("bin", sort=True)[["x", "n"]].sum()
    amounts = pd.DataFrame({"amount": amounts["x"] / amounts["n"], "n": amounts["n"]})
    mean = float((amounts["amount"] * amounts["n"]).sum() / amounts["n"].sum()) if len(amounts) else 0.0
    each = np.where(opened["size"] == -99, mean, opened["amount"] / opened["n"])
    opened = opened.assign(amount=each, chance=chances[np.minimum(at, len(names)), opened["age"].to_numpy(dtype=int)])
    seen = float(stays.loc[stays["to"] == "won", "n"].sum())
    return Outlook(cut, opened, wins.arrival_chance(pooled, cut.days), seen, past, amounts)
