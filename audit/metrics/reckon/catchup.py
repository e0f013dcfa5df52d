"""How a seller who is behind can still make the plan: the gap, the deals it takes and the work that brings them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

NAN = float("nan")
LEVEL = 0.8  # of the interval of what a step must bring
_SLACK = 9  # decimals: 800.0000000001 calls are 800


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the chain that ends in a won deal."""

    name: str
    conversion: float  # to the next step, 0…1
    wins: float = NAN  # the conversion's beta posterior: α and β; NaN where it is a given number
    misses: float = NAN
    days_to_win: float = NAN  # median working days from the step to winning
    usual: float = NAN  # the seller's mean day
    median_day: float = NAN
    p90_day: float = NAN
    department_p90: float = NAN
    top_conversion: float = NAN  # of the department's best quarter


@dataclass(frozen=True, slots=True)
class Load:
    """What one step must bring: whole units, units a working day and their 80 % interval."""

    name: str
    volume: int
    a_day: float
    low: float
    high: float
    pays_back: bool  # soon enough to be won inside the period
    light: str  # green: a usual day, amber: a good day, red: beyond nine of ten days, "" where days are not known
    p90_day: float  # what nine of ten of the seller's days do not exceed; NaN where they are too few
    department_p90: float  # the same of all sellers' days


@dataclass(frozen=True, slots=True)
class Levers:
    """The three ways to the same sum; each `stretch` is the part of its known headroom that it takes (∞: there is none)."""

    volume_a_day: float
    conversion: float  # of the step named by `step`
    check: float
    step: str
    volume_stretch: float
    conversion_stretch: float
    check_stretch: float

    @property
    def mildest(self) -> str:
        """The lever that takes the least of its headroom; "none" where not one is within what was ever seen."""
        stretches = {"volume": self.volume_stretch, "conversion": self.conversion_stretch, "check": self.check_stretch}
        name = min(stretches, key=lambda one: stretches[one])
        return name if stretches[name] <= 1 else "none"


@dataclass(frozen=True, slots=True)
class Need:
    """What one gap takes: deals and the load of every step."""

    gap: float
    deals: int
    loads: tuple[Load, ...]


@dataclass(frozen=True, slots=True)
class CatchUp:
    """The verdict is `ahead` (plan made), `missed` (no day left), or `behind` with what it takes."""

    verdict: str
    line_gap: float  # to be on the linear plan today
    gap: float  # to finish the plan
    ahead: float  # money above the plan
    ahead_days: float  # the same in days of the plan
    whole: Need | None  # all of the gap
    net: Need | None  # less what the present pipeline is expected to bring
    levers: Levers | None


def needed_deals(gap: float, check: float) -> int:
    """Whole deals that bring `gap` at a mean `check`.

    >>> needed_deals(1_900_000, 190_000)
    10
    """
    return math.ceil(round(gap / check, _SLACK))


def volumes(deals: int, conversions: Sequence[float]) -> list[int]:
    """Whole units of every step that bring `deals`, each conversion being to the next step.

    >>> volumes(10, [0.10, 0.50, 0.25])
    [800, 80, 40]
    """
    found, rest = [], 1.0
    for p in reversed(conversions):
        rest *= p
        found.append(math.ceil(round(deals / rest, _SLACK)) if rest > 0 else 0)
    return found[::-1]


def catch_up(
    *, target: float, fact: float, line: float, days: int, days_left: int, expected: float, check: float,
    steps: Sequence[Step], check_draws: np.ndarray | None = None, top_check: float = NAN, seed: Sequence[int] = (0,),
) -> CatchUp:
    """The catch-up of one seller. Money in one currency; `days` are the plan's working days, `days_left` those to come.

    `line`: what the linear plan wants by now; `expected`: what open deals will bring by the end of the period.
    `check_draws`: bootstrapped mean checks. Source: catalogue of metrics, §6.1.
    """
    line_gap, gap = max(0.0, line - fact), max(0.0, target - fact)
    if gap == 0:
        return CatchUp("ahead", line_gap, gap, fact - target, (fact - target) / (target / days) if days else NAN, None, None, None)
    if days_left <= 0:
        return CatchUp("missed", line_gap, gap, 0.0, 0.0, None, None, None)
    if not check > 0:
        return CatchUp("behind", line_gap, gap, 0.0, 0.0, None, None, None)
    draws = _draws(steps, check, check_draws, seed)
    whole = _need(gap, check, steps, days_left, draws)
    net = _need(max(0.0, gap - expected), check, steps, days_left, draws) if expected == expected else None
    levers = _levers(net or whole, steps, check, top_check, days_left)
    return CatchUp("behind", line_gap, gap, 0.0, 0.0, whole, net, levers)


def _draws(steps: Sequence[Step], check: float, check_draws: np.ndarray | None, seed: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """(mean checks, conversions by step) drawn together; a given conversion is what it is."""
    size = 2_000 if check_draws is None else len(check_draws)
    rng = np.random.default_rng(list(seed))
    checks = np.full(size, check) if check_draws is None else check_draws
    rates = np.array([rng.beta(one.wins, one.misses, size) if one.wins > 0 and one.misses > 0 else np.full(size, one.conversion)
                      for one in steps]).reshape(len(steps), size)
    return checks, rates


def _need(gap: float, check: float, steps: Sequence[Step], days_left: int, draws: tuple[np.ndarray, np.ndarray]) -> Need:
    deals = needed_deals(gap, check)
    checks, rates = draws
    loads = []
    for at, (one, volume) in enumerate(zip(steps, volumes(deals, [s.conversion for s in steps]), strict=True)):
        a_day = volume / days_left
        drawn = np.ceil(np.round(gap / checks, _SLACK)) / np.maximum(rates[at:].prod(axis=0), 1e-12) / days_left
        low, high = (float(x) for x in np.quantile(drawn, ((1 - LEVEL) / 2, (1 + LEVEL) / 2)))
        loads.append(Load(one.name, volume, a_day, min(low, a_day), max(high, a_day), not one.days_to_win > days_left, light(one, a_day),
                          one.p90_day, one.department_p90))
    return Need(gap, deals, tuple(loads))


def light(step: Step, a_day: float) -> str:
    """Whether `a_day` is within a usual day, a good day or neither; the department's days stand in for unknown own ones."""
    p90 = step.p90_day if step.p90_day == step.p90_day else step.department_p90
    if p90 != p90:
        return ""
    if a_day <= step.median_day:
        return "green"
    return "amber" if a_day <= p90 else "red"


def _levers(need: Need, steps: Sequence[Step], check: float, top_check: float, days_left: int) -> Levers | None:
    """Levers at the first step that still pays back: more of it a day, a better conversion from it on, a larger check."""
    able = [at for at, load in enumerate(need.loads) if load.pays_back and steps[at].usual > 0]
    if not able or not need.deals:
        return None
    at = able[0]
    lead = steps[at]
    feasible = lead.usual * days_left * math.prod(one.conversion for one in steps[at:])
    if not feasible > 0:
        return None
    times = need.deals / feasible
    best = max(steps[at:], key=lambda one: _ratio(one.top_conversion, one.conversion))
    wanted, larger = best.conversion * times, need.gap / feasible
    return Levers(
        lead.usual * times, wanted, larger, best.name,
        _stretch(times, _ratio(lead.p90_day if lead.p90_day == lead.p90_day else lead.department_p90, lead.usual)),
        _stretch(times, _ratio(best.top_conversion, best.conversion)) if wanted <= 1 else math.inf,
        _stretch(larger / check, _ratio(top_check, check)))


def _ratio(best: float, now: float) -> float:
    return best / now if best == best and now > 0 else 1.0


def _stretch(times: float, most: float) -> float:
    """Part of the way from now to the best known that `times` as much takes."""
    if times <= 1:
        return 0.0
    return (times - 1) / (most - 1) if most > 1 else math.inf
