"""Masking of texts: what is personal goes, figures of trade stay, doubtful places are told, and no anonymity is claimed."""

from itertools import pairwise

import pandas as pd
import pytest

from audit.privacy import Masker, mask
from audit.privacy.names import Names, bases
from audit.words import LANGUAGES

HIDDEN = [
    ("Меня зовут иван петров, звоню из Ромашки", ["иван", "петров"], ["Ромашки"]),
    ("Добрый день, Анна Сергеевна! Это по счёту.", ["Анна", "Сергеевна"], ["счёту"]),
    ("номер восемь девятьсот шестнадцать сто двадцать три сорок пять шестьдесят семь, запишите", ["шестнадцать", "семь"], ["запишите"]),
    ("Казвам се Георги Иванов, телефон 0888 123 456", ["Георги", "Иванов", "0888"], ["телефон"]),
    ("my name is John, call 8-800-555-35-35 or mail j.d@example.org", ["John", "800", "example"], ["call"]),
    ("паспорт 4510 123456 выдан в мае", ["4510", "123456"], ["выдан"]),
    ("везите на ул. Ленина, д. 5, кв. 12", ["Ленина", "12"], ["везите"]),
    ("пишите @ivan_petrov или t.me/ivanp", ["ivan"], ["пишите"]),
    ("Петров И.И. подписал, г-н Димитров се обади", ["Петров", "И.И", "Димитров"], ["подписал"]),
    ("карта 4111 1111 1111 1111, счёт 40702810900000012345", ["4111", "40702810900000012345"], ["карта"]),
    ("почта ivan.p собака mail точка ru, да", ["ivan", "mail"], ["почта", "да"]),
    ("почта иван(at)почта.рф или ivan @ mail.ru", ["иван", "ivan", "почта.рф"], ["или"]),
    ("телеграм: ivanpetrov, skype live:ivan.p", ["ivan"], ["телеграм", "skype"]),
    ("звоните 0888 12 34 56 или 02 981 23 45 след обяд", ["0888", "981"], ["обяд"]),
    ("мой телефон 123-45-67, звоните до шести", ["123-45"], ["звоните"]),
    ("тел. 55-12-34 или моб: 4455667", ["55-12", "4455667"], ["или"]),
    ("Добрый день, Анна! Уважаемая Ольга Сергеевна,", ["Анна", "Ольга"], ["Добрый день"]),
    ("Hi Sarah, this is John Smith from Acme", ["Sarah", "John", "Smith"], ["from Acme"]),
    ("my number is plus seven nine one six one two three four five six seven", ["seven nine"], ["number"]),
]
LEFT = [
    "цена два миллиона триста сорок пять тысяч шестьсот рублей", "скидка 15 %, итого 1 250 000 рублей за 12 месяцев", "договор на 12 месяцев, аванс 30 %",
    "Цената е висока. Срещата мина добре. Машината работи.", "Средната сметка расте", "5 @ 12.50 EUR", "созвон в telegram или skype call",
    "телефон стоит 15 000 рублей", "телефон у меня 5 линий", "артикул 12-34-56 и 1123-45-678", "Здравствуйте, хочу купить", "Добрый день. Это доставка", "Hello there",
    "встреча 15.03.2026 в 11:30", "два или три варианта", "пять шесть раз звонили", "", "   ", "CRM, KPI, НДС 20 %", "one two three",
]


@pytest.mark.parametrize(("text", "gone", "kept"), HIDDEN)
def test_what_is_personal_goes(text, gone, kept):
    shown = Masker(country="BG" if "0888" in text else "RU")(text)
    assert not [part for part in gone if part in shown]
    assert all(part in shown for part in kept)


@pytest.mark.parametrize("text", LEFT)
def test_figures_of_trade_stay(text):
    assert Masker()(text) == text


@pytest.mark.parametrize("case", ["Орлова", "Орловой", "Орлову", "ОРЛОВА", "Орлове"])
def test_a_known_name_in_every_case(case):
    assert case not in Masker(["Мария Орлова"])(f"передайте {case} счёт")


@pytest.mark.parametrize("case", ["Павел", "Павла", "Павлу", "Павлом", "Пётр", "Петра", "Алексея", "Алексей"])
def test_names_with_fleeting_vowels(case):
    assert case not in Masker(["Павел Ёлкин", "Петр Зуев", "Алексей Ким"])(f"спросите {case} утром")


def test_a_known_word_with_a_small_letter_is_doubtful_beside_nothing_of_its_name():
    masker = Masker(["Вера Мороз"])
    assert masker("на улице мороз") == "на улице мороз"
    assert masker("там вера мороз сидит") == "там ••• ••• сидит"
    made = mask(["на улице мороз"], ["Вера Мороз"])
    assert made.doubtful[["kind", "quote"]].values.tolist() == [["name", "на улице [мороз]"]]


def test_decisions_of_a_person_win():
    assert Masker(["Анна Роза"], kept=["роза"])("Роза на складе") == "Роза на складе"
    assert Masker(hide=["бруно"])("Звонил Бруно") == "Звонил •••"
    assert Masker(hide=["наш  клиент", "Бруно!", "(", "15 000"])("Наш клиент Бруно (брунов) за 15 000") == "••• ••• (брунов) за •••"


def test_what_was_hidden_is_counted_and_never_quoted():
    made = mask(pd.Series(["Меня зовут Иван", "обычная реплика", None, "почта a@example.org и заказ 1234567"], index=list("abcd")))
    assert made.texts["b"] == "обычная реплика" and pd.isna(made.texts["c"])
    assert list(made.texts.index) == list("abcd")
    assert made.found[["place", "kind"]].values.tolist() == [["a", "name"], ["d", "email"]]
    assert made.hidden_words == 2 and made.words == 10 and made.share == pytest.approx(0.2)
    assert "quote" not in made.found
    assert made.doubtful["quote"].tolist() == ["почта ••• и заказ [1234567]"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_claim_of_anonymity(lang):
    told = {one: mask(["Меня зовут Иван", "+7 916 123-45-67"]).said(one) for one in LANGUAGES}
    assert {"ru": "не анонимность", "en": "no anonymity", "bg": "не е анонимност"}[lang] in told[lang]
    assert "{" not in told[lang]


@pytest.mark.parametrize("text", ["\ud800 Иван \udfff", "\u202eнаоборот +7 916 123-45-67", "a" * 200_000, "<b>Меня зовут</b> <i>Анна</i>", "\x00\x07@@@@"])
def test_hostile_text(text):
    shown = Masker(["Иван Ли"])(text)
    assert "Иван" not in shown and "916" not in shown


def test_masking_twice_changes_nothing():
    masker = Masker(["Мария Орлова"])
    for text, *_ in HIDDEN:
        assert masker(masker(text)) == masker(text)


def test_overlapping_places_are_one():
    spans = Masker(["Петров Иван"]).spans("Петров Иван Иванович, +7 916 123-45-67, ivan@example.org")
    assert [span.kind for span in spans] == ["name", "name", "phone", "email"]
    assert all(one.end <= other.start for one, other in pairwise(spans))


def test_many_names_cost_nothing_a_word():
    names = Names([f"Имя{n} Фамилия{n}" for n in range(1000)])
    assert len(names._known) <= 4 * 2000
    assert list(names.spans("ничего такого здесь нет")) == []


def test_bases_of_short_and_foreign_names():
    assert bases("Ли") == {"ли"} and bases("Smith") == {"smith"} and bases("Наталья") >= {"наталь"}
