"""Whether sellers can carry out a plan, and with what tools: M52."""

from __future__ import annotations

import dataclasses
import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases, frames, people
from audit.metrics.count import finish
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.declare.rules import rules
from audit.metrics.rows.knowledge import tags
from audit.metrics.rows.management import logs
from audit.metrics.rows.plan import achieved, targets, weights
from audit.stats import intervals

_DAY = dt.timedelta(days=1)
WEEKS, HELD = 6, 4  # of so many last weeks, so many at or above the line
_RECENT = 14  # days within which a tool was used


def lines(bases: Bases) -> pd.DataFrame:
    """One row a seller and working day of their revenue plans up to the as-of day: owner, day, ahead (fact ≥ linear plan),
    last (the plan's last working day); where plans overlap the shortest counts."""
    facts, calendar, rows = bases.rows_of(achieved.daily_facts), bases.calendar(), {}
    plans = [one for one in bases.rows_of(targets.targets) if one.by == "owner" and one.measure == "revenue"]
    for one in sorted(plans, key=lambda one: (one.end - one.start, one.start), reverse=True):
        for day in calendar.workdays_in(one.start, min(one.end, bases.as_of + _DAY)):
            done = targets.made(facts, one.measure, one.by, one.group, one.of, one.start, day + _DAY)
            rows[one.group, day] = (done >= one.target * weights.passed(bases, one.start, one.end, day) - 1e-6, one.end)
    return pd.DataFrame([(*key, *value) for key, value in sorted(rows.items())], columns=["owner", "day", "ahead", "end"])


def _holds(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Sellers at or above the linear plan at the end of HELD of the last WEEKS complete weeks ÷ sellers with a plan in all."""
    frame = bases.rows_of(lines)
    monday = bases.as_of + _DAY - dt.timedelta(days=(bases.as_of + _DAY).weekday())
    ends = [(monday - dt.timedelta(days=7 * back), monday - dt.timedelta(days=7 * (back - 1))) for back in range(WEEKS, 0, -1)]
    found = {}
    for owner, rows in frame.groupby("owner"):
        last = [rows[(rows["day"] >= start) & (rows["day"] < end)] for start, end in ends]
        if all(len(week) for week in last):
            found[owner] = sum(bool(week["ahead"].iloc[-1]) for week in last) >= HELD
    return _share(metric, bases, found)


def _share(metric: Metric, bases: Bases, found: dict[str, bool]) -> pd.DataFrame:
    n, k = len(found), sum(found.values())
    if not n:
        return finish.made(metric, bases, [{"value": np.nan}])
    low, high = intervals.wilson(k, n)
    few = n < MIN_N
    whole = {"value": k / n, "n": n, "sum_num": k, "sum_den": n, "low": np.nan if few else float(low), "high": np.nan if few else float(high)}
    return finish.made(metric, bases, [whole])


def spells(bases: Bases) -> ir.Table:
    """One row a spell of a seller behind the linear plan that was watched for rules.fix_days working days within the plan:
    `back` 1 if they were at the line again within these."""
    frame, limit, rows = bases.rows_of(lines), bases.client.rules.fix_days, []
    for (owner, _), mine in frame.groupby(["owner", "end"], sort=True):
        ahead, days = mine["ahead"].to_numpy(dtype=bool), list(mine["day"])
        for at in range(len(days)):
            fell = not ahead[at] and at > 0 and ahead[at - 1]
            if fell and len(days) - at > limit:
                rows.append({"at": pd.Timestamp(days[at]), "owner": owner, "back": float(ahead[at + 1:at + limit + 1].any())})
    return frames.table(pd.DataFrame(rows, columns=["at", "owner", "back"]), at="timestamp", owner="string", back="float64")


def _by_check(frame: pd.DataFrame) -> pd.DataFrame:
    """Answers with the check and the person they belong to: without a survey's name its day tells it, a nameless answer is somebody of its own."""
    who = frame["user_id"].fillna(pd.Series([f"?{at}" for at in frame.index], index=frame.index))
    return frame.assign(user_id=who, survey_id=frame["survey_id"].fillna(frame["at"].astype(str)))


def checked(bases: Bases) -> ir.Table:
    """One row a person and check of what they know of the plan: `knows` 1 where every answer of the check was right."""
    frame = bases.rows_of(logs.answers)
    frame = _by_check(frame[frames.says(frame["question"], rules()["questions"]["plan_gap_known"])])
    frame = frame.groupby(["survey_id", "user_id"], as_index=False, sort=True).agg(at=("at", "max"), value=("value", "min"))
    frame = people.named(frame, bases, "user_id")
    at = [None if one is None else pd.Timestamp(one) for one in frame["at"]]
    return frames.table(frame.assign(at=at, knows=(frame["value"] > 0).astype(float)), at="timestamp", owner="string", team="string", knows="float64")


def told(bases: Bases) -> pd.DataFrame:
    """One row a person, check and tool of the plan: `tool`, `uses` 1 where the person said they used it in the last two weeks, the last word of a check."""
    frame = bases.rows_of(logs.answers)
    frame = _by_check(frame[frames.says(frame["question"], rules()["questions"]["tools_used"])])
    parts = [frame.assign(tool=name)[frames.says(frame["question"], words)] for name, words in rules()["tools"].items()]
    rows = pd.concat(parts, ignore_index=True).groupby(["survey_id", "user_id", "tool"], as_index=False, sort=True).agg(at=("at", "max"), value=("value", "max"))
    return people.named(rows.assign(uses=(rows["value"] > 0).astype(float)), bases, "user_id")


def said(bases: Bases) -> ir.Table:
    """`told` as a base."""
    frame = bases.rows_of(told)
    at = [None if one is None else pd.Timestamp(one) for one in frame["at"]]
    return frames.table(frame.assign(at=at), at="timestamp", owner="string", team="string", tool="string", uses="float64")


def _present(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Tools that at least half of those asked last, within _RECENT days, say they use; n: tools that were asked about."""
    frame = bases.rows_of(told)
    frame = frame.loc[[one is not None and one > bases.as_of - dt.timedelta(days=_RECENT) for one in frame["at"]]]
    last = frame.sort_values("at", kind="stable").drop_duplicates(["user_id", "tool"], keep="last")
    used = last.groupby("tool")["uses"].mean() >= 0.5
    return finish.made(metric, bases, [{"value": float(used.sum()) if len(used) else np.nan, "n": len(used), "sum_num": float(used.sum())}])


def tools(bases: Bases) -> ir.Table:
    """One row an item of the knowledge base there was and that is not retired: `kind`, `used` 1 if it was used in the last
    fourteen days."""
    items = bases.rows(bases.full("kb_items")).sort_values("kb_id", kind="stable")
    items = items[(items["status"] != "retired") & ~(items["created_at"] >= pd.Timestamp(bases.end))]
    since = ibis.literal(bases.end) - ibis.interval(days=_RECENT)
    used = bases.rows_of(tags.situations).filter(lambda t: (t.used == 1) & (t["at"] >= since))
    recent = set(bases.rows(used.select("kb_id").distinct())["kb_id"])
    return frames.table(items.assign(used=items["kb_id"].isin(recent).astype(float)), kind="string", used="float64")


def _value(column: str):
    def value(t: ir.Table, _: Bases) -> ir.Value:
        return t[column]

    return value


def _each(_: ir.Table, __: Bases) -> ir.Value:
    return ibis.literal(1)


def _metric(metric_id: str, needs: tuple[str, ...], source: str, *, rows=deals, column: str = "", compute=None, table: str = "users",
            at: str = "at", slices: tuple[str, ...] = ()) -> Metric:
    return Metric(
        id=metric_id, card="M52", kind="figure" if compute else "share", unit="share", better="higher", basis="snapshot" if compute or not at else "period",
        table=table, rows=rows, at=at, needs=needs, where=None, numerator=_value(column) if column else None,
        denominator=_each if column else None, compute=compute, matures_days=0, min_n=MIN_N, slices=slices,
        counter="plan_attainment", source=source,
    )


_PLANS = ("plans", "deals won or payments", "plans of sellers")

METRICS = (
    _metric("knows_plan_gap", ("surveys.question=plan_gap_known",), "people who answered every question of the check right ÷ checked",
            rows=checked, column="knows", table="surveys", slices=("owner", "team")),
    _metric("holds_plan_line", _PLANS, "sellers at or above the linear revenue plan at the end of four of the last six weeks ÷ sellers with a plan in all six",
            compute=_holds),
    _metric("recovers_plan_line", _PLANS, "spells behind the linear plan made up within rules.fix_days working days ÷ spells with so many left of the plan",
            rows=spells, column="back", slices=("owner",)),
    _metric("tools_in_use", ("kb_items.kb_id", "technique_tags.kb_id", "technique_tags.at"), "items of the knowledge base used in the last fourteen days ÷ "
            "items that are not retired", rows=tools, column="used", table="kb_items", at="", slices=("kind",)),
    _metric("plan_tools_used", ("surveys.question=tools_used",), "people who say they used the tool in the last two weeks ÷ asked, over the tools of the plan that "
            "rules.yml names: norms, catch-up, hot list, payment plan, scripts, knowledge base", rows=said, column="uses", table="surveys", slices=("tool", "owner", "team")),
    dataclasses.replace(
        _metric("plan_tools_present", ("surveys.question=tools_used",), "tools of the plan that half or more of those asked in the last fourteen days say they use",
                compute=_present, table="surveys"), unit="count", counter="tools_in_use"),
)
