"""How a case finds its deal, and who wins when sources contradict."""

import json

import pandas as pd
import pytest
from reading import one, reasons

from audit.engine import load
from audit.errors import UsageError
from audit.knowledge.cases import read_cases
from audit.knowledge.cases.filenames import told
from audit.workspace import Workspace

T = pd.Timestamp
TALK = "Анна: Добрый день!\nИван: Дорого\nАнна: Сравним\nИван: Да"
TABLES = {
    "users": pd.DataFrame({"user_id": ["u1", "u2", "u3", "u4"], "name": ["Анна Петрова", "Борис Ильин", "Олег Сидоров", "Олег Сидоров"]}),
    "deals": pd.DataFrame({
        "deal_id": ["1042", "1043", "1044", "1045"], "client_id": ["c1", "c2", "c2", "c3"], "owner_id": ["u1", "u2", "u1", "u3"], "semantic": ["won", "lost", "open", "open"],
        "closed_at": [T("2026-03-20 12:00"), T("2026-02-01"), pd.NaT, pd.NaT], "won_at": [T("2026-03-20 12:00"), pd.NaT, pd.NaT, pd.NaT],
        "created_at": [T("2026-03-01"), T("2026-01-01"), T("2026-03-01"), T("2026-01-01")], "stage_id": ["Оплата", "Отказ", "КП", "Встреча"], "amount": [100.0, 200.0, 300.0, 400.0],
        "segment": ["B2B", None, None, None]}),
    "clients": pd.DataFrame({"client_id": ["c1", "c2", "c3"], "name": ["ООО «Ромашка»", "Лютик", "Мак"], "segment": ["малый", "крупный", None]}),
    "contacts": pd.DataFrame({"client_id": ["c1", "c2", "c3"], "name": ["Иван Цветков", "Пётр Лугов", "Мария Макова"], "phone": ["+79161234567", "+79031112233", "+359888123456"],
                              "email": ["ivan@romashka.example", "petr@lutik.example", None]}),
    "activities": pd.DataFrame({"phone": ["+74950000001"] * 2, "started_at": [T("2026-03-05 10:02"), T("2026-03-06 15:00")], "entity": ["deal", "deal"], "entity_id": ["1044", "1045"],
                                "client_id": ["c2", "c3"]}),
    "stage_history": pd.DataFrame({"entity": ["deal"] * 3, "entity_id": ["1042"] * 3, "entered_at": [T("2026-03-01"), T("2026-03-04"), T("2026-03-20")], "to_stage": ["Новая", "КП", "Оплата"]}),
}


@pytest.mark.parametrize(("name", "deal", "at", "kind", "phones"), [
    ("2026-03-05_deal-1042_79161234567.txt", "1042", "2026-03-05", None, ("79161234567",)),
    ("calls/05.03.2026 10-15 сделка 1042.txt", "1042", "2026-03-05 10:15:00", "call", ()),
    ("Разговоры/20260305_101500_+7(916)123-45-67.json", None, "2026-03-05 10:15:00", "call", ("+7(916)123-45-67",)),
    ("call_20260305-1042.txt", None, "2026-03-05 10:42:00", "call", ()), ("lead#D-77 КП v2.1.docx", "D-77", None, "proposal", ()), ("видео про сделку.txt", None, None, None, ()),
    ("2026-13-45_x.txt", None, None, None, ()), ("ideal 5.txt", None, None, None, ()),
])
def test_what_a_file_name_tells(name, deal, at, kind, phones):
    named = told(name)
    assert (named.deal_id, named.at, named.kind, named.phones) == (deal, at, kind, phones)


def linked(tmp_path, name: str, text: str = TALK, **given) -> pd.Series:
    read = one(tmp_path, name, text, **{"tables": TABLES, **given})
    assert len(read.cases) == 1
    return read.cases.iloc[0]


def test_all_that_the_deal_tells(tmp_path):
    row = linked(tmp_path, "2026-03-05 deal-1042.txt")
    assert row[["deal_id", "client_id", "owner", "outcome", "stage", "segment", "amount"]].tolist() == ["1042", "c1", "Анна Петрова", "won", "КП", "B2B", 100.0]
    assert (row["at"], row["started_at"], row["decided_at"]) == (T("2026-03-05"), T("2026-03-01"), T("2026-03-20 12:00"))


@pytest.mark.parametrize(("name", "deal", "client"), [
    ("79161234567 2026-03-05.txt", "1042", "c1"), ("8 (916) 123-45-67.txt", "1042", "c1"), ("0888123456.txt", "1045", "c3"), ("1045.txt", "1045", "c3"), ("call 1043 x.txt", "1043", "c2"),
    ("2026-03-05 79031112233.txt", "1044", "c2"), ("2026-01-15 79031112233.txt", "1043", "c2"), ("79031112233.txt", None, "c2"), ("2026-03-05_10-00_74950000001.txt", "1044", "c2"),
    ("2026-03-06 74950000001.txt", "1045", None), ("2026-03-07_10-00_74950000001.txt", None, None), ("5.txt", None, None),
])
def test_numbers_of_a_name_lead_to_the_deal(tmp_path, name, deal, client):
    row = linked(tmp_path, name)
    assert (row["deal_id"] if isinstance(row["deal_id"], str) else None) == deal
    if client:
        assert row["client_id"] == client


def test_a_client_of_several_deals_is_told(tmp_path):
    read = one(tmp_path, "79031112233.txt", TALK, tables=TABLES)
    assert read.files[0]["notes"]["several_deals"] == 1 and read.cases["outcome"].tolist() == [""]


def test_the_title_of_a_chat_is_its_client(tmp_path):
    messages = [{"id": 1, "date": "2026-03-05T10:00:00", "from": "Анна Петрова", "text": "Добрый день"}, {"id": 2, "date": "2026-03-05T10:01:00", "from": "Иван Цветков", "text": "Да"}]
    row = linked(tmp_path, "result.json", json.dumps({"name": "Иван Цветков", "messages": messages}))
    assert row[["deal_id", "kind"]].tolist() == ["1042", "chat"]


def test_letters_are_linked_by_address(tmp_path):
    row = linked(tmp_path, "a.eml", "From: Ivan <ivan@romashka.example>\nTo: anna@seller.example\nSubject: x\nDate: Thu, 05 Mar 2026 10:00:00 +0300\nMessage-ID: <1@x>\n\nDa")
    assert row["deal_id"] == "1042"


# -- who wins ------------------------------------------------------------------------------------------

def test_the_file_wins_over_the_crm_and_it_is_told(tmp_path):
    read = one(tmp_path, "t.csv", "case_id,deal_id,owner,outcome,decided_at,amount,text\n1,1042,Борис Ильин,lost,2026-03-25,7,раз\n2,1043,u2,lost,,,два\n3,1044,,won,,,три\n4,9,,,,,четыре\n5,1043,,open,,,пять\n",
               tables=TABLES)
    assert read.cases[["owner", "outcome"]].fillna("").values.tolist() == [["Борис Ильин", "lost"], ["Борис Ильин", "lost"], ["Анна Петрова", "won"], ["", ""], ["Борис Ильин", "open"]]
    assert read.cases["decided_at"].tolist()[:2] == [T("2026-03-25"), T("2026-02-01")] and read.cases["decided_at"].isna().tolist() == [False, False, True, True, True]
    assert read.cases["amount"].tolist()[:3] == [7.0, 200.0, 300.0]
    notes = read.files[0]["notes"]
    assert {name: notes[name] for name in ("owner_differs", "outcome_differs", "decided_at_differs", "unknown_deal")} == {
        "owner_differs": 1, "outcome_differs": 3, "decided_at_differs": 1, "unknown_deal": 1}


def test_the_stage_is_that_of_the_time_of_the_talk(tmp_path):
    assert [linked(tmp_path, f"{day} deal-1042.txt")["stage"] for day in ("2026-03-02", "2026-03-19", "2026-03-21")] == ["Новая", "КП", "Оплата"]
    assert pd.isna(linked(tmp_path, "2026-01-15 deal-1043.txt")["stage"])  # lost by now, and nobody knows where it was then
    assert linked(tmp_path, "2026-03-05 deal-1044.txt")["stage"] == "КП"


def test_the_list_of_files(tmp_path):
    folder = tmp_path / "in"
    (folder / "a").mkdir(parents=True)
    for name, text in (("a/1.txt", TALK), ("2.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n1: Раз"), ("3.json", json.dumps([{"speaker": 0, "text": "Раз"}, {"speaker": 1, "text": "Два"}])),
                       ("4 deal-1043.txt", "Исход: won\n\nИван: раз")):
        (folder / name).write_text(text, "utf-8")
    (folder / "manifest.csv").write_text(
        "Файл;Сделка;Менеджер;Дата;Исход;Тип;Канал продавца\nA\\1.txt;1042;Анна Петрова;05.03.2026 10:00;;звонок;\n2;1044;;;;чат;\n3.json;1045;;;проиграна;;1\n4 deal-1043.txt;1044;;;lost;;\n5.txt;1;;;;;\n2;7;;;;;\n;8;;;;;\n",
        "utf-8")
    read = read_cases(folder, tables=TABLES)
    cases = read.cases.set_index("case_id")
    assert cases["deal_id"].to_dict() == {"2": "1044", "3": "1045", "4 deal-1043": "1044", "1": "1042"}
    assert cases["outcome"].to_dict() == {"2": "open", "3": "lost", "4 deal-1043": "won", "1": "won"}
    assert cases.loc["1", "at"] == T("2026-03-05 10:00") and cases["kind"].to_dict()["2"] == "chat"
    assert read.texts.loc[read.texts["case_id"] == "3", "speaker"].tolist() == ["client", "seller"]
    listed = next(file for file in read.files if file["kind"] == "manifest")
    assert (listed["rows_in"], listed["rows_kept"], listed["reasons"]) == (7, 4, {"duplicate": 1, "no_file": 1, "no_such_file": 1})
    assert next(file for file in read.files if file["file"] == "4 deal-1043.txt")["notes"]["differs_from_list"] == 1
    given = read_cases(folder / "a", manifest=pd.DataFrame({"file": ["1.txt"], "deal_id": [1044]}), tables=TABLES)
    assert given.cases["deal_id"].tolist() == ["1044"]


def test_a_place_or_list_that_is_none(tmp_path):
    (tmp_path / "a.txt").write_text(TALK, "utf-8")
    (tmp_path / "m.csv").write_text("a,b\n1,2\n")
    (tmp_path / "void").mkdir()
    for given, said in (({"places": tmp_path / "x"}, "x"), ({"places": tmp_path / "void"}, "void"), ({"places": tmp_path, "manifest": tmp_path / "no.csv"}, "no.csv"),
                        ({"places": tmp_path, "manifest": tmp_path / "m.csv"}, "m.csv"), ({"places": tmp_path, "manifest": pd.DataFrame({"a": [1]})}, "file"),
                        ({"places": tmp_path, "tables": [1]}, "list")):
        with pytest.raises(UsageError, match=said):
            read_cases(given.pop("places"), **given)


# -- sides ---------------------------------------------------------------------------------------------

def sides(tmp_path, text: str, **given) -> list:
    read = one(tmp_path, "deal-1042.txt", text, **{"tables": TABLES, **given})
    return read.texts["speaker"].fillna("").tolist()


def test_sellers_are_known_by_name(tmp_path):
    assert sides(tmp_path, "Анна Петрова: раз\nИван Цветков: два\nПетрова Анна: три\nКто-то Ещё: четыре\nКто-то Ещё: пять") == ["seller", "client", "seller", "", ""]
    assert sides(tmp_path, TALK) == ["seller", "client", "seller", "client"]  # by her first name, and he is the other one
    assert sides(tmp_path, "Олег: раз\nИван: два\nОлег: три\nИван: два") == [""] * 4  # two users have this name
    assert sides(tmp_path, "Маша: раз\nКлиент: два\nМаша: три", tables=None) == ["seller", "client", "seller"]


def test_the_tables_of_an_engine(tmp_path):
    (tmp_path / "w" / "tables").mkdir(parents=True)
    for name, frame in TABLES.items():
        frame.to_parquet(tmp_path / "w" / "tables" / f"{name}.parquet", index=False)
    tables = load(tmp_path / "w" / "tables")
    row = linked(tmp_path, "2026-03-05 deal-1042.txt", tables=tables)
    assert row[["owner", "outcome", "stage"]].tolist() == ["Анна Петрова", "won", "КП"]


def test_times_are_those_of_the_workspace(tmp_path):
    (tmp_path / "w" / "tables").mkdir(parents=True)
    (tmp_path / "w" / "client.yml").write_text("name: X\ntime_zone: Europe/Sofia\ncountry: BG\n")
    TABLES["deals"].to_parquet(tmp_path / "w" / "tables" / "deals.parquet", index=False)
    letter = "From: a@x.example\nTo: b@y.example\nSubject: x\nDate: Thu, 05 Mar 2026 10:00:00 +0300\n\nDa"
    assert linked(tmp_path, "a.eml", letter, tables=load(Workspace.open(tmp_path / "w")))["at"] == T("2026-03-05 09:00")
    assert linked(tmp_path, "a.eml", letter, tables=None)["at"] == T("2026-03-05 10:00")
    assert linked(tmp_path, "a.eml", letter, zone="UTC")["at"] == T("2026-03-05 07:00")


def test_outcomes_are_not_made_up(tmp_path):
    read = one(tmp_path, "a.txt", TALK)
    assert read.cases[["outcome"]].values.tolist() == [[""]] and read.cases[["deal_id", "owner", "stage"]].isna().all().all() and reasons(read) == {}


def test_the_seller_who_speaks_owns_a_case_without_a_deal(tmp_path):
    text = "Анна: раз\nКлиент: два\nАнна: три"
    assert one(tmp_path, "a.txt", text, tables=TABLES).cases["owner"].tolist() == ["Анна Петрова"]
    assert one(tmp_path, "deal-1043.txt", text, tables=TABLES).cases["owner"].tolist() == ["Борис Ильин"]  # the deal's owner, whoever called


def test_one_proposal_sent_for_two_deals_is_two_cases_and_a_copy_is_none(tmp_path):
    for name in ("offer_deal-1042.txt", "offer_deal-1043.txt", "copy/offer_deal-1042.txt", "zz.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(TALK, encoding="utf-8")
    read = read_cases(tmp_path)
    assert sorted(read.cases["deal_id"]) == ["1042", "1043"]
    assert sorted(read.refused["reason"]) == ["duplicate", "duplicate"]
