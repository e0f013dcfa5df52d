"""What open deals and deals still to come will bring by a day, at the as-of day and at past cut-offs: M40.

The chance of a deal follows from its stage, age and segment; the segment counts only where it brought chances nearer to what came at past cut-offs.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import cells
from audit.metrics.reckon import judged, paces, wins
from audit.metrics.reckon.total import Arrivals, Open, Total, total
from audit.metrics.rows.plan import lived
from audit.metrics.rows.plan.lived import DAY, Cut, Past
from audit.metrics.rows.plan.targets import targets
from audit.metrics.rows.results import checks

SLICES = ("owner", "team", "segment", "pipeline")
_WEEKS = 13  # of arrivals, before the cut-off
_TESTS, _FEWEST = 12, 3  # past months on which the forecast is tested
_WARM_UP = 180  # days of deals before the first of them
_TIE = 1e-9  # a gain that rounding makes


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
    opened: pd.DataFrame  # slices, n, amount (of one deal), won, chance; own: the chance by segment too
    arrivals: np.ndarray  # chance of a deal still to come, by segment as in `lived.place`
    own_arrivals: np.ndarray
    wins_seen: float
    flows: pd.DataFrame  # with `of`, the segment
    amounts: pd.DataFrame  # of won deals: amount, n

    def by_segment(self) -> Outlook:
        """The same with chances by segment."""
        return replace(self, opened=self.opened.assign(chance=self.opened["own"]), arrivals=self.own_arrivals)

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
        chance = float(np.average(self.arrivals[made["of"].to_numpy(dtype=int)], weights=made["n"])) if mean else 0.0
        arrivals = Arrivals(mean / 7 * cut.days, max(float(weeks.var(ddof=1)) / mean, 1.0) if mean else 1.0, chance,
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
    """Every cut-off reckoned from what was known at it, without the segment."""
    pasts, opened, past = lived.pasts(bases, cuts), lived.opened(bases, cuts, slices), bases.rows_of(flows)
    past = past.assign(of=lived.place(bases.rows_of(lived.segments), past["segment"]))
    won = bases.rows_of(checks.amounts)
    found = []
    for at, cut in enumerate(cuts):
        known = won if cut.at > bases.as_of else won[won["month"] < cut.at.year * 12 + cut.at.month - 1]
        found.append(_reckoned(cut, pasts[at], opened[opened["cut"] == at], past, known))
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
    helps = (bases.rows_of(segment_gain) or 0.0) > _TIE
    found = outlooks(bases, cuts, SLICES)
    return {(one.cut.start, one.cut.end): one.by_segment() if helps else one for one in found}


def _past(bases: Bases) -> list[Outlook]:
    """The same forecast made at past months, without the segment."""
    return outlooks(bases, past_months(bases))


def segment_gain(bases: Bases) -> float | None:
    """Part of the squared error of the chances of deals open at past months that knowing their segment takes away, below 0 where it adds to it.

    None where there are too few such months or no segments to tell apart: then, and where nothing is gained, chances are of stage and age alone.
    """
    if not tested(bases) or not bases.rows_of(lived.segments):
        return None
    cell = pd.concat([one.opened[["n", "won", "chance", "own"]] for one in bases.rows_of(_past)], ignore_index=True)
    plain, own = (judged.brier(cell["n"], cell["won"], cell[name]) for name in ("chance", "own"))
    return 1 - own / plain if plain > 0 else None


def back_test(bases: Bases) -> list[Outlook]:
    """The same forecast made at past months, by segment where that is better."""
    helps = (bases.rows_of(segment_gain) or 0.0) > _TIE
    return [one.by_segment() if helps else one for one in bases.rows_of(_past)]


def _reckoned(cut: Cut, past: Past, opened: pd.DataFrame, flows: pd.DataFrame, known: pd.DataFrame) -> Outlook:
    place = {name: at for at, name in enumerate(past.stages)}
    at = opened["stage"].map(place).fillna(len(place)).to_numpy(dtype=int)
    age, of = (opened[name].to_numpy(dtype=int) for name in ("age", "of"))
    plain, own, arrivals, own_arrivals = _chances(past, cut.days, sorted({*of[of >= 0].tolist()}))
    amounts = known.groupby("bin", sort=True)[["x", "n"]].sum()
    amounts = pd.DataFrame({"amount": amounts["x"] / amounts["n"], "n": amounts["n"]})
    mean = float((amounts["amount"] * amounts["n"]).sum() / amounts["n"].sum()) if len(amounts) else 0.0
    each = np.where(opened["size"] == -99, mean, opened["amount"] / opened["n"])
    opened = opened.assign(amount=each, chance=plain[at, age], own=own[of, at, age])
    return Outlook(cut, opened, arrivals, own_arrivals, float(past.counts.seen[:, :, -2].sum()), flows, amounts)


def _chances(past: Past, days: int, segments: list[int]) -> tuple[np.ndarray, ...]:
    """Chances of open deals by stage (the last: any other) and age; these by segment; chances of deals still to come, the same for every segment; by segment.

    Deals of no segment, the last, and of segments that are not asked for have the chances of all.
    """
    counts, flat = past.counts, past.counts.flat()
    rate, one = wins.rates(counts), wins.rates(flat)
    plain, arrivals = _told(rate, one, days), np.full(len(counts.seen), wins.arrival_chance(one, days))
    own, own_arrivals = np.repeat(plain[None], len(arrivals), axis=0), arrivals.copy()
    if segments:
        by_stage, by_one = (paces.factors(these.seen[:-1], these.days[:-1], of_all) for these, of_all in ((counts, rate), (flat, one)))
        own_arrivals[:-1] = [wins.arrival_chance(paces.paced(one, factor), days) for factor in by_one]
        for at in segments:
            own[at] = _told(paces.paced(rate, by_stage[at]), paces.paced(one, by_one[at]), days)
    return plain, own, arrivals, own_arrivals


def _told(rate: np.ndarray, one: np.ndarray, days: int) -> np.ndarray:
    """Chances by stage and age, and in the last row by age alone."""
    by_stage = wins.win_chances(rate, days) if rate.shape[1] else np.zeros((0, wins.BINS))
    return np.vstack([by_stage, wins.win_chances(one, days)])
