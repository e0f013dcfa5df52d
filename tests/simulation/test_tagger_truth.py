"""Techniques planted in made-up dialogues, in wordings that no pattern was written from, are found again."""

import re

import pytest
from dialogues import dialogues, held_out, neutral, score

from audit.knowledge import read_cards, tag

SIZES = {"ru": 300, "en": 100, "bg": 100}
PRECISION, RECALL = 0.9, 0.8


@pytest.fixture(scope="module", params=SIZES)
def world(request):
    return request.param, dialogues(SIZES[request.param], request.param, 11)


def test_the_dialogues_hold_every_card_in_wordings_of_their_own(world):
    lang, made = world
    cards = {card.id: card for card in read_cards() if card.kind != "occasion"}
    assert set(held_out(lang)) == set(cards) == set(made.planted["technique"])
    examples = {line for card in cards.values() for line in getattr(card.examples, lang)}
    assert examples & {line for lines in held_out(lang).values() for line in lines} == set()


def test_precision_and_recall(world):
    _, made = world
    found = score(made, tag(made.turns))
    assert found.precision >= PRECISION, found
    assert found.recall >= RECALL, found
    assert found.of_wordings >= RECALL, found


def test_speech_without_punctuation_capitals_language_and_speaker(world):
    _, made = world
    bare = made.turns[["text_id"]].assign(text=[re.sub(r"[^\w\s'%-]", "", text).lower() for text in made.turns["text"]])
    found = score(made, tag(bare))
    assert found.recall >= RECALL, found
    assert found.precision >= PRECISION - 0.05, found


def test_lines_without_a_technique_have_none(world):
    lang, _ = world
    assert tag(neutral(lang)["seller"])[["technique", "quote"]].values.tolist() == []
