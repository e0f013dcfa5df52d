"""Tables of cases as the contract has them: headers of three languages, sheets, faults, a round trip; and proposals that are sheets."""

import io

import pandas as pd
import pytest
from reading import one, reasons, spoken

from audit.knowledge import tag
from audit.knowledge.cases import read_cases

ROWS = pd.DataFrame({
    "case_id": ["1", "1", "2", "3"], "deal_id": ["10", "10", "11", ""], "owner": ["Анна", "Анна", "Борис", ""], "outcome": ["won", "won", "lost", ""],
    "text": ["Добрый день", "Это дорого", "Менеджер: раз\nКлиент: два\nещё", "Думает"], "speaker": ["seller", "client", "", ""],
    "at": ["2026-03-05 10:00:00", "2026-03-05 10:00:30", "2026-03-06 09:00:00", ""], "stage": ["КП", "КП", "", ""], "segment": ["B2B", "B2B", "", ""],
    "amount": ["1500.5", "1500.5", "", ""], "decided_at": ["2026-03-20 00:00:00", "2026-03-20 00:00:00", "2026-03-21 00:00:00", ""], "language": ["ru", "ru", "", ""], "version": ["", "", "2", ""],
})
WORDS = {
    "en": list(ROWS),
    "ru": ["ID звонка", "ID сделки", "Менеджер", "Результат сделки", "Текст", "Спикер", "Дата и время", "Этап сделки", "Сегмент клиента", "Сумма", "Дата решения", "Язык", "Версия"],
    "bg": ["Номер на обаждане", "Номер на сделката", "Търговец", "Резултат от сделката", "Текст", "Говорител", "Дата и час", "Етап", "Сегмент на клиента", "Сума", "Дата на решението", "Език", "Версия"],
}
FORMS = {
    "csv": lambda frame: frame.to_csv(index=False).encode(), "semicolons": lambda frame: frame.to_csv(index=False, sep=";").encode("cp1251"),
    "tabs.txt": lambda frame: frame.to_csv(index=False, sep="\t").encode("utf-16"), "xlsx": lambda frame: book(frame), "jsonl": lambda frame: frame.to_json(orient="records", lines=True).encode(),
    "json": lambda frame: frame.to_json(orient="records", force_ascii=False).encode(), "parquet": lambda frame: frame.to_parquet(index=False),
}


def book(*frames: pd.DataFrame) -> bytes:
    kept = io.BytesIO()
    with pd.ExcelWriter(kept, engine="xlsxwriter") as writer:
        for number, frame in enumerate(frames):
            frame.to_excel(writer, sheet_name=f"s{number}", index=False)
    return kept.getvalue()


@pytest.mark.parametrize("lang", WORDS)
@pytest.mark.parametrize("form", FORMS)
def test_the_contract_in_every_form(tmp_path, form, lang):
    name = {"semicolons": "cases.csv", "tabs.txt": "cases.tsv"}.get(form, f"cases.{form}")
    read = one(tmp_path, name, FORMS[form](ROWS.set_axis(WORDS[lang], axis=1)))
    cases = read.cases.set_index("case_id")
    assert cases[["deal_id", "owner", "outcome", "stage", "segment", "version"]].fillna("").loc[["1", "2"]].values.tolist() == [["10", "Анна", "won", "КП", "B2B", ""], ["11", "Борис", "lost", "", "", "2"]]
    assert cases["amount"].iloc[0] == 1500.5 and cases["decided_at"].iloc[:2].tolist() == [pd.Timestamp("2026-03-20"), pd.Timestamp("2026-03-21")]
    assert cases["at"].iloc[0] == pd.Timestamp("2026-03-05 10:00") and cases["outcome"].iloc[2] == ""
    assert spoken(read) == [("seller", "seller", "Добрый день"), ("client", "client", "Это дорого"), ("seller", "Менеджер", "раз"), ("client", "Клиент", "два\nещё"), (None, None, "Думает")]
    assert read.texts["at"].iloc[1] == pd.Timestamp("2026-03-05 10:00:30") and read.files[0]["rows_kept"] == 4


def test_cases_given_back_are_the_same(tmp_path):
    """What was read, written as a table of the contract, is read again as it was."""
    read = one(tmp_path, "cases.csv", ROWS.to_csv(index=False))
    flat = read.texts.drop(columns="language").merge(read.cases.drop(columns=["at", "language", "file", "sha256"]), on="case_id")
    again = one(tmp_path, "again.csv", flat.to_csv(index=False))
    pd.testing.assert_frame_equal(again.texts, read.texts)
    pd.testing.assert_frame_equal(again.cases.drop(columns=["file", "sha256"]), read.cases.drop(columns=["file", "sha256"]))


def test_the_texts_are_ready_to_be_tagged(tmp_path):
    read = one(tmp_path, "call.txt", "Менеджер: Давайте созвонимся во вторник в 11:00\nКлиент: Давайте созвонимся во вторник")
    assert tag(read.texts)[["text_id", "technique"]].values.tolist() == [["call#1", "next_step"]]


def test_rows_without_ids(tmp_path):
    read = one(tmp_path, "t.csv", "deal_id,speaker,text\n7,seller,раз\n7,client,два\n8,seller,три\n")
    assert read.cases[["case_id", "deal_id"]].values.tolist() == [["t-7", "7"], ["t-8", "8"]]
    read = one(tmp_path, "n.csv", "deal_id,note\n7,раз\n7,два\n")
    assert read.cases[["case_id", "deal_id", "kind"]].values.tolist() == [["n-2", "7", "note"], ["n-3", "7", "note"]]


def test_labels_inside_the_text_of_a_row_tell_who_speaks(tmp_path):
    folded = "Менеджер: Добрый день! Цена: 100. Клиент: Дорого… Менеджер: Понимаю. Важно: без НДС."
    read = one(tmp_path, "t.csv", f"case_id,text\n1,Менеджер: Скидки не будет.\n1,Клиент: Жаль.\n2,{folded}\n3,Важно: перезвонить. Клиент: Анна.\n")
    assert read.texts[["case_id", "speaker", "text"]].fillna("").values.tolist() == [
        ["1", "seller", "Скидки не будет."], ["1", "client", "Жаль."],
        ["2", "seller", "Добрый день! Цена: 100."], ["2", "client", "Дорого…"], ["2", "seller", "Понимаю. Важно: без НДС."],
        ["3", "", "Важно: перезвонить. Клиент: Анна."]]


def test_faulty_rows_are_told(tmp_path):
    read = one(tmp_path, "t.csv", "case_id,deal_id,outcome,text\n1,7,won,раз\n2,7,won,\n3,7,won,два,лишнее\n4,7,кто знает,три\n,,,\n")
    assert reasons(read) == {"no_text": 1, "too_many_cells": 1} and read.cases["case_id"].tolist() == ["1", "4"]
    assert read.cases["outcome"].tolist() == ["won", ""] and read.files[0]["notes"]["unclear_outcome"] == 1


def test_one_case_with_two_outcomes_is_told(tmp_path):
    read = one(tmp_path, "t.csv", "case_id,outcome,text\n1,won,раз\n1,lost,два\n")
    assert read.cases["outcome"].tolist() == ["won"] and read.files[0]["notes"]["fields_differ"] == 1


def test_every_sheet_of_a_book(tmp_path):
    read = one(tmp_path, "b.xlsx", book(ROWS.iloc[:2], ROWS.iloc[2:3], pd.DataFrame({"a": ["1"], "b": ["2"]})))
    assert read.cases["case_id"].tolist() == ["1", "2"] and reasons(read) == {"no_text_column": 1} and read.files[0]["rows_kept"] == 3


def test_a_case_of_two_files(tmp_path):
    """The same words once; other words under the same id stay, under a longer one."""
    first = ROWS.iloc[:2]
    for name, frame in (("a.csv", first), ("b.csv", first.assign(stage="Х")), ("c.csv", first.assign(text=["Раз", "Два"]))):
        frame.to_csv(tmp_path / name, index=False)
    read = read_cases(tmp_path)
    assert read.cases[["case_id", "file"]].values.tolist() == [["1", "a.csv"], ["1@c", "c.csv"]] and reasons(read) == {"duplicate": 2}
    assert [file["rows_in"] for file in read.files] == [2, 2, 2]


def test_a_sheet_that_is_a_proposal(tmp_path):
    frame = pd.DataFrame({"Позиция": ["Станок", "Монтаж"], "Цена": ["500 000", "в подарок"]})
    read = one(tmp_path, "КП 77.xlsx", book(frame))
    assert [text for *_, text in spoken(read)] == ["Позиция | Цена", "Станок | 500 000", "Монтаж | в подарок"] and set(read.texts["speaker"]) == {"seller"}
    assert reasons(one(tmp_path, "prices.xlsx", book(frame.replace("Монтаж", "Доставка")))) == {"no_text_column": 1}


def test_a_yes_or_no_is_an_outcome(tmp_path):
    read = one(tmp_path, "t.csv", "case_id,won,text\n1,да,раз\n2,0,два\n3,,три\n")
    assert read.cases["outcome"].tolist() == ["won", "lost", ""]


def test_dates_and_amounts_are_read_by_their_whole_column(tmp_path):
    """The day of 3/5/2026 and the thousands of 1.500 show in the other rows only."""
    read = one(tmp_path, "t.csv", "case_id;decided_at;amount;at;text\n1;3/5/2026;1.500;3/5/2026 10:00;a\n2;3/25/2026;2.250,5;3/25/2026 11:00;b\n")
    assert read.cases["decided_at"].tolist() == [pd.Timestamp("2026-03-05"), pd.Timestamp("2026-03-25")] and read.cases["amount"].tolist() == [1500.0, 2250.5]
    assert read.cases["at"].iloc[0] == pd.Timestamp("2026-03-05 10:00")


def test_what_is_no_date_or_amount_is_told(tmp_path):
    read = one(tmp_path, "t.csv", "case_id,decided_at,amount,text\n1,soon,many,a\n")
    assert read.cases["decided_at"].isna().all() and read.cases["amount"].isna().all()
    assert {name: read.files[0]["notes"].get(name) for name in ("unclear_time", "unclear_amount")} == {"unclear_time": 1, "unclear_amount": 1}
