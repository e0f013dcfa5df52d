"""The search: word forms in three languages, filters, the order, the words marked; nothing that is typed or stored breaks it."""

import time

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.errors import UsageError
from audit.knowledge.base import Base, marked

SAID = {
    "ru": [("client", "Других скидок нет? Для нас дорого."), ("seller", "Отсрочку даём на год, аванс до пятницы. Давайте созвонимся во вторник"), ("seller", "Ещё раз: цены указаны в договорах")],
    "bg": [("client", "Каква е отстъпката при Вас?"), ("seller", "Офертата е готова, the discounts are inside")],
    "en": [("client", "Don’t call me, prices went up"), ("seller", "Our offer: a price for three years, no discount")],
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory, filled_base):
    with filled_base(tmp_path_factory.mktemp("search"), SAID) as base:
        yield base


def ids(frame) -> list[str]:
    return sorted(frame["text_id"])


@pytest.mark.parametrize(("query", "found"), [
    ("скидка", ["ru#1"]), ("СКИДКАМИ", ["ru#1"]), ("отстъпки", ["bg#1"]), ("оферта", ["bg#2"]), ("discount", ["bg#2", "en#2"]), ("prices", ["en#1", "en#2"]),
    ("оферти discounts", ["bg#2"]), ("цена договор", ["ru#3"]), ("еще", ["ru#3"]), ("discount -offer", ["bg#2"]), ('"three years"', ["en#2"]), ('"years three"', []), ('"three year"', []),
    ("«на год»", ["ru#2"]), ("отсроч*", ["ru#2"]), ('"аванс до пят*"', ["ru#2"]), ("don't", ["en#1"]), ("dont", ["en#1"]), ("нет", ["ru#1"]), ("три года", []),
    ("discount discount", ["bg#2", "en#2"]), ("-discount price", ["en#1"]), ("отсрочка,аванс", []), ('"прямо такого нет"', []),
])
def test_what_is_found(filled, query, found):
    assert ids(filled.search(query)) == found


def test_an_endless_limit_gives_all_there_is(base):
    assert len(base.search("", limit=10**30)) == len(base.texts())


def test_the_rarer_word_and_the_shorter_text_come_first(filled):
    frame = filled.search("discount")
    assert frame["rank"].is_monotonic_decreasing and (frame["rank"] > 0).all()
    assert filled.search("discount", limit=1)["text_id"].tolist() == frame["text_id"].tolist()[:1]
    pd.testing.assert_frame_equal(filled.search("discount"), frame)


def test_filters_take_one_value_or_several(filled):
    assert ids(filled.search("", speaker="seller")) == ["bg#2", "en#2", "ru#2", "ru#3"]
    assert ids(filled.search("", owner=["owner en", "owner bg"], speaker="client")) == ["bg#1", "en#1"]
    assert ids(filled.search("discount", outcome="lost")) == []
    assert ids(filled.search("", language="bg")) == ["bg#1", "bg#2"]
    assert ids(filled.search("", segment="nobody", stage="price", kind="call")) == []
    assert ids(filled.search("", technique="next_step")) == ["ru#2"]
    assert filled.search("аванс", technique=["next_step", "x"])["techniques"].tolist() == ["instalment, next_step"]
    assert ids(filled.search("", since="2026-01-02", until="2026-01-02")) == ["bg#1", "bg#2"]
    assert ids(filled.search("", since=pd.Timestamp("2026-01-03").date())) == ["en#1", "en#2"]
    assert ids(filled.search("", until="2026-01-02 00:00")) == ["ru#1", "ru#2", "ru#3"]
    for wrong in ({"since": "yesterday"}, {"until": 5}, {"limit": 0}):
        with pytest.raises(UsageError):
            filled.search("", **wrong)


def test_an_empty_query_lists_the_latest_first_and_signs_alone_find_nothing(filled):
    assert filled.search("")["case_id"].drop_duplicates().tolist() == ["en", "bg", "ru"]
    assert filled.search("")["rank"].isna().all()
    for signs in ("***", "-", '""', '"', "…!?", "\x00", "\ud800", "‮"):
        assert filled.search(signs).empty


def test_what_was_found_is_marked_in_the_snippet(filled):
    row = filled.search("скидки дороже").iloc[0]
    assert [row["snippet"][start:end] for start, end in row["marks"]] == ["скидок", "дорого"]
    assert str(marked(row["snippet"], row["marks"])) == "Других <mark>скидок</mark> нет? Для нас <mark>дорого</mark>."


@settings(max_examples=300)
@given(query=st.one_of(st.text(max_size=60), st.text(alphabet='ab я"*-()^:+{}\'«»\x00\ud800', max_size=40),
                       st.lists(st.sampled_from(["AND", "OR", "NOT", "NEAR(", "said:", "words", "скидка", '"', "-", "*", "^", "(", ")", "--", ";", "DROP TABLE cases"]), max_size=12).map(" ".join)))
def test_nothing_that_can_be_typed_is_an_error(filled, query):
    frame = filled.search(query)
    assert list(frame)[:2] == ["rank", "text_id"]
    for text, marks in zip(frame["snippet"], frame["marks"], strict=True):
        assert all(0 <= start < end <= len(text) for start, end in marks)


def test_endless_queries_are_answered(filled):
    started = time.monotonic()
    filled.search("слово " * 200_000 + "скидка")
    filled.search('"' + "скидка " * 100_000)
    filled.search("a" * 1_000_000 + "*")
    assert ids(filled.search(" ".join(f"-слово{n}" for n in range(500)) + " скидка")) != []
    assert time.monotonic() - started < 5


HOSTILE = {
    "markup": "<script>alert('скидка')</script><img src=x onerror=1>", "control": "скидка\x00\x07\x1b[31m\r\n\t!", "surrogate": "\ud800 скидка \udfff", "direction": "\u202eскидка\u2066 \u200fabc",
    "joined": "ски\u200dд\u00adка", "accents": "скидка и\u0306", "sql": "'; DROP TABLE cases; -- скидка", "line": "слово " * 200_000 + "скидка" + " хвост" * 1_500_000, "word": "я" * 10_000_000 + " скидка",
    "emoji": "👩‍👩‍👧 скидка 🇧🇬", "formula": "=cmd|'скидка'!A1",
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, filled_base):
    with filled_base(tmp_path_factory.mktemp("hostile"), {name: [("client", text)] for name, text in HOSTILE.items()}) as base:
        yield base


def test_hostile_texts_are_stored_as_they_are_and_found(hostile):
    assert hostile.texts().set_index("case_id")["text"].to_dict() == HOSTILE
    found = hostile.search("скидка", limit=100)
    assert set(found["case_id"]) == set(HOSTILE)
    for row in found.itertuples():
        assert len(row.snippet) < 300 and row.marks, row.case_id
        assert not set(row.snippet) & set("\x00\x07\x1b\r\n\u202e\u2066\u200f\ud800\udfff")
        page = str(marked(row.snippet, row.marks))
        assert page.count("<") == 2 * len(row.marks) == page.count("<mark>") + page.count("</mark>")
    assert hostile.check() == []


def test_hostile_names_are_no_trouble_either(tmp_path, read):
    name = "\ud800<b>'\x00\u202e"
    with Base.open(tmp_path / "k.sqlite") as base:
        given_ = read({"case_id": "a", "said": [("client", "скидка")]})
        for column in ("owner", "deal_id", "segment"):
            given_.cases[column] = pd.Series([name], dtype="object")
        base.add(given_)
        assert base.cases()["owner"].tolist() == [name]
        assert ids(base.search("скидка", owner=name, segment=[name, "x"])) == ["a#1"]
        assert base.add(given_)["same"] == 1
