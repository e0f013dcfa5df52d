"""Levels of competences, their change, and people in tiers: M57."""

from __future__ import annotations

import datetime as dt

import ibis
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases, frames, people
from audit.metrics.count import finish, small
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.quality import reviews
from audit.stats.effects import adjusted, shrunk, tiers

_NEEDS = ("competences.user_id", "competences.level", "competences.level_max")
_ROUND = dt.timedelta(days=28)  # assessments closer than this are one round; those of two months, February too, are two


def rounds(bases: Bases) -> pd.DataFrame:
    """One row a person, competence and round of assessment: `at`, `x` (mean of assessors' levels, points of 100), `place` from the latest, 0."""
    t = bases.full("competences").filter(lambda t: (t.assessed_at <= ibis.literal(bases.as_of)) & t.level.notnull() & (t.level_max > 0))
    t = people.with_person(t, bases)
    frame = bases.rows(t.select("user_id", "owner", "team", "competence_id", "assessor_id", "assessed_at", x=100.0 * t.level / t.level_max))
    frame = frame.fillna({"assessor_id": ""}).sort_values(["user_id", "competence_id", "assessed_at", "assessor_id", "x"], kind="stable")
    records = []
    for (user, competence), rows in frame.groupby(["user_id", "competence_id"], sort=True):
        left, place = rows.assign(at=[frames.day_of(day) for day in rows["assessed_at"]]), 0
        while len(left):
            last = left["at"].max()
            now = left[frames.mask(day > last - _ROUND for day in left["at"])]
            own = now.drop_duplicates("assessor_id", keep="last")  # the last word of each assessor
            records.append({"user_id": user, "owner": own["owner"].iloc[0], "team": own["team"].iloc[0], "competence": competence, "at": last,
                            "x": float(own["x"].mean()), "place": place})
            left, place = left.drop(now.index), place + 1
    return pd.DataFrame(records, columns=["user_id", "owner", "team", "competence", "at", "x", "place"])


def levels(bases: Bases) -> pd.DataFrame:
    """The latest round of everybody still at work."""
    frame = bases.rows_of(rounds)
    if bases.tables.has("users"):
        u = bases.rows_of(people.staff)
        gone = set(u.loc[frames.mask(day is not None for day in u["left_at"]), "user_id"])
        frame = frame[~frame["user_id"].isin(gone)]
    return frame[frame["place"] == 0]


def weighed(bases: Bases) -> pd.DataFrame:
    """`levels` with `weight` of each competence by rules.competence_weights, one where none is named."""
    named = dict(part.split("/", 1) for part in bases.client.rules.competence_weights)
    weights = {name.strip().casefold(): float(weight) for name, weight in named.items()}
    frame = bases.rows_of(levels)
    return frame.assign(weight=[weights.get(str(name).casefold(), 1.0) for name in frame["competence"]])


def _mean(rows: pd.DataFrame) -> dict:
    """Mean of `x` by `weight` with Student's interval; plain where all weigh the same."""
    x, w = rows["x"].to_numpy(dtype=float), rows["weight"].to_numpy(dtype=float)
    if not len(x) or (w == w[0]).all() or not w.sum():
        return small.mean(rows)
    from scipy.special import stdtrit

    n, value = int((w > 0).sum()), float(np.sort(w * x).sum() / w.sum())
    error = float(np.sqrt((np.sort((w * (x - value)) ** 2)).sum() * n / max(n - 1, 1)) / w.sum())
    half = stdtrit(n - 1, 0.975) * error if n > 1 and error > 0 else np.nan
    return {"value": value, "low": value - half, "high": value + half, "n": n, "sum_num": float(np.sort(w * x).sum()), "sum_den": float(w.sum())}


def _level(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    return small.told(metric, bases, bases.rows_of(weighed), ask, "", _mean)


def _change(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Latest less previous level of everybody assessed twice, dated by the latest."""
    frame = bases.rows_of(rounds)
    keys = ["user_id", "competence"]
    both = frame.merge(frame.assign(place=frame["place"] - 1), on=[*keys, "place"], suffixes=("", "_was"))
    return small.told(metric, bases, both.assign(x=both["x"] - both["x_was"]), ask, "at", small.mean)


def ranking(bases: Bases) -> pd.DataFrame:
    """One row a person: mean level with competences held equal, the same drawn towards all, its interval, tier, number of competences."""
    frame = bases.rows_of(weighed).sort_values(["user_id", "competence"], kind="stable")
    frame = frame[frame["weight"] > 0]
    columns = ["owner", "team", "competences", "level", "shrunk", "low", "high", "tier"]
    if frame["user_id"].nunique() < 2:
        return pd.DataFrame(columns=columns)
    _, who = np.unique(frame["user_id"].to_numpy(dtype=str), return_inverse=True)
    _, what = np.unique(frame["competence"].to_numpy(dtype=str), return_inverse=True)
    found = adjusted(frame["x"], [who, what], None if (frame["weight"] == 1).all() else frame["weight"])
    if found is None:
        return pd.DataFrame(columns=columns)
    one = found[0]
    middle, error = shrunk(one.mean, one.error)
    first = frame.drop_duplicates("user_id")
    made = pd.DataFrame({"owner": first["owner"].to_numpy(), "team": first["team"].to_numpy(), "competences": np.bincount(who), "level": one.mean,
                         "shrunk": middle, "low": middle - 1.96 * error, "high": middle + 1.96 * error, "tier": tiers(one)})
    return made.sort_values(["tier", "shrunk", "owner"], ascending=[True, False, True], kind="stable")[columns].reset_index(drop=True)


def _ranked(column: str):
    def compute(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
        frame = bases.rows_of(ranking)
        known = {"low": frame["low"], "high": frame["high"]} if column == "shrunk" else {}
        whole = float(frame["level"].mean()) if column == "shrunk" else float(frame["tier"].max())
        records: list[dict] = [{"value": whole if len(frame) else np.nan, "n": len(frame)}]
        if ("owner",) in ask.slices:
            records += [{"by": "owner", "group": row.owner, "value": getattr(row, column), "n": int(row.competences),
                         **{name: float(ends.loc[row.Index]) for name, ends in known.items()}} for row in frame.itertuples()]
        return finish.made(metric, bases, records)

    return compute


METRICS = (
    Metric(
        id="competence_level", card="M57", kind="mean", unit="score", better="higher", basis="snapshot", table="competences", rows=reviews.items,
        at="", needs=_NEEDS, where=None, numerator=None, denominator=None, compute=_level, matures_days=0, min_n=5,
        slices=("owner", "team", "competence", "owner×competence", "team×competence"), counter="reviewer_icc",
        source="mean of 100 × level ÷ highest level by the latest assessments of people at work, weighed by rules.competence_weights",
    ),
    Metric(
        id="competence_change", card="M57", kind="mean", unit="points", better="higher", basis="period", table="competences", rows=reviews.items,
        at="assessed_at", needs=_NEEDS, where=None, numerator=None, denominator=None, compute=_change, matures_days=0, min_n=5,
        slices=("owner", "team", "competence"), counter="qa_score", source="level less that of the assessment before, by person and competence",
    ),
    Metric(
        id="competence_shrunk", card="M57", kind="mean", unit="score", better="higher", basis="snapshot", table="competences", rows=reviews.items,
        at="", needs=_NEEDS, where=None, numerator=None, denominator=None, compute=_ranked("shrunk"), matures_days=0, min_n=2, slices=("owner",),
        counter="revenue", source="mean level with competences held equal, drawn towards all by how much people really differ",
    ),
    Metric(
        id="competence_tier", card="M57", kind="figure", unit="count", better="lower", basis="snapshot", table="competences", rows=reviews.items,
        at="", needs=_NEEDS, where=None, numerator=None, denominator=None, compute=_ranked("tier"), matures_days=0, min_n=2, slices=("owner",),
        counter="competence_shrunk", source="tier 1 and those who do not provably differ from its best (Tukey–Kramer); the whole: number of tiers",
    ),
)

LISTINGS = (
    Listing(
        id="competence_ranking", card="M57", needs=_NEEDS,
        columns=("tier", "owner", "team", "competences", "level", "shrunk", "low", "high"), rows=ranking,
        source="people at work by tier, within a tier in no proven order",
    ),
)
