"""Lists that people keep beside the CRM in three languages: exact canonical rows; what common words alone do not make."""

import pandas as pd
import pytest

DEALS = "id,title,created,won,amount,owner\n10,Опт,2026-01-02,1,100,Петров\n11,Розница,2026-01-03,1,50,Анна Ли\n"


@pytest.mark.parametrize("text", [
    "Номер КП;ID сделки;Вид;Версия шаблона;Отправлено;Дата реакции;Реакция;Сумма\nA-1;10;ТКП;v2;02.02.2026;05.02.2026;вопрос;100,5\nA-2;99;КП;v1;03.02.2026;;нет;\n",
    "Proposal number;Deal ID;Kind;Template version;Sent;Reaction date;Reaction;Amount\nA-1;10;technical proposal;v2;02.02.2026;05.02.2026;question;100,5\nA-2;99;proposal;v1;03.02.2026;;none;\n",
    "Номер на офертата;ID на сделката;Вид оферта;Шаблон на офертата;Изпратено;Дата на реакцията;Реакция;Сума\nA-1;10;техническа оферта;v2;02.02.2026;05.02.2026;въпрос;100,5\nA-2;99;оферта;v1;03.02.2026;;няма;\n",
])
def test_proposals_and_a_deal_that_is_not_there(desk, text):
    desk.put("deals.csv", DEALS)
    desk.put("kp.csv", text)
    desk.run()
    desk.taken("kp.csv", "proposals")
    assert desk.rows("proposals", "proposal_id", "deal_id", "kind", "template_version", "sent_at", "reaction_at", "amount") == [
        ["A-1", "10", "ТКП", "v2", "2026-02-02", "2026-02-05", 100.5], ["A-2", "99", "КП", "v1", "2026-02-03", None, None]]
    assert desk.rows("proposals", "reaction")[0] == ["question"]
    join = next(join for join in desk.report["joins"] if join["to"] == "deals.deal_id")
    assert (join["file"], join["missing"], join["examples"]) == ("kp.csv", 1, ["99"])


@pytest.mark.parametrize(("base", "log"), [
    ("Приём;Вид;Этап;Автор;Статус\nДва варианта;приём;Переговоры;Петров;проверен\n", "Приём;Менеджер;Дата;ID сделки;Цитата\nдва варианта;Анна Ли;02.02.2026;Опт;или так\n"),
    ("Technique;Kind;Stage;Author;Status\nДва варианта;technique;Переговоры;Петров;proven\n", "Technique;Seller;Date;Deal ID;Quote\nдва варианта;Анна Ли;02.02.2026;Опт;или так\n"),
    ("Похват;Вид;Етап;Автор;Статус\nДва варианта;похват;Переговоры;Петров;доказан\n", "Похват;Търговец;Дата;ID на сделката;Цитат\nдва варианта;Анна Ли;02.02.2026;Опт;или так\n"),
])
def test_techniques_and_their_uses(desk, base, log):
    desk.put("deals.csv", DEALS)
    desk.put("base.csv", base)
    desk.put("log.csv", log)
    desk.run()
    desk.taken("base.csv", "kb_items")
    desk.taken("log.csv", "technique_tags")
    assert desk.rows("kb_items", "kb_id", "kind", "title", "stage_id", "author_id", "status") == [["Два варианта", "technique", "Два варианта", "Переговоры", "Петров", "proven"]]
    assert desk.rows("technique_tags", "kb_id", "user_id", "at", "deal_id", "quote", "tagged_by") == [["Два варианта", "Анна Ли", "2026-02-02", "10", "или так", "human"]]


@pytest.mark.parametrize("text", [
    "Контактное лицо;Компания;Должность;Телефон;ЛПР\nОльга;ООО А;Директор;8 (495) 123-45-67;да\n",
    "Contact person;Company;Position;Phone;Decision maker\nОльга;ООО А;Директор;8 (495) 123-45-67;yes\n",
    "Лице за контакт;Фирма;Длъжност;Телефон;Взема решение\nОльга;ООО А;Директор;8 (495) 123-45-67;да\n",
])
def test_contacts(desk, text):
    desk.put("deals.csv", DEALS)
    desk.put("c.csv", text)
    desk.run()
    desk.taken("c.csv", "contacts")
    assert desk.rows("contacts", "name", "client_id", "role", "phone", "is_decision_maker") == [["Ольга", "ООО А", "Директор", "+74951234567", True]]


@pytest.mark.parametrize("text", ["Дата прогноза;Период;Менеджер;Прогноз;Вид прогноза\n01.02.2026;Февраль 2026;Петров;500;роп\n",
                                  "Forecast date;Period;Seller;Forecast;Forecast kind\n01.02.2026;02.2026;Петров;500;head\n",
                                  "Дата на прогнозата;Месец;Търговец;Прогноза;Вид прогноза\n01.02.2026;Февруари 2026;Петров;500;ръководител\n"])
def test_forecasts(desk, text):
    desk.put("deals.csv", DEALS)
    desk.put("f.csv", text)
    desk.run()
    desk.taken("f.csv", "forecasts")
    assert desk.rows("forecasts", "made_at", "period_start", "period_end", "scope", "scope_id", "metric", "value", "kind") == [
        ["2026-02-01", "2026-02-01", "2026-03-01", "user", "Петров", "revenue", 500.0, "head"]]


def test_what_a_forecast_is_of_is_known_by_its_word(desk):
    desk.put("deals.csv", DEALS)
    desk.put("f.csv", "Дата прогноза;Период;Менеджер;Показатель;Прогноз;Вид прогноза\n01.02.2026;Февраль 2026;Петров;Выручка;500;роп\n01.02.2026;Февраль 2026;Петров;Замеры;5;роп\n")
    desk.run()
    assert desk.rows("forecasts", "metric", "value") == [["revenue", 500.0], ["Замеры", 5.0]]


@pytest.mark.parametrize(("file", "table", "columns", "expected"), [
    ("ID сделки;Товар;Количество;Цена\n10;Кабель;2;50\n11;Кабель;1;50\n", "deal_products", ("deal_id", "product", "quantity", "price"), [["10", "Кабель", 2.0, 50.0], ["11", "Кабель", 1.0, 50.0]]),
    ("Deal ID;Product;Quantity;Price\n10;Кабель;2;50\n", "deal_products", ("deal_id", "product", "quantity", "price"), [["10", "Кабель", 2.0, 50.0]]),
    ("Опрос;Вопрос;Ответ;Сотрудник\nQ1;Доволен?;8;Петров\nQ1;Доволен?;9;\nQ1;Доволен?;7;\n", "surveys", ("survey_id", "question_id", "value", "user_id"), [["Q1", "Доволен?", 8.0, "Петров"], ["Q1", "Доволен?", 9.0, None], ["Q1", "Доволен?", 7.0, None]]),
    ("Survey;Question;Answer\nQ1;Доволен?;8\n", "surveys", ("survey_id", "question_id", "value"), [["Q1", "Доволен?", 8.0]]),
    ("Анкета;Въпрос;Отговор\nQ1;Доволен?;8\n", "surveys", ("survey_id", "question_id", "value"), [["Q1", "Доволен?", 8.0]]),
    ("Дата;Рабочий день;Начало работы;Конец работы\n31.12.2026;нет;;\n07.01.2026;да;10:00;15:00\n", "calendar", ("date", "is_workday", "work_start", "work_end"), [["2026-12-31", False, None, None], ["2026-01-07", True, "10:00", "15:00"]]),
    ("Date;Workday\n2026-12-31;no\n", "calendar", ("date", "is_workday"), [["2026-12-31", False]]),
    ("Дата;Работен ден\n31.12.2026;не\n", "calendar", ("date", "is_workday"), [["2026-12-31", False]]),
    ("День;Источник;Канал;Расходы\n31.12.2026;Реклама;Поиск;100,5\n", "spend", ("date", "source", "channel", "amount"), [["2026-12-31", "Реклама", "Поиск", 100.5]]),
    ("Date;Source;Channel;Spend\n2026-12-31;Реклама;Поиск;100,5\n", "spend", ("date", "source", "channel", "amount"), [["2026-12-31", "Реклама", "Поиск", 100.5]]),
    ("Ден;Източник;Канал;Разходи\n31.12.2026;Реклама;Поиск;100,5\n", "spend", ("date", "source", "channel", "amount"), [["2026-12-31", "Реклама", "Поиск", 100.5]]),
    ("Валюта;Дата;Курс\nEUR;31.12.2026;100,5\n", "fx", ("date", "currency", "rate_to_base"), [["2026-12-31", "EUR", 100.5]]),
    ("Currency;Date;Exchange rate\nEUR;2026-12-31;100,5\n", "fx", ("date", "currency", "rate_to_base"), [["2026-12-31", "EUR", 100.5]]),
    ("Валута;Дата;Обменен курс\nEUR;31.12.2026;100,5\n", "fx", ("date", "currency", "rate_to_base"), [["2026-12-31", "EUR", 100.5]]),
    ("Номер счёта;Дата счёта;Клиент;Сумма;Срок оплаты\n7;01.02.2026;ООО А;100,5;05.02.2026\n", "invoices", ("number", "issued_on", "client_id", "amount", "due_on"), [["7", "2026-02-01", "ООО А", 100.5, "2026-02-05"]]),
    ("Номер счёта;Дата счёта;Клиент;Сумма;Срок оплаты;Обещали оплатить\n7;01.02.2026;ООО А;100,5;05.02.2026;20.02.2026\n", "invoices", ("number", "due_on", "promised_on"), [["7", "2026-02-05", "2026-02-20"]]),
    ("Фактура №;Дата на фактура;Получател;Сума;Падеж;Обещана дата\n7;01.02.2026;Алфа ООД;100,5;05.02.2026;20.02.2026\n", "invoices", ("number", "due_on", "promised_on"), [["7", "2026-02-05", "2026-02-20"]]),
    ("Invoice number;Invoice date;Client;Amount\n7;2026-02-01;ООО А;100,5\n", "invoices", ("number", "issued_on", "client_id", "amount"), [["7", "2026-02-01", "ООО А", 100.5]]),
    ("Номер на фактура;Дата на издаване;Клиент;Сума\n7;01.02.2026;ООО А;100,5\n", "invoices", ("number", "issued_on", "client_id", "amount"), [["7", "2026-02-01", "ООО А", 100.5]]),
])
def test_short_tables(desk, file, table, columns, expected):
    desk.put("deals.csv", DEALS)
    desk.put("x.csv", file)
    desk.run()
    desk.taken("x.csv", table)
    assert desk.rows(table, *columns) == expected


@pytest.mark.parametrize("text", ["Дата;Сотрудник;Сумма\n01.02.2026;Петров;5\n", "Дата;Сотрудник;Комментарий\n01.02.2026;Петров;5\n", "Date;Employee;Minutes\n01.02.2026;Петров;5\n",
                                  "Сотрудник;Оценка\nПетров;5\n", "Дата;Проект;Статус\n01.02.2026;А;да\n", "Employee;Skill A;Skill B\nПетров;1;2\n"])
def test_common_words_alone_are_no_table(desk, text):
    desk.put("deals.csv", DEALS)
    desk.put("x.csv", text)
    desk.run()
    assert desk.entry("x.csv")["preset"] is None


def test_example_rows_are_refused(desk):
    desk.put("deals.csv", DEALS)
    desk.put("x.csv", "Пример;Сотрудник;Дата отсутствия;Вид\nпример;Иванов Иван;01.02.2026;отпуск\n;Петров;02.02.2026;отпуск\n")
    desk.run()
    assert desk.entry("x.csv")["reasons"] == {"example_row": 1}
    assert desk.rows("absences", "user_id") == [["Петров"]]
    assert "Иванов Иван" not in set(desk.table("users")["name"])


STATES = "id,title,created,won,closed,amount,stage,owner\n10,Опт,2026-01-02,1,2026-02-20,100,Сделка успешна,Петров\n11,Розница,2026-01-03,,,50,Талк,Анна Ли\n"


@pytest.mark.parametrize("text", [
    "Дата среза;ID сделки;Ответственный;Стадия сделки;Сумма;Предполагаемая дата закрытия\n31.01.2026;10;Петров;Талк;90;15.02.2026\n28.02.2026;10;Петров;Сделка успешна;100;20.02.2026\n31.01.2026;Розница;анна ли;Талк;50;\n31.01.2026;11;Петров;Талк;1;\n",
    "Snapshot date;Deal ID;Owner;Stage;Amount;Expected close\n31.01.2026;10;Петров;Талк;90;15.02.2026\n28.02.2026;10;Петров;Сделка успешна;100;20.02.2026\n31.01.2026;Розница;анна ли;Талк;50;\n31.01.2026;11;Петров;Талк;1;\n",
    "Снимка към дата;ID на сделката;Отговорник;Етап;Сума;Очаквана дата на затваряне\n31.01.2026;10;Петров;Талк;90;15.02.2026\n28.02.2026;10;Петров;Сделка успешна;100;20.02.2026\n31.01.2026;Розница;анна ли;Талк;50;\n31.01.2026;11;Петров;Талк;1;\n",
])
def test_states_of_the_funnel_that_a_client_has_kept(desk, text):
    """Outcomes of a day come from the deal; the same deal of a day counts once; they make no history of stages."""
    desk.put("deals.csv", STATES)
    desk.put("states.csv", text)
    desk.run()
    entry = desk.taken("states.csv", "deal_snapshots")
    assert (entry["rows_in"], entry["rows_kept"], entry["reasons"]) == (4, 3, {"duplicate_row": 1})
    assert desk.rows("deal_snapshots", "as_of", "deal_id", "owner_id", "stage_id", "semantic", "amount", "expected_close_on") == [
        ["2026-01-31", "10", "Петров", "Талк", "open", 90.0, "2026-02-15"], ["2026-02-28", "10", "Петров", "Сделка успешна", "won", 100.0, "2026-02-20"],
        ["2026-01-31", "11", "Анна Ли", "Талк", "open", 50.0, None]]
    assert not (desk.root / "tables" / "stage_history.parquet").exists()


def test_states_of_a_file_go_before_those_of_the_runs(desk):
    desk.put("deals.csv", STATES)
    desk.put("states.csv", "Snapshot date;Deal ID;Stage;Amount\n31.01.2026;10;Талк;90\n")
    (desk.root / "snapshots").mkdir()
    runs = pd.DataFrame({"deal_id": ["10", "11"], "stage_id": ["Талк", "Талк"], "semantic": ["open", "open"], "amount": [70.0, 50.0]})
    runs.to_parquet(desk.root / "snapshots" / "2026-01-31.parquet")
    desk.run()
    assert desk.rows("deal_snapshots", "deal_id", "amount") == [["10", 90.0], ["11", 50.0]]


@pytest.mark.parametrize("text", [
    "Номер действия;Зона роста;Горизонт;Приоритет клиента;Ответственный;Дата согласования;Начало;Завершено;Показатель;Было;Цель;Ожидаемый прирост в месяц;Трудоёмкость;Статус;Срок;Предложенный приоритет\n"
    "Д-1;КП;тактический;1;Петров;10.07.2026;15.07.2026;;Реакция;0,4;0,55;350000;низкая;в работе;31.08.2026;2\n",
    "Action ID;Growth zone;Horizon;Client priority;Owner;Agreed on;Start;Done;Metric;Baseline;Target;Expected gain a month;Effort;Status;Due;Proposed priority\n"
    "Д-1;КП;tactical;1;Петров;10.07.2026;15.07.2026;;Реакция;0,4;0,55;350000;low;в работе;31.08.2026;2\n",
    "Номер на действието;Зона за растеж;Хоризонт;Приоритет на клиента;Отговорник;Съгласувано на;Начало;Изпълнено;Показател;Преди;Цел;Очакван прираст на месец;Усилия;Статус;Краен срок;Предложен приоритет\n"
    "Д-1;КП;тактически;1;Петров;10.07.2026;15.07.2026;;Реакция;0,4;0,55;350000;ниска;в работе;31.08.2026;2\n",
])
def test_agreed_changes(desk, text):
    desk.put("deals.csv", DEALS)
    desk.put("changes.csv", text)
    desk.run()
    desk.taken("changes.csv", "growth_actions")
    assert desk.rows("growth_actions", "action_id", "zone_id", "horizon", "client_priority", "owner", "agreed_at", "start_on", "done_on", "metric", "baseline", "target", "expected_gain", "effort", "status", "due_on", "proposed_priority") == [
        ["Д-1", "КП", "tactical", 1, "Петров", "2026-07-10", "2026-07-15", None, "Реакция", 0.4, 0.55, 350000.0, "low", "в работе", "2026-08-31", 2]]
