"""Habits of Bitrix24, amoCRM and Pipedrive by their number in the catalogue of quirks, a whole file through the intake each."""

import pandas as pd
import pytest

BITRIX = "ID;Название сделки;Стадия сделки;Воронка;Ответственный;Дата создания;Дата изменения стадии;Сумма;Валюта;Товар;Сделка закрыта;\n"
AMO = "ID,Название сделки,Бюджет ,Ответственный,Дата создания сделки,Дата закрытия,Этап сделки,Воронка\n"
API = "id,name,price,responsible_user_id,status_id,pipeline_id,created_at,closed_at,is_deleted\n"


def line(**cells: str) -> str:
    usual = {"id": "1", "name": "А", "stage": "Переговоры", "pipe": "Опт", "who": "Ира", "born": "01.02.2026 10:00:00", "moved": "", "sum": "5", "money": "руб.",
             "goods": "", "closed": "Нет"}
    return ";".join({**usual, **cells}.values()) + ";\n"


@pytest.mark.parametrize("encoding", ["cp1251", "utf-8-sig", "utf-8"])
def test_01_02_04_encodings_mark_and_last_separator(desk, encoding):
    desk.put("d.csv", BITRIX + line(), encoding)
    desk.run()
    assert desk.counts("d.csv") == ("bitrix24_deals", 1, 0)
    assert desk.exact("deals", "deal_id", "stage_id", "amount") == [["1", "Переговоры", 5]]


@pytest.mark.parametrize(("cell", "when"), [("22.03.2022 13:32:57", "2022-03-22 13:32:57"), ("22.03.22", "2022-03-22"), ("2022-03-22T10:32:57+00:00", "2022-03-22 13:32:57"),
                                            ("1647945177", "2022-03-22 13:32:57"), ("45631", "2024-12-05")])
def test_11_dates_of_every_form(desk, cell, when):
    desk.put("d.csv", AMO + f"1,А,5,Ира,{cell},не закрыта,Переговоры,Опт\n")
    desk.run()
    assert desk.exact("deals", "created_at") == [[when]]


@pytest.mark.parametrize("word", ["не закрыта", "Не указано", "-", "нет", "0000-00-00", "01.01.0001", "9999-12-31T00:00:00+03:00", ""])
def test_13_words_and_days_that_mean_no_date(desk, word):
    desk.put("d.csv", AMO + f"1,А,5,Ира,22.03.2022,{word},Переговоры,Опт\n")
    desk.run()
    assert desk.exact("deals", "closed_at", "semantic") == [[None, "open"]]
    assert desk.entry("d.csv")["placeholders"] == ({"Дата закрытия": 1} if word else {})


@pytest.mark.parametrize(("yes", "no"), [("Да", "Нет"), ("Y", "N"), ("1", "0"), ("true", "false")])
def test_16_yes_and_no_close_deals(desk, yes, no):
    desk.put("d.csv", BITRIX + line(stage="Особая", closed=yes, moved="03.02.2026") + line(id="2", stage="Иная", closed=no) + line(id="3", stage="Сделка успешна", closed=yes, moved="03.02.2026"))
    assert desk.fails().code == 11  # closed, but won or lost only a person can tell
    desk.answer("lost")
    desk.run()
    assert [row[0] for row in desk.exact("deals", "semantic")] == ["lost", "open", "won"]


def test_24_later_of_equal_headers_is_the_deals(desk):
    desk.put("d.csv", AMO.replace("Воронка", "Источник,Воронка,cid,cid,Источник") + "1,А,5,Ира,22.03.2022,,Переговоры,контакта,Опт,1,2,сделки\n")
    desk.run()
    assert desk.exact("deals", "source") == [["сделки"]]
    assert not {"Источник", "cid", "cid__2"} & set(desk.table("deals"))


def test_25_26_spaces_of_headers_and_breaks_in_quotes(desk):
    desk.put("d.csv", '\ufeffID;Название сделки;Бюджет\u00a0;Ответственный;Дата создания;Этап;Воронка;Примечание\n1;"А; и\nБ";5;Ира;22.03.2022;Переговоры;Опт;"х;\nу"\n')
    desk.run()
    assert desk.exact("deals", "title", "amount") == [["А; и\nБ", 5]]


def test_27_product_rows_are_one_deal_whose_amount_is_their_sum(desk):
    desk.put("d.csv", BITRIX + line(goods="Кабель", sum="100,50") + line(goods="Доставка", sum="20,00") + line(id="2"))
    desk.run()
    assert (desk.entry("d.csv")["rows_merged"], desk.exact("deals", "deal_id", "amount", "product")) == (1, [["1", 120.5, "Кабель"], ["2", 5, None]])
    assert desk.exact("deal_products", "deal_id", "product") == [["1", "Кабель"], ["1", "Доставка"]]


def test_28_short_rows_are_padded_and_counted(desk):
    desk.put("d.csv", BITRIX + line() + "2;Б;Переговоры;Опт;Ира;02.02.2026\n")
    desk.run()
    assert desk.exact("deals", "deal_id", "amount") == [["1", 5], ["2", None]]
    assert desk.entry("d.csv")["warnings"]["short_row"] == 1


@pytest.mark.parametrize(("word", "code"), [("Российский рубль", "RUB"), ("RUR", "RUB"), ("руб.", "RUB"), ("₽", "RUB"), ("лв.", "BGN"), ("€", "EUR"), ("US Dollar", "USD")])
def test_29_names_of_currencies(desk, word, code):
    desk.put("d.csv", BITRIX + line(money=word))
    desk.put("fx.csv", "date;currency;rate\n2020-01-01;EUR;100\n2020-01-01;BGN;50\n2020-01-01;USD;90\n")
    desk.run()
    assert desk.exact("deals", "currency") == [[code]]


def test_31_a_person_with_an_id_is_one_whatever_the_name(desk):
    desk.put("d.csv", BITRIX + line(who="[12] Иванова") + line(id="2", who="[12] Петрова") + line(id="3", who="[13] Ира"))
    desk.run()
    assert desk.exact("deals", "owner_id") == [["12"], ["12"], ["13"]]


def test_34_a_stage_is_known_by_its_pipeline_too(desk):
    desk.put("deals.csv", API + "1,А,5,12,9001,7,1647945177,,false\n2,Б,5,12,9002,8,1647945177,,false\n3,В,5,12,142,8,1647945177,1647955177,false\n")
    desk.put("statuses.csv", "id,name,sort,is_editable,pipeline_id\n9001,Первичный контакт,10,true,7\n142,Продано,1000,false,7\n9002,Первичный контакт,10,true,8\n142,Отгружено,1000,false,8\n")
    desk.put("pipelines.csv", "id,name,sort,is_main,is_archive\n7,Опт,1,true,false\n8,Розница,2,false,false\n")
    desk.run()
    assert desk.exact("stages", "pipeline_id", "stage_id", "ord") == [
        ["Опт", "Первичный контакт", 1], ["Опт", "Продано", 2], ["Розница", "Первичный контакт", 1], ["Розница", "Отгружено", 2]]
    assert desk.exact("deals", "pipeline_id", "stage_id", "semantic")[2] == ["Розница", "Отгружено", "won"]


def test_35_pictures_and_numbers_of_stages_are_order_not_name(desk):
    desk.put("d.csv", BITRIX + line(stage="2. Замер ⚡") + line(id="2", stage="1. Новая 🔥") + line(id="3", stage="Сделка успешна", moved="03.02.2026"))
    desk.run()
    assert desk.exact("stages", "stage_id", "ord") == [["Новая", 1], ["Замер", 2], ["Сделка успешна", 3]]


def test_36_times_come_to_the_clients_zone_from_every_system(desk):
    desk.client("time_zone: Europe/Sofia\n")
    desk.put("b.csv", "ID,TITLE,STAGE_ID,CATEGORY_ID,OPPORTUNITY,ASSIGNED_BY_ID,DATE_CREATE\nb,Б,NEW,0,5,12,2026-01-10T10:00:00+03:00\n")
    desk.put("p.csv", "id,title,stage_id,pipeline_id,status,add_time,value,expected_close_date\np,П,1,1,open,2026-01-10 10:00:00,5,2026-02-01\n")
    desk.put("a.csv", API + "a,А,5,12,9001,7,1768039200,,false\n")
    desk.run()
    # the offset of the portal; UTC without a mark; seconds since 1970 — and a day alone stays that day
    assert dict(desk.exact("deals", "deal_id", "created_at")) == {"b": "2026-01-10 09:00:00", "p": "2026-01-10 12:00:00", "a": "2026-01-10 12:00:00"}
    assert dict(desk.exact("deals", "deal_id", "expected_close_on"))["p"] == "2026-02-01"


def test_37_moves_of_many_in_one_second_are_marked(desk):
    ids = range(1, 201)
    desk.put("deals.csv", "id,title,stage_id,pipeline_id,status,add_time,value\n" + "".join(f"{n},x,2,1,open,2026-01-10 10:00:00,5\n" for n in ids))
    desk.put("stages.csv", "id,order_nr,name,pipeline_id\n1,1,New,1\n2,2,Demo,1\n3,3,Offer,1\n")
    desk.put("flow.csv", "id,item_id,user_id,field_key,old_value,new_value,log_time,is_bulk_update_flag\n"
             + "".join(f"{n},{n},12,stage_id,1,2,2026-01-20 10:00:00,\n" for n in ids) + "999,1,12,stage_id,2,3,2026-01-21 10:00:00,\n1000,2,12,stage_id,2,3,2026-01-21 11:00:00,1\n")
    desk.run()
    past = desk.table("stage_history")
    mine = past[past["entered_at"] >= pd.Timestamp(2026, 1, 20)]
    assert mine.groupby("entered_at")["is_bulk"].agg(["size", "sum"]).to_numpy().tolist() == [[200, 200], [1, 0], [1, 1]]


def test_38_events_with_the_same_stage_before_and_after_are_no_moves(desk):
    desk.put("deals.csv", API + "1,А,5,12,9001,7,1647945177,,false\n")
    desk.put("events.csv", "id,type,entity_id,entity_type,created_by,created_at,value_before.lead_status.id,value_before.lead_status.pipeline_id,value_after.lead_status.id,value_after.lead_status.pipeline_id\n"
             "e1,lead_status_changed,1,lead,12,1648000000,9000,7,9001,7\ne2,lead_status_changed,1,lead,12,1648000100,9001,7,9001,7\n")
    desk.run()
    assert desk.entry("events.csv")["reasons"] == {"no_change": 1}
