"""The starter set says what it should in three languages, and a client's own cards extend and replace it."""

import pytest

from audit.errors import UsageError
from audit.knowledge import Card, read_cards, tag
from audit.knowledge.card import LANGUAGES
from audit.knowledge.finder import Finder
from audit.knowledge.tags import _rules

CARDS = read_cards()
IDS = [card.id for card in CARDS]


def heard(card: Card) -> Finder:
    return Finder(_rules(card.id, card.patterns, "any"))


@pytest.fixture(scope="module")
def finders() -> dict[str, Finder]:
    return {card.id: heard(card) for card in CARDS}


@pytest.mark.parametrize("card", CARDS, ids=IDS)
def test_every_example_is_heard_and_no_counter_example(card, finders):
    missed = [line for lang in LANGUAGES for line in getattr(card.examples, lang) if not finders[card.id].find(line)]
    wrong = [line for lang in LANGUAGES for line in getattr(card.counter_examples, lang) if finders[card.id].find(line)]
    assert (missed, wrong) == ([], [])


@pytest.mark.parametrize("card", CARDS, ids=IDS)
def test_every_card_is_written_in_three_languages(card):
    for lang in LANGUAGES:
        assert len(getattr(card.examples, lang)) >= 2
        assert len(getattr(card.counter_examples, lang)) >= 2
        assert getattr(card.patterns, lang)
    for told in (card.names, card.what, card.why):
        assert told.ru
        assert told.en
        assert told.bg
        assert told.ru != told.bg
        assert not set("ыэё") & set(told.bg.lower())


def test_the_starter_set_has_techniques_placebos_and_occasions():
    kinds = [card.kind for card in CARDS]
    assert kinds.count("technique") >= 40
    assert kinds.count("placebo") == 5
    assert {card.status for card in CARDS} == {"draft"}  # a status is earned on a client's data
    named = {name for card in CARDS for name in card.opportunity.occasions}
    assert named == {card.id for card in CARDS if card.kind == "occasion"}


OWN = """
id: {id}
names: {{ru: Своё}}
what: {{ru: Что}}
why: {{ru: Зачем}}
stage: closing
owner: клиент
version: 2
patterns:
  ru:
    - волшебный слово
"""


def test_an_own_card_is_added_or_replaces_the_shipped_one(tmp_path):
    (tmp_path / "a.yml").write_text(OWN.format(id="magic_word"), "utf-8")
    (tmp_path / "b.yml").write_text(OWN.format(id="next_step"), "utf-8")
    found = {card.id: card for card in read_cards(tmp_path)}
    assert len(found) == len(CARDS) + 1
    assert found["next_step"].version == 2
    assert tag(["Скажу волшебное слово."], tmp_path)["technique"].tolist() == ["magic_word", "next_step"]
    assert len(tag(["Созвонимся во вторник."], tmp_path)) == 0
    assert tag(["Созвонимся во вторник."])["technique"].tolist() == ["next_step"]


def test_an_own_file_extends_a_card_of_a_workspace(tmp_path):
    folder = tmp_path / "knowledge" / "cards"
    folder.mkdir(parents=True)
    (tmp_path / "client.yml").write_text("name: x", "utf-8")
    (folder / "more.yml").write_text('extends: next_step\nversion: 3\npatterns:\n  ru: ["стыковка"]\n', "utf-8")
    assert tag(["Стыковка завтра.", "Созвонимся во вторник."], tmp_path)["technique"].tolist() == ["next_step", "next_step"]
    assert len(read_cards(tmp_path)) == len(CARDS)


@pytest.mark.parametrize(("text", "line", "said"), [
    (OWN.format(id="x").replace("волшебный", "..3"), 11, "no gap"),
    (OWN.format(id="x").replace("волшебный", "<нет>"), 11, "no set of words"),
    (OWN.format(id="x").replace("волшебный", "а||б"), 11, "neither a word"),
    (OWN.format(id="x").replace("волшебный слово", "слово ..2"), 11, "ends with a gap"),
    (OWN.format(id="Bad Id"), 2, "form needed"),
    (OWN.format(id="x").replace("version: 2", "version: 0"), 8, "at least 1"),
    (OWN.format(id="x").replace("stage: closing", "stage: nowhere"), 6, "one of"),
    (OWN.format(id="x") + "opportunity: {occasions: [price_objectio]}\n", 12, "price_objection"),
    ("extends: next_stp\n", 1, "next_step"),
    ("id: [\n", 2, "not valid YAML"),
])
def test_a_mistake_is_told_with_its_file_line_and_next_step(tmp_path, text, line, said):
    (tmp_path / "own.yml").write_text(text, "utf-8")
    with pytest.raises(UsageError) as caught:
        read_cards(tmp_path)
    found, where, step = caught.value.parts("en")
    assert said in found
    assert "own.yml" in where
    assert f"line {line}" in where
    assert step
    assert all(caught.value.parts(lang) for lang in LANGUAGES)


def test_one_id_in_two_files_and_a_folder_that_is_none(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.yml").write_text(OWN.format(id="magic_word"), "utf-8")
    with pytest.raises(UsageError, match=r"a\.yml"):
        read_cards(tmp_path)
    with pytest.raises(UsageError, match="nowhere"):
        read_cards(tmp_path / "nowhere")


def test_a_retired_card_is_not_searched():
    (one,) = [card for card in CARDS if card.id == "next_step"]
    assert len(tag(["Созвонимся во вторник."], [one])) == 1
    assert len(tag(["Созвонимся во вторник."], [one.model_copy(update={"status": "retired"})])) == 0
