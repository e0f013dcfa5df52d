"""Learns a tagger for every technique that enough labels are there for, and says how well each technique is tagged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from audit.errors import Phrase, UsageError
from audit.knowledge.deck import deck
from audit.knowledge.learn.features import FACTS, RULE, WEIGHTS, Block, block, counted, facts
from audit.knowledge.learn.fit import Task, fitted, held_out
from audit.knowledge.learn.model import Json, as_json
from audit.knowledge.learn.predicted import predict
from audit.knowledge.learn.score import Score, scored
from audit.knowledge.learn.utterances import CASE, Utterances, answers, utterances
from audit.knowledge.tags import tag
from audit.words import Words, default_language

BY_RULE, BY_MODEL = "rule", "model"
MIN_F1 = 0.60  # the bound under which technique_effects judges no technique
COLUMNS = ("technique", "n", "positives", "dialogues", "ties", "precision", "recall", "f1", "f1_low", "f1_high", "method", "weak", "why", "f1_rule", "f1_model", "worth")


class Enough(NamedTuple):
    """Labelled dialogues, and texts with and without the technique, from which a model is learnt."""

    dialogues: int = 40
    positives: int = 20


ENOUGH = Enough()


@dataclass(frozen=True)
class Learned:
    """What was learnt.

    `frame`, a row a technique: `n` labelled texts, `positives` of them with it, `dialogues` they come from, `ties` of markers left out; `precision`,
    `recall`, `f1` (0–1) of the `method` kept (rule or model) on texts it was not learnt from, `f1_low`–`f1_high` at 95 %; `weak`: too weak to judge
    the technique by, `why` (a Phrase); `f1_rule` and `f1_model` side by side, empty where there is no card or too few labels; `worth`: labels that precision and recall rest on, the fewer of texts
    with the technique and texts tagged.
    `models`: technique → plain JSON, where the model is the method. The frame goes into `technique_effects(tagger=…)` as it is.
    """

    frame: pd.DataFrame
    models: dict[str, Json]
    unknown: int  # labels of texts that were not given

    def shown(self, lang: str | None = None) -> pd.DataFrame:
        """The frame with `why` in words."""
        words = Words(lang or default_language())
        return self.frame.assign(why=[one.told(words) for one in self.frame["why"]])

    def predict(self, texts: pd.DataFrame, *, cards: Any = None) -> pd.DataFrame:
        """TAGS of the techniques whose method is a model; see `predict`."""
        return predict(texts, self.models, cards=cards)


def learn(texts: pd.DataFrame, labels: pd.DataFrame, *, groups: str = CASE, cards: Any = None, tags: pd.DataFrame | None = None,
          folds: int = 5, seed: int = 0, min_f1: float = MIN_F1, enough: Enough = ENOUGH) -> Learned:
    """A linear SVM a technique, judged on dialogues that it has not seen and compared with the rules there.

    `texts`: all utterances, labelled or not: `text_id`, `text`, the column `groups` (a deal or a conversation; folds keep it whole), and if there
    `case_id`, `turn`, `speaker`, `language`. `labels`: `text_id`, `technique`, `present` and if there `by`, `at`; markers who disagree are
    counted by majority, ties are dropped and counted. A pair without a label is not known, not a no.
    `tags`: the rules' TAGS of these texts, else `tag(texts, cards)`.

    Features: forms and lemmas singly and in pairs, runs of letters, the utterance before, place, speaker, the rules' hit. The threshold is the
    one of the best F1 on folds inside the training texts. Where the model's held-out F1 is not above that of the rules, the rules are kept.
    F1 of the better of two is told a little too high (by about a hundredth where they are equal). Same result for any order of rows (with `turn`).
    Raises UsageError for missing columns, texts named twice and labels none of which is of these texts.
    """
    those, told = utterances(texts, groups), answers(labels)
    place = {name: at for at, name in enumerate(those.ids)}
    known = told.frame[told.frame["text_id"].isin(place)]
    if not len(known):
        raise UsageError("learn.no_labels", labels=len(told.frame), texts=len(those.ids))
    carded = {card.id for card in deck(cards)}
    ruled = _ruled(tag(texts, cards) if tags is None and carded else tags, place)
    listed = np.unique(known["text_id"].map(place).to_numpy(dtype=int))
    counts = _Counts(those, listed)
    rows, models = list[dict[str, Any]](), dict[str, Json]()
    for name in sorted({*known["technique"], *told.ties}):
        mine = known[known["technique"] == name]
        at = mine["text_id"].map(place).to_numpy(dtype=int)
        order = np.argsort(at)
        task = counts.task(at[order], mine["present"].to_numpy(dtype=bool)[order], ruled.get(name, set()), seed)
        row, model = _learned(name, task, name in carded or name in ruled, folds, min_f1, enough)
        rows.append(row | {"ties": told.ties.get(name, 0)})
        models |= {} if model is None else {name: model}
    return Learned(pd.DataFrame(rows, columns=list(COLUMNS)).astype({"technique": "str", "method": "str"}), models, len(told.frame) - len(known))


def _ruled(tags: pd.DataFrame | None, place: dict[Any, int]) -> dict[str, set[int]]:
    """Technique → utterances where the rules hear it."""
    if tags is None:
        return {}
    found = tags[tags["text_id"].isin(place)]
    return {str(name): set(part.map(place)) for name, part in found.groupby(found["technique"].astype("str"))["text_id"]}


class _Counts:
    """Grams of the labelled utterances, counted once for all techniques."""

    def __init__(self, those: Utterances, listed: np.ndarray):
        needed = sorted({*listed.tolist(), *(those.before[at] for at in listed if those.before[at] >= 0)})
        at = {row: number for number, row in enumerate(needed)}
        grams = counted(those.tokens_of(needed), [at.get(those.before[row], -1) for row in needed])
        keep = [at[row] for row in listed.tolist()]
        self._blocks = [block(name, (rows[one] for one in keep)) for name, rows in grams.items()]
        self._facts = list(facts(those, listed.tolist()))
        self._at = {row: number for number, row in enumerate(listed.tolist())}
        self._groups = those.groups

    def task(self, rows: np.ndarray, y: np.ndarray, ruled: set[int], seed: int) -> Task:
        """What one technique is learnt from."""
        here = [self._at[row] for row in rows.tolist()]
        heard = [{RULE: 1 / WEIGHTS[FACTS]} if row in ruled else {} for row in rows.tolist()]
        parts = [Block(one.name, one.grams, one.counts[here]) for one in self._blocks]
        return Task([*parts, block(FACTS, (self._facts[one] | hit for one, hit in zip(here, heard, strict=True)))], y, self._groups[rows], seed)


def _learned(name: str, task: Task, ruled: bool, folds: int, min_f1: float, enough: Enough) -> tuple[dict[str, Any], Json | None]:
    """The row of one technique and its model, where that is the method."""
    dialogues, positives = len(np.unique(task.groups)), int(task.y.sum())
    can = dialogues >= enough.dialogues and min(positives, len(task.y) - positives) >= enough.positives
    by_rule = scored(task.ruled, task.y, task.groups, task.seed) if ruled and len(task.y) else None
    by_model = scored(held_out(task, folds), task.y, task.groups, task.seed) if can else None
    better = by_model is not None and (by_rule is None or not by_rule.f1 >= by_model.f1)
    kept = by_model if better else by_rule
    why = tuple(_why(task, can, by_rule, by_model, kept, min_f1, enough))
    row = {"technique": name, "n": len(task.y), "positives": positives, "dialogues": dialogues, **_figures(kept), "method": BY_MODEL if better else BY_RULE,
           "weak": kept is None or not kept.low >= min_f1, "why": Phrase("learn.because", {"reasons": why}),
           "f1_rule": np.nan if by_rule is None else by_rule.f1, "f1_model": np.nan if by_model is None else by_model.f1,
           "worth": np.nan if kept is None or not kept.recall > 0 else min(positives, positives * kept.recall / kept.precision)}
    return row, as_json(name, fitted(task)) if better else None


def _figures(kept: Score | None) -> dict[str, float]:
    score = kept or Score(*(np.nan,) * 5)
    return {"precision": score.precision, "recall": score.recall, "f1": score.f1, "f1_low": score.low, "f1_high": score.high}


def _why(task: Task, can: bool, by_rule: Score | None, by_model: Score | None, kept: Score | None, min_f1: float, enough: Enough) -> Iterator[Phrase]:
    """What the row rests on, in words."""
    if not can:
        yes = int(task.y.sum())
        yield Phrase("learn.why.few", {"dialogues": len(np.unique(task.groups)), "yes": yes, "no": len(task.y) - yes,
                                       "need": enough.dialogues, "need_each": enough.positives})
    elif by_rule is None:
        yield Phrase("learn.why.no_rules")
    elif by_model is not None:
        yield Phrase("learn.why.model_better" if kept is by_model else "learn.why.rules_kept", {"model": _percent(by_model.f1), "rules": _percent(by_rule.f1)})
    if kept is None or not np.isfinite(kept.f1):
        yield Phrase("learn.why.nothing")
    elif kept.f1 < min_f1:
        yield Phrase("learn.why.weak", {"f1": _percent(kept.f1), "least": _percent(min_f1)})
    elif kept.low < min_f1:
        yield Phrase("learn.why.unsure", {"low": _percent(kept.low), "least": _percent(min_f1)})
    else:
        yield Phrase("learn.why.good", {"low": _percent(kept.low), "least": _percent(min_f1)})


def _percent(share: float) -> int | str:
    return round(100 * share) if np.isfinite(share) else "–"
