"""Micro-training: how much, how soon, and what it changes: M61."""

from __future__ import annotations

import datetime as dt

import ibis
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases, frames, people
from audit.metrics.count import finish, small
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.management import logs
from audit.metrics.rows.quality import reviews
from audit.stats import intervals

_MICRO = ("dev_items.user_id", "dev_items.kind", "dev_items.done_at", "dev_items.kind=micro")


def done(bases: Bases) -> pd.DataFrame:
    """One row a micro-training done by `as_of`: user_id, owner, team, competence_id, `at`."""
    t = people.with_person(bases.full("dev_items"), bases)
    t = t.filter((t.kind == "micro") & (t.done_at <= ibis.literal(bases.as_of)))
    frame = bases.rows(t.select("item_id", "user_id", "owner", "team", "competence_id", "done_at"))
    frame["at"] = [frames.day_of(day) for day in frame["done_at"]]
    return frame.sort_values(["user_id", "competence_id", "at", "item_id"], kind="stable").reset_index(drop=True)


def _months(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Micro-trainings ÷ months of work of people who are no managers, since the first one; exact Poisson."""
    frame, rows = bases.rows_of(done), []
    first = min(frame["at"], default=None)
    months = range(people.month_of(first), people.month_of(bases.as_of) + 1) if first else []
    counted = frame.groupby(["user_id", frame["at"].map(people.month_of)]).size().to_dict() if len(frame) else {}
    for row in bases.rows_of(people.staff).itertuples():
        for month in months:
            start, end = people.first_of(month), min(people.first_of(month + 1) - finish.DAY, bases.as_of)
            here = (row.hired_at is None or row.hired_at <= end) and (row.left_at is None or row.left_at >= start)
            number = counted.get((row.user_id, month), 0)
            if here and (not row.is_manager or number):
                rows.append({"owner": row.owner, "team": row.team, "at": start, "x": number})
    return small.told(metric, bases, pd.DataFrame(rows, columns=["owner", "team", "at", "x"]), ask, "at", _rate)


def _rate(rows: pd.DataFrame) -> dict:
    number, months = int(rows["x"].sum()), len(rows)
    low, high = intervals.poisson(number)
    return {"value": number / months, "low": float(low) / months, "high": float(high) / months, "n": months, "sum_num": number, "sum_den": months}


def delays(bases: Bases) -> pd.DataFrame:
    """One row a deviation of a person noticed by `as_of`, copies left out: `days` to his next micro-training, `x` whether there was one yet."""
    frame = bases.rows_of(logs.deviations)
    frame = frame[(frame["scope"].fillna("user") == "user") & frame["scope_id"].notna() & frame["detected"].notna()]
    trained = bases.rows_of(done).groupby("user_id")["at"].apply(sorted).to_dict()
    rows = []
    for row in frame.sort_values("dev_id", kind="stable").itertuples():
        start = row.detected
        next_ = next((day for day in trained.get(row.scope_id, []) if day >= start), None)
        rows.append({"owner": row.owner, "team": row.team, "time": ((next_ or bases.as_of) - start).days, "x": next_ is not None})
    return pd.DataFrame(rows, columns=["owner", "team", "time", "x"])


def _delay(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    return small.told(metric, bases, bases.rows_of(delays), ask, "", small.half)


def scores(bases: Bases) -> pd.DataFrame:
    """Block scores of random reviews of conversations: user_id, block, day, `x`."""
    t = bases.rows_of(reviews.blocks)
    frame = bases.rows(t.filter(reviews.talks(t, bases)).select("unit", "user_id", "block", "at", x=t.score))
    frame = frame.assign(day=[frames.day_of(day) for day in frame["at"]])
    return frame.sort_values(["user_id", "block", "unit"], kind="stable")


def effects(bases: Bases) -> pd.DataFrame:
    """One row a first micro-training of a person and block that reviews before and after tell of: `raw` and `fair` effect, points.

    raw = change of the trained block less mean change of the untrained blocks of the same person. In `fair` what a block was worth before
    is drawn towards the other sellers by its chance (rules.training_window_days before): who is trained because of bad weeks
    comes back by himself.
    """
    rules, frame, items = bases.client.rules, bases.rows_of(scores), bases.rows_of(done)
    lag, span = dt.timedelta(days=rules.training_lag_days), dt.timedelta(days=rules.training_window_days)
    first = items.drop_duplicates(["user_id", "competence_id"])
    rows = []
    for one in first.itertuples():
        trained = set(first.loc[first["user_id"] == one.user_id, "competence_id"])
        past = frame[frames.mask(one.at - span <= day < one.at for day in frame["day"])]
        mine = frame[frame["user_id"] == one.user_id]
        later = mine[frames.mask(one.at + lag <= day <= one.at + span for day in mine["day"])].groupby("block")["x"].mean()
        before, expected = past[past["user_id"] == one.user_id].groupby("block")["x"].mean(), _expected(past, one.user_id)
        free = [block for block in later.index if block not in trained and block in before.index]
        if one.competence_id not in later.index or one.competence_id not in before.index or not free:
            continue
        changes = [later[one.competence_id] - was[one.competence_id] - np.mean([later[block] - was[block] for block in free]) for was in (before, expected)]
        rows.append({"user_id": one.user_id, "owner": one.owner, "team": one.team, "block": one.competence_id, "at": one.at, "raw": changes[0], "fair": changes[1]})
    return pd.DataFrame(rows, columns=["user_id", "owner", "team", "block", "at", "raw", "fair"])


def _expected(past: pd.DataFrame, user: str) -> dict[str, float]:
    """What each block of `user` was worth, drawn towards that block of all by the part of its spread that is chance."""
    from audit.stats.effects import shrunk

    found = {}
    for block, rows in past.groupby("block", sort=True):
        sides = rows.groupby("user_id")["x"].agg(["mean", "count"]).sort_index()
        within = rows["x"] - rows.groupby("user_id")["x"].transform("mean")
        df = len(rows) - len(sides)
        if user not in sides.index:
            continue
        if df < 1 or len(sides) < 3:
            found[block] = float(sides.loc[user, "mean"])
            continue
        error = np.sqrt(max(float((within**2).sum()) / df, 1e-9) / sides["count"].to_numpy())
        found[block] = float(shrunk(sides["mean"].to_numpy(), error)[0][list(sides.index).index(user)])
    return found


def _effect(column: str):
    """Mean effect over people, each person one unit: trainings of one person share his weeks."""

    def value(rows: pd.DataFrame) -> dict:
        each = rows.groupby("user_id", sort=True)[column].mean()
        return small.mean(pd.DataFrame({"x": each}))

    def compute(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
        return small.told(metric, bases, bases.rows_of(effects), ask, "", value)

    return compute


_EFFECT = (*_MICRO, "dev_items.competence_id", *reviews.RANDOM, "qa_reviews.block", "qa_reviews.user_id")
METRICS = (
    Metric(
        id="micro_per_month", card="M61", kind="ratio", unit="count", better="higher", basis="period", table="dev_items", rows=reviews.items,
        at="done_at", needs=(*_MICRO, "users"), where=None, numerator=None, denominator=None, compute=_months, matures_days=0, min_n=1,
        slices=("owner", "team"), counter="micro_effect", source="micro-trainings done ÷ months of work of sellers since the first one",
    ),
    Metric(
        id="micro_delay_days", card="M61", kind="median", unit="days", better="lower", basis="snapshot", table="dev_items", rows=reviews.items, at="",
        needs=(*_MICRO, "deviations.scope_id", "deviations.detected_at"), where=None, numerator=None, denominator=None, compute=_delay,
        matures_days=0, min_n=5, slices=("owner", "team"), counter="micro_effect",
        source="median days from a noticed deviation of a person to his next micro-training, Kaplan–Meier; the untrained are censored",
    ),
    Metric(
        id="micro_effect", card="M61", kind="mean", unit="points", better="higher", basis="snapshot", table="dev_items", rows=reviews.items, at="",
        needs=_EFFECT, where=None, numerator=None, denominator=None, compute=_effect("fair"), matures_days=0, min_n=3, slices=("block",),
        counter="micro_effect_raw",
        source="change of the trained block less that of untrained ones of the same person, the level before shrunk against regression to the mean",
    ),
    Metric(
        id="micro_effect_raw", card="M61", kind="mean", unit="points", better="higher", basis="snapshot", table="dev_items", rows=reviews.items,
        at="", needs=_EFFECT, where=None, numerator=None, denominator=None, compute=_effect("raw"), matures_days=0, min_n=3, slices=("block",),
        counter="micro_effect", source="difference in differences as seen, the level before unshrunk",
    ),
)
