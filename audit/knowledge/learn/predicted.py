"""Techniques tagged by learnt models, with the words that decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from audit.knowledge.learn.features import FACTS, RULE, WEIGHTS, block, counted, facts
from audit.knowledge.learn.model import Known, known, span
from audit.knowledge.learn.model import decisions as decided
from audit.knowledge.learn.utterances import Utterances, utterances
from audit.knowledge.tags import as_tags, tag

MODEL = "model"
BATCH = 2_000  # utterances whose grams are held at once


def predict(texts: pd.DataFrame, models: Mapping[str, Any], *, cards: Any = None, tags: pd.DataFrame | None = None) -> pd.DataFrame:
    """TAGS by learnt models, one row an utterance and technique; `tagged_by` is "model".

    `texts`: `text_id`, `text`, and if there `case_id`, `turn`, `speaker`, `language`: as the models were learnt (the utterance before counts).
    `models`: technique → what `learn(…).models` holds. `tags`: the rules' TAGS of the same texts, else `tag(texts, cards)` is asked
    where a model listens to the rules. `quote` are the at most twelve words in a row that decided most (all of a text decided by what
    stood before it); `confidence` (0.5–1) grows with the distance from the threshold: a rank, not a probability.
    Raises UsageError for texts without ids and for what is no model.
    """
    those, asked = utterances(texts), [known(str(name), model) for name, model in sorted(models.items())]
    heard = _heard(texts, tags, cards, asked)
    return as_tags(_tagged(those, asked, heard) if asked else ())


def decisions(texts: pd.DataFrame, model: Any, *, tags: pd.DataFrame | None = None, cards: Any = None) -> pd.Series:
    """The decision value of one model for each text, by text_id; a text is tagged where it lies above `model["threshold"]`."""
    those, one = utterances(texts), known("", model)
    heard = _heard(texts, tags, cards, [one])
    return pd.Series(np.concatenate([np.zeros(0), *(batch.decisions(one, heard) for _, batch in _batches(those))]), index=those.ids, dtype=float)


def _heard(texts: pd.DataFrame, tags: pd.DataFrame | None, cards: Any, asked: list[Known]) -> set[tuple[Any, str]]:
    """(text, technique) that the rules hear; they are asked only where a model listens to them."""
    if not any(one.blocks[FACTS].get(RULE, (0.0, 0.0))[1] for one in asked):
        return set()
    found = tag(texts, cards) if tags is None else tags
    return set(zip(found["text_id"], found["technique"].astype("str"), strict=True))


class _Batch:
    """Some utterances with their grams, and what models decide on them."""

    def __init__(self, those: Utterances, rows: range):
        first = rows.start - 1 if rows and those.before[rows.start] >= 0 else rows.start  # the utterance before may lie in the batch before
        skipped = rows.start - first
        tokens = those.tokens_of(range(first, rows.stop))
        self.grams = {name: counts[skipped:] for name, counts in counted(tokens, [place - first if place >= 0 else -1 for place in those.before[first:rows.stop]]).items()}
        self.tokens, self.ids = tokens[skipped:], those.ids[rows.start:rows.stop]
        self._blocks = [block(name, counts) for name, counts in self.grams.items()]
        self._facts = list(facts(those, rows))

    def decisions(self, one: Known, heard: set[tuple[Any, str]]) -> np.ndarray:
        """The decision values of one model."""
        also = ({RULE: 1 / WEIGHTS[FACTS]} if (text_id, one.technique) in heard else {} for text_id in self.ids)
        return decided(one, [*self._blocks, block(FACTS, (bare | hit for bare, hit in zip(self._facts, also, strict=True)))])

    def span(self, one: Known, place: int, text: str) -> tuple[int, int]:
        """The words that decided; all of a text without any."""
        told = self.tokens[place]
        return span(one, told, {name: counts[place] for name, counts in self.grams.items()}) if told.forms else (0, len(text))


def _batches(those: Utterances) -> Iterator[tuple[int, _Batch]]:
    for begin in range(0, len(those.ids), BATCH):
        yield begin, _Batch(those, range(begin, min(begin + BATCH, len(those.ids))))


def _tagged(those: Utterances, asked: list[Known], heard: set[tuple[Any, str]]) -> Iterator[tuple]:
    for begin, batch in _batches(those):
        values = np.column_stack([batch.decisions(one, heard) for one in asked])
        for row, number in np.argwhere(values > np.array([one.threshold for one in asked])).tolist():
            one, text = asked[number], those.texts[begin + row]
            start, end = batch.span(one, row, text)
            sure = round(1 / (1 + float(np.exp(one.threshold - values[row, number]))), 6)
            yield those.ids[begin + row], one.technique, start, end, text[start:end], those.speakers[begin + row], MODEL, sure
