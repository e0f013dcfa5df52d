"""How every running plan stands on the morning of a stand-up, and how the plans that have just ended came out."""

from __future__ import annotations

import datetime as dt
import math

import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.families.plan.catchup import sellers_of, steps_of
from audit.metrics.rows.plan import weights
from audit.metrics.rows.plan.achieved import Facts, daily_facts
from audit.metrics.rows.plan.catching import of_plans, running
from audit.metrics.rows.plan.targets import Target, made, started
from audit.standup.day import DAY, Day

COLUMNS = ("measure", "by", "group", "period_start", "period_end", "target", "fact", "share", "line", "line_gap", "to_date", "gap", "days_left",
           "a_day", "days_behind", "run_rate")


def standing(bases: Bases, day: Day) -> pd.DataFrame:
    """One row a plan that holds the day (the shortest of each measure and group): target and fact, the linear plan by the evening before,
    money a working day that still makes the plan, days behind; the department's first, then the farthest behind in money."""
    shortest: dict[tuple[str, str, str], Target] = {}
    for one in sorted(started(bases, day.date), key=lambda one: (one.start - one.end, one.start)):
        if one.start <= day.date < one.end:
            shortest[one.measure, one.by, one.group] = one
    return _told(bases, day, list(shortest.values()))


def ended(bases: Bases, day: Day) -> pd.DataFrame:
    """The same of plans whose last day lies between the last stand-up and this one."""
    return _told(bases, day, [one for one in started(bases, day.as_of) if day.since <= one.end - DAY <= day.as_of])


def _told(bases: Bases, day: Day, plans: list[Target]) -> pd.DataFrame:
    rows = [_row(bases, day, one) for one in plans if not math.isnan(one.fact)]
    frame = pd.DataFrame(rows, columns=[*COLUMNS])
    rank = {"": 0, "team": 1, "owner": 2, "segment": 3, "product": 4}
    frame = frame.assign(_measure=frame["measure"] != "revenue", _by=frame["by"].map(rank))
    return frame.sort_values(["_measure", "measure", "_by", "line_gap", "group"], kind="stable").drop(columns=["_measure", "_by"])


def _row(bases: Bases, day: Day, one: Target) -> dict[str, object]:
    left = bases.calendar().workdays(max(day.date, one.start), one.end)
    gap, line_gap = one.target - one.fact, one.fact - one.line
    return {
        "measure": one.measure, "by": one.by, "group": one.group, "period_start": one.start, "period_end": one.end, "target": one.target, "fact": one.fact,
        "share": one.fact / one.target, "line": one.line, "line_gap": line_gap, "to_date": one.fact / one.line if one.line > 0 else math.nan, "gap": gap,
        "days_left": left, "a_day": max(gap, 0.0) / left if left else math.nan,
        "days_behind": max(-line_gap, 0.0) / (one.target / one.workdays) if one.workdays else math.nan,
        "run_rate": one.fact / one.passed if one.passed > 0 else math.nan,
    }


def course(bases: Bases, day: Day) -> pd.DataFrame:
    """The department's running revenue plan day by day: the linear plan and what was done by the end of each day, empty for days to come."""
    plan = next((one for one in running(bases, day.date) if not one.by), None)
    if plan is None:
        return pd.DataFrame(columns=["day", "line", "fact"])
    facts = bases.rows_of(daily_facts)
    days = [plan.start + DAY * step for step in range((plan.end - plan.start).days)]
    return pd.DataFrame([_point(bases, plan, facts, one, day.as_of) for one in days])


def _point(bases: Bases, plan: Target, facts: Facts, one: dt.date, as_of: dt.date) -> dict[str, object]:
    done = made(facts, plan.measure, "", "", plan.of, plan.start, one + DAY) if one <= as_of else math.nan
    return {"day": one, "line": plan.target * weights.passed(bases, plan.start, plan.end, one), "fact": done}


def untold(bases: Bases, day: Day) -> list[str]:
    """Measures of running plans of which the data do not tell what was done."""
    return sorted({one.measure for one in started(bases, day.date) if one.start <= day.date < one.end and math.isnan(one.fact)})


def catchup(bases: Bases, day: Day) -> pd.DataFrame:
    """The listing `catchup` of the plans that hold the day, of which the first day may be the day itself; `enough`: the usual pace and check will do."""
    found = _caught(bases, day)
    enough = {one.target.group: min(way.volume_stretch, way.conversion_stretch, way.check_stretch) == 0 for one in found if (way := one.found.levers)}
    frame = sellers_of(found)
    return frame.drop(columns="_by").assign(enough=[enough.get(owner, False) for owner in frame["owner"]])


def steps(bases: Bases, day: Day) -> pd.DataFrame:
    """The listing `catchup_steps` of the same plans."""
    return steps_of(_caught(bases, day))


def _caught(bases: Bases, day: Day) -> list:
    made: dict = bases.rows_of(_kept)
    if day not in made:
        made[day] = of_plans(bases, running(bases, day.date))
    return made[day]


def _kept(_: Bases) -> dict:
    """Catch-ups reckoned so far, by their day."""
    return {}
