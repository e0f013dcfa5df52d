"""The forty quirks of real exports by their number in the catalogue, each with its vector."""

import re
import sys

import pandas as pd
import pytest

from audit.intake import parse
from audit.intake.outcome import clean_stage
from audit.intake.parse.dates import moment, take_apart
from audit.intake.parse.numbers import currency_code
from audit.intake.parse.phones import phone
from audit.intake.parse.plain import clean, tax_id
from audit.intake.read import read_table
from audit.intake.tables.people import split_id

HEAD = "ID;Название сделки;Стадия сделки;Воронка;Сумма;Валюта;Ответственный;Дата создания;Дата изменения стадии;Сделка закрыта\n"
ROW = "1;Поставка;Новая;Опт;100,50;руб.;Иванов;22.03.2022 13:32:57;;Нет\n"


def texts(*cells):
    return pd.Series(cells, dtype="str")


def read(tmp_path, content, name="f.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path)[0]


def numbers(*cells):
    style = parse.number_style(texts(*cells))
    assert not style.asks
    values, currency = parse.parse_numbers(texts(*cells), style.mark)
    return values.values.tolist(), currency.tolist()


def when(cell):
    return str(moment(take_apart(cell), "dmy", "Europe/Moscow"))


def test_01_cyrillic_code_page_without_a_mark(desk):
    desk.put("d.csv", HEAD + ROW, "cp1251")
    desk.run()
    assert (desk.entry("d.csv")["encoding"], desk.table("deals")["stage_id"].tolist()) == ("cp1251", ["Новая"])


def test_02_mark_on_the_first_header(tmp_path):
    assert read(tmp_path, "\ufeffID;a;b\n1;2;3\n").headers[0] == "ID"


def test_03_unicode_text_of_a_spreadsheet(tmp_path):
    source = read(tmp_path, b"\xff\xfe" + "ID\tСумма\n1\t5\n".encode("utf-16-le"), "f.txt")
    assert (source.headers, source.cells.iloc[0].tolist()) == (["ID", "Сумма"], ["1", "5"])


def test_04_separator_after_the_last_cell(tmp_path):
    assert read(tmp_path, '"ID";"Сумма";\n"1";"5";\n').headers == ["ID", "Сумма"]


def test_05_line_that_names_the_separator(tmp_path):
    source = read(tmp_path, "sep=;\nid;amount\n1;2\n")
    assert (source.headers, len(source.cells)) == (["id", "amount"], 1)


def test_06_money_with_three_kinds_of_space():
    assert numbers("1 234,56 ₽", "1\u00a0234,56 ₽", "1\u202f234,56 ₽") == ([1234.56] * 3, ["RUB"] * 3)


@pytest.mark.parametrize("cell", ["1.234,56", "1,234.56", "1'234.56"])
def test_07_marks_of_three_countries(cell):
    assert numbers(cell)[0] == [1234.56]


def test_08_thousands_and_words_of_scale():
    assert numbers("450 000 тг.") == ([450000.0], ["KZT"])
    assert numbers("85,000", "450,000")[0] == [85000.0, 450000.0]
    assert numbers("250k", "1,5 млн")[0] == [250000.0, 1500000.0]


def test_09_three_ways_below_zero():
    assert numbers("(1 000,00)", "-1 000", "−1000")[0] == [-1000.0] * 3


def test_10_a_mark_that_only_the_column_can_tell():
    assert parse.number_style(texts("100,500")).asks
    assert numbers("100,500", "3,5")[0] == [100.5, 3.5]


@pytest.mark.parametrize(("cell", "moment_"), [("22.03.2022 13:32:57", "2022-03-22 13:32:57"), ("22.03.22", "2022-03-22 00:00:00"), ("2022-03-22T13:32:57+03:00", "2022-03-22 13:32:57"),
                                               ("45631", "2024-12-05 00:00:00"), ("45631.0", "2024-12-05 00:00:00"), ("1647945177", "2022-03-22 13:32:57")])
def test_11_forms_of_a_date(cell, moment_):
    assert when(cell) == moment_


def test_12_day_and_month_that_may_change_places():
    assert parse.date_style(texts("03/04/2026")).asks
    assert parse.date_style(texts("03/04/2026", "25/04/2026")).order == "dmy"


@pytest.mark.parametrize("word", ["не закрыта", "Не указано", "-", "нет", "0000-00-00", "01.01.0001"])
def test_13_words_that_mean_no_date(word):
    parsed = parse.parse_dates(texts(word), "dmy", "UTC")
    assert (parsed.values.isna().tolist(), parsed.bad.tolist(), parsed.placeholders) == ([True], [False], 1)


def test_14_year_two_thousand_ahead():
    assert when("4024-05-01") == "2024-05-01 00:00:00"


@pytest.mark.parametrize("word", ["Не указано", "не задано", "(не выбрано)", "Не посочено", "n/a", "—"])
def test_15_placeholders_are_empty_and_counted(word):
    parsed = parse.parse_text(texts(word))
    assert (parsed.values.isna().tolist(), parsed.placeholders) == ([True], 1)


@pytest.mark.parametrize(("yes", "no"), [("Да", "Нет"), ("Y", "N"), ("1", "0"), ("Истина", "Ложь"), ("true", "false")])
def test_16_yes_and_no(yes, no):
    assert parse.parse_bool(texts(yes, no)).values.tolist() == [True, False]


def test_17_entities_and_tags():
    assert clean("ООО &quot;Ромашка&quot;<br>Москва") == 'ООО "Ромашка"\nМосква'


def test_18_a_page_under_the_name_of_a_workbook(tmp_path):
    page = '<meta http-equiv="Content-type" content="text/html;charset=UTF-8" /><table border="1"><tr><th>ID</th><th>Сумма</th></tr><tr><td>1</td><td>5</td></tr></table>'
    assert (source := read(tmp_path, page, "f.xls")).kind == "html"
    assert source.cells.iloc[0].tolist() == ["1", "5"]


def test_19_the_signature_decides(desk):
    path = desk.sheet("a.xlsx", [["ID", "Сумма", "Дата"], [1, 5, "x"]])
    assert read_table(path.rename(path.with_name("a.xls.xlsx.csv")))[0].kind == "excel"


def test_20_header_of_two_rows(tmp_path):
    source = read(tmp_path, "Контрагент;Сальдо на конец периода;;Договор\n;Дебет;Кредит;\nООО А;100;0;№1\n")
    assert source.headers[1] == "Сальдо на конец периода / Дебет"


def test_21_titles_over_the_header(desk):
    desk.put("d.csv", "Отчёт отдела продаж\n\nза март\n" + HEAD + ROW)
    desk.run()
    assert (desk.entry("d.csv")["header_row"], len(desk.table("deals"))) == (4, 1)


@pytest.mark.parametrize("word", ["Итого", "Отборы", "Grand Totals"])
def test_22_totals_are_no_records_and_are_a_check(desk, word):
    desk.put("d.csv", HEAD + ROW + f"{word};;;;100,50;;;;;\n")
    desk.run()
    entry = desk.entry("d.csv")
    assert (entry["rows_kept"], entry["reasons"]) == (1, {"total_row": 1})
    assert all(check["agrees"] for check in entry.get("checks", []))


def test_23_hierarchy_in_one_column(desk):
    desk.sheet("debt.xlsx", [
        ["Задолженность покупателей"], ["Январь 2026 г. - Март 2026 г."], [],
        ["Покупатель", "ИНН", "Долг на начало", "Аванс на начало", "Продано", "Оплачено", "Аванс", "Зачтено", "Долг на конец", "Аванс на конец"],
        ["ООО Ромашка", "7707083893", 0, 0, 50, 0, 0, 0, 50, 0], ["Договор №1 от 01.01.2026", "", 0, 0, 50, 0, 0, 0, 50, 0],
        ["Реализация (акт) 00000001 от 31.01.2026", "", 0, 0, 50, 0, 0, 0, 50, 0], ["Итого", "", 0, 0, 50, 0, 0, 0, 50, 0]])
    desk.run()
    owed = desk.table("receivables")
    assert owed[["client_name", "contract", "document", "amount"]].to_numpy().tolist() == [
        ["ООО Ромашка", "Договор №1 от 01.01.2026", "Реализация (акт) 00000001 от 31.01.2026", 50.0]]


def test_24_equal_headers(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("Источник,Источник,cid,cid\na,b,c,d\n", "utf-8")
    assert read_table(path, frozenset({"источник", "cid"}))[0].headers == ["Источник", "Источник__2", "cid", "cid__2"]


def test_25_headers_that_differ_by_a_space_a_case_or_a_dot(desk):
    desk.put("d.csv", HEAD.replace("Сумма", "СУММА\u00a0").replace("Стадия", "стадия") + ROW)
    desk.run()
    assert desk.table("deals")["amount"].tolist() == [100.5]


def test_26_breaks_and_separators_in_quotes(desk):
    desk.put("d.csv", HEAD + ROW.replace("Поставка", '"По;\nставка"'))
    desk.run()
    assert desk.table("deals")["title"].tolist() == ["По;\nставка"]


def test_27_product_rows_are_one_deal(desk):
    desk.put("d.csv", HEAD.replace("ID;", "ID;Товар;") + ROW.replace("1;", "1;Кабель;", 1) + ROW.replace("1;", "1;Щит;", 1).replace("100,50", "50"))
    desk.run()
    assert desk.table("deals")["amount"].tolist() == [150.5]
    assert desk.entry("d.csv")["rows_merged"] == 1


def test_28_short_rows(desk):
    desk.put("d.csv", HEAD + "1;Поставка;Новая;Опт;5;руб.;Иванов;22.03.2022\n")
    desk.run()
    assert desk.entry("d.csv")["warnings"]["short_row"] == 1


@pytest.mark.parametrize(("word", "code"), [("Российский рубль", "RUB"), ("RUR", "RUB"), ("руб.", "RUB"), ("₽", "RUB"), ("лв.", "BGN"), ("BGN", "BGN"), ("€", "EUR")])
def test_29_currencies_by_any_name(word, code):
    assert currency_code(word) == code


def test_30_one_name_of_several_people_is_not_guessed(desk):
    desk.put("u.csv", "id;ФИО;Отдел;Должность\n1;Александр Белов;А;Менеджер\n2;Александр Серов;Б;Менеджер\n")
    desk.put("d.csv", HEAD + ROW.replace("Иванов", "Александр"))
    assert desk.fails().code == 11
    question, = desk.report["questions"]
    assert (question["kind"], question["proposed"] in (None, "new")) == ("person", True)


def test_31_a_person_by_id_alone():
    assert split_id("[12] Иванов") == ("12", "Иванов")


@pytest.mark.parametrize(("cell", "number"), [("8 (495) 123-45-67", "+74951234567"), ("+7 495 123 45 67", "+74951234567"), ("74951234567", "+74951234567"), ("1.23457E+11", None)])
def test_32_phones(cell, number):
    assert phone(cell) == number
    assert parse.parse_phone(texts(cell), "RU").bad.tolist() == [number is None]


@pytest.mark.parametrize(("cell", "number"), [("7707083893.0", "7707083893"), ("98765432", "98765432"), ("274062111", "0274062111")])
def test_33_tax_numbers_are_text(cell, number):
    assert tax_id(cell) == number


def test_34_equal_names_of_stages_in_two_pipelines(desk):
    desk.put("d.csv", HEAD + ROW + ROW.replace("1;", "2;", 1).replace("Опт", "Розница"))
    desk.run()
    assert desk.table("stages")[["pipeline_id", "stage_id"]].to_numpy().tolist() == [["Опт", "Новая"], ["Розница", "Новая"]]


def test_35_pictures_and_numbers_of_stages():
    assert clean_stage("1. Новая ⚡") == ("Новая", 1)


def test_36_every_time_in_the_clients_zone():
    assert when("2022-03-22T10:32:57Z") == when("2022-03-22T13:32:57+03:00") == "2022-03-22 13:32:57"


def test_37_moves_of_many_in_one_second(desk):
    rows = "".join(ROW.replace("1;", f"{at};", 1) for at in range(1, 201))
    moves = "".join(f"{at},2,{at},2026-03-01T10:00:00+03:00,0,NEW\n" for at in range(1, 201))
    desk.put("d.csv", HEAD + rows)
    desk.put("h.csv", "ID,TYPE_ID,OWNER_ID,CREATED_TIME,CATEGORY_ID,STAGE_ID\n" + moves)
    desk.run()
    assert desk.table("stage_history")["is_bulk"].sum() == 200


def test_38_events_of_no_change_are_dropped_and_counted(desk):
    desk.put("d.csv", HEAD + ROW)
    desk.put("h.csv", "ID,TYPE_ID,OWNER_ID,CREATED_TIME,CATEGORY_ID,STAGE_ID\n1,1,1,2026-03-01T10:00:00+03:00,0,Новая\n2,2,1,2026-03-02T10:00:00+03:00,0,Новая\n")
    desk.run()
    assert (len(desk.table("stage_history")), desk.entry("h.csv")["reasons"]) == (1, {"no_change": 1})


def test_39_formulas_are_text_and_inert(desk):
    desk.put("d.csv", HEAD + ROW.replace("Поставка", '"=HYPERLINK(""http://x.example"")"') + ROW)
    desk.run()
    assert desk.table("deals")["title"].tolist() == ['=HYPERLINK("http://x.example")']
    assert clean("'+7 495") == "+7 495"
    assert "'=" not in desk.quarantine("d.csv")  # the refused row is the plain one


def test_40_personal_data_in_free_text_does_not_ship():
    from audit.privacy import clean as shipped

    assert "123-45-67" not in shipped("звонить 8 (495) 123-45-67, ivan@romashka.example")
    assert "romashka.example" not in shipped("звонить 8 (495) 123-45-67, ivan@romashka.example")


def test_all_forty_are_here():
    found = {int(number) for name in dir(sys.modules[__name__]) for number in re.findall(r"^test_(\d\d)_", name)}
    assert found == set(range(1, 41))
