"""What a board asks of a zone: could something unmeasured explain it, which months were best and worst, who does it well."""

from __future__ import annotations

import math

from audit.stats.confounding import e_value, of_difference
from audit.zones.gaps import Gap

FEW = 10  # units below which a month says nothing, as everywhere


def sensitivity(gap: Gap) -> dict[str, float | None]:
    """E-values of the gap and of the end of its interval that is nearer to nothing (1: no confounder is needed)."""
    near = gap.high if gap.gap < 0 else gap.low
    return {"e_value": _e_value(gap, gap.gap), "e_value_limit": 1.0 if near * gap.gap <= 0 else _e_value(gap, near)}


def _e_value(gap: Gap, difference: float) -> float:
    value = gap.benchmark + difference
    if gap.search.measure.family == "share":
        return e_value(value / gap.benchmark) if gap.benchmark > 0 else math.nan
    return of_difference(difference / math.sqrt(gap.search.units.variance(gap.search.unit_variance)))


def extremes(months: list[dict], sign: int) -> dict[str, dict | None]:
    """The best and the worst of the months with enough units, against what the peers would have given in each."""
    told = [month for month in months if month["n"] >= FEW and math.isfinite(month["value"]) and math.isfinite(month["expected"])]
    if len(told) < 2:
        return {"best_month": None, "worst_month": None}
    told.sort(key=lambda month: (sign * (month["value"] - month["expected"]), month["month"]))
    return {"best_month": told[-1], "worst_month": told[0]}


def twin(gap: Gap, peers: list[dict]) -> dict | None:
    """Who does the same well: the peer whose interval lies furthest on the good side of the benchmark, with the zone's own mix of units."""
    sign = gap.search.measure.sign
    others = [peer for peer in peers if not peer["this"]]
    if not others:
        return None
    best = max(others, key=lambda peer: (sign * (peer["low"] if sign > 0 else peer["high"]), peer["level"]))
    if sign * (best["value"] - gap.benchmark) <= 0:
        return None
    return {name: best[name] for name in ("level", "value", "low", "high", "n")}
