"""Files as clients name their columns themselves: recognised without a question, counted by hand."""

import pandas as pd
import pytest

RUSSIAN = [
    ["ООО «Пример»"], ["Отчёт по сделкам за период 01.01.2026 – 31.03.2026"], [],
    ["Номер", "Менеджер", "Дата создания", "Дата закрытия", "Статус сделки", "Сумма, руб.", "Откуда клиент", "Регион"],
    ["Д-1", "Иванова Мария", "12.01.2026 10:15", "20.01.2026", "Выиграна", 120000, "Сайт", "Урал"],
    ["Д-2", "Петров Олег", "13.01.2026 11:00", "02.02.2026", "Проиграна", 80000, "Выставка", "Сибирь"],
    ["Д-3", "Петров Олег", "14.03.2026 12:00", "", "В работе", "", "Сайт", "Урал"],
    ["Итого", "", "", "", "", 200000],
]


def test_a_russian_list_with_titles_and_a_total(desk):
    desk.sheet("Сделки.xlsx", RUSSIAN)
    desk.run()
    entry = desk.entry("Сделки.xlsx")
    assert (entry["table"], entry["rows_in"], entry["rows_kept"], entry["reasons"]) == ("deals", 4, 3, {"total_row": 1})
    deals = desk.table("deals")
    assert deals["semantic"].tolist() == ["won", "lost", "open"]
    assert deals["source"].tolist() == ["Сайт", "Выставка", "Сайт"]
    assert deals["amount"].tolist()[:2] == [120000, 80000]
    assert set(desk.table("users")["name"]) == {"Иванова Мария", "Петров Олег"}


def test_a_bulgarian_list(desk):
    desk.put("sdelki.csv", "№;Отговорник;Етап;Сума;Дата на създаване;Дата на приключване;Източник\n"
             "1;Иван Георгиев;Спечелена;2 931,71;16.09.2026;20.09.2026;Уебсайт\n"
             "2;Мария Димитрова;Загубена;3 113,44;21.08.2026;10.09.2026;Препоръка\n"
             "3;Мария Димитрова;Оферта;500,00;22.08.2026;;Препоръка\n", "cp1251")
    desk.run()
    deals = desk.table("deals")
    assert deals["semantic"].tolist() == ["won", "lost", "open"]
    assert deals["amount"].tolist() == [2931.71, 3113.44, 500]
    assert deals["source"].tolist() == ["Уебсайт", "Препоръка", "Препоръка"]
    assert deals["closed_at"].isna().tolist() == [False, False, True]


PIPEDRIVE = ("Deal - ID,Deal - Title,Deal - Owner,Deal - Status,Deal - Stage,Deal - Value,Deal - Currency,Deal - Deal created,Deal - Deal closed on,"
             "Deal - Lost reason,Deal - Contact email\n"
             '1,One,Alice,Won,Negotiation,"5,164.50",EUR,2026-05-14 11:00:00,2026-06-05 03:20:54,,a@b.example\n'
             '2,Two,Ben,Lost,Proposal,"2,713.00",EUR,2026-04-13 18:57:00,2026-05-21 00:01:53,Price,c@d.example\n'
             '3,Three,Ben,Open,Proposal,"1,000.00",EUR,2026-05-13 18:57:00,,,c@d.example\n')


def test_stage_where_a_deal_ended_is_not_its_outcome(desk):
    desk.client("")
    desk.put("deals.csv", PIPEDRIVE)
    desk.run()
    assert desk.entry("deals.csv")["preset"] == "pipedrive_deals"
    assert desk.table("deals")["semantic"].tolist() == ["won", "lost", "open"]
    assert desk.table("stages").set_index("stage_id")["semantic"].to_dict() == {"Negotiation": "open", "Proposal": "open"}
    assert "a@b.example" not in desk.table("deals").to_csv()


@pytest.mark.parametrize(("stage", "status", "words"), [
    ("Этап", "Статус", ("Переговоры", "Выиграна", "Договор", "Проиграна")), ("Stage", "Status", ("Negotiation", "Won", "Proposal", "Lost")),
])
def test_a_status_beside_the_stage_is_the_outcome(desk, stage, status, words):
    desk.put("deals.csv", f"ID;{stage};{status};Amount;Created\n1;{words[0]};{words[1]};10;2026-01-02\n2;{words[2]};{words[3]};20;2026-01-03\n")
    desk.run()
    deals = desk.table("deals")
    assert deals["semantic"].tolist() == ["won", "lost"]
    assert deals["stage_id"].tolist() == [words[0], words[2]]


def test_a_planned_closing_of_an_open_hubspot_deal_is_a_plan(desk):
    desk.put("hs.csv", "Record ID,Deal Name,Deal Stage,Deal owner,Amount,Create Date,Close Date,Is Closed Won\n"
             "1,A,Closed Won,Ann,100,2026-01-02 10:00,2026-02-03 10:00,true\n2,B,Contract Sent,Ann,50,2026-01-02 10:00,2026-12-31 10:00,false\n")
    desk.run()
    deals = desk.table("deals")
    assert deals["semantic"].tolist() == ["won", "open"]
    assert deals["expected_close_on"].tolist()[1] == pd.Timestamp(2026, 12, 31).date()


def test_a_strange_file_is_asked_about_while_there_are_no_deals(desk):
    desk.put("calls.csv", "Date,User,Direction,Duration\n2026-01-02 10:00:00,Ann,outgoing,60\n")
    desk.put("things.csv", "alpha,beta,gamma,delta\n1,2,3,4\n")
    told = desk.fails()
    assert told.code == 11
    assert "things.csv" in told.told("en")
    desk.answer("skip")
    desk.run()
    desk.put("deals.csv", PIPEDRIVE)
    desk.run()


def test_people_with_hire_dates(desk):
    desk.put("deals.csv", PIPEDRIVE)
    desk.put("people.csv", "Manager,Email,Team,Hired,Dismissed\nAlice,a@b.example,North,2023-01-10,\nBen,b@b.example,South,2022-05-01,2026-06-01\n")
    desk.run()
    users = desk.table("users").set_index("name")
    assert users.loc["Ben", "team"] == "South"
    assert str(users.loc["Alice", "hired_at"])[:10] == "2023-01-10"
    assert str(users.loc["Ben", "left_at"])[:10] == "2026-06-01"


def test_one_plain_table_knows_the_same_words(tmp_path):
    from audit.intake import canonical_deals

    book = tmp_path / "deals.xlsx"
    pd.DataFrame(RUSSIAN[4:7], columns=RUSSIAN[3]).to_excel(book, index=False)
    deals, mapping = canonical_deals(book)
    assert mapping == {"deal_id": "Номер", "created_at": "Дата создания", "closed_at": "Дата закрытия", "stage_id": "Статус сделки", "amount": "Сумма, руб."}
    assert deals["semantic"].tolist() == ["won", "lost", "open"]
    csv = tmp_path / "pipedrive.csv"
    csv.write_text(PIPEDRIVE, "utf-8")
    deals, mapping = canonical_deals(csv)
    assert mapping["semantic"] == "Deal - Status"
    assert mapping["stage_id"] == "Deal - Stage"
    assert deals["semantic"].tolist() == ["won", "lost", "open"]


def test_the_files_of_the_tutorial_are_known_at_once(desk):
    from pathlib import Path

    page = (Path(__file__).resolve().parents[3] / "docs" / "tutorial.md").read_text("utf-8")
    deals, plan, calls = page.split("```")[1].strip().split("\n\n")
    for name, content in (("deals.csv", deals), ("plan.csv", plan), ("calls.csv", calls)):
        desk.put(name, content + "\n")
    desk.run()
    assert {entry["file"]: (entry["table"], entry["rows_kept"]) for entry in desk.report["files"]} == \
        {"deals.csv": ("deals", 2), "plan.csv": ("plans", 1), "calls.csv": ("activities", 1)}
    assert desk.table("deals")["amount"].tolist() == [120000, 80000]
    assert desk.table("activities")["entity_id"].tolist() == ["Д-1"]


def test_deals_without_a_number_are_named_by_their_rows(desk):
    for name in ("one.csv", "two.csv"):
        desk.put(name, "Менеджер;Клиент;Дата создания;Статус;Сумма\nИванов;А;01.02.2026;Выиграна;100\nИванов;А;15.02.2026;Проиграна;50\n")
    assert desk.fails().code == 11
    for place in (0, 1):
        desk.answer("deals_plain", place)
    told = desk.fails()
    assert "deal_id" in told.told("en")
    for place in (0, 1):
        desk.answer("none", place)
    desk.run()
    deals = desk.table("deals")
    assert deals["deal_id"].tolist() == ["one.csv 1", "one.csv 2", "two.csv 1", "two.csv 2"]
    assert deals["semantic"].tolist() == ["won", "lost"] * 2
    assert [entry["rows_kept"] for entry in desk.report["files"]] == [2, 2]
