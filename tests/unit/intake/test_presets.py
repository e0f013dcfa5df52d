"""Files in the shape of real systems: Bitrix24, amoCRM, telephone, 1C, plans; counted by hand."""

import datetime as dt

import pandas as pd
import pytest

from audit.intake.presets.own import catalogue
from audit.schema import BY_NAME

BITRIX_HEAD = ("ID;Название сделки;Стадия сделки;Группа стадий;Воронка;Сумма;Валюта;Компания;Компания;Ответственный;Дата создания;"
               "Дата изменения стадии;Предполагаемая дата закрытия;Сделка закрыта;Повторная сделка;Товар;Комментарий;Регион;")


def bitrix(*rows: str) -> str:
    return "\n".join([BITRIX_HEAD, *rows, ""])


ROWS = (
    '10;Опт;Успешно реализована;Сделка заключена;Продажи;1 000,00;Российский рубль;7;"ООО ""А""";[12] Иванов;01.02.2025 10:00:00;03.02.2025 12:00:00;10.02.2025;Да;Нет;Кабель;;Юг;',
    '10;Опт;Успешно реализована;Сделка заключена;Продажи;250,50;Российский рубль;7;"ООО ""А""";[12]  Иванов;01.02.2025 10:00:00;03.02.2025 12:00:00;10.02.2025;Да;Нет;Доставка;;Юг;',
    '11;Розница;Переговоры;Сделка в работе;Продажи;;Российский рубль;8;ООО Б;Петров;02.02.2025 10:00:00;02.02.2025 11:00:00;;Нет;Да;;;Не указано;',
    '12;Опт;Провалена;Сделка провалена;Продажи;70;Евро;8;ООО Б;Петров;02.02.2025 10:00:00;05.02.2025 11:00:00;;Да;Да;Кабель;;Юг;',
    '12;Другая;Переговоры;Сделка в работе;Продажи;90;Российский рубль;9;ООО В;Петров;09.02.2025 10:00:00;09.02.2025 11:00:00;;Нет;Да;Кабель;;Юг;',
    '10;Опт;Успешно реализована;Сделка заключена;Продажи;250,50;Российский рубль;7;"ООО ""А""";[12] Иванов;01.02.2025 10:00:00;03.02.2025 12:00:00;10.02.2025;Да;Нет;Доставка;;Юг;',
)


def test_every_table_has_a_kind_of_file(tmp_path):
    """So that `table:` in client.yml always finds one."""
    assert {shape.table for shape in catalogue(tmp_path).shapes.values()} >= set(BY_NAME)


def test_bitrix24_product_rows_make_one_deal(desk):
    desk.put("deals.csv", bitrix(*ROWS), "cp1251")
    desk.run()
    entry = desk.entry("deals.csv")
    assert (entry["preset"], entry["encoding"], entry["separator"]) == ("bitrix24_deals", "cp1251", ";")
    assert (entry["rows_in"], entry["rows_kept"], entry["rows_merged"], entry["reasons"]) == (6, 4, 1, {"duplicate_id": 2})
    deals = desk.table("deals").set_index("deal_id")
    assert deals.loc["10", "amount"] == 1250.50
    assert deals.loc["10", "product"] == "Кабель"
    assert deals.loc["10", "owner_id"] == "12"
    assert deals.loc["10", "client_id"] == "7"
    assert deals["semantic"].to_dict() == {"10": "won", "11": "open", "12": "lost"}
    # the list knows no actual closing: the last change of stage of a closed deal is it
    assert deals.loc["10", "won_at"] == pd.Timestamp(2025, 2, 3, 12)
    assert deals["closed_at"].isna().to_dict() == {"10": False, "11": True, "12": False}
    assert deals.loc["10", "is_repeat"] is False or not deals.loc["10", "is_repeat"]
    assert len(desk.table("deal_products")) == 3


def test_other_currencies_without_a_rate_are_empty_and_counted(desk):
    desk.put("deals.csv", bitrix(*ROWS[:4]), "cp1251")
    desk.run()
    deals = desk.table("deals").set_index("deal_id")
    assert deals["currency"].tolist() == ["RUB", "RUB", "EUR"]
    assert deals["amount_base"].isna().tolist() == [False, True, True]
    assert desk.entry("deals.csv")["warnings"]["no_exchange_rate"] == 1
    desk.put("fx.csv", "date;currency;rate\n01.01.2025;EUR;100\n04.02.2025;EUR;110\n06.02.2025;EUR;120\n")
    desk.run()
    assert desk.table("deals").set_index("deal_id").loc["12", "amount_base"] == 7700


def test_levs_become_euros_at_the_fixed_rate(desk):
    (desk.root / "client.yml").write_text("name: x\ncurrency: EUR\n")
    desk.put("d.csv", "id,created,won,amount,currency\n1,2025-01-02,1,195.583,лв.\n2,2026-01-02,1,50,EUR\n")
    assert desk.fails().code == 11  # 195.583 alone may be thousands
    desk.answer(".")
    desk.run()
    assert desk.table("deals")["amount_base"].tolist() == pytest.approx([100, 50])


def test_bitrix24_history_speaks_the_names_of_the_deals(desk):
    desk.put("deals.csv", bitrix(*ROWS[:4]), "cp1251")
    desk.put("stages.csv", "ID,ENTITY_ID,STATUS_ID,NAME,SORT,SEMANTICS,CATEGORY_ID\n1,DEAL_STAGE,NEW,Новая,10,,0\n2,DEAL_STAGE,TALK,переговоры,20,,0\n"
             "3,DEAL_STAGE,WON,Успешно реализована,30,S,0\n4,DEAL_STAGE,LOSE,Провалена,40,F,0\n5,STATUS,NEW,Не обработан,10,,\n")
    desk.put("history.csv", "ID,TYPE_ID,OWNER_ID,CREATED_TIME,CATEGORY_ID,STAGE_ID,STAGE_SEMANTIC_ID\n"
             "1,1,10,2025-02-01T10:00:00+03:00,0,NEW,P\n2,2,10,2025-02-02T07:00:00+00:00,0,TALK,P\n3,3,10,2025-02-03T12:00:00+03:00,0,WON,S\n"
             "4,2,11,2025-02-02T11:00:00+03:00,0,TALK,P\n5,2,11,2025-02-02T11:00:00+03:00,0,TALK,P\n6,2,11,2025-02-04T11:00:00+03:00,0,NEW,P\n")
    desk.run()
    past = desk.table("stage_history")
    assert past["to_stage"].tolist() == ["Новая", "Переговоры", "Успешно реализована", "Переговоры", "Новая"]
    assert past["move"].fillna("").tolist() == ["create", "forward", "final", "", "back"]
    assert past["entered_at"][1] == pd.Timestamp(2025, 2, 2, 10)
    assert past["left_at"].isna().tolist() == [False, False, True, False, True]
    assert desk.entry("history.csv")["reasons"] == {"no_change": 1}
    stages = desk.table("stages")
    assert stages["stage_id"].tolist() == ["Новая", "Переговоры", "Успешно реализована", "Провалена"]
    assert stages["semantic"].tolist() == ["open", "open", "won", "lost"]
    assert set(stages["pipeline_id"]) == {"Продажи"}
    assert desk.entry("stages.csv")["rows_kept"] == 5


AMO = ("ID,Название сделки,Бюджет ,Ответственный,Дата создания сделки,Дата закрытия,Теги,Примечание,Этап сделки,Воронка,Источник,cid,Товар,roistat,"
       "roistat,Товар,cid,Источник\n")


def test_amocrm_deals(desk):
    desk.put("leads.csv", AMO + '1,Кухня,"150000",Анна,22.03.2022 13:32:57,не закрыта,,"звонок; завтра\nв 10",Переговоры,Розница,контакт,1,,,,Шкаф,2,Сайт\n'
             "2,Шкаф,,Анна,23.03.2022 13:32:57,25.03.2022 10:00:00,,,Успешно реализовано,Розница,,,,,,,,Звонок\n"
             ",Без номера,5,Анна,23.03.2022 13:32:57,не закрыта,,,Переговоры,Розница,,,,,,,,\n")
    desk.run()
    entry = desk.entry("leads.csv")
    assert (entry["preset"], entry["reasons"], entry["placeholders"]) == ("amocrm_deals", {"missing_id": 1}, {"Дата закрытия": 2})
    deals = desk.table("deals")
    assert deals["source"].tolist() == ["Сайт", "Звонок"]  # the later of equal headers is the deal's
    assert deals["product"].tolist()[0] == "Шкаф"
    assert deals["amount"][0] == 150000
    assert pd.isna(deals["amount"][1])
    assert deals["semantic"].tolist() == ["open", "won"]
    assert deals["won_at"][1] == pd.Timestamp(2022, 3, 25, 10)


def test_amocrm_leads_that_hand_over_to_another_system(desk):
    desk.put("deals.csv", bitrix(*ROWS[:3]), "cp1251")
    head = "ID,Название сделки,Бюджет ,Ответственный,Дата создания сделки,Дата закрытия,Этап сделки,Воронка,Источник,utm_source,ID сделки Битрикс24\n"
    desk.put("leads.csv", head + "501,Заявка,,Иванов,30.01.2025 10:00:00,31.01.2025 09:00:00,Передан в сделку,Сайт,Реклама,vk,10\n"
             "502,Заявка,,Петров,30.01.2025 11:00:00,не закрыта,Взят в работу ⚡,Сайт,,,\n503,Заявка,,Петров,30.01.2025 12:00:00,30.01.2025 13:00:00,Нецелевой,Сайт,,,\n")
    desk.run()
    leads = desk.table("leads").set_index("lead_id")
    assert leads["semantic"].to_dict() == {"501": "converted", "502": "open", "503": "junk"}
    assert leads.loc["501", "converted_at"] == pd.Timestamp(2025, 1, 31, 9)
    assert desk.table("deals").set_index("deal_id").loc["10", "lead_id"] == "501"
    # [12] Иванов of the deals and Иванов of the leads are one person
    assert leads["owner_id"].to_dict() == {"501": "12", "502": "Петров", "503": "Петров"}


def test_telephone_calls_find_deal_or_lead(desk):
    desk.put("deals.csv", bitrix(*ROWS[:3]), "cp1251")
    desk.put("calls.csv", "\ufeffДата и время;Направление;Номер;Менеджер;Длительность, сек;Статус;ID сделки;ID лида;Линия\n"
             "01.08.2025 10:08:36;входящий;8 (000) 374-00-31;;0;Пропущен;;77;Общая\n01.08.2025 10:08:36;исходящий;+7 (000) 374-00-31;Петров;1:35;Отвечен;10;;\n")
    desk.run()
    calls = desk.table("activities")
    assert calls["kind"].tolist() == ["call_in", "call_out"]
    assert calls["is_answered"].tolist() == [False, True]
    assert calls["duration_s"].tolist() == [0, 95]
    assert calls["phone"].tolist() == ["+70003740031"] * 2
    assert calls[["entity", "entity_id"]].to_numpy().tolist() == [["lead", "77"], ["deal", "10"]]
    assert calls["client_id"].tolist()[1] == "7"


def test_tasks_are_done_only_when_they_say_so(desk):
    desk.put("deals.csv", bitrix(*ROWS[:3]), "cp1251")
    desk.put("tasks.csv", "ID;Сделка;Тип;Название;Начало;Срок;Ответственный;Статус;Дата создания;Дата завершения;Комментарий\n"
             "1;10;Задача;Позвонить;;05.02.2025 10:00:00;Петров;Не выполнено;01.02.2025;06.02.2025;\n2;Розница;Встреча;Показ;;05.02.2025 10:00:00;Петров;Выполнено;01.02.2025;06.02.2025 09:00;\n")
    desk.run()
    tasks = desk.table("activities")
    assert tasks["done_at"].isna().tolist() == [True, False]
    assert tasks["kind"].tolist() == ["task", "meeting"]
    assert tasks["entity_id"].tolist() == ["10", "11"]  # the second names its deal by the title


def test_payments_and_receivables_of_1c_meet_the_crm(desk):
    desk.put("deals.csv", bitrix(*ROWS[:4]), "cp1251")
    desk.sheet("pay.xlsx", [["ООО Пример"], ["Поступления"], [], ["Дата", "Номер", "Контрагент", "ИНН", "Сумма", "Назначение платежа"],
               [dt.date(2025, 2, 5), "ПС-1", "ООО «А»", 9900003072.0, 1000.5, "Оплата по счету № 10 от 01.02.2025"],
               [dt.date(2025, 2, 6), "ПС-2", "ООО \u00a0а", "9900003072.0", "250,00", "доплата"],
               [dt.date(2025, 2, 7), "ПС-3", "ООО Новый", "", 5, "по счету № 10 от 01.02.2025"], ["Итого", "", "", "", 1255.5, ""]])
    desk.sheet("debt.xlsx", [["Задолженность покупателей на 31.03.2025"], ["Контрагент", "ИНН", "Договор", "Документ", "Срок оплаты", "Сумма долга"],
               ["ООО \"А\"", "9900003072", "№ 1", "Реализация 5", dt.date(2025, 3, 11), 300], ["ООО Б", "", "", "Реализация 6", dt.date(2025, 4, 11), 40]])
    desk.run()
    paid = desk.table("payments")
    assert paid["client_id"].tolist() == ["7", "7", "ООО Новый"]
    assert paid["amount"].tolist() == [1000.5, 250, 5]
    assert paid["deal_id"].fillna("").tolist() == ["10", "", ""]  # another client's number is not this deal
    owed = desk.table("receivables")
    assert [str(day) for day in owed["as_of"]] == ["2025-03-31"] * 2
    assert owed["client_id"].tolist() == ["7", "8"]
    assert owed["days_overdue"].tolist() == [20, 0]
    assert owed["overdue_amount"].tolist() == [300, 0]
    assert desk.table("clients").set_index("client_id").loc["7", "tax_id"] == "9900003072"


def test_plans_norms_and_managers(desk):
    desk.put("deals.csv", bitrix(*ROWS[:3]), "cp1251")
    desk.client("norms: [{metric: call_out, value: 10}]\n")
    desk.sheet("managers.xlsx", [["ФИО", "Отдел", "Роль", "Дата приёма", "Дата увольнения"], ["Петров", "Юг", "Менеджер", dt.date(2024, 1, 9), ""],
               ["Сидоров", "Юг", "Руководитель отдела", dt.date(2020, 1, 9), dt.date(2025, 1, 31)]])
    desk.sheet("plan.xlsx", [["Период", "Менеджер", "Показатель", "План"], [dt.date(2025, 2, 1), "петров", "Выручка", 100], ["Март 2025", "", "Сделки", 5],
               ["2 кв. 2025", "Отдел", "Выручка", "1 000,00"], ["когда-нибудь", "Петров", "Выручка", 7]])
    assert desk.fails().code == 11  # a seller of a third of the deals is not in the list of people
    desk.answer("new")
    desk.run()
    plans = desk.table("plans")
    assert plans[["scope", "scope_id", "metric", "target"]].to_numpy().tolist() == [["user", "Петров", "revenue", 100], ["company", "", "deals", 5], ["company", "", "revenue", 1000]]
    assert [str(day) for day in plans["period_end"]] == ["2025-03-01", "2025-04-01", "2025-07-01"]
    assert desk.entry("plan.xlsx")["reasons"] == {"bad_date": 1}
    users = desk.table("users").set_index("name")
    assert bool(users.loc["Сидоров", "is_manager"]) and not users.loc["Петров", "is_manager"]
    assert users.loc["Иванов", "user_id"] == "12"
    assert users.loc["Петров", "team"] == "Юг"
    join = next(join for join in desk.report["joins"] if join["to"] == "users.name")
    assert (join["missing"], join["examples"]) == (1, ["12"])
    assert desk.table("norms")[["metric", "value", "per"]].to_numpy().tolist() == [["call_out", 10, "day"]]


def test_a_rerun_makes_the_same_ids(desk):
    desk.put("calls.csv", "Дата;Направление;Номер;Менеджер;Длительность;Статус\n01.08.2025;входящий;1;А;5;Отвечен\n01.08.2025;входящий;1;А;5;Отвечен\n")
    desk.run()
    first = desk.table("activities")["activity_id"].tolist()
    assert len(set(first)) == 2
    desk.run()
    assert desk.table("activities")["activity_id"].tolist() == first


def test_likeness_is_suggested_never_merged(desk):
    desk.put("pipeline.csv", "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
             "A,Ann Lee,GTXPro,Acme,Won,10/20/2016,3/1/2017,1054\nB,Ann Lee,GTX Pro,Acme,Engaging,10/25/2016,,\nC,Bob,GTX Pro,,Prospecting,,,\n")
    desk.put("products.csv", "product,series,sales_price\nGTX Pro,GTX,4821\nMG Special,MG,55\n")
    desk.run()
    join = next(join for join in desk.report["joins"] if join["to"] == "products.product")
    assert (join["missing"], join["suggestion"]) == (1, {"GTXPro": "GTX Pro"})
    assert desk.table("deals")["product"].tolist() == ["GTXPro", "GTX Pro", "GTX Pro"]
    desk.rename("product", "GTXPro", "GTX Pro")
    desk.run()
    assert desk.table("deals")["product"].tolist() == ["GTX Pro"] * 3
    assert not [join for join in desk.report["joins"] if join["to"] == "products.product"]
    assert desk.table("deal_products")["list_price"].tolist() == [4821] * 3
    assert desk.entry("pipeline.csv")["warnings"] == {"no_created_at": 1}
