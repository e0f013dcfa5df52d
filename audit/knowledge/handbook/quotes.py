"""The best quotes of a technique: its words in their sentence, masked before anything else is done with them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from audit.knowledge.base.snippet import inert

if TYPE_CHECKING:
    import pandas as pd

Masked = Callable[[str], str]
MOST = 3  # quotes of a technique
LOOKED = 60  # places of a technique that are masked at most
LONGEST, WHOLE = 280, 2_000  # characters of a quote, and of an utterance that is looked at
SURE = {"human": 0, "model": 1, "rule": 2}
_BREAK = re.compile(r"(?<=[.!?…])\s+|\n+")


class Quote(NamedTuple):
    """What a seller said, masked, and how the case ended."""

    text: str
    outcome: str


def best(tags: pd.DataFrame, texts: dict[str, str], outcomes: dict[str, str], masked: Masked) -> list[Quote]:
    """Quotes of one technique (its rows of TAGS): won cases first, what people tagged before what models and rules did, one a case, no wording twice."""
    rows = tags.assign(missed=[outcomes.get(case) != "won" for case in tags["case_id"]], sure=tags["tagged_by"].map(SURE).fillna(len(SURE)))
    rows = rows.sort_values(["missed", "sure", "confidence", "case_id", "turn", "start"], ascending=[True, True, False, True, True, True], kind="stable")
    found, cases, said = list[Quote](), set[str](), set[str]()
    for row in rows.head(LOOKED * 5).drop_duplicates("case_id").head(LOOKED).itertuples():
        text = texts.get(row.text_id, "")
        if not text or len(text) > WHOLE or row.case_id in cases:
            continue
        quote = _sentence(masked(text), row.quote)
        if quote and quote.casefold() not in said:
            found.append(Quote(quote, outcomes.get(row.case_id) or ""))
            cases.add(row.case_id)
            said.add(quote.casefold())
        if len(found) == MOST:
            break
    return found


def _sentence(text: str, words: str) -> str:
    """The sentence of a masked text in which the words stand (the first one where they were masked), on one line, not endless."""
    place = max(text.find(words), 0)
    start = max((match.end() for match in _BREAK.finditer(text) if match.end() <= place), default=0)
    end = next((match.start() for match in _BREAK.finditer(text) if match.start() >= place + len(words)), len(text))
    return cut(text[start:end])


def cut(text: str, longest: int = LONGEST) -> str:
    """A text on one line without control characters, shortened at a word."""
    line = " ".join(inert(text).split())
    return line if len(line) <= longest else line[:longest].rsplit(" ", 1)[0].rstrip(",;:") + " …"
