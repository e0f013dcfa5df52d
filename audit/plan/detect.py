"""How small a change of its metric a row of the plan can show, and after how many days the target can be told from chance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from audit.stats.power import detectable_mean, detectable_share

MONTH = 365.25 / 12
LONGEST = 730  # days: what takes longer is not waited for


def detectable(change: Mapping[str, Any], days: float | None = None) -> float | None:
    """The least change of the metric, in its own unit and > 0, that `days` after the start show (default: the change's own wait).

    `change` has unit, direction, baseline, n, volume_per_month, unit_sd, unit_scale and remeasure_after_days as findings give them. Rows of
    the last year are set against those since the start: shares by two proportions, all else by means on the scale of `unit_sd`, two-sided
    at 0.05 with power 0.8. None where the volume or the spread of one unit is not known, and where nothing would show.
    """
    volume, n, baseline = (change.get(name) for name in ("volume_per_month", "n", "baseline"))
    days = days if days is not None else change.get("remeasure_after_days")
    if not (volume and n and days) or baseline is None:
        return None
    before, after = min(n, volume * 12), volume * days / MONTH
    up = change.get("direction") != "lower"
    scale = change.get("unit_scale") or ("logit" if change.get("unit") == "share" else None)
    if scale == "logit":
        return detectable_share(baseline, before, after, up=up)
    sd = change.get("unit_sd")
    step = detectable_mean(sd, before, after) if sd is not None else None
    return None if step is None else in_unit(scale, float(baseline), step, up)


def in_unit(scale: str | None, baseline: float, step: float, up: bool) -> float | None:
    """A step on the scale of `unit_sd` as a change from the baseline; None for a scale that is not known."""
    if scale == "sd":
        return step
    if scale == "mean":
        return baseline * step
    if scale not in ("log", "log1p"):
        return None
    level = baseline + (1 if scale == "log1p" else 0)
    return level * (math.expm1(step) if up else -math.expm1(-step))


def seen_after(change: Mapping[str, Any]) -> int | None:
    """Days from the start until the way from baseline to target shows with power 0.8, not fewer than the change's own wait.

    None where it does not within two years, or where `detectable` cannot be told.
    """
    target, baseline = change.get("target"), change.get("baseline")
    wait = int(change.get("remeasure_after_days") or 1)
    if target is None or baseline is None:
        return None
    way = abs(target - baseline)

    def shows(days: int) -> bool:
        least = detectable(change, days)
        return least is not None and least <= way

    if not shows(LONGEST):
        return None
    low, high = wait - 1, LONGEST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shows(middle) else (middle, high)
    return high
