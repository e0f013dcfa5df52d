"""Catch-ups of the running revenue plans: targets, chains, checks and outlooks brought together for §6.1."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from zlib import crc32

from audit.metrics.bases import Bases
from audit.metrics.reckon.catchup import CatchUp, catch_up
from audit.metrics.rows.activities import chain
from audit.metrics.rows.plan import outlook
from audit.metrics.rows.plan.outlook import DAY
from audit.metrics.rows.plan.targets import Target, started, targets
from audit.metrics.rows.results import checks


@dataclass(frozen=True, slots=True)
class Catch:
    """One running plan and what it takes; `own` tells whether the seller's own history stands behind it."""

    target: Target
    days_left: int
    expected: float  # of open deals by the end of the plan; NaN where it is not known
    check: float
    own: bool
    found: CatchUp


def running(bases: Bases, day: dt.date | None = None) -> list[Target]:
    """The shortest revenue plan of the department and of every seller that holds `day`, the as-of day unless another is said."""
    now: dict[tuple[str, str], Target] = {}
    known = bases.rows_of(targets) if day is None else started(bases, day)
    for one in sorted(known, key=lambda one: (one.start - one.end, one.start)):
        if one.measure == "revenue" and one.by in ("", "owner") and one.start <= (day or bases.as_of) < one.end:
            now[one.by, one.group] = one
    return [now[key] for key in sorted(now)]


def catches(bases: Bases) -> list[Catch]:
    """The catch-up of every running plan, the department's first."""
    return of_plans(bases, running(bases))


def of_plans(bases: Bases, plans: list[Target]) -> list[Catch]:
    """The catch-up of each of `plans` from the day after the as-of day on."""
    owners = [one.group for one in plans if one.by]
    means = checks.mean_checks(bases, owners)
    work = chain.chain(bases, bases.as_of + DAY)
    return [_catch(bases, one, means, work) for one in plans]


def _catch(bases: Bases, one: Target, means: dict[str | None, checks.Check], work: chain.Chain | None) -> Catch:
    owner = one.group if one.by else None
    check = means.get(owner)
    left = bases.calendar().workdays(bases.as_of + DAY, one.end)
    expected = _expected(bases, one)
    found = catch_up(
        target=one.target, fact=one.fact, line=one.line, days=one.workdays, days_left=left, expected=expected,
        check=check.mean if check else math.nan, steps=work.steps(owner) if work else (),
        check_draws=check.draws if check else None, top_check=check.top if check else math.nan, seed=[26, crc32(one.group.encode())])
    own = check is not None and check.own > 0 and (owner is None or (work is not None and sum(work.trials.get(owner, ())) > 0))
    return Catch(one, left, expected, check.mean if check else math.nan, own, found)


def _expected(bases: Bases, one: Target) -> float:
    """What open deals bring by the end of the plan; not known where the plan counts bills or payments."""
    if bases.client.plan_basis != "won" or not bases.tables.has("deals.created_at", "deals.semantic"):
        return math.nan
    reckoned = bases.rows_of(outlook.ahead).get((one.start, one.end))
    if reckoned is None:
        return 0.0
    opened = reckoned.opened if not one.by else reckoned.opened[reckoned.opened["owner"] == one.group]
    return float((opened["n"] * opened["amount"] * opened["chance"]).sum())
