"""A learnt model as plain JSON: how it decides on texts, and which words of a text decided most."""

from __future__ import annotations

from math import log, sqrt
from typing import Any, NamedTuple

import numpy as np

from audit.errors import UsageError
from audit.knowledge.learn.features import FACTS, LETTERS, PREFIX, WEIGHTS, WORDS, Block
from audit.knowledge.learn.fit import Fitted
from audit.knowledge.learn.grams import Tokens, letters, words

VERSION = 1
LONGEST_QUOTE = 12  # words
_COST = 0.1  # of the weightiest word: what a word must add to be quoted with it
_KEYS = ("version", "technique", "vocabulary", "idf", "weights", "bias", "threshold")

Json = dict[str, Any]


def as_json(technique: str, one: Fitted) -> Json:
    """The model as lists and numbers; `vocabulary[i]` has `idf[i]` and `weights[i]`."""
    return {"version": VERSION, "technique": technique, "vocabulary": one.grams, "idf": one.idf.tolist(), "weights": one.weights.tolist(),
            "bias": one.bias, "threshold": one.threshold}


class Known(NamedTuple):
    """A model ready to decide: block → gram → (idf, weight)."""

    technique: str
    blocks: dict[str, dict[str, tuple[float, float]]]
    bias: float
    threshold: float


def known(technique: str, model: Any) -> Known:
    """The model behind its JSON, called `technique` or by its own name. Raises UsageError for what is no model of this version."""
    if not isinstance(model, dict) or any(key not in model for key in _KEYS) or model["version"] != VERSION:
        raise UsageError("learn.bad_model", technique=technique, version=VERSION)
    sizes = {len(model[key]) for key in ("vocabulary", "idf", "weights")}
    if len(sizes) > 1:
        raise UsageError("learn.bad_model", technique=technique, version=VERSION)
    blocks: dict[str, dict[str, tuple[float, float]]] = {name: {} for name in PREFIX}
    of = {start: name for name, starts in PREFIX.items() for start in starts}
    for gram, idf, weight in zip(model["vocabulary"], model["idf"], model["weights"], strict=True):
        blocks[of[gram[:2]]][gram] = (float(idf), float(weight))
    return Known(technique or str(model["technique"]), blocks, float(model["bias"]), float(model["threshold"]))


def decisions(one: Known, told: list[Block]) -> np.ndarray:
    """The decision value of each utterance by the counts of its grams and what else is known of it; tagged where above the threshold."""
    values = np.full(told[0].counts.shape[0], one.bias)
    for part in told:
        mine = one.blocks[part.name]
        columns = [at for at, gram in enumerate(part.grams) if gram in mine]
        if columns:
            idf, weights = np.array([mine[part.grams[at]] for at in columns]).T
            values += WEIGHTS[part.name] * (_scaled(part.counts[:, columns], idf) if part.name != FACTS else part.counts[:, columns]) @ weights
    return values


def _scaled(counts: Any, idf: np.ndarray) -> Any:
    """TF-IDF rows of length one."""
    from scipy import sparse

    sizes = counts.copy()
    sizes.data = (1 + np.log(sizes.data)) * idf[sizes.indices]
    length = np.sqrt(np.asarray(sizes.multiply(sizes).sum(axis=1)).ravel())
    return sparse.diags(np.divide(1, length, out=np.zeros_like(length), where=length > 0)) @ sizes


def _shares(one: Known, name: str, grams: dict[str, int]) -> dict[str, float]:
    """What each gram of a block, each time that it is said, adds to the decision."""
    mine = one.blocks[name]
    sizes = {gram: (1 + log(n)) * mine[gram][0] for gram, n in grams.items() if gram in mine}
    scale = WEIGHTS[name] / sqrt(sum(size * size for size in sizes.values())) if sizes else 0.0
    return {gram: scale * size * mine[gram][1] / grams[gram] for gram, size in sizes.items()}


def span(one: Known, told: Tokens, grams: dict[str, dict[str, int]]) -> tuple[int, int]:
    """Begin and end, in the text, of at most twelve words in a row that speak most for the technique. The text has a token."""
    weights = [0.0] * len(told.forms)
    for name, listed in ((WORDS, words(told)), (LETTERS, letters(told))):
        shares = _shares(one, name, grams[name])
        for gram, first, last in listed:
            if gram in shares:  # what a pair adds is halved between its words
                weights[first] += shares[gram] / 2
                weights[last] += shares[gram] / 2
    return _window(np.array(weights), told)


def _window(weights: np.ndarray, told: Tokens) -> tuple[int, int]:
    """The window of the largest sum, less a cost a word, that begins and ends with a word; of equal ones the first, shortest one."""
    said = np.array([place for place, form in enumerate(told.forms) if form[0].isalnum() or form == "#"] or range(len(told.forms)))
    total = np.concatenate([[0.0], np.cumsum(weights - _COST * max(weights.max(), 0.0))])
    reach = min(LONGEST_QUOTE, len(said))
    lasts = said[np.minimum(np.arange(len(said))[:, None] + np.arange(reach), len(said) - 1)]
    first, length = np.unravel_index(np.argmax(np.round(total[lasts + 1] - total[said][:, None], 12)), lasts.shape)
    return told.spans[said[first]][0], told.spans[lasts[first, length]][1]
