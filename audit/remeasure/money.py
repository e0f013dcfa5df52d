"""Money that a change has brought: effect a unit × units a month × money a unit, as the gain in the plan was reckoned."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from audit.remeasure import months
from audit.remeasure.changes import Change, overlap
from audit.remeasure.design import Design

MONTH = 365.25 / 12
OWN = ("avg_check", "revenue_per_lead", "check_winsorised")  # are money a unit themselves
_PARTS = ("win_rate", "avg_check")  # whose money the revenue of a lead holds already


Three = tuple[float, float, float]  # value, low, high


class Worth(NamedTuple):
    """Money a month and since the start, each (value, low, high); units a month, money of one unit of the metric, units that count since the start.

    `looks`, `looks_to_date`: the same with the interval that allows for monthly looks, the one behind the verdict.
    """

    month: Three
    to_date: Three
    volume: float
    unit: float
    units: float
    looks: Three
    looks_to_date: Three

    @property
    def months(self) -> float:
        """Months of the usual volume that the units since the start make up: those for which a promise a month can be held against them."""
        return self.units / self.volume if self.volume else 0.0


def worth(group: Sequence[Change], effect: Any, design: Design, until: float, price: Callable[[], float | None]) -> Worth | None:
    """What the effect of a group brings; None where the metric has no way to money.

    `price`: money that one unit of the metric (1.0 of a share) brings with one more unit, where the plan names none. The interval is that of
    the effect; volume and price count as known. Since the start only units whose clock began after it count.
    """
    if effect.effect is None or effect.low is None or effect.high is None or not len(design.reached):
        return None
    found = [one for one in map(unit_price, group) if one is not None]
    unit = found[0] if found else price()
    if unit is None:
        return None
    begin = months.number(min(change.start for change in group))
    own, clock = (design.reached[name].to_numpy() for name in ("own", "clock"))
    span = max((until - begin) / MONTH, 1e-9)
    volume = float(((own >= begin) & (own < until)).sum()) / span
    return _worth(effect, volume, unit, float(((clock >= begin) & (own < until)).sum()))


def of_totals(group: Sequence[Change], effect: Any, design: Design, until: float) -> Worth | None:
    """Money of a metric that is itself a sum of money a period."""
    if effect.effect is None or effect.low is None or effect.high is None:
        return None
    a_month = MONTH / 7 if design.grain == months.WEEK else 1.0
    return _worth(effect, a_month, 1.0, a_month * max((until - months.number(group[0].start)) / MONTH, 0.0))


def _worth(effect: Any, volume: float, unit: float, units: float) -> Worth:
    """`units` counted since the start, `volume` of them a month, each worth `unit` for 1.0 of the metric."""
    plain, looks = (_priced(effect.effect, one.low, one.high, unit) for one in (effect, effect.looks or effect))
    return Worth(_times(plain, volume), _times(plain, units), volume, unit, units, _times(looks, volume), _times(looks, units))


def _priced(value: float, low: float, high: float, unit: float) -> Three:
    return (value * unit, *sorted((low * unit, high * unit)))  # type: ignore[return-value]


def _times(values: Three, n: float) -> Three:
    point, low, high = (value * n for value in values)
    return point, low, high


def unit_price(change: Change) -> float | None:
    """Money that one more unit with 1.0 more of the metric brings, as the plan promised it; None where it does not say.

    What is money itself is worth itself: the gain of such a row in the plan also holds its share of what more won deals would bring at better cheques.
    """
    if change.metric in OWN:
        return 1.0
    row, full = change.row, change.row.get("full") or {}
    gain, target, volume, baseline = full.get("expected_gain"), full.get("target"), row.get("volume_per_month"), row.get("baseline")
    if gain is None or target is None or baseline is None or not volume or target == baseline:
        return None
    return float(gain) / ((target - baseline) * volume)


def counted(groups: list[tuple[str, tuple[Change, ...]]]) -> list[bool]:
    """Whether the money of each group (metric, changes) is counted in the sum: revenue a lead is not where its parts are measured themselves."""
    parts = [change for metric, group in groups if metric in _PARTS for change in group]
    return [metric != "revenue_per_lead" or not any(overlap(one.scope, part.scope) for one in group for part in parts) for metric, group in groups]


def total(parts: Iterable[Mapping[str, float]]) -> dict[str, float] | None:
    """Sum of (value, low, high) of independent effects; the halves of the interval add by their squares. None of nothing."""
    rows = list(parts)
    if not rows:
        return None
    value = sum(row["value"] for row in rows)
    down, up = (math.sqrt(sum((row["value"] - row[end]) ** 2 for row in rows)) for end in ("low", "high"))
    return {"value": value, "low": value - down, "high": value + up}


def promised(group: Iterable[Change]) -> tuple[float | None, int]:
    """(gain a month that the plan promised for the group, None where no row has one; how many of its changes have one)."""
    known = [float(change.row["expected_gain"]) for change in group if change.row.get("expected_gain") is not None]
    return (sum(known) if known else None), len(known)
