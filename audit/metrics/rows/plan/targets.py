"""Targets of every plan with what was done towards them by the as-of day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.rows.plan import weights
from audit.metrics.rows.plan.achieved import Facts, achieved, daily_facts

_SCOPES = {"company": "", "team": "team", "user": "owner", "segment": "segment", "product": "product"}
GRAINS = (("day", 1), ("week", 7), ("month", 31), ("quarter", 92), ("year", 366))
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Target:
    """One target with what was done towards it by the as-of day."""

    start: dt.date
    end: dt.date
    by: str
    group: str
    measure: str
    target: float
    fact: float
    passed: float  # share of the period's working days that is over, by their weights
    workdays: int
    of: tuple[str, ...] = ()  # sellers whose targets add up to it, where the company has none of its own

    @property
    def line(self) -> float:
        """What the linear plan wants by now."""
        return self.target * self.passed

    @property
    def grain(self) -> str:
        """The calendar grain nearest to the period's length."""
        length = (self.end - self.start).days
        return next((name for name, most in GRAINS if length <= most), "year")


def targets(bases: Bases) -> list[Target]:
    """Every target that has started, of the version valid at its start; sellers add up where the company has none."""
    return started(bases, bases.as_of)


def started(bases: Bases, day: dt.date) -> list[Target]:
    """`targets` that have started by `day`, which may lie after the as-of day."""
    frame = _declared(bases)
    frame = frame[frame["period_start"] <= day]
    facts, calendar = bases.rows_of(daily_facts), bases.calendar()
    found = []
    for row in frame.itertuples():
        by = _SCOPES[row.scope]
        if by in facts.slices and not facts.tells(by):
            continue  # a plan of teams where nobody's team is known is not a plan of which nothing was done
        group = row.group if by else ""
        done = made(facts, row.metric, by, group, row.of, row.period_start, min(row.period_end, bases.as_of + DAY))
        found.append(Target(row.period_start, row.period_end, by, group, row.metric, float(row.target), done,
                            weights.passed(bases, row.period_start, row.period_end, bases.as_of),
                            calendar.workdays(row.period_start, row.period_end), row.of))
    return found


def made(facts: Facts, measure: str, by: str, group: str, of: tuple[str, ...], start: dt.date, end: dt.date) -> float:
    """What was done in [start, end) towards a target: that of its group, or of all sellers whose targets add up to it."""
    return sum(achieved(facts, measure, "owner", one, start, end) for one in of) if of else achieved(facts, measure, by, group, start, end)


def _declared(bases: Bases) -> pd.DataFrame:
    """Plans of the table, else of client.yml: period_start, period_end, scope, group, metric, target."""
    if bases.tables.has("plans.target"):
        frame = bases.rows(bases.full("plans"))
    else:
        frame = pd.DataFrame([plan.model_dump() for plan in bases.client.plans if not isinstance(plan, str)])
        frame = frame.assign(set_at=None, version=None)
    frame = frame.assign(scope=frame["scope"].fillna("company"), metric=frame["metric"].fillna("revenue"),
                         scope_id=frame["scope_id"].fillna("").astype(str))
    frame = frame[(frame["target"] > 0) & frame["scope"].isin([*_SCOPES])]
    known = names(bases)
    frame["group"] = [known.get(one, one) if scope == "user" else one if scope != "company" else ""
                      for scope, one in zip(frame["scope"], frame["scope_id"], strict=True)]
    late = [bool(isinstance(set_at, dt.date) and set_at > start)
            for set_at, start in zip(frame["set_at"], frame["period_start"], strict=True)]
    frame["late"] = late
    frame["rank"] = [day.toordinal() if isinstance(day, dt.date) else 0 for day in frame["set_at"]]
    frame["rank"] = np.where(frame["late"], -frame["rank"], frame["rank"])
    frame["version"] = pd.to_numeric(frame["version"], errors="coerce").fillna(0)
    key = ["period_start", "period_end", "scope", "group", "metric"]
    frame = frame.sort_values([*key, "late", "rank", "version"], ascending=[True] * 5 + [False, True, True], kind="stable")
    frame = frame.drop_duplicates(key, keep="last")
    return _with_company(frame[[*key, "target"]])


def revisions(bases: Bases) -> pd.DataFrame:
    """One row a target that was set more than once or once: period_start, period_end, scope, group, metric, times."""
    if not bases.tables.has("plans.target"):
        return pd.DataFrame(columns=["period_start", "period_end", "scope", "group", "metric", "times"])
    frame = bases.rows(bases.full("plans"))
    frame = frame.loc[[not isinstance(day, dt.date) or day <= bases.as_of for day in frame["set_at"]]]
    frame = frame.assign(scope=frame["scope"].fillna("company"), metric=frame["metric"].fillna("revenue"),
                         scope_id=frame["scope_id"].fillna("").astype(str))
    known = names(bases)
    frame["group"] = [known.get(one, one) if scope == "user" else one if scope != "company" else ""
                      for scope, one in zip(frame["scope"], frame["scope_id"], strict=True)]
    frame = frame[frame["scope"].isin([*_SCOPES]) & (frame["period_start"] <= bases.as_of)]
    key = ["period_start", "period_end", "scope", "group", "metric"]
    return frame.groupby(key, as_index=False)["target"].nunique().rename(columns={"target": "times"}).sort_values(key, kind="stable")


def _with_company(frame: pd.DataFrame) -> pd.DataFrame:
    """Company targets where only sellers have them, with `of`, the sellers that each is of."""
    own = frame[frame["scope"] == "company"][["period_start", "period_end", "metric"]]
    sellers = frame[frame["scope"] == "user"].merge(own, how="left", indicator=True)
    sellers = sellers[sellers["_merge"] == "left_only"]
    keys = ["period_start", "period_end", "metric"]
    total = sellers.groupby(keys, as_index=False).agg(target=("target", "sum"), of=("group", lambda mine: tuple(sorted(mine))))
    return pd.concat([frame.assign(of=[()] * len(frame)), total.assign(scope="company", group="")], ignore_index=True)


def names(bases: Bases) -> dict[str, str]:
    """Seller id → the name under which slices know the seller."""
    if not bases.tables.has("users.user_id"):
        return {}
    return dict(bases.rows(bases.users.select("user_id", "owner")).itertuples(index=False))
