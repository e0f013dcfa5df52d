"""Techniques heard in texts, and the occasions that called for them: one row a place, with the words themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import pandas as pd

from audit.knowledge.card import LANGUAGES, Card, Spoken
from audit.knowledge.deck import deck
from audit.knowledge.finder import Among, Finder, Rule
from audit.knowledge.places import Tags
from audit.knowledge.texts import Given, each, turns
from audit.knowledge.tokens import PIECE
from audit.schema.results import TAGS

RULE = "rule"
BATCH = 500_000  # characters sifted at once
UNHEARD = 0.8  # of a card's confidence where it is not known who speaks


def tag(texts: Any, cards: Any = None) -> Tags:
    """TAGS: one row a place where a technique or a placebo is heard.

    `texts`: strings, a frame (`text`, and if there `text_id`, `speaker`, `language`), an Ibis table or a file. `cards`: cards, a client's
    workspace, a folder of cards, or rows of them (a frame, dicts, a file, an Ibis table with `id` and `patterns`); without it the shipped
    ones. Cards of status `retired` are not searched. The result is a frame that also has `.frame`, `.to_json()` and `.plot()`.

    `start`, `end` count characters of the given text and `quote == text[start:end]`; `speaker` is seller, client or empty (not known);
    `confidence` (0–1) is the card's, times 0.8 where the speaker is not known and the card asks for one: a rank, not a probability.
    Places of one technique do not overlap; different techniques may share words.
    Raises UsageError for texts or cards that are none, with file and line for a card's mistakes.

    >>> tag(["Давайте созвонимся во вторник в 11:00"])[["technique", "quote"]].values.tolist()
    [['next_step', 'созвонимся во вторник']]
    """
    found = {card.id: card for card in deck(cards) if card.kind != "occasion" and card.status != "retired"}
    finder = _finder(tuple(rule for card in found.values() for rule in _rules(card.id, card.patterns, card.speaker)))
    return as_tags(_tags(each(texts), finder, found))


def opportunities(texts: Any, cards: Any = None, *, always: bool = False) -> Tags:
    """TAGS of what called for a technique: one row a technique and place where its occasion is heard.

    Input and columns as of `tag`; `technique` is the one called for. A technique bound to a stage has one row a text of that stage, with an
    empty quote at 0 (the texts need a column `stage`). A technique whose opportunity is always has no rows, as every text calls for it;
    `always=True` gives it one row a text, too, as `technique_effects` needs them beside the uses:
    `pd.concat([tag(cases).assign(is_used=True), opportunities(cases, always=True).assign(is_used=False)])`.
    """
    found = {card.id: card for card in deck(cards) if card.status != "retired"}
    techniques = [card for card in found.values() if card.kind != "occasion"]
    called = {name: [card.id for card in techniques if name in card.opportunity.occasions] for name, card in found.items() if card.kind == "occasion"}
    rules = [rule for name in called for rule in _rules(name, found[name].patterns, found[name].speaker)]
    rules += [rule for card in techniques for rule in _rules(card.id, card.opportunity.patterns, card.opportunity.speaker)]
    return as_tags(_called(each(texts), _finder(tuple(rules)), found, called, always))


def _rules(what: str, patterns: Spoken, speaker: str) -> Iterator[Rule]:
    for lang in LANGUAGES:
        for one in getattr(patterns, lang):
            yield Rule(what, lang, one.words, speaker, one.negated)


@lru_cache(maxsize=8)
def _finder(rules: tuple[Rule, ...]) -> Finder:
    """The search for these rules; a set of cards that was used lately is not prepared again."""
    return Finder(rules)


def _tags(texts: Iterable[Given], finder: Finder, cards: dict[str, Card]) -> Iterator[tuple]:
    for given, likely in _sifted(texts, finder):
        for name, start, end, speaker in _heard(given, finder, likely):
            yield (given.text_id, name, start, end, given.text[start:end], speaker, RULE, _sure(cards[name], cards[name].speaker, speaker))


def _called(texts: Iterable[Given], finder: Finder, cards: dict[str, Card], called: dict[str, list[str]], always: bool) -> Iterator[tuple]:
    staged = [(card.id, {stage.casefold() for stage in card.opportunity.stages}) for card in cards.values() if card.opportunity.stages]
    ever = [card.id for card in cards.values() if always and card.kind != "occasion" and card.opportunity.always]
    for given, likely in _sifted(texts, finder):
        at = (given.stage or "").casefold()
        bare = [*ever, *(name for name, stages in staged if at in stages)]
        yield from ((given.text_id, name, 0, 0, "", None, RULE, 1.0) for name in bare)
        for what, start, end, speaker in _heard(given, finder, likely):
            card = cards[what]
            sure = _sure(card, card.speaker if card.id in called else card.opportunity.speaker, speaker)
            for name in called.get(card.id, (card.id,)):
                yield (given.text_id, name, start, end, given.text[start:end], speaker, RULE, sure)


def _sifted(texts: Iterable[Given], finder: Finder) -> Iterator[tuple[Given, Among | None]]:
    """Every text and what may be heard in it; batches of many short ones are sifted at once, a long one is searched as it is (None)."""
    batch: list[Given] = []
    size = 0
    for given in texts:
        if len(given.text) > PIECE:
            yield from _batch(batch, finder)
            yield given, None
            batch, size = [], 0
            continue
        batch.append(given)
        size += len(given.text)
        if size > BATCH:
            yield from _batch(batch, finder)
            batch, size = [], 0
    yield from _batch(batch, finder)


def _batch(batch: list[Given], finder: Finder) -> Iterator[tuple[Given, Among | None]]:
    likely, nothing = finder.likely([given.text for given in batch]), Among()
    return ((given, likely.get(number, nothing)) for number, given in enumerate(batch))


def _heard(given: Given, finder: Finder, among: Among | None) -> Iterator[tuple[str, int, int, str | None]]:
    """(id of the card, start, end, speaker) of every place; `among` is what may be there, None if that is not known."""
    if among == {}:
        return
    for turn in turns(given):
        whole = turn.start == 0 and turn.end == len(given.text)
        said = given.text if whole else given.text[turn.start:turn.end]
        for hit in finder.find(said, lang=given.lang, speaker=turn.speaker, among=among):
            yield hit.what, turn.start + hit.start, turn.start + hit.end, turn.speaker


def _sure(card: Card, wanted: str, speaker: str | None) -> float:
    return card.confidence if speaker is not None or wanted == "any" else round(card.confidence * UNHEARD, 6)


def as_tags(rows: Iterable[tuple]) -> Tags:
    """The rows as TAGS, also when there is none."""
    columns: list[list] = [[] for _ in TAGS.names]
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    told = dict(zip(TAGS.names, columns, strict=True))
    text = {name: _text(told[name]) for name in ("technique", "quote", "speaker", "tagged_by")}
    whole = {name: pd.array(told[name], dtype="int64") for name in ("start", "end")}
    return Tags({**told, **text, **whole, "confidence": pd.array(told["confidence"], dtype="float64")}, columns=list(TAGS.names))


def _text(values: list) -> pd.Series:
    """Texts as a column; half a character, which no file can hold, stays as it is."""
    try:
        return pd.Series(values, dtype="str")
    except UnicodeEncodeError:
        return pd.Series(values, dtype="object")
