"""Texts and labels → utterances in the order they were said, each with what stood before it, and one answer a text and technique."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from audit.errors import UsageError, nearest
from audit.knowledge.learn.grams import Tokens, tokens
from audit.knowledge.texts import role

CASE = "case_id"


@dataclass(frozen=True)
class Utterances:
    """Utterances in an order that does not depend on that of the rows, as long as a column `turn` tells who spoke when."""

    ids: list[Any]
    texts: list[str]
    langs: list[str | None]
    speakers: list[str | None]
    groups: np.ndarray  # number of the group of folds
    before: list[int]  # number of the utterance before in the same conversation; -1: the first
    turn: np.ndarray  # place in its conversation from 0
    left: np.ndarray  # utterances after it

    def tokens_of(self, rows: Iterable[int]) -> list[Tokens]:
        """The tokens of each of these utterances."""
        return [tokens(self.texts[place], self.langs[place]) for place in rows]


def utterances(texts: Any, groups: str | None = None) -> Utterances:
    """Utterances of a frame with `text_id` and `text`, and if there `case_id`, `turn`, `speaker`, `language`; rows without text are left out.

    `case_id` is the conversation; without it every utterance stands alone, with nothing before it. `groups`: the column that folds keep
    together. Raises UsageError where a needed column is missing or a text_id stands twice.
    """
    if not isinstance(texts, pd.DataFrame):
        raise UsageError("learn.not_frame", kind=type(texts).__name__)
    needed = ["text_id", "text", *([groups] if groups else [])]
    for name in needed:
        if name not in texts:
            raise UsageError("learn.no_column", column=name, nearest=nearest(name, list(map(str, texts.columns)), 1) or "–")
    frame = texts[texts["text"].map(lambda one: isinstance(one, str)).astype(bool)]
    twice = frame["text_id"][frame["text_id"].duplicated()]
    if len(twice):
        raise UsageError("learn.twice", text_id=twice.iloc[0], n=int(twice.nunique()))
    talk = CASE if CASE in frame else None
    ordered = _ordered(frame, talk)
    return _told(ordered, ordered[talk].astype(str).tolist() if talk else [""] * len(ordered), ordered[groups].astype(str) if groups else None, bool(talk))


def _ordered(frame: pd.DataFrame, talk: str | None) -> pd.DataFrame:
    """By conversation, then by turn; where no turn is told, as given within the conversation; without conversations by id."""
    keys = [frame["text_id"].astype(str)] if "turn" in frame or not talk else []
    keys += [frame["turn"]] if "turn" in frame else []
    keys += [frame[talk].astype(str)] if talk else []
    return frame.iloc[np.lexsort([np.zeros(len(frame)), *(pd.factorize(one, sort=True)[0] for one in keys)])]


def _told(frame: pd.DataFrame, talks: list[str], groups: pd.Series | None, together: bool) -> Utterances:
    n = len(frame)
    first = np.array([not together or place == 0 or talks[place] != talks[place - 1] for place in range(n)], dtype=bool)
    begins = np.maximum.accumulate(np.where(first, np.arange(n), 0)) if n else np.zeros(0, int)
    turn = np.arange(n) - begins
    ends = np.append(np.flatnonzero(first)[1:], n)[np.cumsum(first) - 1] if n else np.zeros(0, int)
    none = [None] * n
    langs = [one.strip().lower()[:2] if isinstance(one, str) else None for one in (frame["language"].tolist() if "language" in frame else none)]
    return Utterances(
        frame["text_id"].tolist(), frame["text"].tolist(), langs, [role(one) for one in (frame["speaker"].tolist() if "speaker" in frame else none)],
        pd.factorize(groups, sort=True)[0] if groups is not None else np.arange(n),
        [-1 if begin else place - 1 for place, begin in enumerate(first)], turn, ends - 1 - np.arange(n),
    )


class Answers(NamedTuple):
    """One answer a text and technique (`text_id`, `technique`, `present`) and how many were dropped: a tie of markers, or nobody sure."""

    frame: pd.DataFrame
    ties: dict[str, int]


def answers(labels: Any) -> Answers:
    """The majority of the markers; who marked a text twice is counted with the last answer (by `at`); ties are dropped and counted.

    `labels`: `text_id`, `technique`, `present` (yes, no or empty for unsure), and if there `by`, `at`. Raises UsageError without these columns.
    """
    votes = votes_of(labels)
    share = votes.groupby(["text_id", "technique"], observed=True, sort=False)["present"].agg(["sum", "size"]).reset_index()
    tie = share["sum"] * 2 == share["size"]
    kept = share[~tie]
    frame = pd.DataFrame({"text_id": kept["text_id"], "technique": kept["technique"].astype("str"), "present": kept["sum"] * 2 > kept["size"]}).reset_index(drop=True)
    return Answers(frame, {str(name): int(n) for name, n in share["technique"][tie].value_counts().items()})


def votes_of(labels: Any) -> pd.DataFrame:
    """One row a marker, text and technique: `text_id`, `technique`, `by`, `present` (bool); who contradicts himself at one time has no vote."""
    if not isinstance(labels, pd.DataFrame):
        raise UsageError("learn.not_frame", kind=type(labels).__name__)
    for name in ("text_id", "technique", "present"):
        if name not in labels:
            raise UsageError("learn.no_column", column=name, nearest=nearest(name, list(map(str, labels.columns)), 1) or "–")
    sure = labels[labels["present"].notna()]
    strange = [one for one in sure["present"].unique() if one not in (0, 1)]
    if strange:
        raise UsageError("learn.not_yes_no", value=strange[0])
    frame = pd.DataFrame({"text_id": sure["text_id"], "technique": sure["technique"].astype("str"), "present": sure["present"].astype(bool).astype(int),
                          "by": sure["by"].fillna("").astype("str") if "by" in sure else ""})
    one = ["text_id", "technique", "by"]
    if "at" in sure:
        at = pd.to_datetime(sure["at"], errors="coerce", utc=True).fillna(pd.Timestamp(0, tz="UTC"))
        frame = frame[at == at.groupby([frame[name] for name in one]).transform("max")]
    told = frame.groupby(one, observed=True, sort=True)["present"].mean().reset_index()
    told = told[told["present"] != 0.5]
    return told.assign(present=told["present"] > 0.5).reset_index(drop=True)
