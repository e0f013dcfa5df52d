"""Months in which a table has improbably few rows, judged against the months on both sides of them.

Rule. A month between the first and the last month with rows is compared with up to three nearest months on either side
that have rows and are not flagged themselves. Given the rows of a side, the month's own count is binomial when nothing
changed (two Poisson counts, exposures in days); the greater of the two sides' lower-tail probabilities counts, so that
growth, decline or a step alone raises no alarm. Rows that come in clumps (imports, campaigns) scatter more than Poisson
counts: counts are divided by the dispersion of the series, the median squared difference of adjacent months over their sum
(one for Poisson rows, never less), before the test. Flagged: a probability under 5 % divided by the number of months tested
in all tables (Bonferroni), and less than half of what the weaker side lets expect. Flagged months leave the comparison
and the rest is tested again until nothing new is found.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ALPHA = 0.05
NEAREST = 3  # months compared with on either side
HALF = 0.5
CHI = 0.4549  # median of chi-square with one degree of freedom
WHOLE = 28  # days of a month that is covered whole
PAIRS = 6  # adjacent months that tell a dispersion; in fewer a gap would hide itself
QUIET_DAYS = 14  # a table that ends no earlier than this before the as-of day is not said to end early
LATE_DAYS = 31  # a table that starts no later than this after the first deal is not said to start late


@dataclass(frozen=True)
class Series:
    """Rows by month of one kind of event: `days` are the days of each month that the data cover."""

    name: str
    counts: tuple[int, ...]
    days: tuple[int, ...]
    first: dt.date | None = None
    last: dt.date | None = None


@dataclass(frozen=True)
class Gap:
    """A flagged month: its place, what was found and what its weaker side lets expect, the probability."""

    at: int
    found: int
    expected: float
    p: float


def gaps(series: Sequence[Series]) -> dict[str, list[Gap]]:
    """Flagged months of every series, in order of time."""
    found: dict[str, dict[int, Gap]] = {one.name: {} for one in series}
    tests = sum(len(_inner(one)) for one in series)
    while tests:
        new = 0
        for one in series:
            known = found[one.name]
            for gap in _candidates(one, known, ALPHA / tests):
                known[gap.at] = gap
                new += 1
        if not new:
            break
    return {name: [known[at] for at in sorted(known)] for name, known in found.items()}


def _inner(one: Series) -> list[int]:
    """Months strictly between the first and the last with rows."""
    filled = [at for at, count in enumerate(one.counts) if count]
    return list(range(filled[0] + 1, filled[-1])) if filled else []


def _candidates(one: Series, known: Mapping[int, Gap], level: float) -> list[Gap]:
    from scipy.special import betainc

    inner = [at for at in _inner(one) if at not in known and one.days[at]]
    if not inner:
        return []
    usable = [at for at, count in enumerate(one.counts) if count and at not in known and one.days[at]]
    sides = [([b for b in usable if b < at][-NEAREST:], [b for b in usable if b > at][:NEAREST]) for at in inner]
    totals = [[(sum(one.counts[b] for b in side), sum(one.days[b] for b in side)) for side in pair] for pair in sides]
    found, clump = [], dispersion(one, known)
    for at, pair in zip(inner, totals, strict=True):
        if not all(rows for rows, _ in pair):
            continue
        own, days = one.counts[at], one.days[at]
        expected = min(rows / span for rows, span in pair) * days
        if own >= HALF * expected:
            continue
        # the lower tail of a binomial count, for counts that need not be whole
        p = max(float(betainc(rows / clump, own / clump + 1, span / (days + span))) for rows, span in pair)
        if p < level:
            found.append(Gap(at, own, expected, p))
    return found


def dispersion(one: Series, known: Mapping[int, Gap]) -> float:
    """Variance over mean of the months' counts, robust against gaps and slow change; at least 1.

    >>> dispersion(Series("x", (10, 11, 10, 9, 10, 11), (30,) * 6), {})
    1.0
    """
    from statistics import median

    pairs = [(one.counts[at], one.counts[at + 1]) for at in range(len(one.counts) - 1)
             if not {at, at + 1} & set(known) and min(one.days[at], one.days[at + 1]) >= WHOLE and one.counts[at] + one.counts[at + 1]]
    if len(pairs) < PAIRS:
        return 1.0
    return max(1.0, median((a - b) ** 2 / (a + b) for a, b in pairs) / CHI)


def silence(rows: int, days: int, quiet: int) -> float:
    """Probability of no row in `quiet` days when the `rows` of `days` came at a steady rate (both counts Poisson).

    >>> round(silence(30, 90, 15), 3)
    0.01
    """
    return (days / (days + quiet)) ** rows if days > 0 and quiet > 0 else 1.0


def ends_early(one: Series, as_of: dt.date, tests: int) -> int | None:
    """Days between the last row and `as_of` when that silence is improbable, else None."""
    if one.last is None or (quiet := (as_of - one.last).days) <= QUIET_DAYS:
        return None
    filled = [at for at, count in enumerate(one.counts) if count][-NEAREST:]
    rows, days = sum(one.counts[at] for at in filled), sum(one.days[at] for at in filled[:-1]) + one.last.day
    return quiet if silence(rows, days, quiet) < ALPHA / max(tests, 1) else None


def starts_late(one: Series, start: dt.date, tests: int) -> int | None:
    """Days between `start` and the first row when that silence is improbable, else None."""
    if one.first is None or (quiet := (one.first - start).days) <= LATE_DAYS:
        return None
    filled = [at for at, count in enumerate(one.counts) if count][:NEAREST]
    rows, days = sum(one.counts[at] for at in filled), sum(one.days[at] for at in filled)
    return quiet if silence(rows, days, quiet) < ALPHA / max(tests, 1) else None
