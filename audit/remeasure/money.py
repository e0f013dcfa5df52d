"""Money that a change has brought: effect a unit × units a month × money a unit, as the gain in the plan was reckoned."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from audit.remeasure import months
from audit.remeasure.changes import Change, overlap
from audit.remeasure.design import Design

MONTH = 365.25 / 12
_PARTS = ("win_rate", "avg_check")  # whose money the revenue of a lead holds already


class Worth(NamedTuple):
    """Money a month and since the start, each (value, low, high); units a month, money of one unit of the metric."""

    month: tuple[float, float, float]
    to_date: tuple[float, float, float]
    volume: float
    unit: float


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
    affected = float(((clock >= begin) & (own < until)).sum())
    ends = (effect.effect * unit, *sorted((effect.low * unit, effect.high * unit)))
    return Worth(_times(ends, volume), _times(ends, affected), volume, unit)


def of_totals(group: Sequence[Change], effect: Any, design: Design, until: float) -> Worth | None:
    """Money of a metric that is itself a sum of money a period."""
    if effect.effect is None or effect.low is None or effect.high is None:
        return None
    a_month = MONTH / 7 if design.grain == months.WEEK else 1.0
    span = max((until - months.number(group[0].start)) / MONTH, 0.0)
    ends = (float(effect.effect), *sorted((float(effect.low), float(effect.high))))
    return Worth(_times(ends, a_month), _times(ends, a_month * span), a_month, 1.0)


def _times(values: tuple[float, ...], n: float) -> tuple[float, float, float]:
    point, low, high = (value * n for value in values)
    return point, low, high


def unit_price(change: Change) -> float | None:
    """Money that one more unit with 1.0 more of the metric brings, as the plan promised it; None where it does not say."""
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


def promised(group: Iterable[Change], end: dt.date) -> tuple[float | None, float | None]:
    """Gain that the plan promised for the group: (a month, from the starts to `end`); None where no row has one."""
    known = [(float(change.row["expected_gain"]), change.start) for change in group if change.row.get("expected_gain") is not None]
    if not known:
        return None, None
    return sum(gain for gain, _ in known), sum(gain * max((end - day).days + 1, 0) / MONTH for gain, day in known)
