"""Logs kept by hand (meetings, deviations, control time, answers) as they stood at the as-of day, in small frames."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases, frames, people
from audit.metrics.declare.rules import rules

AGENDA = ("plan_fact", "activities", "conversion", "quality", "payments")


def meetings(bases: Bases) -> pd.DataFrame:
    """One row a meeting planned or held by the as-of day, in order: held_at is empty for what was not held by then."""
    frame = bases.rows(bases.full("meetings"))
    held = frame["held_at"].where(frame["held_at"] < pd.Timestamp(bases.end))
    days = [frames.day_of(one) or frames.day_of(plan) for one, plan in zip(held, frame["planned_on"], strict=True)]
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
    began = [frames.day_of(one) for one in frame["breach_start_on"]]
    detected = []
    for start, noted, spoken_of, tasks in zip(began, map(frames.day_of, frame["detected_at"]), _protocols(bases, frame), _tasks(bases, frame), strict=True):
        # the words of an action come again: only after the first day does a task tell of this deviation
        told = spoken_of if start is None else [one for one in (*spoken_of, *tasks) if one >= start]
        detected.append(min((one for one in (noted, *told) if one is not None and one <= bases.as_of), default=None))
    frame = frame.assign(
        began=began, detected=detected, due=[frames.day_of(one) for one in frame["due_on"]],
        resolved=[one if (one := frames.day_of(at)) is not None and one <= bases.as_of else None for at in frame["resolved_on"]])
    first = [at or start for at, start in zip(detected, began, strict=True)]
    frame = frame.loc[[one is not None and one <= bases.as_of for one in first]]
    frame = frame.assign(indicator=frame["metric"].astype(object),
                         acted=frame[["action", "action_owner", "due"]].notna().all(axis=1))
    frame = people.named(frame, bases, "scope_id")
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
        if (given := frames.day_of(at)) is not None:
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
    frame = frame.loc[[one is not None and one <= bases.as_of for one in map(frames.day_of, frame["date"])]]
    frame = frame.assign(at=[frames.day_of(one) for one in frame["date"]], kind=frame["kind"].fillna("other"))
    frame = frame.groupby(["user_id", "at", "kind"], as_index=False, sort=True)["minutes"].sum()
    return people.named(frame, bases, "user_id")


def reports_by_hand(bases: Bases) -> pd.DataFrame:
    """Control time spent on reports by people who do not lead, as `control_time`."""
    if not bases.tables.has("control_log.minutes", "control_log.kind"):
        return pd.DataFrame(columns=["user_id", "at", "kind", "minutes", "owner", "team"])
    frame, known = bases.rows_of(control_time), bases.rows_of(people.known)
    return frame[(frame["kind"] == "report") & frame["user_id"].isin(known.index[~known["is_manager"]])]


def answers(bases: Bases) -> pd.DataFrame:
    """One row an answer given by the as-of day: user_id, at, question, value."""
    frame = bases.rows(bases.full("surveys"))
    frame = frame.assign(at=[frames.day_of(one) for one in frame["asked_at"]])
    frame = frame.loc[[one is None or one <= bases.as_of for one in frame["at"]]]
    return frame[frame["value"].notna()].rename(columns={"question_id": "question"})


def asked(bases: Bases, question: str) -> bool:
    """Whether somebody answered the question of rules.yml."""
    if not bases.tables.has("surveys.value", "surveys.question_id"):
        return False
    return bool(frames.says(bases.rows_of(answers)["question"], rules()["questions"][question]).any())
