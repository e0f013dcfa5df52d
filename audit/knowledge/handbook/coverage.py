"""Where the base can answer: stage × what the client says × segment, with the cases there and the techniques used in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from audit.knowledge.base import Base
from audit.knowledge.card import Card
from audit.knowledge.tags import tag

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("stage", "occasion", "segment", "cases", "texts", "won", "lost", "answered", "techniques", "used", "called", "gap")
WON, LOST = "won", "lost"
NO_CASES, NO_ANSWER = "no cases", "no technique"


def coverage(base: Base, *, cards: Iterable[Card] | None = None) -> pd.DataFrame:
    """A row a stage of cases, occasion (an objection or another thing that clients say) and segment, in this order, also where there is nothing; a case without stage or segment has ''.

    `cases` where the client said it, `texts` (utterances) in which, `won` and `lost` of these cases, `answered` those in which the seller, in that utterance or later, used a
    technique meant for it, `used` the ids of these techniques and `techniques` their number, `called` how many the cards have for it. `gap`: 'no cases' where nobody said it,
    'no technique' where nobody answered it by a technique, else ''. Retired cards do not count; `cards`: those of the base unless others are given.
    """
    import pandas as pd

    deck = [card for card in (base.cards() if cards is None else cards) if card.status != "retired"]
    meant = {one.id: {card.id for card in deck if card.kind == "technique" and one.id in card.opportunity.occasions} for one in deck if one.kind == "occasion"}
    cases = base.cases().fillna({"stage": "", "segment": "", "outcome": ""})
    place = dict(zip(cases["case_id"], zip(cases["stage"], cases["segment"], cases["outcome"], strict=True), strict=True))
    cells: dict[tuple[str, str, str], list[_Heard]] = {}
    for (case_id, occasion), heard in _heard(base, deck, meant).items():
        stage, segment, heard.outcome = place[case_id]
        cells.setdefault((stage, occasion, segment), []).append(heard)
    where = product(sorted(cases["stage"].unique()), sorted(meant), sorted(cases["segment"].unique()))
    return pd.DataFrame([_cell(key, cells.get(key, []), len(meant[key[1]])) for key in where], columns=list(COLUMNS))


@dataclass
class _Heard:
    """An occasion in a case: in which utterances, from which turn on, the techniques meant for it that came then, and how the case ended."""

    texts: set[str]
    first: int
    used: set[str]
    outcome: str = ""


def _heard(base: Base, deck: list[Card], meant: dict[str, set[str]]) -> dict[tuple[str, str], _Heard]:
    """(case, occasion) → what was heard."""
    texts, tags = base.texts(), base.tags()
    turn = dict(zip(texts["text_id"], zip(texts["case_id"], texts["turn"], strict=True), strict=True))
    said = tag(texts, [card.model_copy(update={"kind": "technique"}) for card in deck if card.kind == "occasion"])
    found: dict[tuple[str, str], _Heard] = {}
    for text_id, occasion in zip(said["text_id"], said["technique"], strict=True):
        case_id, number = turn[text_id]
        heard = found.setdefault((case_id, occasion), _Heard(set(), number, set()))
        heard.texts.add(text_id)
        heard.first = min(heard.first, number)
    by_case: dict[str, list[str]] = {}
    for case_id, occasion in found:
        by_case.setdefault(case_id, []).append(occasion)
    for case_id, number, technique in zip(tags["case_id"], tags["turn"], tags["technique"], strict=True):
        for occasion in by_case.get(case_id, ()):
            if technique in meant[occasion] and number >= found[case_id, occasion].first:
                found[case_id, occasion].used.add(technique)
    return found


def _cell(key: tuple[str, str, str], heard: list[_Heard], called: int) -> tuple:
    used = sorted({name for one in heard for name in one.used})
    won, lost = (sum(one.outcome == name for one in heard) for name in (WON, LOST))
    gap = NO_CASES if not heard else "" if used else NO_ANSWER
    return (*key, len(heard), sum(len(one.texts) for one in heard), won, lost, sum(bool(one.used) for one in heard), len(used), ", ".join(used), called, gap)
