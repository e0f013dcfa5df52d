"""Seeded draws and working time: the same numbers on every machine and Python version."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from itertools import accumulate
from random import Random
from typing import TypeVar

T = TypeVar("T")
HOLIDAYS = {(1, day) for day in range(1, 9)} | {(2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)}
OPENS, CLOSES = 9, 18


class Dice:
    """Draws of one stream. Only `Random.random` is used: its sequence is promised never to change."""

    def __init__(self, seed: int, stream: str):
        self._random = Random(f"{seed}/{stream}").random

    def share(self) -> float:
        """A number in [0, 1)."""
        return self._random()

    def chance(self, p: float) -> bool:
        """True with probability `p`."""
        return self._random() < p

    def whole(self, low: int, high: int) -> int:
        """A whole number in [low, high]."""
        return low + int(self._random() * (high - low + 1))

    def one(self, items: Sequence[T]) -> T:
        """One item, all equally likely."""
        return items[int(self._random() * len(items))]

    def weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        """One item with probability in proportion to its weight."""
        steps = list(accumulate(weights))
        point = self._random() * steps[-1]
        return next(item for item, step in zip(items, steps, strict=True) if point < step)

    def of(self, shares: Mapping[T, float]) -> T:
        """One key of a mapping key → weight."""
        return self.weighted(list(shares), list(shares.values()))

    def normal(self) -> float:
        """A standard normal number (Box–Muller)."""
        return math.sqrt(-2 * math.log(1 - self._random())) * math.cos(2 * math.pi * self._random())

    def lognormal(self, median: float, sigma: float) -> float:
        """A log-normal number with the given median and log standard deviation."""
        return median * math.exp(sigma * self.normal())

    def poisson(self, mean: float) -> int:
        """A Poisson count (Knuth's product; means here are below 50)."""
        limit, product, count = math.exp(-mean), self._random(), 0
        while product > limit:
            product *= self._random()
            count += 1
        return count


def works(day: dt.date) -> bool:
    """Whether `day` is a working day of the sample client."""
    return day.weekday() < 5 and (day.month, day.day) not in HOLIDAYS


def at_work(dice: Dice, moment: dt.datetime) -> dt.datetime:
    """The moment itself in working hours, else a moment of the next working hours; never earlier."""
    if works(moment.date()) and OPENS <= moment.hour < CLOSES:
        return moment
    day = moment.date() + dt.timedelta(days=moment.hour >= CLOSES)
    while not works(day):
        day += dt.timedelta(days=1)
    return dt.datetime.combine(day, dt.time(OPENS)) + dt.timedelta(seconds=dice.whole(60, (CLOSES - OPENS) * 3600 - 60))


def after_work_minutes(moment: dt.datetime, minutes: float) -> dt.datetime:
    """`moment` plus business minutes; whole seconds."""
    left = dt.timedelta(minutes=minutes)
    while True:
        opens, closes = (dt.datetime.combine(moment.date(), dt.time(hour)) for hour in (OPENS, CLOSES))
        if works(moment.date()) and moment < closes:
            begin = max(moment, opens)
            if begin + left <= closes:
                return (begin + left).replace(microsecond=0)
            left -= closes - begin
        moment = opens + dt.timedelta(days=1)
