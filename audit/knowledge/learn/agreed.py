"""How far markers agree, people among themselves and with a tagger: percent, Cohen's kappa, Krippendorff's alpha."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from audit.knowledge.learn.utterances import votes_of
from audit.stats.agreement import alpha, kappa

ALL = "all"
COLUMNS = ("technique", "pair", "n", "percent", "kappa", "kappa_low", "kappa_high", "alpha")


def agreement(labels: pd.DataFrame, tags: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row a technique and pair of markers, and one of `pair` "all"; the technique "all" takes every text and technique as one thing.

    `labels`: `text_id`, `technique`, `present`, `by`; any number of markers, who need not have marked the same. `tags`: TAGS of the labelled
    texts; what tagged them (`rule`, `model`) is then one more marker, who says no where it tagged nothing.

    `n`: texts that both marked ("all": that at least two did); `percent` (0–100) of equal answers ("all": of pairs of answers); `kappa` with its
    interval at 95 % for two markers, empty where all answers are one (the ends also where they never differ); `alpha`: Krippendorff's, nominal,
    of these markers (1: perfect, 0: chance). Few texts with a technique make both small at a high percent. Sources: `audit.stats.agreement`.
    """
    votes = votes_of(labels)
    if tags is not None:
        votes = pd.concat([votes, _tagger(votes, tags)], ignore_index=True)
    rows = [row for name, part in [*votes.groupby("technique", sort=True), (ALL, votes)] for row in _rows(str(name), part)]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"technique": "str", "pair": "str", "n": "int64"})


def _tagger(votes: pd.DataFrame, tags: pd.DataFrame) -> pd.DataFrame:
    """Votes of whatever tagged: on every labelled text and technique."""
    asked = votes[["text_id", "technique"]].drop_duplicates()
    found = []
    for name, part in tags.groupby(tags["tagged_by"].astype("str")):
        heard = set(zip(part["text_id"], part["technique"].astype("str"), strict=True))
        found.append(asked.assign(by=name, present=[pair in heard for pair in zip(asked["text_id"], asked["technique"], strict=True)]))
    return pd.concat(found, ignore_index=True) if found else votes.head(0)


def _rows(technique: str, votes: pd.DataFrame) -> list[dict[str, Any]]:
    things = pd.factorize(pd.MultiIndex.from_frame(votes[["text_id", "technique"]]))[0]
    told = votes.assign(thing=things)
    answers = {str(name): part.set_index("thing")["present"] for name, part in told.groupby("by", sort=True)}
    rows = []
    for first, second in combinations(answers, 2):
        both = answers[first].index.intersection(answers[second].index)
        a, b = (answers[name].loc[both].to_numpy(dtype=int) for name in (first, second))
        if len(both):
            value, low, high = kappa(a, b)
            unit = np.tile(np.arange(len(both)), 2)
            rows.append({"technique": technique, "pair": f"{first} / {second}", "n": len(both), "percent": 100 * float((a == b).mean()), "kappa": value,
                         "kappa_low": low, "kappa_high": high, "alpha": alpha(unit, np.concatenate([a, b]), "nominal")})
    return [*rows, _whole(technique, told)] if rows else []


def _whole(technique: str, told: pd.DataFrame) -> dict[str, Any]:
    """All markers together."""
    counts = told.groupby("thing")["present"].agg(["sum", "size"])
    shared = counts[counts["size"] >= 2]
    yes, size = shared["sum"].to_numpy(dtype=float), shared["size"].to_numpy(dtype=float)
    pairs = size * (size - 1)
    equal = yes * (yes - 1) + (size - yes) * (size - yes - 1)
    return {"technique": technique, "pair": ALL, "n": len(shared), "percent": 100 * float(equal.sum() / pairs.sum()), "kappa": np.nan, "kappa_low": np.nan,
            "kappa_high": np.nan, "alpha": alpha(told["thing"].to_numpy(), told["present"].to_numpy(dtype=int), "nominal")}
