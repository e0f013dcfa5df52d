"""The verb `stagger`: a history in, schedules of the roll-out out, with what each of them can show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from audit.errors import UsageError
from audit.plan.panel import Panel, panel
from audit.plan.schedules import LONGEST, Rollout
from audit.plan.staggered import Stagger
from audit.stats.stagger import components
from audit.words import default_language

if TYPE_CHECKING:
    import pandas as pd

YEAR = 12  # months whose volume is expected to go on
CLOSE = 1.05  # schedules that show effects within 5 % of each other are as good


def stagger(
    history: pd.DataFrame, outcome: str, unit: str, time: str, months: int = 12, *, target: float | None = None, start: dt.date | str | None = None,
    wait: int = 0, lang: str | None = None,
) -> Stagger:
    """Schedules for giving a change to `unit`s (sellers, teams) at different times, and which of them shows the smallest effect.

    `history`: a row a deal or a row a unit and month, before the change: number (or 0/1) `outcome`, `unit`, `time`. `months` (2…24) may pass from the
    first start to the end of the roll-out and its measurement; `wait` months pass from a unit's start to the full effect. `target`: the size of the effect
    hoped for, in the unit of `outcome`. `start`: the first start (default: the month after the history). Method: docs/plan.md. UsageError for columns
    and numbers that do not fit; NothingMeasurableError with fewer than 4 units or 6 months of history.
    """
    return advised(panel(history, outcome, unit, time), months=months, target=target, start=start, wait=wait, lang=lang or default_language())


def advised(
    found: Panel, *, months: int, target: float | None, start: dt.date | str | None, wait: int, lang: str,
    back: Callable[[float], float] = float, size: float | None = None, **more: Any,
) -> Stagger:
    """The same of a panel. `back` turns an effect on the scale of its means into the metric's unit, `size` is the target on that scale (default: `target`)."""
    _need(months, wait, target)
    first, size = _first(found, start), target if size is None else size
    spread = components(found.means, found.n, found.rows)
    ahead, level = found.n[:, -YEAR:].mean(1), np.array([np.average(mean[n > 0], weights=n[n > 0]) for mean, n in zip(found.means, found.n, strict=True)])
    plan = Rollout(found.n, ahead, level, months, wait, spread)
    groups = {steps: plan.groups(steps) for steps in plan.steps()}
    schedules = [_schedule(plan, steps, group, first, size, back) for steps, group in groups.items()]
    best = _best(schedules, size)
    rows = tuple({**one, "suggested": one is best} for one in schedules)
    notes = ("least", "before", "spread", *(("rows",) if not found.rows else ()), *(("unseen",) if size is not None and best["seen_after_months"] is None else ()), *more.pop("notes", ()))
    return Stagger(
        rows, _order(found, groups[best["steps"]], best, ahead, level, first), spread._asdict(),
        {"units": len(found.units), "months": len(found.months), "from": str(found.months[0]), "to": str(found.months[-1]), "rows": int(found.n.sum())},
        months, wait, target, lang, notes=notes, **more,
    )


def _schedule(plan: Rollout, steps: int, group: np.ndarray, first: dt.date, size: float | None, back: Callable[[float], float]) -> dict[str, Any]:
    least, every = plan.detectable(steps, group), plan.every(steps)
    seen = plan.seen_after(steps, group, size) if size is not None else None
    return {
        "steps": steps, "every_months": every, "last_start_on": _later(first, every * (steps - 1)), "delay_months": float(every * group.mean()),
        "detectable": None if least is None else back(least), "seen_after_months": seen, "seen_on": None if seen is None else _later(first, seen),
        "against": "others" if steps > 1 else "before", "df": plan.df(steps),
    }


def _best(schedules: list[dict[str, Any]], size: float | None) -> dict[str, Any]:
    """Of schedules that leave units to compare with: the one that shows the target first; else the fewest steps that show about the smallest effect."""
    apart = [one for one in schedules if one["against"] == "others" and one["detectable"] is not None]
    if not apart:
        return schedules[0]
    soon = [one for one in apart if one["seen_after_months"] is not None]
    if soon:
        return min(soon, key=lambda one: (one["seen_after_months"], one["delay_months"], one["steps"]))
    least = min(one["detectable"] for one in apart)
    return min((one for one in apart if one["detectable"] <= CLOSE * least), key=lambda one: one["steps"])


def _order(found: Panel, group: np.ndarray, best: dict[str, Any], ahead: np.ndarray, level: np.ndarray, first: dt.date) -> tuple[dict[str, Any], ...]:
    """A dict a unit, in the order of their starts."""
    rows = [{"unit": name, "group": int(place) + 1, "start_on": _later(first, best["every_months"] * int(place)), "rows_per_month": round(float(n), 2), "level": float(at)}
            for name, place, n, at in zip(found.units, group, ahead, level, strict=True)]
    return tuple(sorted(rows, key=lambda one: (one["group"], -one["rows_per_month"], one["unit"])))


def _need(months: int, wait: int, target: float | None) -> None:
    if not 2 <= months <= LONGEST:
        raise UsageError("plan.stagger.months", value=months, least=2, most=LONGEST)
    if not 0 <= wait < months:
        raise UsageError("plan.stagger.wait", value=wait, months=months)
    if target is not None and not 0 < target < np.inf:
        raise UsageError("plan.stagger.size", value=target)


def _first(found: Panel, start: dt.date | str | None) -> dt.date:
    """The first day of the roll-out: the month after the history, unless told."""
    if start is None:
        return (found.months[-1] + 1).astype("datetime64[D]").astype(dt.date)
    try:
        return start if isinstance(start, dt.date) else dt.date.fromisoformat(start)
    except ValueError:
        raise UsageError("errors.bad_date", value=str(start)[:40], option="start") from None


def _later(day: dt.date, months: int) -> dt.date:
    """The same day so many months later; the last of a shorter month."""
    import calendar

    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))
