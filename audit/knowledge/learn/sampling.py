"""Which tags people are asked about: the doubtful ones, and some drawn at random so that quality can be told without bias."""

from __future__ import annotations

from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
import pandas as pd

from audit.knowledge.card import Card
from audit.knowledge.learn.quality import RANDOM
from audit.knowledge.learn.utterances import Utterances

UNCERTAIN = "uncertain"


class Asked(NamedTuple):
    """One question: is the technique in the utterance? `place`: number of the utterance; `quote`: what was tagged (empty: nothing);
    `size`: texts of its stratum (technique, tagged or not)."""

    place: int
    technique: str
    quote: str
    tagged: bool
    drawn: str
    size: int


class Heard(NamedTuple):
    """The tags of one utterance and technique: the surest quote, how sure, and whether some taggers heard it and others did not."""

    quote: str
    confidence: float
    split: bool


def questions(those: Utterances, tags: pd.DataFrame, cards: dict[str, Card], techniques: list[str], labelled: set[tuple[Any, str]],
              rows: int, random: float, seed: int) -> list[Asked]:
    """At most `rows` questions, as many of each technique; the share `random` of them drawn by lot, a third among tagged and the rest among other texts.

    The others are tags not drawn and not labelled yet: first where taggers disagree, then the least sure. A technique of one speaker is not
    asked of texts of the other. In the order of techniques, then of texts; the same for any order of rows.
    """
    heard = _heard(those, tags)
    each = rows // max(len(techniques), 1)
    found = []
    for name in techniques:
        mine = heard.get(name, {})
        speaker = cards[name].speaker if name in cards else "any"
        rest = [place for place, said in enumerate(those.speakers) if place not in mine and (speaker == "any" or said in (None, speaker))]
        found += _of(name, mine, rest, {place for place in mine if (those.ids[place], name) in labelled}, each, random, np.random.default_rng([seed, crc32(name.encode())]))
    return found


def _of(name: str, mine: dict[int, Heard], rest: list[int], labelled: set[int], each: int, random: float, rng: np.random.Generator) -> list[Asked]:
    by_lot = round(each * random)
    tagged = _some(sorted(mine), min(-(-by_lot // 3), len(mine)), rng)
    others = _some(rest, min(by_lot - len(tagged), len(rest)), rng)
    doubtful = sorted((place for place in mine if place not in labelled and place not in tagged), key=lambda one: (not mine[one].split, mine[one].confidence, one))
    asked = [Asked(place, name, mine[place].quote, True, RANDOM, len(mine)) for place in tagged]
    asked += [Asked(place, name, "", False, RANDOM, len(rest)) for place in others]
    asked += [Asked(place, name, mine[place].quote, True, UNCERTAIN, len(mine)) for place in doubtful[:max(each - len(asked), 0)]]
    return sorted(asked, key=lambda one: one.place)


def _some(places: list[int], n: int, rng: np.random.Generator) -> set[int]:
    return {places[at] for at in rng.choice(len(places), n, replace=False).tolist()} if n else set()


def _heard(those: Utterances, tags: pd.DataFrame) -> dict[str, dict[int, Heard]]:
    """Technique → number of the utterance → what was heard there."""
    at = {text_id: place for place, text_id in enumerate(those.ids)}
    taggers = tags["tagged_by"].astype("str").nunique()
    found: dict[str, dict[int, Heard]] = {}
    known = tags[tags["text_id"].isin(at)]
    for (text_id, name), part in known.groupby(["text_id", known["technique"].astype("str")], sort=False):
        best = part.sort_values(["confidence", "start"], ascending=[False, True]).iloc[0]
        split = part["tagged_by"].astype("str").nunique() < taggers
        found.setdefault(str(name), {})[at[text_id]] = Heard(str(best["quote"]), float(best["confidence"]), split)
    return found
