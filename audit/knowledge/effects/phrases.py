"""New phrases that won deals hold more often: looked for in one half of the deals, confirmed in the other, told as draft cards with quotes."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from audit.knowledge.effects.landmark import Heard
from audit.knowledge.effects.load import Cases
from audit.knowledge.effects.sample import OWNER, Strata
from audit.stats.phrases import marked
from audit.stats.within import Within, difference

LONGEST = 3  # words of a phrase
LEAST = 0.02  # share of deals that hold a phrase at least; and at most 1 − LEAST
FEWEST = 10  # deals that hold it
LEVEL = 0.05
MOST = 20
QUOTES, AROUND = 3, 60
WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")


def candidates(cases: Cases, heard: Heard, strata: Strata) -> list[dict[str, Any]]:
    """Draft cards of phrases: id, title, status, deals with it, lift with interval and p-value in the half that did not choose it, quotes.

    Chosen by the largest log-odds score of any phrase when outcomes are permuted within sellers (5 % over all phrases together), confirmed by the
    difference within sellers in the other half (one-sided 5 % over those chosen, Holm). An empty list is the normal answer.
    """
    texts = _texts(cases, heard)
    if texts.empty:
        return []
    deal = texts.index.to_numpy(dtype=int)
    y = cases.deals["y"].to_numpy()[deal]
    seller = strata.codes.get(OWNER, np.zeros(len(cases.deals), int))[deal]
    half = np.array([hashlib.sha256(str(cases.deals["deal_id"].iloc[one]).encode()).digest()[0] % 2 for one in deal])
    names, rows = _counted(texts.tolist(), half == 0)
    if not names or not all(0 < y[half == side].sum() < (half == side).sum() for side in (0, 1)):
        return []
    first = half == 0
    score = marked(rows[first], y[first], seller[first])
    chosen = [int(one) for one in np.argsort(-score.score, kind="stable") if score.p_value[one] <= LEVEL][:MOST]
    kept = _confirmed({one: _difference(rows, one, y, seller, ~first) for one in _different(chosen, rows)})
    return [_card(names[one], found, int(rows[:, one].sum()), texts) for one, found in kept]


def _texts(cases: Cases, heard: Heard) -> pd.Series:
    """Deal code → all its words in time, for deals that are decided."""
    frame = cases.frame[heard.open]
    frame = frame[frame["words"].notna() & frame["deal"].map(cases.deals["y"].notna())]
    return frame.groupby("deal")["words"].agg("\n".join)


def _counted(texts: list[str], chooses: np.ndarray) -> tuple[list[str], sparse.csr_matrix]:
    """(phrases of up to three words that neither few nor nearly all of the choosing deals hold, deals × phrases 0/1)."""
    held = [_phrases(text) for text in texts]
    n = int(chooses.sum())
    counts = Counter(phrase for one, mine in zip(held, chooses, strict=True) if mine for phrase in one)
    least = max(FEWEST, LEAST * n)
    names = sorted(phrase for phrase, count in counts.items() if least <= count <= n - least)
    place = {phrase: column for column, phrase in enumerate(names)}
    pairs = [(row, place[phrase]) for row, one in enumerate(held) for phrase in one if phrase in place]
    at = np.array(pairs, dtype=int).reshape(-1, 2)
    return names, sparse.csr_matrix((np.ones(len(at)), (at[:, 0], at[:, 1])), shape=(len(texts), len(names)))


def _phrases(text: str) -> set[str]:
    found: set[str] = set()
    for line in text.lower().splitlines():
        words = WORD.findall(line)
        for size in range(1, LONGEST + 1):
            found.update(" ".join(words[at:at + size]) for at in range(len(words) - size + 1))
    return found


def _different(chosen: list[int], rows: sparse.csr_matrix) -> list[int]:
    """The best of phrases that stand in the same deals: parts and extensions of one another say the same."""
    kept: list[int] = []
    columns = {one: rows[:, one].toarray().ravel() > 0 for one in chosen}
    for one in chosen:
        if all((columns[one] & columns[other]).sum() < 0.8 * min(columns[one].sum(), columns[other].sum()) for other in kept):
            kept.append(one)
    return kept


def _difference(rows: sparse.csr_matrix, one: int, y: np.ndarray, seller: np.ndarray, mine: np.ndarray) -> Within | None:
    used = rows[:, one].toarray().ravel()[mine]
    codes = np.unique(seller[mine], return_inverse=True)[1]
    return difference(y[mine], used, [codes], None, codes)


def _confirmed(found: dict[int, Within | None]) -> list[tuple[int, Within]]:
    """Those whose one-sided p-value passes Holm's step-down."""
    told = sorted(((one, it) for one, it in found.items() if it is not None and it.value > 0), key=lambda pair: pair[1].p_value)
    kept = []
    for place, (one, it) in enumerate(told):
        if it.p_value / 2 * (len(found) - place) > LEVEL:
            break
        kept.append((one, it))
    return kept


def _card(phrase: str, found: Within, deals: int, texts: pd.Series) -> dict[str, Any]:
    low, high = found.estimate.interval()
    name = "phrase_" + "_".join(WORD.findall(phrase))
    return {"id": name, "title": phrase, "status": "draft", "phrase": phrase, "deals": deals, "lift": found.value, "low": max(low, -1.0),
            "high": min(high, 1.0), "p_value": found.p_value, "quotes": _quotes(phrase, texts)}


def _quotes(phrase: str, texts: pd.Series) -> list[str]:
    """Where the phrase stands, with some words around."""
    search = re.compile(r"(?<!\w)" + r"\W+".join(re.escape(word) for word in phrase.split(" ")) + r"(?!\w)", re.IGNORECASE)
    told = []
    for text in texts:
        match = search.search(text)
        if match:
            told.append(_around(text, match.start(), match.end()))
        if len(told) == QUOTES:
            break
    return told


def _around(text: str, start: int, end: int) -> str:
    """A place with up to 60 letters on either side, no word cut."""
    before, after = text[max(start - AROUND, 0):start], text[end:end + AROUND]
    before = re.sub(r"^\S*\s", "", before) if start > AROUND else before
    after = re.sub(r"\s\S*$", "", after) if end + AROUND < len(text) else after
    return " ".join((before + text[start:end] + after).split())
