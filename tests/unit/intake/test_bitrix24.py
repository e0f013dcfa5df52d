"""Bitrix24: files saved from lists, tables of the interfaces and of the BI constructor; every row counted by hand."""

import json

LIST_EN = ("ID;Deal Name;Stage;Deal status;Pipeline;Income;Currency;Company;Contact;Responsible;Created;Stage change date;"
           "Assumed close date;Closed;Repeat deal;Source;\n")


def test_list_of_deals_in_english(desk):
    desk.put("deals.csv", LIST_EN +
             '1;Pump;Negotiation;In progress;Sales;1 500.50;US Dollar;Acme;;Ann Lee;03/04/2026 10:00:00 am;03/25/2026 09:00:00 am;04/30/2026;No;No;Web;\n'
             '2;Valve;Deal won;Deal won;Sales;200;US Dollar;;John Roe;Bo Ray;03/05/2026 10:00:00 am;03/26/2026 02:30:00 pm;04/30/2026;Yes;Yes;Call;\n')
    desk.run()
    assert desk.counts("deals.csv") == ("bitrix24_deals", 2, 0)
    assert desk.exact("deals", "deal_id", "stage_id", "semantic", "amount", "currency", "created_at", "expected_close_on", "closed_at", "client_id", "is_repeat") == [
        ["1", "Negotiation", "open", 1500.5, "USD", "2026-03-04 10:00:00", "2026-04-30", None, "Acme", False],
        ["2", "Deal won", "won", 200, "USD", "2026-03-05 10:00:00", "2026-04-30", "2026-03-26 14:30:00", "John Roe", True]]


def test_the_funnel_that_a_portal_begins_with_has_its_own_order(desk):
    """Execution comes before the final invoice there; among stages of the client's own the same words say nothing of their place."""
    head = "ID;Стадия сделки;Ответственный;Дата создания\n"
    usual = ["Финальный счёт", "В работе", "Новая", "Счёт на предоплату", "Подготовка документов"]
    desk.put("deals.csv", head + "".join(f"{n};{stage};Ира;0{n}.02.2026 10:00\n" for n, stage in enumerate(usual, 1)))
    desk.run()
    assert desk.table("stages")["name"].tolist() == ["Новая", "Подготовка документов", "Счёт на предоплату", "В работе", "Финальный счёт"]


def test_one_usual_stage_among_own_ones_keeps_the_place_of_its_words(desk):
    head = "ID;Стадия сделки;Ответственный;Дата создания\n"
    own = ["Финальный счёт", "Переговоры", "Новая заявка"]
    desk.put("deals.csv", head + "".join(f"{n};{stage};Ира;0{n}.02.2026 10:00\n" for n, stage in enumerate(own, 1)))
    desk.run()
    assert desk.table("stages")["name"].tolist() == ["Новая заявка", "Переговоры", "Финальный счёт"]


def test_a_list_of_actions_says_which_are_done(desk):
    desk.put("deals.csv", "ID;Стадия сделки;Ответственный;Дата создания\n7;Новая;Ира;01.02.2026 10:00\n")
    desk.put("acts.csv", "ID;Тип;ID сделки;Ответственный;Начало;Срок;Завершено\n1;Встреча;7;Ира;02.02.2026 10:00;02.02.2026 11:00;Да\n2;Встреча;7;Ира;03.02.2026 10:00;03.02.2026 11:00;Нет\n")
    desk.run()
    assert [row[1] is not None for row in sorted(desk.exact("activities", "activity_id", "done_at"))] == [True, False]


def test_page_of_deals_named_xls(desk):
    desk.put("deals.xls", '<meta http-equiv="Content-type" content="text/html;charset=UTF-8" /><table border="1"><thead><tr><th>ID</th><th>Название сделки</th>'
             "<th>Стадия сделки</th><th>Группа стадий</th><th>Сумма</th><th>Валюта</th><th>Контакт</th><th>Ответственный</th><th>Дата создания</th>"
             "<th>Дата изменения стадии</th></tr></thead><tbody><tr><td>5</td><td>ООО &quot;Лес&quot;</td><td>Сделка успешна</td><td>Успешная</td><td>1 000,00</td>"
             "<td>Российский рубль</td><td>Олег Ш.</td><td>Ира</td><td>01.02.2026 10:00:00</td><td>05.02.2026 11:00:00</td></tr></tbody></table>")
    desk.run()
    assert desk.counts("deals.xls") == ("bitrix24_deals", 1, 0)
    assert desk.exact("deals", "title", "semantic", "amount", "client_id", "won_at") == [['ООО "Лес"', "won", 1000, "Олег Ш.", "2026-02-05 11:00:00"]]


def test_list_of_leads_in_both_languages(desk):
    desk.put("ru.csv", "ID;Название лида;Статус;Возможная сумма;Источник;Название компании;Ответственный;Дата создания;Повторное обращение;Тип трафика\n"
             "1;Заявка;Качественный лид;5;Сайт;ООО А;Ира;01.02.2026 10:00;Да;cpc\n2;Заявка;Некачественный лид;;Сайт;;Ира;02.02.2026 10:00;Нет;\n", "cp1251")
    desk.put("en.csv", "ID;Lead Name;Status;Source;Responsible;Created\n3;Request;In progress;Web;Bo;2026-02-03 10:00:00\n")
    desk.run()
    assert (desk.counts("ru.csv"), desk.counts("en.csv")) == (("bitrix24_leads", 2, 0), ("bitrix24_leads", 1, 0))
    leads = sorted(desk.exact("leads", "lead_id", "semantic", "source", "utm_medium", "is_repeat", "created_at"))
    assert leads == [["1", "converted", "Сайт", "cpc", True, "2026-02-01 10:00:00"], ["2", "junk", "Сайт", None, False, "2026-02-02 10:00:00"],
                     ["3", "open", "Web", None, None, "2026-02-03 10:00:00"]]


def test_lists_of_companies_and_contacts(desk):
    desk.put("companies.csv", "ID;Название компании;Тип компании;Сфера деятельности;Ответственный;Дата создания;ИНН\n"
             "7;ООО «А»;Клиент;Торговля;Ира;01.01.2024;7707083893\n8;ООО Б;Поставщик;;Ира;02.01.2024;\n")
    desk.put("contacts.csv", "ID;Имя;Фамилия;Тип контакта;Компания;Должность;Рабочий телефон;E-mail;Ответственный\n"
             "7;Олег;Шум;Клиенты;ООО «А»;Директор;8 495 123-45-67;o@a.example;Ира\n9;Анна;;Клиенты;;;;;Ира\n")
    desk.run()
    assert (desk.counts("companies.csv"), desk.counts("contacts.csv")) == (("bitrix24_companies", 2, 0), ("bitrix24_contacts", 2, 0))
    assert desk.exact("clients", "client_id", "name", "tax_id", "segment", "industry") == [
        ["7", "ООО «А»", "7707083893", "Клиент", "Торговля"], ["8", "ООО Б", None, "Поставщик", None]]
    assert desk.exact("contacts", "contact_id", "name", "client_id", "role", "phone", "email") == [
        ["7", "Олег Шум", "7", "Директор", "+74951234567", "o@a.example"], ["9", "Анна", None, None, None, None]]


def test_list_of_activities_tells_calls_by_their_way(desk):
    desk.put("deals.csv", "ID;Название сделки;Стадия сделки;Ответственный;Дата создания;Сумма\n10;Опт;Переговоры;Ира;01.02.2026;5\n")
    desk.put("acts.csv", "ID;Сделка;Тип;Название;Начало;Срок;Ответственный;Статус;Дата создания\n"
             "1;Опт;Звонок (входящий);Вх;;03.02.2026 10:00:00;Ира;Выполнено;02.02.2026 09:00:00\n2;10;Звонок (исходящий);Исх;;04.02.2026 10:00:00;Ира;Не выполнено;02.02.2026\n"
             "3;10;Письмо (отправленное);П;;05.02.2026;Ира;Выполнено;02.02.2026\n5;10;Письмо (полученное);О;;05.02.2026;Ира;Выполнено;05.02.2026\n4;10;Встреча;В;06.02.2026 12:00;06.02.2026 12:00;Ира;Не выполнено;02.02.2026\n")
    desk.run()
    assert desk.counts("acts.csv") == ("bitrix24_activities", 4, 1)
    assert desk.entry("acts.csv")["reasons"] == {"from_client": 1}
    assert desk.exact("activities", "activity_id", "kind", "entity", "entity_id", "due_at", "done_at") == [
        ["1", "call_in", "deal", "10", "2026-02-03 10:00:00", "2026-02-03 10:00:00"], ["2", "call_out", "deal", "10", "2026-02-04 10:00:00", None],
        ["3", "email", "deal", "10", "2026-02-05", "2026-02-05"], ["4", "meeting", "deal", "10", "2026-02-06 12:00:00", None]]


def test_list_of_activities_in_english(desk):
    desk.put("acts.csv", "ID;Deal;Type;Subject;Deadline;Responsible;Status;Created\n1;9;Incoming call;A;2026-02-03 10:00:00;Bo;Completed;2026-02-02\n"
             "2;9;Call (outgoing);B;2026-02-04 10:00:00;Bo;Not completed;2026-02-02\n")
    desk.run()
    assert desk.counts("acts.csv") == ("bitrix24_activities", 2, 0)
    assert desk.exact("activities", "kind", "done_at", "comment") == [["call_in", "2026-02-03 10:00:00", "A"], ["call_out", None, "B"]]


def test_list_of_invoices(desk):
    desk.put("inv.csv", "ID;Номер;Название;Стадия;Сумма;Валюта;Компания;Ответственный;Дата выставления;Срок оплаты;ID сделки\n"
             "3;СЧ-3;Счёт 3;Оплачен;1 000,50;Российский рубль;ООО А;Ира;01.02.2026;10.02.2026;10\n4;СЧ-4;Счёт 4;Отправлен;-5;Российский рубль;ООО А;Ира;01.02.2026;10.02.2026;\n")
    desk.run()
    assert desk.counts("inv.csv") == ("bitrix24_invoices", 1, 1)
    assert desk.entry("inv.csv")["reasons"] == {"negative_amount": 1}
    assert desk.exact("invoices", "invoice_id", "number", "status", "amount", "currency", "issued_on", "due_on", "deal_id", "client_id") == [
        ["3", "СЧ-3", "Оплачен", 1000.5, "RUB", "2026-02-01", "2026-02-10", "10", "ООО А"]]


REST = ("ID,TITLE,STAGE_ID,CATEGORY_ID,STAGE_SEMANTIC_ID,OPPORTUNITY,CURRENCY_ID,ASSIGNED_BY_ID,DATE_CREATE,MOVED_TIME,CLOSEDATE,CLOSED,LEAD_ID,"
        "COMPANY_ID,CONTACT_ID,SOURCE_ID,UTM_SOURCE,IS_RETURN_CUSTOMER,LAST_ACTIVITY_TIME\n")
STATUSES = ("ID,ENTITY_ID,STATUS_ID,NAME,SORT,SEMANTICS,CATEGORY_ID\n1,DEAL_STAGE,NEW,Новая,10,,0\n2,DEAL_STAGE,WON,Сделка успешна,60,S,0\n"
            "3,DEAL_STAGE_2,C2:NEW,Заявка опта,10,,2\n4,DEAL_STAGE_2,C2:LOSE,Отказ опта,70,F,2\n5,SOURCE,WEB,Сайт,10,,\n6,STATUS,NEW,Не обработан,10,,\n"
            "7,STATUS,JUNK,Некачественный лид,50,F,\n8,STATUS,CONVERTED,Качественный лид,40,S,\n9,SMART_INVOICE_STAGE_3,DT31_3:P,Оплачен,30,S,3\n"
            "10,COMPANY_TYPE,CUSTOMER,Клиент,10,,\n11,INDUSTRY,IT,Связь,10,,\n")


def put_rest(desk):
    desk.put("deal_list.csv", REST +
             "10,Опт,C2:LOSE,2,F,1000.50,RUB,12,2026-02-01T10:00:00+03:00,2026-02-05T09:00:00+03:00,2026-03-01T03:00:00+03:00,Y,501,7,7,WEB,vk,N,2026-02-04T08:00:00+03:00\n"
             "11,Розница,NEW,0,P,0.00,RUB,13,2026-02-02T07:00:00+00:00,2026-02-02T07:00:00+00:00,2026-03-02T03:00:00+03:00,N,0,0,7,CALL,,Y,\n"
             "12,Повтор,WON,0,S,70.00,USD,12,2026-02-03T10:00:00+03:00,2026-02-06T10:00:00+03:00,2026-03-01T03:00:00+03:00,Y,0,8,0,WEB,,Y,\n")
    desk.put("status_list.csv", STATUSES)
    desk.put("category_list.csv", "id,name,sort,entityTypeId,isDefault\n0,Общая,100,2,Y\n2,Опт,200,2,N\n3,Счета,300,31,Y\n")
    desk.put("users.csv", "ID,ACTIVE,NAME,LAST_NAME,EMAIL,DATE_REGISTER,WORK_POSITION,UF_DEPARTMENT,UF_EMPLOYMENT_DATE,USER_TYPE\n"
             "12,true,Ира,Иванова,i@x.example,2020-01-01T00:00:00+03:00,Руководитель отдела,3,2020-01-09T03:00:00+03:00,employee\n"
             "13,false,Пётр,Петров,p@x.example,2021-01-01T00:00:00+03:00,Менеджер,3,,employee\n99,true,Бот,,,2021-01-01T00:00:00+03:00,,,,bot\n")
    desk.put("departments.csv", "ID,NAME,SORT,PARENT,UF_HEAD\n1,Компания,500,,\n3,Продажи,500,1,12\n")
    desk.put("contacts.csv", "ID,NAME,LAST_NAME,COMPANY_ID,POST,ASSIGNED_BY_ID,PHONE\n7,Олег,Шум,0,Директор,12,+7 495 123-45-67\n")


def test_rest_deals_with_their_dictionaries(desk):
    put_rest(desk)
    desk.run()
    assert desk.counts("deal_list.csv") == ("bitrix24_rest_deals", 3, 0)
    assert desk.counts("category_list.csv") == ("bitrix24_pipelines", 2, 1)  # a pipeline of invoices is none of deals
    assert desk.exact("deals", "deal_id", "pipeline_id", "stage_id", "semantic", "amount", "currency", "owner_id", "created_at", "closed_at") == [
        ["10", "Опт", "Отказ опта", "lost", 1000.5, "RUB", "12", "2026-02-01 10:00:00", "2026-02-05 09:00:00"],
        ["11", "Общая", "Новая", "open", 0, "RUB", "13", "2026-02-02 10:00:00", None],
        ["12", "Общая", "Сделка успешна", "won", 70, "USD", "12", "2026-02-03 10:00:00", "2026-02-06 10:00:00"]]
    # CLOSEDATE is a plan; 0 is no lead and no company, and a contact is a client of its own although its number is a company's
    assert desk.exact("deals", "expected_close_on", "lead_id", "client_id", "source", "channel", "is_repeat", "last_activity_at") == [
        ["2026-03-01", "501", "7", "Сайт", "vk", False, "2026-02-04 08:00:00"], ["2026-03-02", None, "C_7", "CALL", None, True, None],
        ["2026-03-01", None, "8", "Сайт", None, True, None]]
    assert dict(desk.exact("clients", "client_id", "name")) == {"7": "7", "C_7": "Олег Шум", "8": "8"}
    assert desk.exact("users", "user_id", "name", "team", "role", "hired_at", "is_manager", "is_system")[:3] == [
        ["12", "Ира Иванова", "Продажи", "Руководитель отдела", "2020-01-09", True, False], ["13", "Пётр Петров", "Продажи", "Менеджер", None, False, False],
        ["99", "Бот", None, None, None, None, True]]
    assert desk.exact("stages", "pipeline_id", "stage_id", "ord", "semantic") == [
        ["Общая", "Новая", 1, "open"], ["Общая", "Сделка успешна", 2, "won"], ["Опт", "Заявка опта", 1, "open"], ["Опт", "Отказ опта", 2, "lost"]]


def test_rest_leads_companies_and_history(desk):
    put_rest(desk)
    desk.put("lead_list.csv", "ID,TITLE,STATUS_ID,STATUS_SEMANTIC_ID,SOURCE_ID,ASSIGNED_BY_ID,DATE_CREATE,DATE_CLOSED,COMPANY_TITLE,COMPANY_ID,IS_RETURN_CUSTOMER,UTM_SOURCE\n"
             "501,З,CONVERTED,S,WEB,12,2026-01-30T10:00:00+03:00,2026-01-31T10:00:00+03:00,ООО А,7,N,vk\n502,З,JUNK,F,WEB,13,2026-01-30T11:00:00+03:00,2026-01-30T12:00:00+03:00,,0,N,\n"
             "503,З,NEW,P,CALL,13,2026-01-30T12:00:00+03:00,,,0,Y,\n")
    desk.put("company_list.csv", "ID,TITLE,COMPANY_TYPE,INDUSTRY,ASSIGNED_BY_ID,DATE_CREATE\n7,ООО А,CUSTOMER,IT,12,2024-01-01T10:00:00+03:00\n8,ООО Б,OTHER,,13,2024-01-02T10:00:00+03:00\n")
    desk.put("requisites.csv", "ID,ENTITY_TYPE_ID,ENTITY_ID,NAME,RQ_INN\n1,4,7,Основные,7707083893\n2,3,8,Физлицо,500100732259\n")
    desk.put("lead_history.csv", "ID,TYPE_ID,OWNER_ID,CREATED_TIME,STATUS_SEMANTIC_ID,STATUS_ID\n1,1,501,2026-01-30T10:00:00+03:00,P,NEW\n2,3,501,2026-01-31T10:00:00+03:00,S,CONVERTED\n")
    desk.put("deal_history.csv", "ID,TYPE_ID,OWNER_ID,CREATED_TIME,CATEGORY_ID,STAGE_SEMANTIC_ID,STAGE_ID\n1,1,10,2026-02-01T10:00:00+03:00,2,P,C2:NEW\n"
             "2,3,10,2026-02-05T09:00:00+03:00,2,F,C2:LOSE\n3,1,12,2026-02-03T10:00:00+03:00,0,P,NEW\n4,3,12,2026-02-06T10:00:00+03:00,0,S,WON\n")
    desk.run()
    assert [desk.counts(f"{name}.csv")[0] for name in ("lead_list", "company_list", "requisites", "lead_history", "deal_history")] == [
        "bitrix24_rest_leads", "bitrix24_rest_companies", "bitrix24_requisites", "bitrix24_lead_history", "bitrix24_stage_history"]
    assert desk.exact("leads", "lead_id", "status", "semantic", "converted_at", "deal_id", "source", "client_id") == [
        ["501", "Качественный лид", "converted", "2026-01-31 10:00:00", "10", "Сайт", "7"], ["502", "Некачественный лид", "junk", None, None, "Сайт", None],
        ["503", "Не обработан", "open", None, None, "CALL", None]]
    assert desk.exact("clients", "client_id", "name", "tax_id", "segment", "industry")[:2] == [
        ["7", "ООО А", "7707083893", "Клиент", "Связь"], ["8", "ООО Б", None, "OTHER", None]]
    assert desk.exact("stage_history", "entity", "entity_id", "pipeline_id", "to_stage", "entered_at", "move") == [
        ["deal", "10", "Опт", "Заявка опта", "2026-02-01 10:00:00", "create"], ["deal", "10", "Опт", "Отказ опта", "2026-02-05 09:00:00", "final"],
        ["deal", "12", "Общая", "Новая", "2026-02-03 10:00:00", "create"], ["deal", "12", "Общая", "Сделка успешна", "2026-02-06 10:00:00", "final"],
        ["lead", "501", None, "Не обработан", "2026-01-30 10:00:00", "create"], ["lead", "501", None, "Качественный лид", "2026-01-31 10:00:00", "final"]]


def test_rest_activities_and_calls_of_the_exchange_are_one_action(desk):
    put_rest(desk)
    desk.put("activities.csv", "ID,OWNER_ID,OWNER_TYPE_ID,TYPE_ID,PROVIDER_ID,DIRECTION,SUBJECT,START_TIME,DEADLINE,COMPLETED,RESPONSIBLE_ID,CREATED,LAST_UPDATED\n"
             "1,10,2,2,VOXIMPLANT_CALL,1,Входящий,2026-02-02T10:00:00+03:00,2026-02-02T10:00:00+03:00,Y,12,2026-02-02T10:00:00+03:00,2026-02-02T10:05:00+03:00\n"
             "2,11,2,6,CRM_TODO,0,Позвонить,,2026-02-03T10:00:00+03:00,N,13,2026-02-02T10:00:00+03:00,2026-02-02T10:00:00+03:00\n"
             "3,501,1,4,CRM_EMAIL,2,Письмо,,9999-12-31T00:00:00+03:00,Y,13,2026-02-02T10:00:00+03:00,2026-02-02T11:00:00+03:00\n"
             "4,7,3,1,CRM_MEETING,0,Встреча,2026-02-04T10:00:00+03:00,2026-02-04T10:00:00+03:00,N,13,2026-02-02T10:00:00+03:00,2026-02-02T10:00:00+03:00\n"
             "5,7,4,6,CRM_WEBFORM,1,Форма,,,Y,13,2026-02-02T10:00:00+03:00,2026-02-02T10:00:00+03:00\n"
             "6,501,1,4,CRM_EMAIL,1,Вопрос клиента,,,Y,13,2026-02-02T10:00:00+03:00,2026-02-02T10:00:00+03:00\n")
    desk.put("calls.csv", "ID,PORTAL_USER_ID,PORTAL_NUMBER,PHONE_NUMBER,CALL_DURATION,CALL_START_DATE,CALL_FAILED_CODE,CALL_TYPE,CRM_ENTITY_TYPE,CRM_ENTITY_ID,CRM_ACTIVITY_ID\n"
             "1,12,reg1,+74951234567,95,2026-02-02T10:00:05+03:00,200,2,CONTACT,7,1\n2,13,reg1,+74951234568,0,2026-02-02T11:00:00+03:00,304,2,LEAD,501,0\n"
             "3,13,reg1,+74951234568,40,2026-02-02T12:00:00+03:00,200,1,,0,\n")
    desk.run()
    assert desk.counts("activities.csv") == ("bitrix24_rest_activities", 5, 1)
    assert desk.entry("activities.csv")["reasons"] == {"from_client": 1}
    assert desk.counts("calls.csv") == ("bitrix24_calls", 3, 0)
    assert desk.entry("calls.csv")["rows_merged"] == 1
    assert desk.exact("activities", "activity_id", "kind", "entity", "entity_id", "client_id", "duration_s", "is_answered") == [
        ["1", "call_in", "deal", "10", "7", 95, True], ["2", "task", "deal", "11", "C_7", None, None], ["3", "email", "lead", "501", None, None, None],
        ["4", "meeting", "client", "C_7", "C_7", None, None], ["5", None, "client", "7", "7", None, None],
        ["call-2", "call_in", "lead", "501", None, 0, False], ["call-3", "call_out", None, None, None, 40, True]]
    assert desk.exact("activities", "due_at", "done_at")[:4] == [  # the exchange knows when the call was, the action only when it was last touched
        ["2026-02-02 10:00:00", "2026-02-02 10:00:05"], ["2026-02-03 10:00:00", None], [None, "2026-02-02 11:00:00"], ["2026-02-04 10:00:00", None]]


def test_items_in_camel_case(desk):
    put_rest(desk)
    (desk.root / "inbox" / "deal_list.csv").unlink()
    desk.put("deals.csv", "id,title,stageId,categoryId,stageSemanticId,opportunity,currencyId,assignedById,createdTime,updatedTime,movedTime,begindate,closedate,closed,"
             "leadId,companyId,contactId,sourceId,isReturnCustomer,lastActivityTime,entityTypeId\n"
             "10,Опт,C2:LOSE,2,F,1000.5,RUB,12,2026-02-01T10:00:00+03:00,2026-02-05T09:00:00+03:00,2026-02-05T09:00:00+03:00,,2026-03-01T03:00:00+03:00,Y,0,7,0,WEB,N,,2\n")
    desk.put("leads.csv", "id,title,stageId,stageSemanticId,sourceId,assignedById,createdTime,dateClosed,companyTitle,companyId,isReturnCustomer,hasPhone,entityTypeId\n"
             "501,З,CONVERTED,S,WEB,12,2026-01-30T10:00:00+03:00,2026-01-31T10:00:00+03:00,ООО А,7,N,Y,1\n")
    desk.put("invoices.csv", "id,accountNumber,title,stageId,opportunity,currencyId,companyId,contactId,assignedById,createdTime,begindate,closedate,parentId2,entityTypeId\n"
             "3,СЧ-3,Счёт,DT31_3:P,1000.5,RUB,7,0,12,2026-02-05T10:00:00+03:00,2026-02-05T03:00:00+03:00,2026-02-15T03:00:00+03:00,10,31\n")
    desk.put("smart.csv", "id,title,stageId,categoryId,opportunity,assignedById,createdTime,entityTypeId\n1,x,DT128_1:NEW,1,5,12,2026-02-05T10:00:00+03:00,128\n")
    desk.put("rows.csv", "id,ownerId,ownerType,productId,productName,price,quantity\n1,10,D,5,Кабель,100.25,2\n2,3,SI,5,Кабель,100.25,2\n")
    desk.run()
    assert [desk.counts(f"{name}.csv") for name in ("deals", "leads", "invoices", "smart", "rows")] == [
        ("bitrix24_rest_deals", 1, 0), ("bitrix24_rest_leads", 1, 0), ("bitrix24_rest_invoices", 1, 0), ("bitrix24_smart_items", 0, 1), ("bitrix24_product_rows", 1, 1)]
    assert desk.exact("deals", "deal_id", "stage_id", "closed_at", "expected_close_on", "client_id", "source") == [
        ["10", "Отказ опта", "2026-02-05 09:00:00", "2026-03-01", "7", "Сайт"]]
    assert desk.exact("leads", "lead_id", "status", "semantic", "closed_at") == [["501", "Качественный лид", "converted", "2026-01-31 10:00:00"]]
    assert desk.exact("invoices", "invoice_id", "number", "deal_id", "client_id", "amount", "issued_on", "due_on", "status", "owner_id") == [
        ["3", "СЧ-3", "10", "7", 1000.5, "2026-02-05", "2026-02-15", "Оплачен", "12"]]
    assert desk.exact("deal_products", "deal_id", "product", "quantity", "price") == [["10", "Кабель", 2, 100.25]]


def test_invoices_of_older_portals(desk):
    desk.put("invoices.csv", "ID,ACCOUNT_NUMBER,ORDER_TOPIC,STATUS_ID,DATE_BILL,DATE_PAY_BEFORE,PRICE,CURRENCY,UF_DEAL_ID,UF_COMPANY_ID,UF_CONTACT_ID,RESPONSIBLE_ID\n"
             "3,17,Оплата,P,2026-02-05T03:00:00+03:00,2026-02-15T03:00:00+03:00,1000.50,RUB,10,0,7,12\n")
    desk.put("statuses.csv", "ID,ENTITY_ID,STATUS_ID,NAME,SORT\n1,INVOICE_STATUS,P,Оплачен,10\n")
    desk.run()
    assert desk.counts("invoices.csv") == ("bitrix24_old_invoices", 1, 0)
    assert desk.exact("invoices", "number", "deal_id", "client_id", "amount", "issued_on", "due_on", "status") == [
        ["17", "10", "C_7", 1000.5, "2026-02-05", "2026-02-15", "Оплачен"]]


def test_data_sets_of_the_bi_constructor_name_teams_and_score_calls(desk):
    desk.put("crm_deal.csv", "ID,DATE_CREATE,ASSIGNED_BY_ID,ASSIGNED_BY,ASSIGNED_BY_NAME,ASSIGNED_BY_DEPARTMENT,MOVED_TIME,LEAD_ID,COMPANY_NAME,COMPANY_ID,COMPANY,CONTACT_ID,"
             "CONTACT_NAME,STAGE_ID,STAGE_NAME,STAGE,STAGE_SEMANTIC_ID,CATEGORY_ID,CATEGORY_NAME,CATEGORY,OPPORTUNITY,CURRENCY_ID,CLOSEDATE,CLOSED,SOURCE_ID,SOURCE\n"
             "10,2026-02-01 10:00:00,12,[12] Ира Иванова,Ира Иванова,Продажи,2026-02-05 09:00:00,,ООО А,7,[7] ООО А,,,C2:LOSE,Отказ опта,[C2:LOSE] Отказ опта,F,2,Опт,[2] Опт,"
             "1000.50,RUB,2026-03-01,Y,WEB,[WEB] Сайт\n"
             "11,2026-02-02 10:00:00,13,[13] Пётр Петров,Пётр Петров,Сервис,2026-02-02 10:00:00,,,,,7,Олег Шум,NEW,Новая,[NEW] Новая,P,0,Общая,[0] Общая,5,RUB,,N,,\n")
    desk.put("crm_ai_quality_assessment.csv", "ID,CREATED_AT,ACTIVITY_ID,ASSESSMENT,USE_IN_RATING,RATED_USER_ID\n1,2026-02-02 12:00:00,77,64,Y,12\n")
    desk.put("crm_deal_stage_history.csv", "ID,TYPE_ID,DEAL_ID,DATE_CREATE,START_DATE,END_DATE,ASSIGNED_BY_ID,STAGE_SEMANTIC_ID,CATEGORY_ID,CATEGORY_NAME,STAGE_ID,STAGE_NAME\n"
             "1,1,10,2026-02-01 10:00:00,2026-02-01,2026-02-05,12,P,2,Опт,C2:NEW,Заявка опта\n2,3,10,2026-02-05 09:00:00,2026-02-01,2026-02-05,12,F,2,Опт,C2:LOSE,Отказ опта\n")
    desk.run()
    assert [desk.counts(f"{name}.csv") for name in ("crm_deal", "crm_ai_quality_assessment", "crm_deal_stage_history")] == [
        ("bitrix24_rest_deals", 2, 0), ("bitrix24_call_scores", 1, 0), ("bitrix24_stage_history", 2, 0)]
    assert desk.exact("deals", "deal_id", "pipeline_id", "stage_id", "semantic", "closed_at", "client_id") == [
        ["10", "Опт", "Отказ опта", "lost", "2026-02-05 09:00:00", "7"], ["11", "Общая", "Новая", "open", None, "C_7"]]
    assert sorted(desk.exact("users", "user_id", "name", "team"))[:2] == [["12", "Ира Иванова", "Продажи"], ["13", "Пётр Петров", "Сервис"]]
    assert desk.exact("qa_reviews", "review_id", "item_id", "reviewed_at", "object", "object_id", "user_id", "score", "max_score") == [
        ["1", "total", "2026-02-02 12:00:00", "call", "77", "12", 64, 100]]
    assert desk.exact("stage_history", "entity_id", "to_stage", "move") == [["10", "Заявка опта", "create"], ["10", "Отказ опта", "final"]]


def test_answers_saved_as_json_say_what_an_action_is_bound_to(desk):
    put_rest(desk)
    usual = {"TYPE_ID": "2", "PROVIDER_ID": "VOXIMPLANT_CALL", "DIRECTION": "2", "SUBJECT": "Звонок", "COMPLETED": "Y", "RESPONSIBLE_ID": "12", "DEADLINE": "2026-02-02T10:00:00+03:00",
             "CREATED": "2026-02-02T10:00:00+03:00", "LAST_UPDATED": "2026-02-02T10:05:00+03:00"}
    found = [{"ID": "1", "OWNER_ID": "7", "OWNER_TYPE_ID": "3", **usual, "BINDINGS": [{"OWNER_ID": "7", "OWNER_TYPE_ID": "3"}, {"OWNER_ID": "11", "OWNER_TYPE_ID": "2"}]},
             {"ID": "2", "OWNER_ID": "7", "OWNER_TYPE_ID": "4", **usual, "BINDINGS": [{"OWNER_ID": "7", "OWNER_TYPE_ID": "4"}]}]
    desk.put("crm.activity.list.jsonl", "\n".join(map(json.dumps, found)))
    past = [{"ID": 1, "TYPE_ID": 1, "OWNER_ID": 10, "CREATED_TIME": "2026-02-01T10:00:00+03:00", "CATEGORY_ID": 2, "STAGE_SEMANTIC_ID": "P", "STAGE_ID": "C2:NEW"},
            {"ID": 2, "TYPE_ID": 3, "OWNER_ID": 10, "CREATED_TIME": "2026-02-05T09:00:00+03:00", "CATEGORY_ID": 2, "STAGE_SEMANTIC_ID": "F", "STAGE_ID": "C2:LOSE"}]
    desk.put("history.json", json.dumps({"result": {"items": past}, "total": 2, "time": {"start": 1.5}}))
    desk.run()
    assert (desk.counts("crm.activity.list.jsonl"), desk.counts("history.json")) == (("bitrix24_rest_activities", 2, 0), ("bitrix24_stage_history", 2, 0))
    assert desk.exact("activities", "activity_id", "kind", "entity", "entity_id", "client_id") == [
        ["1", "call_out", "deal", "11", "C_7"], ["2", "call_out", "client", "7", "7"]]
    assert [row for row in desk.exact("stage_history", "entity_id", "to_stage", "move") if row[0] == "10"] == [["10", "Заявка опта", "create"], ["10", "Отказ опта", "final"]]


def test_tables_that_nobody_needs_are_named_all_the_same(desk):
    put_rest(desk)
    desk.put("quotes.csv", "ID,QUOTE_NUMBER,TITLE,STATUS_ID,OPPORTUNITY\n1,5,КП,SENT,100\n")
    desk.put("fields.csv", "ID,FIELD_NAME,USER_TYPE_ID,ENTITY_ID\n1,UF_CRM_1,string,CRM_DEAL\n")
    desk.run()
    assert [desk.counts(name) for name in ("quotes.csv", "fields.csv")] == [("bitrix24_quotes", 0, 1), ("bitrix24_user_fields", 0, 1)]


def test_tasks_are_actions_and_one_that_the_timeline_shows_too_is_counted_once(desk):
    put_rest(desk)
    desk.put("activities.csv", "ID,OWNER_ID,OWNER_TYPE_ID,TYPE_ID,PROVIDER_ID,ASSOCIATED_ENTITY_ID,SUBJECT,COMPLETED,RESPONSIBLE_ID,CREATED,DEADLINE,LAST_UPDATED\n"
             "1,10,2,6,CRM_TASKS_TASK,77,Задача,Y,12,2026-02-02T10:00:00+03:00,2026-02-03T10:00:00+03:00,2026-02-20T10:00:00+03:00\n"
             "2,10,2,6,CRM_TODO,78,Дело,N,12,2026-02-02T10:00:00+03:00,2026-02-03T10:00:00+03:00,2026-02-02T10:00:00+03:00\n")
    task = {"title": "Задача", "responsibleId": "12", "createdDate": "2026-02-02T10:00:00+03:00", "deadline": "2026-02-03T10:00:00+03:00", "responsible": {"id": "12", "name": "И"}}
    desk.put("tasks.task.list.json", json.dumps({"result": {"tasks": [
        {**task, "id": "77", "status": "5", "closedDate": "2026-02-03T09:00:00+03:00", "ufCrmTask": ["D_10", "CO_7"]},
        {**task, "id": "78", "status": "3", "closedDate": None, "ufCrmTask": ["L_501"]},
        {**task, "id": "79", "status": "2", "closedDate": None, "ufCrmTask": False}]}, "total": 3}))
    desk.run()
    assert desk.counts("tasks.task.list.json") == ("bitrix24_tasks", 3, 0)
    assert desk.entry("tasks.task.list.json")["rows_merged"] == 1
    assert desk.exact("activities", "activity_id", "kind", "entity", "entity_id", "due_at", "done_at") == [
        ["1", "task", "deal", "10", "2026-02-03 10:00:00", "2026-02-03 09:00:00"], ["2", "task", "deal", "10", "2026-02-03 10:00:00", None],
        ["task-78", "task", "lead", "501", "2026-02-03 10:00:00", None], ["task-79", "task", None, None, "2026-02-03 10:00:00", None]]


def test_a_file_says_its_kind_where_few_fields_were_selected(desk):
    put_rest(desk)
    desk.put("crm.company.list_2.json", json.dumps({"result": [{"ID": "71", "TITLE": "ООО Иной"}]}))
    desk.put("разное.json", json.dumps({"result": [{"ID": "72", "TITLE": "ООО Другой"}]}))
    desk.run()
    assert desk.taken("crm.company.list_2.json", "clients", "bitrix24_rest_companies")["rows_kept"] == 1
    assert desk.entry("разное.json")["table"] is None
    told = [entry for entry in desk.report["decisions"] if entry["kind"] == "file_kind"]
    assert [(entry["file"], entry["value"]) for entry in told] == [("crm.company.list_2.json", "bitrix24_rest_companies")]


def test_a_name_is_no_evidence_against_headers(desk):
    put_rest(desk)
    desk.put("crm.company.list.json", json.dumps({"result": [{"ID": "1", "NAME": "И", "LAST_NAME": "И", "ACTIVE": True, "WORK_POSITION": "М", "USER_TYPE": "employee"}]}))
    desk.run()
    desk.taken("crm.company.list.json", "users", "bitrix24_users")
    assert not [entry for entry in desk.report["decisions"] if entry["kind"] == "file_kind"]
