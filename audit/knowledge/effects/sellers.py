"""Who uses which technique: adoption by month, spread from its author, and who could teach whom what."""

from __future__ import annotations

import numpy as np
import pandas as pd

from audit.knowledge.effects.load import Cases
from audit.knowledge.effects.sample import Sample
from audit.stats.intervals import wilson

ADOPTION = ("technique", "owner", "month", "opportunities", "uses", "share")
MATRIX = ("technique", "owner", "opportunities", "uses", "share", "low", "high", "effect", "effect_low", "effect_high")
SPREAD = ("technique", "author", "first_at", "sellers", "users", "others_share", "half_days")
TEACH = ("technique", "status", "teacher", "teacher_share", "learner", "learner_share", "gap")
TAUGHT = ("proven", "candidate")  # only what may work is worth teaching
_Z = 1.959964


def situations(sample: Sample, cases: Cases) -> pd.DataFrame:
    """A row a case with an opportunity: technique, owner, at, uses (bool)."""
    told = cases.frame[["deal", "at"]].iloc[sample.cases]
    owner = cases.deals["owner"].fillna("").to_numpy()[told["deal"].to_numpy()]
    return pd.DataFrame({"technique": sample.technique, "owner": owner, "at": told["at"].to_numpy(), "uses": sample.counts > 0})


def adoption(found: pd.DataFrame) -> pd.DataFrame:
    """A row a technique, seller and month of the case: cases that called for it, uses, their share; month is empty without times."""
    t = found.assign(month=found["at"].dt.strftime("%Y-%m").fillna(""))
    frame = t.groupby(["technique", "owner", "month"], sort=True).agg(opportunities=("uses", "size"), uses=("uses", "sum")).reset_index()
    return frame.assign(share=frame["uses"] / frame["opportunities"])[list(ADOPTION)]


def matrix(found: pd.DataFrame, own: dict[tuple[str, str], tuple[float, float]]) -> pd.DataFrame:
    """A row a technique and seller: share of use (0…1) and `own` effect (difference of shares), each with a 95 % interval."""
    frame = found.groupby(["technique", "owner"], sort=True).agg(opportunities=("uses", "size"), uses=("uses", "sum")).reset_index()
    low, high = wilson(frame["uses"].to_numpy(float), frame["opportunities"].to_numpy(float))
    told = [own.get(pair, (np.nan, np.nan)) for pair in zip(frame["technique"], frame["owner"], strict=True)]
    value, error = np.array(told, float).reshape(-1, 2).T
    frame = frame.assign(share=frame["uses"] / frame["opportunities"], low=low, high=high, effect=value,
                         effect_low=np.maximum(value - _Z * error, -1), effect_high=np.minimum(value + _Z * error, 1))
    return frame[list(MATRIX)]


def spread(found: pd.DataFrame, authors: dict[str, str | None]) -> pd.DataFrame:
    """A row a technique: who brought it (the author told, else who used it first), when it was first used, sellers who had the chance and who used it, the
    share of uses by others than the author, days from its first use until half of the sellers had used it (empty while they have not)."""
    return pd.DataFrame([_spread(str(name), frame, authors.get(str(name))) for name, frame in found.groupby("technique", sort=True)], columns=list(SPREAD))


def _spread(technique: str, found: pd.DataFrame, author: str | None) -> tuple:
    used = found[found["uses"]].sort_values("at", kind="stable")
    first = used.dropna(subset="at").drop_duplicates("owner")
    author = author if author is not None else (str(first["owner"].iloc[0]) if len(first) else None)
    sellers = found["owner"].nunique()
    need = -(-sellers // 2)
    days = (first["at"].iloc[need - 1] - first["at"].iloc[0]) / pd.Timedelta(days=1) if len(first) >= need else np.nan
    others = float((used["owner"] != author).mean()) if len(used) and author is not None else np.nan
    return technique, author, first["at"].iloc[0] if len(first) else pd.NaT, sellers, used["owner"].nunique(), others, days


def lessons(matrix_: pd.DataFrame, statuses: dict[str, str], lifts: dict[str, float | None]) -> pd.DataFrame:
    """A row a technique, teacher and learner: the lower bound of the teacher's use lies above the upper bound of the learner's, the technique may work
    (proven, or a candidate with a positive lift) and the teacher's own effect is not below zero. The widest gap between the bounds first; one teacher a learner."""
    rows = []
    named = matrix_[matrix_["owner"] != ""]  # nobody teaches whose deals have no seller
    for technique, frame in named.groupby("technique", sort=True):
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
