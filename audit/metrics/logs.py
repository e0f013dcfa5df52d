"""Logs kept by hand (meetings, deviations, control time, answers) as they stood at the as-of day, in small frames."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics import cells, periods
from audit.metrics.bases import Bases
from audit.metrics.metric import Ask
from audit.metrics.shape import told_beside

AGENDA = ("plan_fact", "activities", "conversion", "quality", "payments")


@cache
def spoken() -> dict:
    """rules.yml: words by which causes and questions are known, as regular expressions."""
    import yaml

    return yaml.safe_load(files("audit.metrics").joinpath("rules.yml").read_text(encoding="utf-8"))


def says(texts: pd.Series, pattern: str) -> pd.Series:
    """Whether each text holds `pattern`, case aside; False for the empty."""
    found = re.compile(pattern)
    return texts.fillna("").map(lambda text: bool(found.search(str(text).casefold()))).astype(bool)


def day(moment: object) -> dt.date | None:
    """The calendar day of a date or a time, None for the empty."""
    if isinstance(moment, dt.datetime):
        return None if pd.isna(moment) else moment.date()
    return moment if isinstance(moment, dt.date) else None


def table(frame: pd.DataFrame, **kinds: str) -> ir.Table:
    """`frame` as a base for additive metrics: columns of `kinds` (timestamp, string, float64) and no others."""
    import pyarrow as pa

    types = {"timestamp": pa.timestamp("us"), "string": pa.string(), "float64": pa.float64()}
    columns = {name: pa.array([None if pd.isna(one) else one for one in frame[name]], types[kind]) for name, kind in kinds.items()}
    return ibis.memtable(pa.table(columns))


def people(bases: Bases) -> pd.DataFrame:
    """One row a person by user_id: owner (the name in slices), team, hired_at, left_at, is_manager; robots left out."""
    if not bases.tables.has("users.user_id"):
        return pd.DataFrame(columns=["owner", "team", "hired_at", "left_at", "is_manager"])
    more = bases.each("users", "user_id").select(_user="user_id", is_manager="is_manager")
    frame = bases.rows(told_beside(bases.users, more, "user_id"))
    frame = frame[~frame["is_system"].fillna(False).astype(bool)]
    frame = frame.assign(is_manager=frame["is_manager"].fillna(False).astype(bool))
    return frame.set_index("user_id")[["owner", "team", "hired_at", "left_at", "is_manager"]].sort_index()


def robots(bases: Bases) -> set[str]:
    """Ids of users that are no people."""
    if not bases.tables.has("users.is_system"):
        return set()
    return set(bases.rows(bases.users.filter(bases.users.is_system.fill_null(False)).select("user_id"))["user_id"])


def named(frame: pd.DataFrame, bases: Bases, column: str) -> pd.DataFrame:
    """`frame` with owner and team of the people in `column`; an id that nobody knows names itself."""
    known = bases.rows_of(people)
    return frame.assign(owner=frame[column].map(known["owner"]).fillna(frame[column]).astype(object),
                        team=frame[column].map(known["team"]).astype(object))


def meetings(bases: Bases) -> pd.DataFrame:
    """One row a meeting planned or held by the as-of day, in order: held_at is empty for what was not held by then."""
    frame = bases.rows(bases.full("meetings"))
    held = frame["held_at"].where(frame["held_at"] < pd.Timestamp(bases.end))
    days = [day(one) or day(plan) for one, plan in zip(held, frame["planned_on"], strict=True)]
    frame = frame.assign(held_at=held, day=days)
    frame = frame.loc[[one is not None and one <= bases.as_of for one in days]]
    return frame.sort_values(["day", "meeting_id"], kind="stable").reset_index(drop=True)


def topics(text: object) -> set[str] | None:
    """Points of the agenda that were covered, None where nobody noted the agenda."""
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        said = json.loads(text)
    except ValueError:
        said = [part.strip() for part in text.replace(";", ",").split(",")]
    if isinstance(said, dict):
        return {name for name, yes in said.items() if yes}
    return {str(one) for one in said} if isinstance(said, list) else {str(said)}


def attendees(text: object) -> list[str]:
    """Ids of those who came, [] where nobody noted it."""
    if not isinstance(text, str) or not text.strip():
        return []
    try:
        said = json.loads(text)
    except ValueError:
        said = [part.strip() for part in text.replace(";", ",").split(",")]
    return list(dict.fromkeys(str(one) for one in said)) if isinstance(said, list) else []


def deviations(bases: Bases) -> pd.DataFrame:
    """One row a deviation known by the as-of day, earliest first, copies of one still open left out; what a copy says of the repair holds.

    indicator, owner and team (of a person's or a team's deviation), began, detected, resolved (dates or None), due,
    cause, acted (an action, who does it and by when), meeting_id. It was detected when the log, the meeting whose protocol has
    it or the task of its action first told of it. A detection or repair later than the as-of day has not happened: such a
    deviation, if it had begun, is one that nobody has noticed.
    """
    frame = bases.rows(bases.full("deviations"))
    began = [day(one) for one in frame["breach_start_on"]]
    detected = []
    for start, noted, spoken_of, tasks in zip(began, map(day, frame["detected_at"]), _protocols(bases, frame), _tasks(bases, frame), strict=True):
        # the words of an action come again: only after the first day does a task tell of this deviation
        told = spoken_of if start is None else [one for one in (*spoken_of, *tasks) if one >= start]
        detected.append(min((one for one in (noted, *told) if one is not None and one <= bases.as_of), default=None))
    frame = frame.assign(
        began=began, detected=detected, due=[day(one) for one in frame["due_on"]],
        resolved=[one if (one := day(at)) is not None and one <= bases.as_of else None for at in frame["resolved_on"]])
    first = [at or start for at, start in zip(detected, began, strict=True)]
    frame = frame.loc[[one is not None and one <= bases.as_of for one in first]]
    frame = frame.assign(indicator=frame["metric"].astype(object),
                         acted=frame[["action", "action_owner", "due"]].notna().all(axis=1))
    frame = named(frame, bases, "scope_id")
    whose = frame["scope"].fillna("user")
    frame["team"] = frame["team"].where(whose == "user", frame["scope_id"].where(whose == "team"))
    frame["owner"] = frame["owner"].where(whose == "user")
    order = [at or start for at, start in zip(frame["detected"], frame["began"], strict=True)]
    frame = frame.assign(seen=order).sort_values(["seen", "dev_id"], kind="stable").reset_index(drop=True)
    return _once(frame).reset_index(drop=True)


def _protocols(bases: Bases, frame: pd.DataFrame) -> list[list[dt.date]]:
    """The day of the meeting that the log names, of each deviation, where it was held by the as-of day."""
    if not bases.tables.has("deviations.meeting_id", "meetings.held_at"):
        return [[] for _ in range(len(frame))]
    held = bases.rows_of(meetings).dropna(subset=["held_at"])
    days: dict[str, list[dt.date]] = {}
    for name, at in zip(held["meeting_id"], held["held_at"], strict=True):
        days.setdefault(name, []).append(at.date())
    return [days.get(one, []) for one in frame["meeting_id"]]


def _tasks(bases: Bases, frame: pd.DataFrame) -> list[list[dt.date]]:
    """The days on which tasks with the words of its action were given to who acts, of each deviation."""
    if not bases.tables.has("deviations.action", "deviations.action_owner", "activities.comment", "activities.created_at"):
        return [[] for _ in range(len(frame))]
    words = [str(one).strip().lower() if isinstance(one, str) else "" for one in frame["action"]]
    t = bases.activities.mutate(_words=bases.activities.comment.strip().lower())
    t = t.filter((t.kind == "task") & t.created_at.notnull() & (t._words != "") & t._words.isin(sorted({*words, ""})))
    found = bases.rows(t.select("owner_id", "_words", day=t.created_at.cast("date")).distinct()).sort_values(["owner_id", "_words", "day"])
    days: dict[tuple, list[dt.date]] = {}
    for who, text, at in found.itertuples(index=False):
        if (given := day(at)) is not None:
            days.setdefault((who, text), []).append(given)
    return [days.get((who, text), []) for who, text in zip(frame["action_owner"], words, strict=True)]


def _once(frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` without rows that repeat an earlier one on the same metric and person with the same action while it was not repaired; where
    only the repeat tells of the repair, the earlier one is repaired by it."""
    first: dict[tuple, int] = {}
    resolved, repeats = list(frame["resolved"]), np.zeros(len(frame), dtype=bool)
    for at, row in enumerate(frame.itertuples()):
        key = tuple(None if pd.isna(one) else one for one in (row.indicator, row.scope, row.scope_id, row.action))
        known = first.get(key)
        if known is None or (resolved[known] is not None and row.seen >= resolved[known]):
            first[key] = at
            continue
        repeats[at] = True
        if resolved[known] is None:
            resolved[known] = resolved[at]
    return frame.assign(resolved=resolved)[~repeats]


def control_time(bases: Bases) -> pd.DataFrame:
    """One row a person, day and kind of the log of control time: user_id, at, kind, minutes, owner, team."""
    frame = bases.rows(bases.full("control_log"))
    frame = frame[frame["minutes"] >= 0]
    frame = frame.loc[[one is not None and one <= bases.as_of for one in map(day, frame["date"])]]
    frame = frame.assign(at=[day(one) for one in frame["date"]], kind=frame["kind"].fillna("other"))
    frame = frame.groupby(["user_id", "at", "kind"], as_index=False, sort=True)["minutes"].sum()
    return named(frame, bases, "user_id")


def reports_by_hand(bases: Bases) -> pd.DataFrame:
    """Control time spent on reports by people who do not lead, as `control_time`."""
    if not bases.tables.has("control_log.minutes", "control_log.kind"):
        return pd.DataFrame(columns=["user_id", "at", "kind", "minutes", "owner", "team"])
    frame, known = bases.rows_of(control_time), bases.rows_of(people)
    return frame[(frame["kind"] == "report") & frame["user_id"].isin(known.index[~known["is_manager"]])]


def answers(bases: Bases) -> pd.DataFrame:
    """One row an answer given by the as-of day: user_id, at, question, value."""
    frame = bases.rows(bases.full("surveys"))
    frame = frame.assign(at=[day(one) for one in frame["asked_at"]])
    frame = frame.loc[[one is None or one <= bases.as_of for one in frame["at"]]]
    return frame[frame["value"].notna()].rename(columns={"question_id": "question"})


def asked(bases: Bases, question: str) -> bool:
    """Whether somebody answered the question of rules.yml."""
    if not bases.tables.has("surveys.value", "surveys.question_id"):
        return False
    return bool(says(bases.rows_of(answers)["question"], spoken()["questions"][question]).any())


def groups(frame: pd.DataFrame, ask: Ask, at: str = "at") -> Iterator[tuple[dict, pd.DataFrame]]:
    """(keys of VALUES, rows) of every asked slice that `frame` has, over the whole and every asked period of `at`."""
    for one in dict.fromkeys([(), *(s for s in ask.slices if set(s) <= set(frame.columns))]):
        for period in ("all", *ask.periods):
            dated = frame if period == "all" else frame[frame[at].notna()]
            numbers = [0 if period == "all" else periods.number(when, period) for when in dated[at]]
            texts = {f"_{name}": dated[name].fillna(cells.EMPTY).astype(str) for name in one}
            for labels, rows in dated.assign(_p=numbers, **texts).groupby(["_p", *texts], sort=True):
                key: dict = {"by": "×".join(one), "group": " × ".join(labels[1:]), "period": period}
                if period != "all":
                    key |= {"period_start": periods.start(labels[0], period), "period_end": periods.end(labels[0], period)}
                yield key, rows
