"""How well a tagger finds each technique, as given in any of the usual ways, and what that does to an effect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from audit.errors import UsageError
from audit.stats.estimate import Estimate, Student
from audit.stats.misread import by_precision, by_rates, righted

LABELS = 50  # labels assumed where their number is not told
FIELDS = ("f1", "precision", "recall", "sensitivity", "specificity")

Quality = dict[str, float]


def qualities(told: Any) -> dict[str, Quality]:
    """Technique → its measures out of f1, precision, recall, sensitivity, specificity and n; from a mapping of numbers (F1) or of dicts, or a frame with a column technique.

    `n` are labels that say yes: precision and recall rest on them, however many texts without the technique were labelled beside. A frame tells them as
    `worth` or `positives`, else as `n`.
    """
    if told is None:
        return {}
    if isinstance(told, pd.DataFrame):
        told = {str(row["technique"]): _row(row) for row in told.to_dict("records")}
    if not isinstance(told, Mapping):
        raise UsageError("techniques.bad_data", kind=type(told).__name__)
    return {str(name): _checked(str(name), {"f1": one} if isinstance(one, int | float) else dict(one)) for name, one in told.items()}


def _row(row: Mapping[Any, Any]) -> Quality:
    """The measures that a row of a frame has."""
    known = {name: row[name] for name in FIELDS if name in row and pd.notna(row[name])}
    counts = [row[name] for name in ("worth", "positives", "n") if name in row and pd.notna(row[name])]
    return known | ({"n": counts[0]} if counts else {})


def _checked(technique: str, one: Mapping[str, Any]) -> Quality:
    known = {name: float(one[name]) for name in (*FIELDS, "n") if one.get(name) is not None}
    for name, value in known.items():
        if name in FIELDS and not 0 <= value <= 1:
            raise UsageError("techniques.bad_quality", technique=technique, name=name, value=value)
    return known


def f1_of(quality: Quality, share: float) -> float | None:
    """The F1 told, or the one that precision and recall, or sensitivity and specificity at this share of uses, come to; None where nothing is told."""
    if "f1" in quality:
        return quality["f1"]
    precision, recall = quality.get("precision"), quality.get("recall", quality.get("sensitivity"))
    if precision is None and recall is not None and "specificity" in quality and share > 0:
        true = min(max((share + quality["specificity"] - 1) / max(recall + quality["specificity"] - 1, 1e-9), 0.0), 1.0)
        precision = min(recall * true / share, 1.0)
    if precision is None or recall is None:
        return None
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0


def corrected(seen: Student, quality: Quality, share: float) -> Estimate | None:
    """The effect with the tagger's errors taken out; as seen where its quality is not known, None where it may tell nothing apart."""
    n = quality.get("n", LABELS)
    recall = quality.get("recall", quality.get("sensitivity"))
    if recall is not None and "specificity" in quality:
        thinned = by_rates(share, recall, quality["specificity"], n)
    elif recall is not None and "precision" in quality:
        thinned = by_precision(share, quality["precision"], recall, n)
    elif "f1" in quality:  # as many missed as marked in error
        thinned = by_precision(share, quality["f1"], quality["f1"], n)
    else:
        return seen
    return righted(seen, thinned) if np.isfinite(thinned.factor) else None
