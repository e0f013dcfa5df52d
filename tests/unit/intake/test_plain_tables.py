"""Lists that people keep beside the CRM in three languages: exact canonical rows; what common words alone do not make."""

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
