"""Stand-ups and roll-calls: whether they are held, M50, and whether anything is corrected there, M51."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases, frames, people
from audit.metrics.declare.common import MIN_N
from audit.metrics.declare.metric import Metric
from audit.metrics.rows.activities import actions
from audit.metrics.rows.management import logs

_DAY = dt.timedelta(days=1)


def planned(bases: Bases) -> ir.Table:
    """One row a day and kind of daily meeting (standup, rollcall): every working day from the first of that kind to the
    last day of the log, and days off for which one was planned; `held` 1 where it took place."""
    frame, calendar, rows = bases.rows_of(logs.meetings), bases.calendar(), []
    for kind in ("standup", "rollcall"):
        mine = frame[frame["kind"] == kind]
        if len(mine):
            held = {one.date() for one in mine["held_at"].dropna()}
            days = {*calendar.workdays_in(min(mine["day"]), max(frame["day"]) + _DAY), *mine["day"]}
            rows += [{"at": pd.Timestamp(day), "meeting": kind, "held": float(day in held)} for day in sorted(days)]
    return frames.table(pd.DataFrame(rows, columns=["at", "meeting", "held"]), at="timestamp", meeting="string", held="float64")


def _held(bases: Bases) -> pd.DataFrame:
    frame = bases.rows_of(logs.meetings)
    return frame[(frame["kind"] == "standup") & frame["held_at"].notna()].reset_index(drop=True)


def standups(bases: Bases) -> ir.Table:
    """One row a stand-up held: `late`, `unready` (1, 0 or empty where the log does not tell), `covered` (share of the five
    points), `minutes`, `video` (1 by video, 0 in writing, empty in a room), `corrected` (a correction was recorded)."""
    frame = _held(bases)
    at = frame["held_at"]
    minute = (at - at.dt.normalize()).dt.total_seconds() / 60
    clocked = minute > 0  # a mere date has no hour
    limit = _begins(bases, minute[clocked]) + bases.client.rules.late_minutes
    frame = frame.assign(
        at=at, on_time=(minute <= limit).astype(float).where(clocked), minutes=frame["duration_min"].astype(float),
        ready=[_ready(brief, begun, exact) for brief, begun, exact in zip(frame["brief_ready_at"], at, clocked, strict=True)],
        covered=[None if (said := logs.topics(text)) is None else len(said & set(logs.AGENDA)) / len(logs.AGENDA)
                 for text in frame["agenda_json"]],
        video=frame["format"].map({"video": 1.0, "chat": 0.0}), corrected=_corrected(bases, frame))
    numbers = dict.fromkeys(("on_time", "ready", "covered", "minutes", "video", "corrected"), "float64")
    return frames.table(frame, at="timestamp", **numbers)


def _begins(bases: Bases, minutes: pd.Series) -> float:
    """The minute of the day at which the stand-up is to begin: the rule's, else the usual one."""
    clock = bases.client.rules.standup_at
    if clock:
        return int(clock[:2]) * 60 + int(clock[3:])
    return float(minutes.median()) if len(minutes) else np.nan


def _ready(brief: pd.Timestamp, begun: pd.Timestamp, exact: bool) -> float | None:
    """Whether the brief was ready before the start; None where the start has no hour and the brief is of the same day."""
    if pd.isna(brief):
        return 0.0
    if not exact and brief.date() == begun.date():
        return None
    return float(brief <= begun)


def _corrected(bases: Bases, frame: pd.DataFrame) -> list[float | None]:
    """1 for a stand-up with a correction: a deviation noted there, or by its day where the log does not name meetings."""
    if "deviations" not in bases.tables:
        return [None] * len(frame)
    found = bases.rows_of(logs.deviations)
    found = found[found["acted"]]
    if bases.tables.has("deviations.meeting_id"):
        named = set(found["meeting_id"].dropna())
        return [float(one in named) for one in frame["meeting_id"]]
    days = set(found["detected"])
    return [float(one in days) for one in frame["day"]]


def points(bases: Bases) -> ir.Table:
    """One row a stand-up held and point of its agenda, where the agenda was noted: `topic`, `covered` 0 or 1."""
    frame, rows = _held(bases), []
    for row in frame.itertuples():
        said = logs.topics(row.agenda_json)
        if said is not None:
            rows += [{"at": row.held_at, "topic": topic, "covered": float(topic in said)} for topic in logs.AGENDA]
    return frames.table(pd.DataFrame(rows, columns=["at", "topic", "covered"]), at="timestamp", topic="string", covered="float64")


def presence(bases: Bases) -> ir.Table:
    """One row a stand-up with a list of those present and a person who is one of its circle: `came` 0 or 1.

    The circle: whoever came before or comes now, until their last working day, absences and robots left out.
    """
    frame, known, away = _held(bases), bases.rows_of(people.known), bases.rows_of(actions.absences)
    machines = bases.rows_of(people.robots)
    circle: dict[str, None] = {}
    rows = []
    for row in frame.itertuples():
        came = [one for one in logs.attendees(row.attendees_json) if one not in machines]
        if came:
            circle |= dict.fromkeys(came)
            left = {one for one in circle if one in known.index and (last := frames.day_of(known.at[one, "left_at"])) and last < row.day}
            there = [one for one in circle if one in came or (one not in left and (one, row.day) not in away)]
            rows += [{"at": row.held_at, "who": one, "came": float(one in came)} for one in there]
    made = people.named(pd.DataFrame(rows, columns=["at", "who", "came"]), bases, "who")
    return frames.table(made, at="timestamp", owner="string", team="string", came="float64")


def corrections(bases: Bases) -> ir.Table:
    """One row a deviation noticed, copies left out: `acted`; of those with an action `on_time` once due, and `mended`
    within rules.fix_days working days once these are over."""
    frame, calendar, limit = bases.rows_of(logs.deviations), bases.calendar(), bases.client.rules.fix_days
    frame = frame[frame["detected"].notna()]
    on_time, mended = [], []
    for row in frame.itertuples():
        due = row.acted and row.due <= bases.as_of
        on_time.append(float(row.resolved is not None and row.resolved <= row.due) if due else None)
        start = row.detected
        over = row.acted and calendar.workdays(start, bases.as_of + _DAY) > limit
        mended.append(float(row.resolved is not None and calendar.workdays(start, row.resolved) <= limit) if over else None)
    frame = frame.assign(at=[pd.Timestamp(one) for one in frame["seen"]], acted=frame["acted"].astype(float),
                         on_time=on_time, mended=mended)
    numbers = dict.fromkeys(("acted", "on_time", "mended"), "float64")
    return frames.table(frame, at="timestamp", owner="string", team="string", indicator="string", **numbers)


def _value(column: str):
    def value(t: ir.Table, _: Bases) -> ir.Value:
        return t[column].fill_null(0.0)

    return value


def _told(column: str):
    def value(t: ir.Table, _: Bases) -> ir.Value:
        return ibis.ifelse(t[column].notnull(), 1, 0)

    return value


def _of(kind: str):
    def where(t: ir.Table, _: Bases) -> ir.BooleanValue:
        return t.meeting == kind

    return where


def _minutes_known(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return t.minutes > 0


def _metric(metric_id: str, card: str, rows, column: str, needs: tuple[str, ...], source: str, *, kind: str = "share",
            table: str = "meetings", slices: tuple[str, ...] = (), where=None, counter: str = "correction_rate") -> Metric:
    return Metric(
        id=metric_id, card=card, kind=kind, unit="share" if kind != "median" else "minutes",  # type: ignore[arg-type]
        better="higher" if kind != "median" else "band", basis="period", table=table, rows=rows, at="at", needs=needs, where=where,
        numerator=_value(column), denominator=None if kind == "median" else _told(column), compute=None, matures_days=0,
        min_n=MIN_N, slices=slices, counter=counter, source=source,
    )


_LOG = ("meetings.kind", "meetings.held_at")
_STANDUPS = (*_LOG, "meetings.kind=standup")
_ACTIONS = ("deviations.metric", "deviations.detected_at", "deviations.action")

METRICS = (
    _metric("standup_regularity", "M50", planned, "held", _STANDUPS, where=_of("standup"),
            source="days with a stand-up ÷ working days from the first stand-up to the last day of the log"),
    _metric("rollcall_regularity", "M50", planned, "held", (*_LOG, "meetings.kind=rollcall"), where=_of("rollcall"),
            source="days with a roll-call ÷ working days from the first roll-call to the last day of the log"),
    _metric("standup_on_time", "M50", standups, "on_time", _STANDUPS,
            source="stand-ups begun no later than rules.late_minutes after rules.standup_at, else after their median hour ÷ held"),
    _metric("brief_ready", "M50", standups, "ready", (*_STANDUPS, "meetings.brief_ready_at"),
            source="stand-ups whose brief was ready before the start ÷ held"),
    _metric("agenda_coverage", "M50", standups, "covered", (*_STANDUPS, "meetings.agenda_json"), kind="mean",
            source="mean over stand-ups of the share of the five points covered: plan and fact, activities, conversion, quality, payments"),
    _metric("agenda_topics", "M50", points, "covered", (*_STANDUPS, "meetings.agenda_json"), slices=("topic",),
            source="stand-ups that covered the point ÷ stand-ups with a noted agenda"),
    _metric("standup_attendance", "M50", presence, "came", (*_STANDUPS, "meetings.attendees_json"), slices=("owner", "team"),
            source="present ÷ (present + those who came before, still work and are not away)"),
    _metric("standup_minutes", "M50", standups, "minutes", (*_STANDUPS, "meetings.duration_min"), kind="median", where=_minutes_known,
            source="median length of a stand-up"),
    _metric("remote_by_video", "M50", standups, "video", (*_STANDUPS, "meetings.format=remote"),
            source="by video ÷ (by video + in writing)"),
    _metric("correction_rate", "M51", standups, "corrected", (*_STANDUPS, *_ACTIONS, "deviations.action_owner", "deviations.due_on"),
            counter="corrections_work", source="stand-ups with a deviation that has an action, who does it and by when ÷ held"),
    _metric("deviations_acted_on", "M51", corrections, "acted", _ACTIONS, table="deviations", slices=("owner", "team", "indicator"),
            counter="corrections_work", source="deviations with an action, who does it and by when ÷ deviations"),
    _metric("corrections_on_time", "M51", corrections, "on_time", (*_ACTIONS, "deviations.due_on", "deviations.action_owner"),
            table="deviations", slices=("owner", "team", "indicator"), counter="correction_rate",
            source="mended by the due day ÷ corrections whose due day has come"),
    _metric("corrections_work", "M51", corrections, "mended", (*_ACTIONS, "deviations.due_on", "deviations.action_owner"),
            table="deviations", slices=("owner", "team", "indicator"), counter="correction_rate",
            source="mended within rules.fix_days working days ÷ corrections at least so old"),
)
