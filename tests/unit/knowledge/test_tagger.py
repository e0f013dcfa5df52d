"""The tagger: patterns, negation, speakers, languages, places in the original text, texts that mean harm."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import audit
from audit.errors import UsageError
from audit.knowledge import Card, opportunities, read_cards, tag
from audit.knowledge.finder import Finder, Rule
from audit.schema.results import TAGS

HOSTILE = [
    "<script>alert(1)</script> Созвонимся во вторник", "\x00Созвонимся\x00 во вторник\x1b[31m", "\u202eСозвонимся\u202c во вторник",
    "Соз\u200dвонимся во втор\u00adник", "Созвонимся \ud800 во вторник", "Созвони\u0301мся во вто\u0301рник", "İİ Созвонимся во вторник",
]


def found(pattern: str, text: str, lang: str = "ru", *, negated: bool = False) -> list[str]:
    return [text[hit.start:hit.end] for hit in Finder([Rule("x", lang, pattern, negated=negated)]).find(text)]


@pytest.mark.parametrize(("pattern", "text", "quotes"), [
    ("скидка", "Скидки и СКИДКУ, скидок.", ["Скидки", "СКИДКУ", "скидок"]),
    ("=скидку", "Скидки и скидку", ["скидку"]),
    ("рассроч*", "Рассрочим? Рассрочка!", ["Рассрочим", "Рассрочка"]),
    ("отправить ..2 смета", "отправлю смету; отправим вам новую смету; отправим вам совсем новую смету", ["отправлю смету", "отправим вам новую смету"]),
    ("отправить ?вам смета", "отправлю вам смету. отправлю им смету", ["отправлю вам смету"]),
    ("цена|стоимость # рубль", "Стоимость 300 рублей, цена пять рублей", ["Стоимость 300 рублей"]),
    ("до <day>", "до пятницы, до понедельника, до свидания", ["до пятницы", "до понедельника"]),
    ("^ цена", "Цена. И цена", ["Цена"]),
    ("цена $", "Цена выросла. Какая цена?", ["цена"]),
    ("отправить смета", "отправлю. Смету", []),
    ("ещё", "еще и ещё", ["еще", "ещё"]),
    ("по-другому", "сделаем по-другому", ["по-другому"]),
])
def test_what_a_pattern_finds(pattern, text, quotes):
    assert found(pattern, text) == quotes


def test_a_negation_before_or_inside_takes_the_phrase_away():
    assert found("дорого", "Это не дорого.") == found("дорого", "не так уж дорого") == []
    assert found("дорого", "Нам не подходит, дорого.") == ["дорого"]  # a comma parts them
    assert found("дорого", "не", negated=True) == []
    assert found("дорого", "Это не дорого.", negated=True) == ["дорого"]
    assert found("давать ..2 созвониться", "Давайте не будем созваниваться. Давайте не созвонимся") == []
    assert found("expensive", "It isn’t expensive", "en") == []
    assert found("=скъпо", "Не е скъпо", "bg") == []


def test_a_russian_pattern_is_not_found_in_a_bulgarian_text_and_a_mixed_text_is_read_sentence_by_sentence():
    text = "Това е добра цена за вас. Это хорошая цена для вас. The price is good."
    assert found("хороший|добрый цена", text) == ["хорошая цена"]
    assert found("=добра цена", text, "bg") == ["добра цена"]
    assert found("price ..1 good", text, "en") == ["price is good"]


def test_columns_and_places():
    texts = ["Добрый день!", None, 7, "Созвонимся во вторник в 11:00. Спасибо"]
    tags = audit.tag(texts)
    assert list(tags.columns) == list(TAGS.names)
    assert [tuple(row) for row in tags[["text_id", "technique", "quote"]].itertuples(index=False)] == [
        (0, "greeting", "Добрый день"), (3, "next_step", "Созвонимся во вторник"), (3, "thanks", "Спасибо")]
    assert all(row.quote == texts[row.text_id][row.start:row.end] for row in tags.itertuples())
    assert set(tags["tagged_by"]) == {"rule"}
    assert list(tag([]).columns) == list(TAGS.names)
    assert tag(["Ничего тут нет"]).dtypes.to_dict() == tags.dtypes.to_dict() | {"text_id": tag([])["text_id"].dtype}


def test_the_speaker_decides_and_is_read_from_labels():
    said = "Созвонимся во вторник"
    frame = pd.DataFrame({"text_id": list("abc"), "text": said, "speaker": ["Менеджер", "client", "Анна"]})
    tags = tag(frame)
    assert tags[["text_id", "technique", "confidence"]].values.tolist() == [["a", "next_step", 0.9], ["c", "next_step", 0.72]]
    talk = f"Клиент: {said}\n[00:12] Менеджер (Анна): {said}\nКлиент: Дорого"
    tags = tag([talk])
    assert tags[["start", "speaker"]].values.tolist() == [[talk.rindex(said), "seller"]]
    assert set(opportunities([talk])["speaker"]) == {"client"}


def test_files_and_frames_and_what_is_none_of_them(tmp_path):
    frame = pd.DataFrame({"case_id": ["k1", "k2"], "text": ["Созвонимся во вторник", "Дорого"]})
    frame.to_csv(tmp_path / "cases.csv", index=False)
    (tmp_path / "talk.txt").write_text("Менеджер: Созвонимся во вторник", "utf-8")
    for texts, name in ((frame, "k1"), (tmp_path / "cases.csv", "k1"), (tmp_path / "talk.txt", "talk"), (frame["text"], 0)):
        assert tag(texts)["text_id"].tolist() == [name]
    for wrong in (frame.rename(columns={"text": "txt"}), 5, {"text": "x"}):
        with pytest.raises(UsageError) as caught:
            tag(wrong)
        assert all(caught.value.parts("ru"))
    with pytest.raises(UsageError, match="cards"):
        tag(["x"], ["next_step"])


def test_tags_and_opportunities_of_cases_give_effects():
    said = {1: ["Дорого", "Это всего 300 рублей в день"], 0: ["Дорого", "Цена указана с НДС"]}
    cases = pd.DataFrame([
        {"case_id": f"k{n}", "owner": f"u{n % 4}", "won": (n // 2) % 2, "speaker": speaker, "text": text}
        for n in range(80) for speaker, text in zip(("client", "seller"), said[n % 2], strict=True)
    ])
    tags = pd.concat([tag(cases).assign(is_used=True), opportunities(cases).assign(is_used=False)])
    one = audit.technique_effects(tags, cases, outcome="won")["price_split"]
    assert (one["uses"], one["opportunities"]) == (40, 80)


def test_opportunities_name_the_techniques_that_are_called_for():
    frame = pd.DataFrame({"text_id": [1, 2, 3], "text": ["Дорого у вас", "Дорого у вас", "Это не дорого"], "speaker": ["client", "seller", "client"]})
    called = opportunities(frame)
    expected = {card.id for card in read_cards() if "price_objection" in card.opportunity.occasions}
    assert {"price_split", "price_clarify"} <= expected
    assert set(zip(called["text_id"], called["technique"], strict=True)) == {(1, name) for name in expected}
    assert set(called["quote"]) == {"Дорого"}
    assert "price_split" not in set(tag(frame)["technique"])


def test_a_stage_calls_for_its_techniques_and_an_own_pattern_for_its_own():
    (base,) = [card for card in read_cards() if card.id == "two_options"]
    own = Card.model_validate({**base.model_dump(exclude_none=True), "id": "own", "opportunity": {"patterns": {"ru": ["какой вариант"]}}})
    frame = pd.DataFrame({"text": ["Слушаю", "Какие варианты?"], "stage": ["кп отправлено", "Договор"]})
    called = opportunities(frame, [base, own])
    assert called[["text_id", "technique", "start", "end", "quote"]].values.tolist() == [[0, "two_options", 0, 0, ""], [1, "own", 0, 14, "Какие варианты"]]


def test_what_is_always_called_for_is_told_when_asked():
    cards = [card for card in read_cards() if card.id in ("next_step", "two_options", "price_objection", "price_split")]
    frame = pd.DataFrame({"case_id": ["a", "a"], "text": ["Слушаю", "Созвонимся во вторник"]})
    assert len(opportunities(frame, cards)) == 0
    assert opportunities(frame, cards, always=True)[["text_id", "technique", "quote"]].values.tolist() == [["a", "next_step", ""]] * 2


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_harmless_and_places_are_those_of_the_original(text):
    for texts in ([text], [text, *HOSTILE]):
        tags = tag(texts)
        mine = tags[(tags["text_id"] == 0) & (tags["technique"] == "next_step")]
        assert len(mine) == 1
        assert all(row.quote == texts[row.text_id][row.start:row.end] for row in tags.itertuples())


@pytest.mark.slow
def test_a_line_of_ten_megabytes_and_a_word_as_long():
    line = "ничего особенного тут нет " * 200_000 + "созвонимся во вторник " + "а" * 5_000_000
    tags = tag([line])
    assert tags["quote"].tolist() == ["созвонимся во вторник"]


WORDS = ["созвонимся", "во", "вторник", "не", "дорого", "скидка", "если", "price", "call", "you", "on", "Monday", "ще", "се", "чуем", "утре", ".", ",", "\n", "\u200d", "12"]


@given(st.lists(st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), max_size=9).map(" ".join), max_size=6))
def test_sifting_a_batch_loses_nothing(texts):
    """The quick look at many texts passes every text in which the slow one finds something, and every phrase that it finds."""
    for finder in (FINDER, Finder(rule for rule in FINDER.rules if rule.lang != "bg"), Finder(rule for rule in FINDER.rules if rule.lang == "en")):
        likely = finder.likely(texts)
        for number, text in enumerate(texts):
            for lang in (None, "ru", "bg"):
                assert finder.find(text, lang=lang) == finder.find(text, lang=lang, among=likely.get(number, {}))
    for text in texts:
        for hit in FINDER.find(text):
            assert 0 <= hit.start < hit.end <= len(text)


FINDER = Finder([
    Rule("step", "ru", "созвониться ..2 <day>"), Rule("price", "ru", "дорого"), Rule("if", "ru", "если ..3 скидка"), Rule("call", "en", "call ..2 <day>"),
    Rule("hear", "bg", "=чуем ..2 <day>"), Rule("number", "ru", "# ?и скидка"), Rule("begin", "ru", "скид* $"),
])
