"""The workbook of labels: written, filled in by another program, read back; what cannot be read is told by its cell."""

import openpyxl
import pandas as pd
import pytest

from audit.errors import UnreadableError, UsageError
from audit.knowledge import read_cards, tag
from audit.knowledge.learn import quality_of, read_review, review_book
from audit.knowledge.learn.book import COLUMNS, FIRST
from audit.words import Words

ANSWER, TEXT, NUMBER = (COLUMNS.index(name) + 1 for name in ("answer", "text", "row"))
LINES = ["Это дорого для нас", "Давайте созвонимся во вторник в 11:00", "Хорошо", "Пришлите письмо", "Давайте созвонимся в среду в 10:00"]
HOSTILE = "=HYPERLINK(\"http://x\") _x0041_ <b>\x07\u202e Давайте созвонимся в пятницу в 9:00"


@pytest.fixture(scope="module")
def world():
    cards = {card.id: card for card in read_cards()}
    lines = [*LINES, *cards["greeting"].examples.ru, *cards["thanks"].examples.ru, HOSTILE]
    texts = pd.DataFrame([(f"{case}#{turn}", f"c{case}", turn, "seller", line) for case in range(6) for turn, line in enumerate(lines, 1)],
                         columns=["text_id", "case_id", "turn", "speaker", "text"])
    texts["text"] = texts["text"].astype(object)
    return texts, tag(texts)


def write(place, world, lang="ru", **more):
    texts, tags = world
    return review_book(place, texts, tags, lang=lang, techniques=["next_step", "greeting"], **{"rows": 40, **more})


def filled(place, answers: dict[int, object], last: int = 0):
    """The book saved by another program, with answers by row of the sheet; all other rows up to `last` say no."""
    book = openpyxl.load_workbook(place)
    for row in range(FIRST + 1, last + 1):
        book.worksheets[0].cell(row, ANSWER).value = "нет"
    for row, answer in answers.items():
        book.worksheets[0].cell(row, ANSWER).value = answer
    book.save(place)
    return book


@pytest.mark.parametrize(("lang", "yes", "no", "unsure"), [("ru", "да", "нет", "не уверен"), ("en", "yes", "no", "not sure"), ("bg", "да", "не", "не съм сигурен")])
def test_there_and_back(tmp_path, world, lang, yes, no, unsure):
    place = tmp_path / "anna.xlsx"
    n = write(place, world, lang)
    page = openpyxl.load_workbook(place).worksheets[0]
    assert (page.freeze_panes, page.protection.sheet, page.max_row) == (f"B{FIRST + 1}", True, FIRST + n)
    assert page.data_validations.dataValidation[0].formula1 == f'"{yes},{no},{unsure}"'
    answers = {FIRST + 1: yes.upper(), FIRST + 2: f" {no} ", FIRST + 3: unsure, FIRST + 4: True, FIRST + 5: 0}
    machine = filled(place, answers)["_audit"]
    asked = [machine.cell(FIRST + 1, 2).value.strip('"'), machine.cell(FIRST + 1, 3).value]
    labels = read_review(place)
    assert [labels["text_id"].iloc[0], labels["technique"].iloc[0]] == asked
    assert labels["present"].tolist() == [True, False, True, False]
    assert set(labels["by"]) == {"anna"}
    assert len(labels.attrs["notes"]) == 2
    assert f"{n - 5}" in labels.attrs["notes"][0].told(Words(lang))


def test_only_answer_and_comment_are_open(tmp_path, world):
    write(tmp_path / "b.xlsx", world)
    page = openpyxl.load_workbook(tmp_path / "b.xlsx").worksheets[0]
    free = {column for row in page.iter_rows(min_row=FIRST + 1) for column, cell in zip(COLUMNS, row, strict=False) if not cell.protection.locked}
    assert free == {"answer", "comment"}
    assert not page["D2"].protection.locked


def test_a_text_is_never_a_formula(tmp_path, world):
    n = write(tmp_path / "b.xlsx", world, rows=200, random=1.0)
    page = openpyxl.load_workbook(tmp_path / "b.xlsx").worksheets[0]
    hostile = [row for row in range(FIRST + 1, FIRST + n + 1) if str(page.cell(row, TEXT).value).startswith("=HYPERLINK")]
    assert hostile
    assert {page.cell(row, TEXT).data_type for row in hostile} == {"s"}
    filled(tmp_path / "b.xlsx", {}, FIRST + n)
    assert len(read_review(tmp_path / "b.xlsx")) == n  # and every text is known again


def test_random_rows_stand_for_all(tmp_path, world):
    texts, tags = world
    n = write(tmp_path / "b.xlsx", world)
    book = filled(tmp_path / "b.xlsx", {FIRST + 1: None}, FIRST + n)
    book.worksheets[0]["D2"] = "Анна"
    book.save(tmp_path / "b.xlsx")
    labels = read_review(tmp_path / "b.xlsx")
    lot = labels[labels["drawn"] == "random"]
    tagged = tags.groupby("technique")["text_id"].nunique()
    for name in ("next_step", "greeting"):
        sums = lot[lot["technique"] == name].groupby("tagged")["weight"].sum()
        assert sums[True] == pytest.approx(tagged[name])
        assert sums[False] == pytest.approx(len(texts) - tagged[name])
    assert (labels["weight"][labels["drawn"] == "uncertain"] == 0).all()
    assert quality_of(tags, labels)["precision"].tolist() == [0.0, 0.0]  # all say no
    assert set(labels["by"]) == {"Анна"}
    assert set(read_review(tmp_path / "b.xlsx", by="Олег")["by"]) == {"Олег"}


def test_the_doubtful_come_first_and_what_is_labelled_is_not_asked_again(tmp_path, world):
    texts, tags = world
    mine = tags[tags["technique"] == "next_step"].copy()
    mine.loc[mine.index[:2], "confidence"] = [0.5, 0.6]
    doubtful = mine["text_id"].iloc[:2].tolist()
    asked = []
    for labels in (None, pd.DataFrame({"text_id": doubtful[:1], "technique": "next_step", "present": True})):
        n = review_book(tmp_path / "b.xlsx", texts, mine, labels=labels, rows=2, random=0.0)
        filled(tmp_path / "b.xlsx", {}, FIRST + n)
        asked.append(set(read_review(tmp_path / "b.xlsx")["text_id"]))
    assert asked[0] == set(doubtful)
    assert doubtful[0] not in asked[1]
    assert doubtful[1] in asked[1]


def test_the_same_questions_for_any_order_of_rows(tmp_path, world):
    texts, tags = world
    write(tmp_path / "a.xlsx", world)
    review_book(tmp_path / "b.xlsx", texts.sample(frac=1, random_state=1), tags.sample(frac=1, random_state=2), lang="ru", techniques=["next_step", "greeting"], rows=40)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def spoilt(book, what: str) -> str:
    """Spoils the book; the cell that must be named."""
    page = book.worksheets[0]
    if what == "bad_answers":
        page.cell(FIRST + 3, ANSWER).value = "возможно"
        return "I7 „возможно“"
    if what == "unknown_rows":
        page.cell(FIRST + 2, NUMBER).value = "900"
        return "A6"
    if what == "rows_twice":
        page.cell(FIRST + 2, NUMBER).value = page.cell(FIRST + 1, NUMBER).value
        return "A5, A6"
    first, second = page.cell(FIRST + 1, TEXT), page.cell(FIRST + 4, TEXT)
    first.value, second.value = second.value, first.value
    return "E5, E8"


@pytest.mark.parametrize("what", ["bad_answers", "unknown_rows", "rows_twice", "other_text"])
def test_mistakes_name_their_cells(tmp_path, world, what):
    n = write(tmp_path / "b.xlsx", world)
    book = filled(tmp_path / "b.xlsx", {}, FIRST + n)
    cell = spoilt(book, what)
    book.save(tmp_path / "b.xlsx")
    with pytest.raises(UsageError) as told:
        read_review(tmp_path / "b.xlsx")
    assert told.value.key == f"learn.{what}"
    assert all(cell in told.value.told(lang) for lang in ("ru", "en", "bg"))


def test_whole_rows_may_be_sorted_and_deleted(tmp_path, world):
    n = write(tmp_path / "b.xlsx", world)
    book = filled(tmp_path / "b.xlsx", {FIRST + 1: "да"}, FIRST + n)
    before = read_review(tmp_path / "b.xlsx").set_index(["text_id", "technique"])["present"]
    page = book.worksheets[0]
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=FIRST + 1)][::-1]
    for at, row in enumerate(rows, FIRST + 1):
        for column, value in enumerate(row, 1):
            page.cell(at, column).value = value
            page.cell(at, column).data_type = "s"  # this library makes formulas of what begins with =
    page.delete_rows(FIRST + 2)
    book.save(tmp_path / "b.xlsx")
    after = read_review(tmp_path / "b.xlsx")
    assert len(after) == n - 1
    assert (after.set_index(["text_id", "technique"])["present"] == before.reindex(pd.MultiIndex.from_frame(after[["text_id", "technique"]]))).all()
    assert [note.key for note in after.attrs["notes"]] == ["learn.review.deleted"]


def test_what_is_no_book(tmp_path, world):
    texts, tags = world
    for name, content in (("a.xlsx", b"no"), ("b.xlsx", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UnreadableError):
            read_review(tmp_path / name)
    pd.DataFrame({"a": [1]}).to_excel(tmp_path / "c.xlsx")
    with pytest.raises(UnreadableError):
        read_review(tmp_path / "c.xlsx")
    with pytest.raises(UsageError):
        read_review(tmp_path / "none.xlsx")
    with pytest.raises(UsageError) as told:
        review_book(tmp_path / "d.xlsx", texts, tags, techniques=["nothing_like_it"])
    assert told.value.key == "learn.no_technique"
    with pytest.raises(UsageError) as told:
        review_book(tmp_path / "d.xlsx", texts, tags.head(0))
    assert told.value.key == "learn.nothing_to_ask"
