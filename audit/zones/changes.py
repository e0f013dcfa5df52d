"""What the department's own change is made of: other units than before (mix), or other results with the same ones (rate)."""

from __future__ import annotations

from typing import Any

import numpy as np

from audit.zones.describe import tidy
from audit.zones.dimensions import Factor
from audit.zones.past import window_of
from audit.zones.search import Search

FEWEST = 30  # units in each of the two times
SHOWN = 3  # levels that are told of a dimension
_ADDITIVE = ("logit", "log")  # links whose plain value is a mean over units, so that its parts add up


def changes(searches: list[Search]) -> list[dict[str, Any]]:
    """Of each priced metric that is a mean: the last three months against what was before, taken apart by each dimension, largest mix first."""
    made = (_change(search) for search in searches if search.since is None and search.measure.priced and search.measure.link in _ADDITIVE)
    return [tidy(one) for one in made if one is not None]  # type: ignore[misc]


def _change(search: Search) -> dict[str, Any] | None:
    base, rows, y = search.base, search.units.rows, np.asarray(search.units.raw, dtype=float)
    window = window_of(base)
    if window is None:
        return None
    since, end, times = window
    with np.errstate(invalid="ignore"):
        now, before = (times[rows] >= since) & (times[rows] <= end), times[rows] < since
    if min(now.sum(), before.sum()) < FEWEST:
        return None
    change, error = y[now].mean() - y[before].mean(), np.sqrt(y[now].var(ddof=1) / now.sum() + y[before].var(ddof=1) / before.sum())
    parts = [taken_apart(item, item.codes[rows], y, before, now) for item in base.factors if item.usable.sum() > 1 and item.name not in base.held]
    return {
        "metric": search.measure.id, "card": search.measure.card, "unit": search.measure.unit, "since": str(np.datetime64(int(since), "D")),
        "before": y[before].mean(), "now": y[now].mean(), "n_before": int(before.sum()), "n_now": int(now.sum()),
        "change": change, "low": change - 1.96 * error, "high": change + 1.96 * error,
        "by": sorted(parts, key=lambda part: (-abs(part["mix"]), part["dimension"])),
    }


def taken_apart(item: Factor, codes: np.ndarray, y: np.ndarray, before: np.ndarray, now: np.ndarray) -> dict[str, Any]:
    """The change of the mean of `y` as Σ Δshare · mean rate (mix) + Σ mean share · Δrate (rate) over the levels; the two add up to the change.

    A level that only one of the times has changes nothing by its rate. Source: Kitagawa (1955), J. Am. Stat. Assoc. 50.
    """
    size = len(item.labels)
    n = [np.bincount(codes[time], minlength=size) for time in (before, now)]
    total = [np.bincount(codes[time], y[time], size) for time in (before, now)]
    either = sum(total) / np.maximum(sum(n), 1)
    rate = [np.where(count > 0, part / np.maximum(count, 1), either) for count, part in zip(n, total, strict=True)]
    share = [count / count.sum() for count in n]
    whole = float(y[before].mean())
    mix = (share[1] - share[0]) * ((rate[0] + rate[1]) / 2 - whole)  # shares sum to 1: what is taken off here is nothing in the sum
    own = (rate[1] - rate[0]) * (share[0] + share[1]) / 2
    largest = np.argsort(-np.round(np.abs(mix + own), 10), kind="stable")[:SHOWN]
    scale = max(abs(whole), 1e-300)

    def plain(value: float) -> float:  # what is nothing but the order of adding is nothing
        return round(float(value) / scale, 10) * scale

    return {"dimension": item.name, "mix": plain(mix.sum()), "rate": plain(own.sum()),
            "levels": [{"level": item.labels[at], "mix": plain(mix[at]), "rate": plain(own[at])} for at in largest]}
