"""Utterances → counts of grams, and TF-IDF of the rows that a model learns from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from audit.knowledge.learn.grams import Tokens, letters, words
from audit.knowledge.learn.utterances import Utterances

WORDS, LETTERS, BEFORE, FACTS = "words", "letters", "before", "facts"
WEIGHTS = {WORDS: 1.0, LETTERS: 0.5, BEFORE: 0.3, FACTS: 0.3}  # length of a block's row
LEAST = {WORDS: 2, LETTERS: 3, BEFORE: 3}  # texts to learn from that a gram must be in
PREFIX = {WORDS: ("w ", "l "), LETTERS: ("c ",), BEFORE: ("b ",), FACTS: ("f ",)}
RULE = "f rule"
_LATE, _FEW = 10, 3


def counted(told: list[Tokens], before: list[int]) -> dict[str, list[Counter[str]]]:
    """Block → the grams of each utterance with how often it has them."""
    said = [Counter(gram.name for gram in words(one)) for one in told]
    return {
        WORDS: said,
        LETTERS: [Counter(gram.name for gram in letters(one)) for one in told],
        BEFORE: [Counter({f"b {name}": n for name, n in said[place].items()}) if place >= 0 else Counter() for place in before],
    }


def facts(those: Utterances, rows: Iterable[int]) -> Iterator[dict[str, float]]:
    """What is known of each of these utterances beside its words: place, length, speaker."""
    for place in rows:
        text, speaker = those.texts[place], those.speakers[place]
        turn, left = int(those.turn[place]), int(those.left[place])
        known = {f"f turn {turn}" if turn <= _FEW else "f turn late" if turn >= _LATE else "": 1.0, f"f left {left}" if left < _FEW else "": 1.0,
                 "f turns": float(np.log1p(turn)), "f length": float(np.log1p(len(text)) / 3), "f question": float("?" in text),
                 f"f {speaker}" if speaker else "": 1.0}
        yield {name: value for name, value in known.items() if name and value}


class Block(NamedTuple):
    """The counts of one block: a row an utterance, a column a gram."""

    name: str
    grams: np.ndarray
    counts: Any  # csr


def block(name: str, rows: Iterable[dict[str, Any]]) -> Block:
    """The counts as a matrix, columns in the order of grams."""
    from scipy import sparse

    listed = list(rows)
    grams = sorted({gram for row in listed for gram in row})
    places = {gram: place for place, gram in enumerate(grams)}
    ends = np.cumsum([0, *(len(row) for row in listed)])
    at = np.fromiter((places[gram] for row in listed for gram in row), dtype=np.int64, count=ends[-1])
    values = np.fromiter((value for row in listed for value in row.values()), dtype=float, count=ends[-1])
    matrix = sparse.csr_matrix((values, at, ends), shape=(len(listed), len(grams)))
    matrix.sort_indices()
    return Block(name, np.array(grams, dtype=object), matrix)


class Learning(NamedTuple):
    """Weighted TF-IDF of all utterances as learnt from some of them, with the grams and idf of its columns."""

    matrix: Any  # csr
    grams: list[str]
    idf: np.ndarray


def learning(blocks: list[Block], rows: np.ndarray) -> Learning:
    """TF-IDF (1 + ln tf, smooth idf, each block's row of its own length) whose vocabulary and idf come from `rows` alone."""
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfTransformer

    parts, grams, idf = [], list[str](), []
    for one in blocks:
        seen = np.bincount(one.counts[rows].indices, minlength=one.counts.shape[1])
        kept = np.flatnonzero(seen >= LEAST.get(one.name, 1))
        counts = one.counts[:, kept]
        grams += one.grams[kept].tolist()
        if one.name == FACTS or not len(kept):
            parts.append(counts * WEIGHTS[one.name])
            idf.append(np.ones(len(kept)))
            continue
        scale = TfidfTransformer(sublinear_tf=True).fit(counts[rows])
        parts.append(scale.transform(counts) * WEIGHTS[one.name])
        idf.append(scale.idf_)
    return Learning(sparse.hstack(parts).tocsr(), grams, np.concatenate(idf))
