"""Motivation: what staff answer, and who answers: M59."""

from __future__ import annotations

import datetime as dt

import ibis
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases, frames, people
from audit.metrics.count import finish, small
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.activities import actions
from audit.metrics.rows.people import answers
from audit.metrics.rows.quality import reviews

_NEEDS = ("surveys.survey_id", "surveys.asked_at", "surveys.question_id", "surveys.value")


def _published(value):
    """Values of answers by slice and period, whole surveys only, nothing from which fewer than rules.survey_min_people can be told."""

    def compute(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
        frame = bases.rows_of(answers.asked)
        frame = answers.shown(frame[frame["is_enps" if metric.id == "enps" else "is_pulse"]], bases)
        records = []
        for one in dict.fromkeys([(), *ask.slices]):
            rows = answers.shown_by_team(frame, bases) if "team" in one else frame.assign(question=frame["question_id"]) if one else frame
            alone = Ask(ask.periods, (one,))
            records += [key | value(part) for key, part in small.cells_of(rows, alone, "at") if key["by"] == "×".join(one)]
        return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])

    return compute


def _enps(rows: pd.DataFrame) -> dict:
    return small.mean(rows.assign(x=100.0 * (rows["value"] >= 9) - 100.0 * (rows["value"] <= 6)))


def _pulse(rows: pd.DataFrame) -> dict:
    return small.mean(rows.groupby(["survey_id", "who"], sort=True)["value"].mean().rename("x").reset_index())


def _answered(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Staff of the day of each survey, whether they answered; of nameless answers the number alone is known."""
    frame, staff = bases.rows_of(answers.asked), bases.rows_of(people.staff)
    rows = []
    for _, given in frame[frame["is_enps"] | frame["is_pulse"]].groupby("survey_id", sort=True):
        day = given["at"].iloc[0]
        there = sum((row.hired_at is None or row.hired_at <= day) and (row.left_at is None or row.left_at >= day) for row in staff.itertuples())
        nameless = given[given["user_id"].isna()].groupby("question_id").size().max()
        said = min(given["user_id"].nunique() + (0 if pd.isna(nameless) else int(nameless)), there)
        rows += [{"at": day, "x": place < said} for place in range(there)]
    return small.told(metric, bases, pd.DataFrame(rows, columns=["at", "x"]), ask, "at", small.share)


def _away(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Working days of staff since absences are recorded, whether away; a seller and month a row."""
    t = bases.full("absences").filter(lambda t: t.date <= bases.as_of)
    gone = {(row.user_id, frames.day_of(row.date)) for row in bases.rows(t.select("user_id", "date")).itertuples()}
    first, rows = min((day for _, day in gone if day), default=None), []
    days = bases.calendar().workdays_in(first, bases.as_of + finish.DAY) if first else []
    for row in bases.rows_of(people.staff).itertuples():
        there = [day for day in days if (row.hired_at is None or row.hired_at <= day) and (row.left_at is None or row.left_at >= day)]
        rows += [{"owner": row.owner, "team": row.team, "at": day, "x": (row.user_id, day) in gone} for day in there]
    return small.told(metric, bases, pd.DataFrame(rows, columns=["owner", "team", "at", "x"]), ask, "at", _plain_share)


def _plain_share(rows: pd.DataFrame) -> dict:
    """Share without an interval: days away come in spells."""
    return small.share(rows) | {"low": np.nan, "high": np.nan}


_AIMS = ("revenue", "margin", "profit", "new_clients")  # what the company wants


def _aligned(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Part of variable pay earned by what the company wants, and by each metric it is earned by."""
    parts: dict[str, float] = {}
    for one in bases.client.variable_pay:
        parts[one.metric.casefold()] = parts.get(one.metric.casefold(), 0.0) + one.share
    whole, aims = sum(parts.values()), sum(share for name, share in parts.items() if name in _AIMS)
    records: list[dict] = [{"value": aims / whole, "n": len(parts), "sum_num": aims, "sum_den": whole}]
    if ("pay",) in ask.slices:
        records += [{"by": "pay", "group": name, "value": share / whole, "n": 1} for name, share in sorted(parts.items())]
    return finish.made(metric, bases, records)


def _above(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Sellers at work who did more than their norms over the last rules.gate_days ÷ sellers with norms in them."""
    units = bases.rows_of(actions.units)
    late = units[frames.mask(day > bases.as_of - dt.timedelta(days=bases.client.rules.gate_days) for day in units["start"])]
    here = {row.owner for row in bases.rows_of(people.staff).itertuples() if row.left_at is None}
    mean = late[late["owner"].isin(here)].groupby("owner")["attained"].mean()
    rows = pd.DataFrame({"x": (mean > 1 + 1e-9).to_numpy()})
    return finish.made(metric, bases, [small.share(rows) if len(rows) else {"value": np.nan, "n": 0}])


def _learning(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """People at work who finished something of their own choice in the last rules.learning_days ÷ people at work."""
    since = bases.as_of - dt.timedelta(days=bases.client.rules.learning_days)
    t = bases.full("dev_items").filter(lambda t: (t.kind == "self") & (t.done_at <= ibis.literal(bases.as_of)) & (t.done_at > ibis.literal(since)))
    done = set(bases.rows(t.select("user_id").distinct())["user_id"])
    staff = bases.rows_of(people.staff)
    staff = staff[staff["left_at"].isna()]
    return small.told(metric, bases, staff.assign(x=staff["user_id"].isin(done)), Ask((), ask.slices), "", small.share)


METRICS = (
    Metric(
        id="enps", card="M59", kind="mean", unit="points", better="higher", basis="period", table="surveys", rows=reviews.items, at="asked_at",
        needs=(*_NEEDS, "surveys.question_id=enps"), where=None, numerator=None, denominator=None, compute=_published(_enps), matures_days=0,
        min_n=5, slices=("team",), counter="survey_response", source="100 × (share of 9–10 less share of 0–6); nothing under rules.survey_min_people people",
    ),
    Metric(
        id="pulse", card="M59", kind="mean", unit="count", better="higher", basis="period", table="surveys", rows=reviews.items, at="asked_at",
        needs=(*_NEEDS, "surveys.question_id=pulse"), where=None, numerator=None, denominator=None, compute=_published(_pulse), matures_days=0,
        min_n=5, slices=("question", "team"), counter="survey_response", source="mean answer 1–5 to pulse questions; nothing under rules.survey_min_people people",
    ),
    Metric(
        id="survey_response", card="M59", kind="share", unit="share", better="higher", basis="period", table="surveys", rows=reviews.items,
        at="asked_at", needs=(*_NEEDS, "users"), where=None, numerator=None, denominator=None, compute=_answered, matures_days=0, min_n=5, slices=(),
        counter="enps", source="people who answered ÷ people on staff on the day of the survey",
    ),
    Metric(
        id="absence_share", card="M59", kind="share", unit="share", better="neutral", basis="period", table="absences", rows=reviews.items,
        at="date", needs=("absences.user_id", "absences.date", "users"), where=None, numerator=None, denominator=None, compute=_away,
        matures_days=0, min_n=5, slices=("owner", "team"), counter="enps", source="working days away ÷ working days of staff since absences are recorded",
    ),
    Metric(
        id="above_norm_share", card="M59", kind="share", unit="share", better="higher", basis="snapshot", table="users", rows=reviews.items, at="",
        needs=("users.user_id", "norms", "activities.kind", "activities.done_at|activities.started_at"), where=None, numerator=None, denominator=None,
        compute=_above, matures_days=0, min_n=5, slices=(), counter="norm_attainment",
        source="sellers at work whose mean attainment of norms over rules.gate_days is above 1 ÷ sellers at work with norms",
    ),
    Metric(
        id="own_learning_share", card="M59", kind="share", unit="share", better="higher", basis="snapshot", table="users", rows=reviews.items, at="",
        needs=("users.user_id", "dev_items.user_id", "dev_items.kind", "dev_items.done_at"), where=None, numerator=None, denominator=None,
        compute=_learning, matures_days=0, min_n=5, slices=("team",), counter="dev_evidence",
        source="people at work who finished something of their own choice (kind self) in the last rules.learning_days ÷ people at work",
    ),
    Metric(
        id="pay_alignment", card="M59", kind="figure", unit="share", better="higher", basis="snapshot", table="users", rows=reviews.items, at="",
        needs=("variable pay",), where=None, numerator=None, denominator=None, compute=_aligned, matures_days=0, min_n=1, slices=("pay",),
        counter="enps", source="Σ shares of variable_pay in client.yml by revenue, margin, profit and new_clients ÷ Σ all shares",
    ),
)
