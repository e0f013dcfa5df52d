"""The deviation table: which metric of whom has left its level or norm, how surely, since when and what it costs: M45."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import cells
from audit.metrics.rows.activities import actions
from audit.metrics.rows.management import series
from audit.metrics.rows.management.series import Series
from audit.metrics.rows.plan import achieved, targets, weights
from audit.stats import control
from audit.stats.multiplicity import q_values
from audit.stats.tests import lower_tail

FEWEST = 20  # units of a baseline below which a chart says nothing
COLUMNS = ("metric", "by", "group", "against", "value", "reference", "deviation", "deviation_share", "z", "p_value", "q_value", "since",
           "days", "trend", "loss", "is_breach", "status")
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Look:
    """One metric of one scope held against its own level (own), its norm (norm) or its plan (plan)."""

    metric: str
    by: str
    group: str
    against: str
    value: float
    reference: float
    z: float
    p: float  # two-sided
    is_breach: bool  # the rule of the chart, or more than rules.important_share below norm or plan
    since: dt.date | None
    trend: str  # up, down or flat
    loss: float  # money of the window, NaN where nobody can say


def table(bases: Bases) -> pd.DataFrame:
    """One row a look: the dearest loss first.

    `status`: alarm (confirmed and within rules.alarms_a_day), confirmed (q ≤ rules.false_discovery_rate, worse by more than
    rules.important_share and a breach), signal (a breach for the worse, not confirmed), quiet. `days`: working days since.
    """
    rules, calendar = bases.client.rules, bases.calendar()
    looks = bases.rows_of(looked)
    if not looks:
        return pd.DataFrame(columns=[*COLUMNS])
    frame = pd.DataFrame([as_row(one) for one in looks])
    frame["q_value"] = q_values(frame["p_value"].to_numpy())
    worse = frame["is_breach"] & (frame["deviation"] < 0)
    sure = worse & (frame["q_value"] <= rules.false_discovery_rate) & (frame["deviation_share"] <= -rules.important_share)
    frame["status"] = np.where(sure, "confirmed", np.where(worse, "signal", "quiet"))
    frame["days"] = [calendar.workdays(one, bases.as_of + _DAY) if one else 0 for one in frame["since"]]
    rank = {"confirmed": 0, "signal": 1, "quiet": 2}
    order = frame.assign(_rank=frame["status"].map(rank)).sort_values(
        ["_rank", "loss", "q_value", "metric", "by", "group", "against"], ascending=[True, False, True, True, True, True, True],
        na_position="last", kind="stable").index
    frame = frame.loc[order].reset_index(drop=True)
    alarms = frame.index[frame["status"] == "confirmed"][:rules.alarms_a_day]
    frame.loc[alarms, "status"] = "alarm"
    return frame[[*COLUMNS]]


def as_row(one: Look) -> dict[str, object]:
    """A look as a row of the table, deviations reckoned."""
    gap = one.value - one.reference
    return {"metric": one.metric, "by": one.by, "group": one.group, "against": one.against, "value": one.value, "reference": one.reference,
            "deviation": gap, "deviation_share": gap / one.reference if one.reference else np.nan, "z": one.z, "p_value": one.p,
            "since": one.since, "trend": one.trend, "loss": one.loss, "is_breach": one.is_breach}


def looked(bases: Bases) -> list[Look]:
    """Every look that can be taken at the department and at who is at work; each counts in the correction for many."""
    here = bases.rows_of(series.at_work)
    norms, worth, found = bases.rows_of(series.norms_a_day), bases.rows_of(_worth), list[Look]()
    for one in bases.rows_of(series.series):
        if one.by and one.group not in here:
            continue
        known = one.sizes > 0
        starts = [day for day, there in zip(one.starts, known, strict=True) if there]
        x, n = one.events[known], one.sizes[known]
        if len(x) < FEWEST + control.RUN:
            continue
        base = control.level(x[:-control.RUN], n[:-control.RUN], share=one.share)
        found.append(_own(one, starts, x, n, base, worth.get(one.metric, np.nan)))
        norm = norms.get((one.group, one.metric)) if one.by else None
        if norm:
            found.append(_norm(one, starts, x, n, base, norm, bases.client.rules.important_share, worth.get(one.metric, np.nan)))
    return found + (_plans(bases) if not bases.lacks("plans", "deals won or payments") else [])


def _own(one: Series, starts: list[dt.date], x: np.ndarray, n: np.ndarray, base: control.Level, worth: float) -> Look:
    """Against the level before: the rule of the control chart."""
    run = control.RUN
    told = control.signal(x[-run:], n[-run:], base, share=one.share)
    length = control.run_length(x, n, base)
    of_run = length >= run or (told.p_run < told.p_point and told.p_point >= control.LIMIT)
    events, size = (x[-run:].sum(), n[-run:].sum()) if of_run else (x[-1], n[-1])
    since = starts[-length] if length >= run else starts[-1] if told.breach else None
    value = float(events / size)
    return Look(one.metric, one.by, one.group, "own", value, base.rate, told.z, told.p, told.breach, since, _trend(x, n, base, one.share),
                max(base.rate - value, 0.0) * float(size) * worth)


def _norm(one: Series, starts: list[dt.date], x: np.ndarray, n: np.ndarray, base: control.Level, norm: float, least: float, worth: float) -> Look:
    """Against the norm: the last RUN units together."""
    run = control.RUN
    level = control.Level(norm, base.spread, 1e9, base.df)  # a norm has no error of its own
    events, size = float(x[-run:].sum()), float(n[-run:].sum())
    low, high = control.tails(events, size, level, share=one.share)
    value, length = events / size, control.run_length(x, n, level)
    breach = value < norm * (1 - least)
    return Look(one.metric, one.by, one.group, "norm", value, norm, control.score(low, high), control.two_sided(low, high, base.df), breach,
                starts[-max(length, 1)] if breach else None, _trend(x, n, base, one.share), max(norm - value, 0.0) * size * worth)


def _trend(x: np.ndarray, n: np.ndarray, base: control.Level, share: bool) -> str:
    """Whether the later half of the last RUN units differs from the earlier one by more than its error."""
    half = control.RUN // 2
    old, new = (slice(-2 * half, -half), slice(-half, None))
    rates = x[new].sum() / n[new].sum() - x[old].sum() / n[old].sum()
    unit = base.rate * (1 - base.rate) if share else base.rate
    error = np.sqrt(base.spread * unit * (1 / n[new].sum() + 1 / n[old].sum()))
    return "flat" if not error > 0 or abs(rates) <= error else "up" if rates > 0 else "down"


def _plans(bases: Bases) -> list[Look]:
    """Revenue to date against the linear plan: the shortest running plan of the company and of every team and seller."""
    check, square = bases.rows_of(_checks)
    facts, found = bases.rows_of(achieved.daily_facts), list[Look]()
    running = [one for one in bases.rows_of(targets.targets) if one.measure == "revenue" and one.by in ("", "owner", "team")
               and one.start <= bases.as_of < one.end and one.line > 0]
    shortest = {(one.by, one.group): one for one in sorted(running, key=lambda one: one.start - one.end)}
    for one in shortest.values():
        z = (one.fact - one.line) / np.sqrt(one.line * square / check) if check > 0 else np.nan
        p = control.two_sided(*(float(lower_tail(np.array([side]))[0]) for side in (z, -z))) if z == z else 1.0
        breach = one.fact < one.line * (1 - bases.client.rules.important_share)
        found.append(Look("revenue", one.by, one.group, "plan", one.fact, one.line, float(z), p, breach,
                          _behind_since(bases, facts, one) if breach else None, "flat", max(one.line - one.fact, 0.0)))
    return found


def _behind_since(bases: Bases, facts: achieved.Facts, one: targets.Target) -> dt.date | None:
    """The first working day of the present spell behind the linear plan."""
    calendar, since = bases.calendar(), None
    for day in calendar.workdays_in(one.start, bases.as_of + _DAY):
        done = targets.made(facts, one.measure, one.by, one.group, one.of, one.start, day + _DAY)
        behind = done < one.target * weights.passed(bases, one.start, one.end, day)
        since = (since or day) if behind else None
    return since


def _checks(bases: Bases) -> tuple[float, float]:
    """Mean amount of a won deal and mean of its square."""
    d = bases.deals.filter((bases.deals.semantic == "won") & (bases.deals.amount_base > 0))
    x = d.amount_base.clip(0, 1e10)
    row = bases.tables.backend.to_pyarrow(d.agg(n=d.count(), x=cells.exact(x), xx=cells.exact(x**2))).to_pylist()[0]
    return (row["x"] / row["n"], row["xx"] / row["n"]) if row["n"] else (0.0, 0.0)


def _worth(bases: Bases) -> dict[str, float]:
    """Revenue behind one event of each metric: of the department's last year, won revenue ÷ things done of the kind."""
    if bases.lacks("deals.semantic", "deals.closed_at|deals.won_at", "deals.amount_base|deals.amount"):
        return {}
    check, _ = bases.rows_of(_checks)
    d = bases.deals.filter((bases.deals.semantic == "won") & (bases.deals.won_at >= bases.end - dt.timedelta(days=365)))
    revenue = bases.tables.backend.to_pyarrow(d.agg(x=cells.exact(d.amount_base.fill_null(0.0)))).to_pylist()[0]["x"] or 0.0
    found = {"win_rate": check}
    if bases.tables.has("activities.kind", "activities.done_at|activities.started_at"):
        frame = bases.rows_of(actions.by_day)
        frame = frame[frame["day"] > bases.as_of - dt.timedelta(days=365)]
        found |= {kind: revenue / n for kind, n in frame.groupby("kind")["n"].sum().items() if n}
    return found
