"""Files as clients really send them: habits that a first reading of them got wrong."""

import io
import json
import zipfile

import pytest

from audit.intake.tables.alike import candidates

DEALS = "ID,Created,Amount,Stage,Owner\n1,2026-01-05,100,New,Ann\n2,2026-01-06,50,Won,Ann\n"


@pytest.mark.parametrize("name", ["Иванов Александр", "Александр Иванов"])
def test_a_name_without_its_patronymic_is_proposed(name):
    staff = ["Иванов Александр Сергеевич", "Петрова Мария Ивановна"]
    assert candidates(name, staff) == ([staff[0]], True)
    found, sure = candidates(name, [*staff, "Иванов Александр Петрович"])
    assert len(found) == 2 and not sure  # two of the name: nobody is proposed


def test_pages_of_events_without_a_change_of_stage_raise_no_question(desk):
    leads = [{"id": 7, "name": "A", "price": 10, "status_id": 101, "pipeline_id": 9, "responsible_user_id": 1, "created_at": 1767600000, "updated_at": 1767600000, "closed_at": None}]
    calls = [{"id": f"e{n}", "type": "outgoing_call", "entity_id": 7, "entity_type": "lead", "created_by": 1, "created_at": 1767600000 + n,
              "value_after": [{"note": {"id": n}}], "value_before": []} for n in range(3)]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("leads.json", json.dumps({"_embedded": {"leads": leads}}))
        archive.writestr("events_page2.json", json.dumps({"_embedded": {"events": calls}}))
    desk.put("amo.zip", packed.getvalue())
    desk.run()
    entry = desk.entry("amo.zip/events_page2.json")
    assert (entry["rows_in"], entry["rows_kept"], entry["reasons"]) == (3, 3, {})  # the calls are actions
    assert desk.table("activities")["kind"].tolist() == ["call_out"] * 3


def test_calls_with_date_and_time_apart(desk):
    desk.put("deals.csv", DEALS)
    desk.put("calls.csv", "Дата звонка;Время;Сотрудник;Тип вызова;Номер клиента;Длительность;Статус\n"
             "13.01.2026;09:05:00;Ann;Исходящий;79000000001;00:01:30;Успешный\n14.01.2026;18:00:10;Ann;Входящий;79000000002;00:00:00;Пропущенный\n")
    desk.run()
    calls = desk.table("activities")
    assert sorted(calls["kind"]) == ["call_in", "call_out"]
    assert sorted(map(str, calls["started_at"])) == ["2026-01-13 09:05:00", "2026-01-14 18:00:10"]
    assert calls.sort_values("started_at")["is_answered"].tolist() == [True, False]


def test_ids_of_a_database_name_the_seller(desk):
    desk.put("deals.csv", "id,title,stage,amount,manager_id,company,created_at,closed_at\n1,A,Won,5,2,X,2026-01-05,2026-01-09\n2,B,New,6,1,Y,2026-01-06,\n")
    desk.put("calls.csv", "id,call_date,user_id,direction,duration,status\n1,2026-01-13 09:05:00,2,out,30,answered\n")
    desk.put("users.csv", "id,name,department,hired_at\n1,Ann Abel,Sales,2024-02-01\n2,Bob Byrne,Sales,2024-02-01\n")
    desk.run()
    assert desk.table("deals").set_index("deal_id")["owner_id"].to_dict() == {"1": "2", "2": "1"}
    assert desk.table("activities")["owner_id"].tolist() == ["2"]


def test_leads_of_bitrix24_with_a_stage(desk):
    desk.put("LEAD.csv", "ID;Стадия;Название лида;Дата создания;Ответственный;Источник\n1;В работе;Лид 1;13.01.2026 10:00:00;Анна;Сайт\n2;Качественный лид;Лид 2;14.01.2026 10:00:00;Анна;Сайт\n")
    desk.run()
    assert desk.entry("LEAD.csv")["preset"] == "bitrix24_leads"
    assert sorted(desk.table("leads")["semantic"]) == ["converted", "open"]


def test_a_checklist_without_a_reviewer_is_known_by_its_name(desk):
    desk.put("deals.csv", DEALS)
    desk.sheet("ОКК, чек-лист.xlsx", [["Дата звонка", "Менеджер", "Ссылка на сделку", "Приветствие (макс 1)", "Потребность (макс 3)", "Комментарий"],
                                      ["13.01.2026", "Ann", "https://crm.example/leads/detail/1", 1, 2, ""], ["14.01.2026", "Ann", "https://crm.example/leads/detail/2", 0, "н/п", ""]])
    desk.run()
    entry = desk.entry("ОКК, чек-лист.xlsx")
    assert (entry["preset"], entry["rows_in"], entry["rows_kept"]) == ("reviews_titled", 2, 2)
    assert desk.table("qa_reviews")["score"].dropna().sum() == 3


def test_bulgarian_invoices_receivables_and_calls(desk):
    (desk.root / "client.yml").write_text("name: Пример\ncurrency: EUR\ncountry: BG\n", "utf-8")
    desk.put("сделки.csv", "Номер;Клиент;ЕИК;Търговец;Дата на създаване;Дата на приключване;Етап;Статус;Стойност\n"
             "1;Алфа ЕООД;175000001;Иван;13.11.2025;20.12.2025;Спечелена;Спечелена;195,58 лв.\n2;Бета ЕООД;175000002;Иван;13.01.2026;;Запитване;Отворена;50,00 €\n"
             "3;Бета ЕООД;175000002;Иван;14.01.2026;;Оферта;Отворена;50,00 €\n", "cp1251")
    desk.put("фактури.csv", "Фактура №;Дата;Клиент;ЕИК;Сума с ДДС;Валута;Падеж\n0000000001;20.12.2025;\"\"\"Алфа\"\" ЕООД\";BG175000001;195,58;лв.;20.01.2026\n", "cp1251")
    desk.sheet("вземания.xlsx", [["Вземания от клиенти към 31.01.2026"], ["Клиент", "ЕИК", "Фактура №", "Падеж", "Дължима сума", "Дни просрочие"],
                                ["Алфа ЕООД", "175000001", "0000000001", "20.01.2026", "30,00", "11"]])
    desk.put("обаждания.csv", "Дата и час;Служител;Посока;Номер;Продължителност;Резултат\n13.01.2026 10:00:00;Иван;Изходящо;+359880000001;30;Отговорено\n"
             "14.01.2026 10:00:00;Иван;Входящо;+359880000002;0;Без отговор\n", "cp1251")
    desk.run()
    assert desk.table("invoices")["amount_base"].tolist() == pytest.approx([100.0], abs=0.01)
    assert desk.table("receivables")["amount"].sum() == 30 and desk.table("activities")["is_answered"].sum() == 1
    assert set(desk.table("invoices")["client_id"]) == set(desk.table("receivables")["client_id"]) == {desk.table("deals").set_index("deal_id")["client_id"]["1"]}
    stages = desk.table("stages").sort_values("ord")
    assert stages.loc[stages["semantic"] == "open", "stage_id"].tolist() == ["Запитване", "Оферта"]


def test_nine_digits_of_an_eik_are_no_inn_without_its_zero():
    from audit.intake.parse.plain import tax_id

    assert tax_id("100554330", "BG") == "100554330" and tax_id("100554330", "RU") == "0100554330"


def test_total_rows_do_not_trouble_the_passport():
    from audit.passport.sources import files

    read = {"file": "plan.xlsx", "table": "plans", "rows_in": 6, "rows_kept": 5, "rows_quarantined": 1}
    assert [fact.severity for fact in files({"files": [{**read, "reasons": {"total_row": 1}}, {**read, "reasons": {"bad_number": 1}}]}, {})] == ["ok", "attention"]
    strange = {"file": "x.csv", "table": None, "rows_in": 6, "rows_kept": 0, "rows_quarantined": 6, "reasons": {"unknown_file": 6}}
    assert [(fact.name, fact.severity) for fact in files({"files": [strange]}, {})] == [("unknown", "attention")]


def test_questions_are_worded_in_the_language_of_the_reader(desk):
    desk.put("x.csv", "alpha,beta\n1,2\n")
    error = desk.fails()
    assert "what is this file" in error.told("en") and "что это за файл" in error.told("ru")
    assert "--accept" in error.told("bg")
