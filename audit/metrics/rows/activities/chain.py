"""The chain of steps that ends in a won deal: calls, meetings, proposals, invoices; conversions and days of work of each seller."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import days
from audit.metrics.count import cells
from audit.metrics.reckon.catchup import NAN, Step
from audit.metrics.rows.activities import actions
from audit.metrics.rows.activities.actions import STEPS
from audit.stats import intervals, shrink

# what counts as a step, in the order of the work; a deal won ends the chain
_WAITED = tuple(name for name in STEPS if name != "invoice")  # steps that the log of actions dates
_FEW_DAYS = 10  # of work, below which a seller's own days say nothing
_STRENGTH = (1.0, 1_000.0)  # of the department in a seller's posterior, as units of their own
_UNKNOWN_STRENGTH = 10.0  # where fewer than three sellers tell how much sellers differ
_TOP = 0.75


@dataclass(frozen=True, slots=True)
class Chain:
    """Steps of the department and of every seller, from the work of [start, end)."""

    start: dt.date
    end: dt.date
    whole: tuple[Step, ...]
    own: dict[str, tuple[Step, ...]]
    trials: dict[str, tuple[int, ...]]  # of every seller: units of each step

    def steps(self, owner: str | None) -> tuple[Step, ...]:
        """Steps of one seller; the department's where the seller has none or None is asked."""
        return self.whole if owner is None else self.own.get(owner, self.whole)


def chain(bases: Bases, end: dt.date) -> Chain | None:
    """The chain of the days before `end`; None where nothing was done or nothing won.

    A conversion is the number of units of the next step over the number of units of the step in the same days. A step
    of which fewer were done than of the next one leads nowhere in the log and is left out. A seller's conversion is
    the mean of a beta posterior whose prior is the department.
    """
    known: dict[dt.date, Chain | None] = bases.rows_of(_made)
    if end not in known:
        known[end] = _chain(bases, end)
    return known[end]


def _made(_: Bases) -> dict[dt.date, Chain | None]:
    """Chains made so far, by their end."""
    return {}


def _chain(bases: Bases, end: dt.date) -> Chain | None:
    start = max(end - dt.timedelta(days=bases.client.rules.chain_days), bases.first_day)
    daily = bases.rows_of(actions.by_day)
    daily = daily[(daily["day"] >= start) & (daily["day"] < end) & daily["owner"].notna()]
    steps = {kind: name for name, kinds in STEPS.items() for kind in kinds} | {"deal": "won"}
    daily = daily.assign(step=daily["kind"].map(steps)).dropna(subset="step")
    counts = daily.groupby(["owner", "step"])["n"].sum().unstack(fill_value=0)
    names = _kept({name: int(counts[name].sum()) for name in counts.columns})
    if not names:
        return None
    order = [*names, "won"]
    table = counts[order].to_numpy(dtype=float)
    rates = [_rates(table[:, at], table[:, at + 1]) for at in range(len(names))]
    waits = bases.rows_of(_waits)
    share = bases.calendar().workdays(end - dt.timedelta(days=364), end) / 364
    work = _work(bases, daily, names, start, end)
    owners = [str(owner) for owner in counts.index]

    def step(at: int, place: int | None, owner: str | None) -> Step:
        rate = rates[at]
        a, b = rate.posterior(place)
        own, all_days = work.get((owner, names[at])), work[None, names[at]]
        return Step(name=names[at], conversion=a / (a + b), wins=a, misses=b, days_to_win=waits.get(names[at], NAN) * share,
                    usual=(own or all_days)[0], median_day=(own or all_days)[1], p90_day=own[2] if own else NAN,
                    department_p90=all_days[2], top_conversion=rate.top)

    return Chain(start, end, tuple(step(at, None, None) for at in range(len(names))),
                 {owner: tuple(step(at, place, owner) for at in range(len(names))) for place, owner in enumerate(owners)},
                 {owner: tuple(int(x) for x in table[place, :-1]) for place, owner in enumerate(owners)})


def _kept(counts: dict[str, int]) -> list[str]:
    """Steps of the chain, backwards from winning: each must be done at least as often as the next kept one."""
    needed, names = counts.get("won", 0), []
    if not needed:
        return []
    for name in reversed(STEPS):
        if counts.get(name, 0) >= needed:
            names.append(name)
            needed = counts[name]
    return names[::-1]


@dataclass(frozen=True, slots=True)
class _Rates:
    trials: np.ndarray
    wins: np.ndarray
    strength: float
    top: float

    def posterior(self, place: int | None) -> tuple[float, float]:
        """α and β of one seller's conversion, of the department's for None."""
        trials, wins = float(self.trials.sum()), float(self.wins.sum())
        if place is None:
            return wins, max(trials - wins, 1e-9)
        mean, n, s = wins / trials, float(self.trials[place]), float(self.wins[place])
        return s + self.strength * mean, max(n - s + self.strength * (1 - mean), 1e-9)


def _rates(trials: np.ndarray, wins: np.ndarray) -> _Rates:
    """Conversions of all sellers with the strength of their common prior and the best quarter's conversion."""
    wins = np.minimum(wins, trials)
    mean = wins.sum() / trials.sum()
    some = trials > 0
    rates = _Rates(trials, wins, _UNKNOWN_STRENGTH, mean)
    if some.sum() >= 3 and 0 < mean < 1:
        tau2 = float(shrink.between(wins[some] / trials[some], mean * (1 - mean) / trials[some], np.ones(int(some.sum()), dtype=bool))[0][0])
        strength = mean * (1 - mean) / tau2 - 1 if tau2 > 0 else _STRENGTH[1]
        rates = _Rates(trials, wins, float(np.clip(strength, *_STRENGTH)), mean)
    shrunk = [a / (a + b) for a, b in (rates.posterior(int(at)) for at in np.flatnonzero(some))]
    return _Rates(trials, wins, rates.strength, max(float(np.quantile(shrunk, _TOP)), mean))


def _work(bases: Bases, daily: pd.DataFrame, names: list[str], start: dt.date, end: dt.date) -> dict[tuple[str | None, str], tuple[float, float, float]]:
    """(seller or None, step) → mean, median and P90 number of units over working days present; None pools all seller-days."""
    numbers = daily.groupby(["owner", "step", "day"])["n"].sum().to_dict()
    first = daily.groupby("owner")["day"].min().to_dict()
    found: dict[tuple[str | None, str], tuple[float, float, float]] = {}
    pooled: dict[str, list[int]] = {name: [] for name in names}
    for seller in bases.rows_of(actions.people).itertuples():
        if seller.owner not in first:
            continue
        there = actions.present(bases, seller, max(start, first[seller.owner]), end)
        for name in names:
            done = [numbers.get((seller.owner, name, day), 0) for day in there]
            pooled[name] += done
            if len(there) >= _FEW_DAYS:
                found[seller.owner, name] = _days(done)
    return found | {(None, name): _days(done) for name, done in pooled.items()}


def _days(done: list[int]) -> tuple[float, float, float]:
    if not done:
        return NAN, NAN, NAN
    return float(np.mean(done)), float(np.median(done)), float(np.quantile(done, 0.9))


def _firsts(bases: Bases) -> ir.Table:
    """One row a won deal with any action: `_won`, and by step when the first action of it was done; only what was done before winning."""
    a = bases.activities
    a = a.filter(a.done_at.notnull() & ~a.is_auto & (a.entity == "deal"))
    won = bases.deals.filter(bases.deals.won_at.notnull()).select(_deal="deal_id", _won="won_at")
    a = a.inner_join(won, a.entity_id == won._deal)
    a = a.filter(a.done_at <= a._won)
    return a.group_by("_deal").agg(**{name: a.done_at.min(where=a.kind.isin(STEPS[name])) for name in _WAITED}, _won=a._won.max())


def _waits(bases: Bases) -> dict[str, float]:
    """Median days from the first action of a step on a deal to winning that deal."""
    if not bases.tables.has("activities.kind", "activities.entity_id", "deals.semantic"):
        return {}
    firsts, found = bases.rows_of(_firsts), {}
    for name in _WAITED:
        rows = firsts.filter(firsts[name].notnull()).mutate(_wait=days(firsts[name], firsts._won))
        frame = bases.rows(rows.group_by(bin=cells.duration_bin(rows._wait)).agg(n=rows.count(), x=cells.exact_days(rows._wait)))
        frame = frame.sort_values("bin")
        if len(frame):
            n = frame["n"].to_numpy(dtype=float)
            found[name] = float(intervals.quantile(np.zeros(len(n)), frame["x"].to_numpy(dtype=float) / n, n, 0.5)[0][0])
    return found
