"""amoCRM and Kommo: files saved from lists in every variant, answers of the API v4; every row counted by hand."""

import json

HEAD = ("ID,Название сделки,Бюджет ,Ответственный,Дата создания сделки,Кем создана сделка,Дата редактирования,Кем редактирована,Дата закрытия,Теги,Примечание,"
        "Этап сделки,Воронка,Полное имя контакта,Компания контакта,Ответственный за контакт,Компания,Город,Источник,Должность,Товар,roistat,roistat,Товар,Источник\n")


def test_later_of_equal_headers_is_the_deals(desk):
    desk.put("leads.csv", HEAD +
             '1,Кухня,"150000",Анна,22.03.2022 13:32:57,Анна,22.03.2022 13:40:00,Анна,не закрыта,,"звонок; завтра\nв 10",Переговоры,Розница,Олег Шум,,Анна,,Москва,контакт,,,r1,r2,Шкаф,Сайт\n'
             "2,Шкаф,,Анна,23.03.2022 13:32:57,Анна,,,25.03.2022 10:00:00,,,Закрыто и не реализовано,Розница,Ия Ли,ООО К,Анна,ООО С,,,,,,,,Звонок\n"
             ",Без номера,5,Анна,23.03.2022 13:32:57,,,,не закрыта,,,Переговоры,Розница,,,,,,,,,,,,\n")
    desk.run()
    assert desk.counts("leads.csv") == ("amocrm_deals", 2, 1)
    assert desk.entry("leads.csv")["reasons"] == {"missing_id": 1}
    assert desk.exact("deals", "deal_id", "amount", "semantic", "created_at", "closed_at", "client_id", "source", "product", "region") == [
        ["1", 150000, "open", "2022-03-22 13:32:57", None, "Олег Шум", "Сайт", "Шкаф", "Москва"],
        ["2", None, "lost", "2022-03-23 13:32:57", "2022-03-25 10:00:00", "ООО С", "Звонок", None, None]]


def test_headers_that_say_whose_field_it_is(desk):
    desk.put("leads.csv", "\ufeffID;Название сделки;Бюджет руб. (сделка);Ответственный;Ответственный за контакт;Дата создания;Дата закрытия;Этап;Воронка;Основной контакт;"
             "Рабочий телефон (контакт);Рабочий email (контакт);Теги сделки;Причина отказа;Источник сделки;Компания (компания)\n"
             "1;А;1 000;Анна;Ия;22.03.2022 13:32:57;не закрыта;Встреча;Опт;Олег;+7 495 123-45-67;a@b.example;срочно;;Сайт;ООО К\n"
             "2;Б;2 500;Ия;Ия;22.03.2022 14:00:00;23.03.2022 10:00:00;Закрыто и не реализовано;Опт;Олег;;;;Дорого;Сайт;\n")
    desk.run()
    assert desk.counts("leads.csv") == ("amocrm_deals", 2, 0)
    assert desk.exact("deals", "deal_id", "amount", "owner_id", "stage_id", "semantic", "loss_reason", "source", "client_id", "closed_at") == [
        ["1", 1000, "Анна", "Встреча", "open", None, "Сайт", "ООО К", None],
        ["2", 2500, "Ия", "Закрыто и не реализовано", "lost", "Дорого", "Сайт", "Олег", "2022-03-23 10:00:00"]]
    assert not {"Рабочий телефон (контакт)", "Рабочий email (контакт)", "Ответственный за контакт"} & set(desk.table("deals"))


def test_export_of_the_interface_names_the_next_task(desk):
    desk.put("leads.csv", "ID;Название сделки;Бюджет;Ответственный;Воронка;Этап;Создана;Обновлена;Закрыта;Создал;Изменил;Ближайшая задача;Счёт;Теги\n"
             "1;А;1000;Анна;Опт;Встреча;22.03.2022 13:32;23.03.2022 10:00;;Анна;Анна;25.03.2022 12:00;СЧ-1;\n2;Б;500;Анна;Опт;Успешно реализовано;22.03.2022 13:32;;24.03.2022 9:05;Анна;;;;\n")
    desk.run()
    assert desk.counts("leads.csv") == ("amocrm_deals", 2, 0)
    assert desk.exact("deals", "created_at", "next_activity_at", "won_at") == [
        ["2022-03-22 13:32:00", "2022-03-25 12:00:00", None], ["2022-03-22 13:32:00", None, "2022-03-24 09:05:00"]]


def test_kommo_in_english(desk):
    desk.put("leads.csv", "ID,Lead title,Sale,Responsible user,Created at,Created by,Last modified,Closed at,Lead tags,Lead stage,Pipeline,Full contact name,Company,Loss reason\n"
             "1,Pump,1500,Ann,22.03.2022 13:32:57,Ann,,not closed,,Negotiation,Sales,John Roe,Acme,\n"
             "2,Valve,200,Bo,22.03.2022 14:32:57,Bo,,25.03.2022 10:00:00,,Closed - lost,Sales,John Roe,,Too dear\n")
    desk.run()
    assert desk.counts("leads.csv") == ("amocrm_deals", 2, 0)
    assert desk.exact("deals", "title", "amount", "owner_id", "semantic", "closed_at", "client_id", "loss_reason") == [
        ["Pump", 1500, "Ann", "open", None, "Acme", None], ["Valve", 200, "Bo", "lost", "2022-03-25 10:00:00", "John Roe", "Too dear"]]


LEADS = "id,name,price,responsible_user_id,group_id,status_id,pipeline_id,loss_reason_id,created_by,created_at,updated_at,closed_at,closest_task_at,is_deleted,_embedded.companies,_embedded.contacts\n"


def put_api(desk):
    desk.put("leads.csv", LEADS +
             "1,Опт,1000,12,3,142,7,,12,1647945177,1648031577,1648117977,,false,70,80\n2,Розница,500,13,3,143,8,55,12,1647945177,1648031577,1648117977,,false,,80\n"
             "3,Новая,,13,3,9001,8,,12,1647945177,1647945177,,1648204377,false,,\n4,Стёрта,5,13,3,9001,8,,12,1647945177,1647945177,,,true,,\n")
    desk.put("statuses.csv", "id,name,sort,is_editable,pipeline_id,color,type\n9001,Первичный контакт,20,true,7,#fff,0\n142,Продано опт,10000,false,7,#fff,0\n143,Отказ опт,11000,false,7,#fff,0\n"
             "9001,Первичный контакт,20,true,8,#fff,0\n142,Продано,10000,false,8,#fff,0\n143,Отказ,11000,false,8,#fff,0\n")
    desk.put("pipelines.csv", "id,name,sort,is_main,is_unsorted_on,is_archive\n7,Опт,1,true,true,false\n8,Розница,2,false,true,false\n")
    desk.put("loss_reasons.csv", "id,name,sort,created_at,updated_at\n55,Дорого,1,1647945177,1647945177\n56,Передумали,2,1647945177,1647945177\n")
    desk.put("users.csv", 'id,name,email,lang,rights.is_admin,rights.group_id,_embedded.groups\n12,Анна,a@x.example,ru,true,3,"[{""id"":3,""name"":""Продажи""}]"\n13,Ия,i@x.example,ru,false,3,[]\n')


def test_api_deals_have_a_stage_by_pipeline_and_code_together(desk):
    put_api(desk)
    desk.run()
    assert [desk.counts(f"{name}.csv") for name in ("leads", "statuses", "pipelines", "loss_reasons", "users")] == [
        ("amocrm_api_leads", 3, 1), ("amocrm_api_statuses", 6, 0), ("amocrm_api_pipelines", 2, 0), ("amocrm_api_loss_reasons", 2, 0), ("amocrm_api_users", 2, 0)]
    assert desk.entry("leads.csv")["reasons"] == {"deleted": 1}
    assert desk.exact("deals", "deal_id", "pipeline_id", "stage_id", "semantic", "amount", "created_at", "closed_at", "next_activity_at", "loss_reason", "client_id") == [
        ["1", "Опт", "Продано опт", "won", 1000, "2022-03-22 13:32:57", "2022-03-24 13:32:57", None, None, "70"],
        ["2", "Розница", "Отказ", "lost", 500, "2022-03-22 13:32:57", "2022-03-24 13:32:57", None, "Дорого", "C_80"],
        ["3", "Розница", "Первичный контакт", "open", None, "2022-03-22 13:32:57", None, "2022-03-25 13:32:57", None, None]]
    assert desk.exact("users", "user_id", "name", "team") == [["12", "Анна", "Продажи"], ["13", "Ия", None]]
    assert desk.exact("stages", "pipeline_id", "stage_id", "ord", "semantic") == [
        ["Опт", "Первичный контакт", 1, "open"], ["Опт", "Продано опт", 2, "won"], ["Опт", "Отказ опт", 3, "lost"],
        ["Розница", "Первичный контакт", 1, "open"], ["Розница", "Продано", 2, "won"], ["Розница", "Отказ", 3, "lost"]]


def test_api_codes_without_dictionaries_still_tell_the_outcome(desk):
    desk.put("leads.csv", LEADS + "1,Опт,1000,12,3,142,7,,12,1647945177,1648031577,1648117977,,false,,\n2,Р,5,12,3,143,8,,12,1647945177,1648031577,1648117977,,false,,\n"
             "3,Н,5,12,3,9001,8,,12,1647945177,1648031577,0,0,false,,\n")
    desk.run()
    assert desk.exact("deals", "stage_id", "semantic", "closed_at", "next_activity_at") == [
        ["142", "won", "2022-03-24 13:32:57", None], ["143", "lost", "2022-03-24 13:32:57", None], ["9001", "open", None, None]]


def test_api_events_are_the_history_and_end_tasks(desk):
    put_api(desk)
    desk.put("events.csv", "id,type,entity_id,entity_type,created_by,created_at,value_before.lead_status.id,value_before.lead_status.pipeline_id,value_after.lead_status.id,value_after.lead_status.pipeline_id\n"
             "e1,lead_status_changed,1,lead,12,1648000000,9001,7,142,7\ne2,lead_status_changed,2,lead,0,1648000100,9001,8,9001,8\n"
             "e3,lead_status_changed,2,lead,13,1648000200,9001,8,143,8\ne4,task_completed,31,task,13,1648090000,,,,\ne5,incoming_call,80,contact,0,1648000000,,,,\n")
    desk.put("tasks.csv", "id,created_by,responsible_user_id,group_id,entity_id,entity_type,is_completed,task_type_id,text,duration,complete_till,created_at,updated_at,result.text\n"
             "31,12,13,3,2,leads,true,1,Позвонить,0,1648080000,1647945177,1648099999,Ок\n32,12,13,3,80,contacts,false,2,Встреча,3600,1648080000,1647945177,1647945177,\n"
             "33,12,13,3,70,companies,true,2900001,Отчёт,0,1648080000,1647945177,1648085000,\n")
    desk.run()
    assert (desk.counts("events.csv"), desk.counts("tasks.csv")) == (("amocrm_api_events", 3, 2), ("amocrm_api_tasks", 3, 0))
    assert desk.entry("events.csv")["reasons"] == {"no_change": 1, "other_kind": 1}
    past = desk.exact("stage_history", "entity", "entity_id", "pipeline_id", "from_stage", "to_stage", "changed_by")
    assert [row for row in past if row[3]] == [["deal", "1", "Опт", "Первичный контакт", "Продано опт", "12"], ["deal", "2", "Розница", "Первичный контакт", "Отказ", "13"]]
    assert sorted(desk.exact("activities", "activity_id", "kind", "entity", "entity_id", "client_id", "due_at", "done_at", "result")) == [
        ["31", "call_out", "deal", "2", "C_80", "2022-03-24 03:00:00", "2022-03-24 05:46:40", "Ок"],  # the event, not the last change
        ["32", "meeting", "client", "C_80", "C_80", "2022-03-24 03:00:00", None, None],
        ["33", "task", "client", "70", "70", "2022-03-24 03:00:00", "2022-03-24 04:23:20", None],
        ["event-e5", "call_in", "client", "C_80", "C_80", None, "2022-03-23 04:46:40", None]]


def test_api_events_count_how_often_the_deadline_of_a_task_moved(desk):
    put_api(desk)
    moved = "".join(f"m{at},task_deadline_changed,{task},task,13,{1648000000 + at}\n" for at, task in enumerate([31, 31, 31, 33, 99]))
    desk.put("events.csv", "id,type,entity_id,entity_type,created_by,created_at,value_before.lead_status.id,value_after.lead_status.id\n"
             + (moved + "e1,lead_status_changed,1,lead,12,1647940000,9001,142\n").replace("\n", ",,\n").replace("9001,142,,", "9001,142"))
    tasks = [(31, 1647945177), (32, 1647945177), (33, 1647930000), (34, 1647930000)]  # the last two are older than the log
    desk.put("tasks.csv", "id,created_by,responsible_user_id,entity_id,entity_type,is_completed,task_type_id,text,complete_till,created_at,updated_at\n"
             + "".join(f"{task},12,13,2,leads,false,1,Позвонить,1648080000,{made},{made}\n" for task, made in tasks))
    desk.run()
    assert desk.counts("events.csv") == ("amocrm_api_events", 1, 5)
    assert desk.exact("activities", "activity_id", "reschedules") == [["31", 3], ["32", 0], ["33", 1], ["34", None]]


def test_api_notes_of_calls_are_actions_and_other_notes_are_none(desk):
    put_api(desk)
    desk.put("notes.csv", "id,entity_id,created_by,responsible_user_id,note_type,created_at,params.uniq,params.duration,params.source,params.link,params.phone,params.call_status,params.call_result\n"
             "31,1,0,12,call_in,1648000000,u,65,atc,https://r.example/1,+74951234567,4,Разговор\n32,2,13,13,call_out,1648000100,u,0,atc,,84951234567,6,\n33,2,13,13,common,1648000200,,,,,,,\n"
             "34,2,0,0,call_in,1648000300,u,0,atc,,84951234567,6,\n")
    desk.put("tasks.csv", "id,responsible_user_id,entity_id,entity_type,is_completed,task_type_id,text,complete_till,created_at,updated_at\n31,13,2,leads,false,2,В,1648080000,1647945177,1647945177\n")
    desk.run()
    assert desk.counts("notes.csv") == ("amocrm_api_notes", 3, 1)
    assert desk.exact("activities", "activity_id", "kind", "entity", "entity_id", "duration_s", "is_answered", "phone", "owner_id") == [
        ["note-31", "call_in", "deal", "1", 65, True, "+74951234567", "12"], ["note-32", "call_out", "deal", "2", 0, False, "+74951234567", "13"],
        ["note-34", "call_in", "deal", "2", 0, False, "+74951234567", None],  # 0 is nobody
        ["31", "meeting", "deal", "2", None, None, None, "13"]]


def test_api_unsorted_requests_are_leads(desk):
    desk.put("unsorted.csv", "uid,source_uid,source_name,category,pipeline_id,created_at,metadata.form_name\nabc1,s,Сайт,forms,7,1647945177,Заявка с сайта\nabc2,s,Телефония,sip,7,1647945177,\n")
    desk.run()
    assert desk.counts("unsorted.csv") == ("amocrm_api_unsorted", 2, 0)
    assert desk.exact("leads", "lead_id", "created_at", "channel", "semantic") == [["abc1", "2022-03-22 13:32:57", "forms", "open"], ["abc2", "2022-03-22 13:32:57", "sip", "open"]]


def test_api_companies_contacts_and_purchases(desk):
    put_api(desk)
    desk.put("companies.csv", "id,name,responsible_user_id,group_id,created_at,updated_at,closest_task_at,is_deleted,account_id,ИНН\n70,ООО А,12,3,1640000000,1640000000,,false,1,7707083893\n71,ООО Б,12,3,1640000000,1640000000,,true,1,\n")
    desk.put("contacts.csv", "id,name,first_name,last_name,responsible_user_id,created_at,is_deleted,_embedded.companies,Телефон,Email\n80,Олег Шум,Олег,Шум,12,1640000000,false,,84951234567,o@x.example\n81,Ия Ли,Ия,Ли,12,1640000000,false,70,,\n")
    desk.put("customers.csv", "id,name,next_price,next_date,responsible_user_id,is_deleted,_embedded.companies\n5,ООО А,100,1650000000,12,false,70\n")
    desk.put("transactions.csv", "id,price,comment,completed_at,customer_id,is_deleted\n1,100.5,Оплата,1648000000,5,false\n2,7,,1648000000,6,true\n")
    desk.run()
    assert [desk.counts(f"{name}.csv") for name in ("companies", "contacts", "customers", "transactions")] == [
        ("amocrm_api_companies", 1, 1), ("amocrm_api_contacts", 2, 0), ("amocrm_api_customers", 1, 0), ("amocrm_api_transactions", 1, 1)]
    assert desk.exact("payments", "payment_id", "amount", "received_on", "client_id", "purpose") == [["1", 100.5, "2022-03-23", "70", "Оплата"]]
    assert desk.exact("contacts", "contact_id", "name", "client_id", "phone") == [["80", "Олег Шум", None, "+74951234567"], ["81", "Ия Ли", "70", None]]
    names = {row[0]: row[1:] for row in desk.exact("clients", "client_id", "name", "tax_id")}
    assert names == {"70": ["ООО А", "7707083893"], "C_80": ["Олег Шум", None]}


def test_answers_saved_as_json_are_the_same_tables(desk):
    put_api(desk)
    (desk.root / "inbox" / "leads.csv").unlink()
    desk.put("leads.json", json.dumps({"_page": 1, "_links": {}, "_embedded": {"leads": [
        {"id": 1, "name": "Опт", "price": 1000, "responsible_user_id": 12, "status_id": 142, "pipeline_id": 7, "loss_reason_id": None, "created_at": 1647945177,
         "closed_at": 1648117977, "closest_task_at": None, "is_deleted": False, "custom_fields_values": [
             {"field_id": 1, "field_name": "Город", "field_code": None, "field_type": "text", "values": [{"value": "Москва"}]}],
         "_embedded": {"tags": [{"id": 1, "name": "срочно"}], "companies": [{"id": 70}], "contacts": [{"id": 80, "is_main": True}], "loss_reason": []}}]}}))
    desk.put("events.json", json.dumps({"_embedded": {"events": [
        {"id": "e1", "type": "lead_status_changed", "entity_id": 1, "entity_type": "lead", "created_by": 12, "created_at": 1648000000,
         "value_before": [{"lead_status": {"id": 9001, "pipeline_id": 7}}], "value_after": [{"lead_status": {"id": 142, "pipeline_id": 7}}]}]}}))
    desk.run()
    assert desk.counts("leads.json") == ("amocrm_api_leads", 1, 0)
    assert desk.counts("events.json") == ("amocrm_api_events", 1, 0)
    assert desk.exact("deals", "deal_id", "pipeline_id", "stage_id", "semantic", "client_id", "region") == [["1", "Опт", "Продано опт", "won", "70", "Москва"]]


def test_pipelines_saved_as_json_carry_their_stages(desk):
    desk.put("leads.csv", LEADS + "1,Опт,1000,12,3,142,7,,12,1647945177,1648031577,1648117977,,false,,\n2,Р,5,12,3,9001,8,,12,1647945177,1648031577,,,false,,\n")
    stages = [{"id": 9001, "name": "Первичный контакт", "sort": 20, "is_editable": True, "color": "#fff", "type": 0}, {"id": 142, "name": "Продано", "sort": 10000, "is_editable": False, "color": "#fff", "type": 0}]
    pipelines = [{"id": number, "name": name, "sort": number, "is_main": number == 7, "is_unsorted_on": True, "is_archive": False, "account_id": 1,
                  "_embedded": {"statuses": [{**stage, "pipeline_id": number} for stage in stages]}} for number, name in ((7, "Опт"), (8, "Розница"))]
    desk.put("pipelines.json", json.dumps({"_total_items": 2, "_embedded": {"pipelines": pipelines}}))
    desk.run()
    found = {entry["preset"]: entry["rows_in"] for entry in desk.report["files"]}
    assert found == {"amocrm_api_leads": 2, "amocrm_api_pipelines": 2, "amocrm_api_statuses": 4}
    assert desk.exact("deals", "pipeline_id", "stage_id", "semantic") == [["Опт", "Продано", "won"], ["Розница", "Первичный контакт", "open"]]


def test_tables_that_nobody_needs_are_named_all_the_same(desk):
    put_api(desk)
    desk.put("elements.csv", "id,catalog_id,name,created_at\n1,5,Кабель,1647945177\n")
    desk.put("talks.csv", "talk_id,chat_id,entity_id,created_at\n1,5,1,1647945177\n")
    desk.run()
    assert [desk.counts(name) for name in ("elements.csv", "talks.csv")] == [("amocrm_api_catalogue", 0, 1), ("amocrm_api_talks", 0, 1)]


def test_a_log_tells_up_to_its_last_event_of_any_kind(desk):
    desk.put("leads.csv", "id,name,price,responsible_user_id,status_id,pipeline_id,created_at,closed_at\n1,А,5,12,9002,7,1648000000,\n2,Б,5,12,9001,7,1648000500,\n3,В,5,12,9001,7,1648009000,\n")
    desk.put("events.csv", "id,type,entity_id,entity_type,created_by,created_at,value_before.lead_status.id,value_before.lead_status.pipeline_id,value_after.lead_status.id,value_after.lead_status.pipeline_id\n"
             "e0,lead_status_changed,1,lead,12,1648000000,9002,7,9001,7\ne1,lead_status_changed,1,lead,12,1648000400,9001,7,9002,7\ne2,lead_added,2,lead,12,1648000500,,,9001,7\n")
    desk.run()
    past = desk.exact("stage_history", "entity_id", "to_stage", "entered_at")
    assert [row for row in past if row[0] != "1"] == [["2", "9001", "2022-03-23 04:55:00"]]  # of the third the log cannot know
