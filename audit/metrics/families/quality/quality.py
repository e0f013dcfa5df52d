"""Quality of calls and letters by checklist: M54."""

from __future__ import annotations

import datetime as dt

import ibis
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.count import finish, small
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.quality import reviews
from audit.stats import groups
from audit.stats.effects import Effects, adjusted
from audit.stats.multiplicity import q_values

_SLICES = ("owner", "team", "object", "version")


def _random(bases: Bases) -> pd.DataFrame:
    """Random reviews of conversations: owner, reviewer, version, score."""
    t = bases.rows_of(reviews.scored)
    frame = bases.rows(t.filter(reviews.talks(t, bases)).select("review_id", "owner", "reviewer", "version", "score"))
    return frame.sort_values("review_id", kind="stable").fillna({"owner": "", "reviewer": "", "version": ""})


def _factors(bases: Bases) -> dict[str, tuple[np.ndarray, np.ndarray, Effects]] | None:
    """Factor → (levels, reviews of each, adjusted means): seller, reviewer and version of the checklist told apart."""
    frame = bases.rows_of(_random)
    if frame.empty:
        return None
    coded = {name: np.unique(frame[name].to_numpy(dtype=str), return_inverse=True) for name in ("owner", "reviewer", "version")}
    found = adjusted(frame["score"], [code for _, code in coded.values()])
    if found is None:
        return None
    return {name: (levels, np.bincount(code), one) for (name, (levels, code)), one in zip(coded.items(), found, strict=True)}


def _factor(name: str):
    """Levels of one factor: as an adjusted mean (owner), or as what a level adds to the mean of all (reviewer)."""

    def compute(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
        from scipy.special import stdtrit

        factors, frame = bases.rows_of(_factors), bases.rows_of(_random)
        whole = float(np.sort(frame["score"].to_numpy()).mean()) if len(frame) else np.nan
        records: list[dict] = [{"value": whole if name == "owner" else 0.0, "n": len(frame)}]
        if factors is None:  # a seller of whom only one reviewer speaks cannot be told from the reviewer
            return finish.made(metric, bases, [{"value": np.nan, "n": 0}])
        levels, counted, found = factors[name]
        half = stdtrit(found.df, 0.975) * found.error
        value = found.mean if name == "owner" else found.mean - whole
        records += [{"by": name, "group": str(level), "value": x, "low": x - h, "high": x + h, "n": int(n)}
                    for level, x, h, n in zip(levels, value, half, counted, strict=True)]
        asked = {"", *("×".join(names) for names in ask.slices)}
        return finish.made(metric, bases, [record for record in records if record.get("by", "") in asked])

    return compute


def followed(bases: Bases) -> pd.DataFrame:
    """Random reviews of calls of deals still open then, a row a call: `score`, and `x` whether the deal moved to a later stage within
    rules.next_step_days; calls too young to tell are left out."""
    days = bases.client.rules.next_step_days
    t = bases.rows_of(reviews.units)
    t = t.filter(reviews.talks(t, bases) & t.object_id.notnull())
    a = bases.activities.filter(lambda a: a.entity == "deal").select(_call="activity_id", deal="entity_id", called=bases.activities.done_at)
    t = t.inner_join(a, t.object_id == a._call)
    t = t.filter(t.called < ibis.literal(bases.end) - ibis.interval(days=days))
    v = bases.visits
    v = v.select("entered_at", "ord", "deal_semantic", _deal="deal_id", _closed="deal_closed_at", _on=v.semantic != "lost")
    v = t.select("unit", "score", "deal", "called").left_join(v, t.deal == v._deal)
    until = v.called + ibis.interval(days=days)
    here = v.ord.max(where=v._on & (v.entered_at <= v.called))
    there = v.ord.max(where=v._on & (v.entered_at > v.called) & (v.entered_at <= until))
    won = yes((v.deal_semantic == "won") & (v._closed <= until)).max()
    over = yes(v._closed <= v.called).max()
    found = v.group_by("unit").agg(score=v.score.max(), here=here, there=there, won=won, over=over)
    found = found.filter(found.here.notnull() & (found.over == 0))
    frame = bases.rows(found.mutate(x=(found.there > found.here).fill_null(False) | (found.won == 1)).select("unit", "score", "x"))
    return frame.sort_values("unit", kind="stable")


def _link(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Correlation of scores with next steps, Fisher's interval."""
    frame = bases.rows_of(followed)
    n = len(frame)
    if n < 4 or frame["x"].nunique() < 2 or frame["score"].nunique() < 2:
        return finish.made(metric, bases, [{"value": np.nan, "n": n}])
    r = float(np.corrcoef(frame["score"], frame["x"].astype(float))[0, 1])
    half = 1.959964 / np.sqrt(n - 3)
    low, high = np.tanh([np.arctanh(np.clip(r, -0.999999, 0.999999)) - half, np.arctanh(np.clip(r, -0.999999, 0.999999)) + half])
    return finish.made(metric, bases, [{"value": r, "low": float(low), "high": float(high), "n": n}])


def _bridge(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """What a new version of a checklist adds to the score of the same things, of every version that has one before it."""
    return small.told(metric, bases, bases.rows_of(reviews.bridged), Ask((), ask.slices), "", small.mean)


def _gaps(bases: Bases) -> pd.DataFrame:
    """Blocks of the checklist in which a seller's late reviews are below the colleagues' mean, the farthest below first."""
    t = bases.rows_of(reviews.blocks)
    t = t.filter(reviews.talks(t, bases) & t.owner.notnull() & (t["at"] >= ibis.literal(bases.end - dt.timedelta(days=_LATE))))
    frame = bases.rows(t.select("unit", "owner", "block", "score")).sort_values(["block", "owner", "unit"], kind="stable")
    records = []
    for block, rows in frame.groupby("block", sort=True):
        for owner, mine in rows.groupby("owner", sort=True):
            others = rows.loc[rows["owner"] != owner, "score"].to_numpy()
            found = groups.means(mine["score"].to_numpy(), others) if min(len(mine), len(others)) >= _FEWEST else None
            if found is not None:
                low, high = found.interval()
                records.append((owner, block, len(mine), mine["score"].mean(), others.mean(), found.value, low, high, found.p_value))
    told = pd.DataFrame(records, columns=[*GAPS[:-1], "p"])
    told = told.assign(q_value=q_values(told["p"].to_numpy(dtype=float)))
    return told[told["gap"] < 0].sort_values(["gap", "owner", "block"], kind="stable")


_LATE, _FEWEST = 90, 5  # days of reviews; reviews on either side that say anything
GAPS = ("owner", "block", "reviews", "score", "others", "gap", "low", "high", "q_value")
METRICS = (
    Metric(
        id="qa_score", card="M54", kind="mean", unit="score", better="higher", basis="period", table="qa_reviews",
        rows=reviews.heard, at="at", needs=reviews.RANDOM, where=reviews.talks, numerator="score", denominator=one, compute=None,
        matures_days=0, min_n=MIN_N, slices=(*_SLICES, "talk", "source"), counter="qa_outcome_link",
        source="mean over calls and letters reviewed at random of 100 × Σ weight × points ÷ Σ weight × best points",
    ),
    Metric(
        id="qa_targeted_score", card="M54", kind="mean", unit="score", better="higher", basis="period", table="qa_reviews",
        rows=reviews.units, at="at", needs=(*reviews.NEEDS, "qa_reviews.sampling=targeted"), where=reviews.targeted,
        numerator="score", denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=("owner", "team"), counter="qa_score",
        source="the same over reviews chosen because of something; never mixed with random ones",
    ),
    Metric(
        id="qa_block_score", card="M54", kind="mean", unit="score", better="higher", basis="period", table="qa_reviews",
        rows=reviews.blocks, at="at", needs=(*reviews.RANDOM, "qa_reviews.block"), where=reviews.talks, numerator="score",
        denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=("block", "owner×block", "team×block"), counter="qa_score",
        source="the same within each block of the checklist",
    ),
    Metric(
        id="qa_critical_fails", card="M54", kind="share", unit="share", better="lower", basis="period", table="qa_reviews",
        rows=reviews.units, at="at", needs=(*reviews.RANDOM, "qa_reviews.is_critical"), where=reviews.talks, numerator="failed",
        denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=_SLICES, counter="qa_score",
        source="calls and letters with a failed critical item ÷ those reviewed at random",
    ),
    Metric(
        id="qa_score_adjusted", card="M54", kind="mean", unit="score", better="higher", basis="snapshot", table="qa_reviews",
        rows=reviews.scored, at="", needs=(*reviews.RANDOM, "qa_reviews.user_id", "qa_reviews.reviewer_id"), where=None, numerator=None,
        denominator=None, compute=_factor("owner"), matures_days=0, min_n=MIN_N, slices=("owner",), counter="reviewer_icc",
        source="seller's mean with reviewers and versions of the checklist held equal (least squares on random reviews)",
    ),
    Metric(
        id="reviewer_severity", card="M54", kind="mean", unit="points", better="neutral", basis="snapshot", table="qa_reviews",
        rows=reviews.scored, at="", needs=(*reviews.RANDOM, "qa_reviews.user_id", "qa_reviews.reviewer_id"), where=None, numerator=None,
        denominator=None, compute=_factor("reviewer"), matures_days=0, min_n=MIN_N, slices=("reviewer",), counter="reviewer_icc",
        source="what a reviewer adds to the mean score, sellers and versions held equal; below 0 is severe",
    ),
    Metric(
        id="qa_version_shift", card="M54", kind="mean", unit="points", better="neutral", basis="snapshot", table="qa_reviews",
        rows=reviews.scored, at="", needs=(*reviews.NEEDS, "qa_reviews.checklist_version", "qa_reviews.object_id", "qa_reviews by two versions"), where=None,
        numerator=None, denominator=None, compute=_bridge, matures_days=0, min_n=MIN_N, slices=("version",), counter="reviewer_icc",
        source="mean of score by the new version less score by the version before it, of calls and letters scored by both",
    ),
    Metric(
        id="qa_outcome_link", card="M54", kind="ratio", unit="ratio", better="higher", basis="snapshot", table="qa_reviews",
        rows=reviews.units, at="", needs=(*reviews.RANDOM, "stage_history.entered_at", "stage_history.to_stage", "stages.ord", "deals.semantic", "activities of reviews"),
        where=None, numerator=None, denominator=None, compute=_link, matures_days=0, min_n=30, slices=(), counter="reviewer_icc",
        source="correlation of the score of a call with the deal's next step within rules.next_step_days",
    ),
)

LISTINGS = (
    Listing(id="quality_gaps", card="M54", needs=(*reviews.RANDOM, "qa_reviews.block", "qa_reviews.user_id"), columns=GAPS, rows=_gaps,
            source="blocks of the checklist in which a seller scored below the colleagues over the last 90 days, reviews chosen at random, five at least on "
                   "either side; Welch's interval of the difference, q by Benjamini–Hochberg over all sellers and blocks"),
)
