"""Productivity of sellers by month, shrunk, and what followed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.metrics.bases import people
from audit.metrics.count import finish

if TYPE_CHECKING:
    from audit.metrics.bases import Bases

SPAN = 6  # months by which a seller is judged
LEAST = 3  # of them at work, at least
FEWEST = 6  # sellers of whom thirds can be made


def months(bases: Bases) -> dict[str, dict[int, float]]:
    """user_id → month → money won in each complete month wholly at work."""
    won = bases.rows_of(people.output)
    first, last = people.month_of(bases.first_day) + (bases.first_day.day > 1), people.month_of(bases.as_of + finish.DAY) - 1
    found: dict[str, dict[int, float]] = {}
    for row in bases.rows_of(people.sellers).itertuples():
        start = first if row.hired_at is None else max(first, people.month_of(row.hired_at - finish.DAY) + 1)
        end = last if row.left_at is None else min(last, people.month_of(row.left_at + finish.DAY) - 1)
        found[row.user_id] = {month: won.get((row.user_id, month), 0.0) for month in range(start, end + 1)}
    return found


def standing(made: dict[str, dict[int, float]], until: int, least: int = LEAST) -> dict[str, float]:
    """user_id → shrunk mean of the SPAN months before `until`, of those with `least` of them; {} where they are fewer than FEWEST."""
    from audit.stats.effects import shrunk

    past = {who: [own[month] for month in range(until - SPAN, until) if month in own] for who, own in made.items()}
    past = {who: values for who, values in past.items() if len(values) >= least}
    if len(past) < FEWEST:
        return {}
    sizes = np.array([len(values) for values in past.values()])
    mean = np.array([np.mean(values) for values in past.values()])
    within = sum(float(((np.array(values) - np.mean(values)) ** 2).sum()) for values in past.values())
    error = np.sqrt(max(within / max(int(sizes.sum()) - len(sizes), 1), 1e-12) / sizes)
    return dict(zip(past, shrunk(mean, error)[0].tolist(), strict=True))


def thirds(level: dict[str, float]) -> dict[str, str]:
    """user_id → low, middle or top; the thirds are equal up to the middle one."""
    order = sorted(level, key=lambda who: (level[who], who))
    size = len(order) // 3
    return {who: "low" if place < size else "top" if place >= len(order) - size else "middle" for place, who in enumerate(order)}


def terciles(bases: Bases) -> pd.DataFrame:
    """One row a seller and month at work: `at` its first day, `tercile` by the months before it, `x` whether it was the last, team."""
    made, rows = bases.rows_of(months), []
    staff = {row.user_id: row for row in bases.rows_of(people.sellers).itertuples()}
    known = [month for own in made.values() for month in own]
    for month in range(min(known, default=0) + LEAST, people.month_of(bases.as_of) + 1 if known else 0):
        start = people.first_of(month)
        here = {who: own for who, own in made.items() if staff[who].left_at is None or staff[who].left_at >= start}
        for who, third in thirds(standing(here, month)).items():
            left = staff[who].left_at
            rows.append({"user_id": who, "team": staff[who].team, "at": start, "tercile": third,
                         "x": left is not None and people.month_of(left) == month})
    return pd.DataFrame(rows, columns=["user_id", "team", "at", "tercile", "x"]).astype({"x": bool})


def _upper(bases: Bases) -> tuple[int, dict[str, float], dict[str, float]]:
    """(number of the month after the last, shrunk mean of the year's first half and mean of its last SPAN months) of the upper two thirds."""
    made = bases.rows_of(months)
    now = people.month_of(bases.as_of + finish.DAY)
    whole = {who: own for who, own in made.items() if all(month in own for month in range(now - 2 * SPAN, now))}
    level = standing(whole, now - SPAN, SPAN)
    third = thirds(level)
    level = {who: mean for who, mean in level.items() if third[who] != "low"}
    return now, level, {who: float(np.mean([whole[who][month] for month in range(now - SPAN, now)])) for who in level}


def lifts(bases: Bases) -> pd.DataFrame:
    """One row a seller of the upper two thirds of the year's first half: `x`, money a month of the last SPAN months ÷ what was to be expected, less 1."""
    _, level, late = bases.rows_of(_upper)
    return _gained(level, late)


def lifts_a_lead(bases: Bases) -> pd.DataFrame:
    """The same of money a lead given in the month, of those who were given SPAN leads or more in either half."""
    now, level, late = bases.rows_of(_upper)
    given = bases.rows_of(people.given)
    then, since = ({who: sum(given.get((who, month), 0.0) for month in range(end - SPAN, end)) / SPAN for who in level} for end in (now - SPAN, now))
    enough = [who for who in level if min(then[who], since[who]) >= 1]
    return _gained({who: level[who] / then[who] for who in enough}, {who: late[who] / since[who] for who in enough})


def _gained(expected: dict[str, float], came: dict[str, float]) -> pd.DataFrame:
    """user_id and `x`: what came less what was expected, in parts of the mean expected; no rows where nothing was."""
    centre = float(np.mean([*expected.values()])) if expected else 0.0
    rows = [{"user_id": who, "x": (came[who] - expected[who]) / centre} for who in expected] if centre > 0 else []
    return pd.DataFrame(rows, columns=["user_id", "x"])
