"""Who uses which technique: adoption by month, spread from its author, and who could teach whom what."""

from __future__ import annotations

import numpy as np
import pandas as pd

from audit.knowledge.effects.sample import Sample
from audit.stats.intervals import wilson

ADOPTION = ("technique", "owner", "month", "opportunities", "uses", "share")
MATRIX = ("technique", "owner", "opportunities", "uses", "share", "low", "high", "effect", "effect_low", "effect_high")
SPREAD = ("technique", "author", "first_at", "sellers", "users", "others_share", "half_days")
TEACH = ("technique", "status", "teacher", "teacher_share", "learner", "learner_share", "gap")
TAUGHT = ("proven", "candidate")  # only what may work is worth teaching
_Z = 1.959964


def adoption(sample: Sample) -> pd.DataFrame:
    """A row a technique, seller and month of the case: cases that called for it, uses, their share; month is empty without times."""
    t = sample.situations.assign(month=sample.situations["at"].dt.strftime("%Y-%m").fillna(""), uses=sample.situations["used"] > 0)
    frame = t.groupby(["owner", "month"]).agg(opportunities=("uses", "size"), uses=("uses", "sum")).reset_index()
    return frame.assign(technique=sample.technique, share=frame["uses"] / frame["opportunities"])[list(ADOPTION)]


def matrix(sample: Sample, own: dict[int, tuple[float, float]], names: list[str]) -> pd.DataFrame:
    """A row a technique and seller: share of use (0…1) and own effect (difference of shares), each with a 95 % interval."""
    t = sample.situations.assign(uses=sample.situations["used"] > 0)
    frame = t.groupby("owner").agg(opportunities=("uses", "size"), uses=("uses", "sum")).reset_index()
    low, high = wilson(frame["uses"].to_numpy(float), frame["opportunities"].to_numpy(float))
    effects = {names[code]: one for code, one in own.items()}
    value, error = (np.array([effects.get(owner, (np.nan, np.nan))[part] for owner in frame["owner"]]) for part in (0, 1))
    frame = frame.assign(technique=sample.technique, share=frame["uses"] / frame["opportunities"], low=low, high=high, effect=value,
                         effect_low=np.maximum(value - _Z * error, -1), effect_high=np.minimum(value + _Z * error, 1))
    return frame[list(MATRIX)]


def spread(sample: Sample, author: str | None) -> pd.DataFrame:
    """One row: who brought it (the author told, else who used it first), when it was first used, sellers who had the chance and who used it, the share of
    uses by others than the author, days from its first use until half of the sellers had used it (empty while they have not)."""
    used = sample.situations[sample.situations["used"] > 0].sort_values("at", kind="stable")
    first = used.dropna(subset="at").drop_duplicates("owner")
    author = author if author is not None else (str(first["owner"].iloc[0]) if len(first) else None)
    need = -(-sample.callers // 2)
    days = (first["at"].iloc[need - 1] - first["at"].iloc[0]) / pd.Timedelta(days=1) if need and len(first) >= need else np.nan
    others = float((used["owner"] != author).mean()) if len(used) and author is not None else np.nan
    row = (sample.technique, author, first["at"].iloc[0] if len(first) else pd.NaT, sample.callers, sample.users, others, days)
    return pd.DataFrame([row], columns=list(SPREAD))


def lessons(matrix_: pd.DataFrame, statuses: dict[str, str], lifts: dict[str, float | None]) -> pd.DataFrame:
    """A row a technique, teacher and learner: the lower bound of the teacher's use lies above the upper bound of the learner's, the technique may work
    (proven, or a candidate with a positive lift) and the teacher's own effect is not below zero. The widest gap between the bounds first; one teacher a learner."""
    rows = []
    for technique, frame in matrix_.groupby("technique", sort=True):
        status, lift = statuses.get(str(technique)), lifts.get(str(technique))
        if status not in TAUGHT or lift is None or lift <= 0 or not len(frame):
            continue
        able = frame[~(frame["effect_high"] < 0) & (frame["uses"] > 0)]
        if not len(able):
            continue
        teacher = able.sort_values(["low", "owner"], ascending=[False, True]).iloc[0]
        for learner in frame[frame["high"] < teacher["low"]].itertuples():
            rows.append((technique, status, teacher["owner"], teacher["share"], learner.owner, learner.share, teacher["low"] - learner.high))
    told = pd.DataFrame(rows, columns=list(TEACH))
    order = told.assign(rank=told["status"].map({name: place for place, name in enumerate(TAUGHT)}))
    return order.sort_values(["rank", "gap", "technique", "learner"], ascending=[True, False, True, True]).drop(columns="rank").reset_index(drop=True)
