"""How well a tagger hears, from labels of texts that were drawn at random."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from audit.knowledge.learn.utterances import answers
from audit.knowledge.tags import RULE

RANDOM = "random"
COLUMNS = ("technique", "n", "positives", "precision", "recall", "f1", "f1_low", "f1_high", "method", "worth")
_GRID = 300  # points of each law
_ENDS = (0.025, 0.975)


def quality_of(tags: pd.DataFrame, labels: pd.DataFrame, *, method: str = RULE) -> pd.DataFrame:
    """Precision, recall and F1 of TAGS against people's labels; one row a technique, for `technique_effects(tagger=…)` and the base.

    `labels`: as for `learn`, and from `read_review` also `drawn` and `weight`: then only rows drawn at random count, each as many texts as it stands
    for, so that the figures hold for all texts the book was drawn from. Without these columns every label counts as one: right where whole
    dialogues were marked, wrong where only doubtful places were. Markers who disagree: majority, ties dropped.

    `n`: labels; `positives`: those that say yes; `f1_low`–`f1_high`: 95 %, shares of yes among tagged and among untagged texts being Beta(k + ½, n − k + ½)
    (Jeffreys; Goutte & Gaussier 2005, ECIR, for F1), n being Kish's effective number; `worth`: labels that precision and recall are worth, the fewer
    of both. Where no tagged or no untagged text was labelled precision or recall is empty, and so is F1.
    """
    if "drawn" in labels:
        labels = labels[labels["drawn"] == RANDOM]
    told = answers(labels).frame
    weights = _weights(labels)
    heard = set(zip(tags["text_id"], tags["technique"].astype("str"), strict=True))
    pairs = list(zip(told["text_id"], told["technique"], strict=True))
    told = told.assign(tagged=[pair in heard for pair in pairs], weight=[weights[pair] for pair in pairs])
    rows = [{"technique": str(name), "n": len(part), "positives": int(part["present"].sum()), **_figures(part), "method": method}
            for name, part in told.groupby("technique", sort=True)]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"technique": "str", "method": "str"})


def _weights(labels: pd.DataFrame) -> dict[tuple[Any, str], float]:
    """(text, technique) → texts that it stands for."""
    weight = labels["weight"].astype(float) if "weight" in labels else np.ones(len(labels))
    return dict(zip(zip(labels["text_id"], labels["technique"].astype("str"), strict=True), weight, strict=True))


def _figures(part: pd.DataFrame) -> dict[str, float]:
    """Precision, recall, F1 with its interval and the labels they are worth."""
    tagged, rest = (_share(part[part["tagged"] == flag]) for flag in (True, False))
    (yes, n, size), (missed, m, other) = tagged, rest
    precision = yes if n else np.nan
    true = size * yes + other * missed
    recall = size * yes / true if true > 0 and m else np.nan
    if not (np.isfinite(precision) and np.isfinite(recall)):
        return {"precision": precision, "recall": recall, "f1": np.nan, "f1_low": np.nan, "f1_high": np.nan, "worth": n}
    right, left = (a.ravel() for a in np.meshgrid(_law(yes, n), _law(missed, m)))
    found = size * right / (size * right + other * left)
    f1 = np.quantile(2 * size * right / (size + size * right + other * left), _ENDS)
    spread = float(np.var(found))
    value = 2 * size * yes / (size + true)
    return {"precision": precision, "recall": recall, "f1": value, "f1_low": float(min(f1[0], value)), "f1_high": float(max(f1[1], value)),
            "worth": float(min(n, float(found.mean() * (1 - found.mean())) / spread if spread > 0 else n))}


def _share(part: pd.DataFrame) -> tuple[float, float, float]:
    """(weighted share of yes, effective number of labels, texts that they stand for)."""
    weight = part["weight"].to_numpy(dtype=float)
    whole = float(weight.sum())
    if not whole:
        return 0.0, 0.0, 0.0
    return float(weight @ part["present"].to_numpy(dtype=float)) / whole, whole**2 / float(weight @ weight), whole


def _law(share: float, n: float) -> np.ndarray:
    """The share's law given `n` labels, as its quantiles."""
    from scipy.special import betaincinv

    return betaincinv(share * n + 0.5, (1 - share) * n + 0.5, (np.arange(_GRID) + 0.5) / _GRID)
