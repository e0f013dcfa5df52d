"""The quirks of real exports, one test each: bytes or cells in, values out."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from audit.intake import parse
from audit.intake.outcome import clean_stage
from audit.intake.read import read_table
from audit.intake.shapes import aliases
from audit.intake.tables.people import Registry, match, split_id
from audit.intake.text import norm


def only(path, **options):
    found = read_table(path, aliases(), **options)
    assert len(found) == 1
    return found[0]


def written(tmp_path, content: str | bytes, name: str = "file.csv", encoding: str = "utf-8"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


BITRIX = "ID;Название сделки;Стадия сделки;Ответственный;Сумма;\n1;Поставка оборудования;Переговоры;Иванова;100;\n"


@pytest.mark.parametrize("encoding", ["cp1251", "cp866", "koi8-r", "utf-8", "utf-8-sig", "utf-16"])
def test_cyrillic_encodings_give_the_same_headers(tmp_path, encoding):
    source = only(written(tmp_path, BITRIX, encoding=encoding))
    assert source.headers == ["ID", "Название сделки", "Стадия сделки", "Ответственный", "Сумма"]
    assert source.cells.iloc[0, 1] == "Поставка оборудования"


@pytest.mark.parametrize("encoding", ["cp1251", "cp866", "koi8-r"])
@pytest.mark.parametrize("words", ["Юг;Центр", "ФИО;Цех", "Шахты;Уфа", "ИНН;ЭЩЖ", "щука;жёлудь"])
def test_few_and_rare_letters_are_enough(tmp_path, words, encoding):
    source = only(written(tmp_path, f"id;x;y\n1;{words};\n2;{words};\n", encoding=encoding))
    assert source.cells["x"][0] == words.split(";")[0]


def test_utf16_little_endian_tabs_of_excel(tmp_path):
    content = b"\xff\xfe" + "ID\tСтадия сделки\tОтветственный\n7\tНовая\tПетров\n".encode("utf-16-le")
    source = only(written(tmp_path, content))
    assert source.separator == "\t"
    assert source.cells.iloc[0].tolist() == ["7", "Новая", "Петров"]


def test_western_text_is_not_read_as_cyrillic(tmp_path):
    source = only(written(tmp_path, "id;name;city\n1;José Müller;Málaga\n2;François;Besançon\n", encoding="cp1252"))
    assert source.cells.iloc[0].tolist() == ["1", "José Müller", "Málaga"]


def test_damaged_utf8_stays_utf8(tmp_path):
    content = ("id;имя\n" + "1;Обычный русский текст\n" * 20).encode() + b"2;\xff\n"
    assert only(written(tmp_path, content)).encoding == "utf-8"


def test_trailing_separator_gives_no_column(tmp_path):
    assert only(written(tmp_path, '"ID";"Сумма";\n"1";"5";\n')).headers == ["ID", "Сумма"]


def test_sep_line_is_skipped(tmp_path):
    source = only(written(tmp_path, "sep=;\nid;amount\n1;2,5\n"))
    assert (source.separator, source.headers, len(source.cells)) == (";", ["id", "amount"], 1)


@pytest.mark.parametrize(("cells", "mark", "values"), [
    (["1 234,56 ₽", "1\u00a0234,56", "1\u202f234,56 руб."], ",", [1234.56] * 3),
    (["1.234,56"], ",", [1234.56]),
    (["1,234.56", "1'234.56"], ".", [1234.56] * 2),
    (["450 000 тг.", "12"], None, [450000.0, 12.0]),
    (["85,000", "450,000"], ".", [85000.0, 450000.0]),
    (["250k", "1,5 млн", "3 тыс."], ",", [250000.0, 1500000.0, 3000.0]),
    (["(1 000,00)", "-1 000", "−1000"], ",", [-1000.0] * 3),
    (["$1,117.10K", "$342.09K"], ".", [1117100.0, 342090.0]),
    (["1.5E+06", "2"], None, [1500000.0, 2.0]),
    (["1,234,567", "5"], ".", [1234567.0, 5.0]),
])
def test_money(cells, mark, values):
    series = pd.Series(cells, dtype="str")
    style = parse.number_style(series)
    assert (style.mark, style.asks) == (mark, False)
    parsed, _ = parse.parse_numbers(series, style.mark)
    assert parsed.values.tolist() == pytest.approx(values)


@pytest.mark.parametrize("cells", [["100,500"], ["1.234,56", "1,234.56"], ["12,5", "12.5"]])
def test_marks_that_the_data_cannot_tell_are_asked(cells):
    assert parse.number_style(pd.Series(cells, dtype="str")).asks


def test_a_cell_against_its_columns_mark_is_bad_not_wrong():
    parsed, _ = parse.parse_numbers(pd.Series(["1.234,56", "12.34", "abc", "5 шт"], dtype="str"), ",")
    assert parsed.values.tolist()[0] == 1234.56
    assert parsed.bad.tolist() == [False, True, True, True]


def test_numbers_of_a_workbook_need_no_mark():
    cells, numbers = pd.Series(["1234.5", "1 234,50"], dtype="str"), np.array([1234.5, np.nan])
    parsed, _ = parse.parse_numbers(cells, ",", numbers)
    assert parsed.values.tolist() == [1234.5, 1234.5]


NOON = dt.datetime(2022, 3, 22, 13, 32, 57)


@pytest.mark.parametrize(("cell", "moment"), [
    ("22.03.2022 13:32:57", NOON), ("2022-03-22T13:32:57+03:00", NOON), ("2022-03-22 10:32:57Z", NOON),
    ("22.03.22", dt.datetime(2022, 3, 22)), ("1647945177", NOON), ("1647945177000", NOON),
    ("45631", dt.datetime(2024, 12, 5)), ("45631.0", dt.datetime(2024, 12, 5)), ("45631.5", dt.datetime(2024, 12, 5, 12)),
    ("15 Apr, 2021 00:02:00", dt.datetime(2021, 4, 15, 0, 2)), ("15 апреля 2021 г.", dt.datetime(2021, 4, 15)),
    ("Apr 15, 2021", dt.datetime(2021, 4, 15)), ("20240501", dt.datetime(2024, 5, 1)),
    ("4024-05-01", dt.datetime(2024, 5, 1)), ("2024-05-01 10:00:00.999", dt.datetime(2024, 5, 1, 10)),
])
def test_dates(cell, moment):
    parsed = parse.parse_dates(pd.Series([cell], dtype="str"), "dmy", "Europe/Moscow")
    assert parsed.values[0] == pd.Timestamp(moment)
    assert not parsed.bad[0]


@pytest.mark.parametrize("cell", ["не закрыта", "Не указано", "-", "нет", "0000-00-00", "01.01.0001", ""])
def test_words_that_mean_no_date(cell):
    parsed = parse.parse_dates(pd.Series([cell], dtype="str"), "dmy", "UTC")
    assert parsed.values.isna()[0]
    assert not parsed.bad[0]
    assert parsed.placeholders == (1 if cell else 0)


@pytest.mark.parametrize("cell", ["31.02.2025", "29.02.2023", "13.13.2024", "soon", "2024-13-01", "25:00"])
def test_days_that_do_not_exist_are_bad(cell):
    assert parse.parse_dates(pd.Series([cell], dtype="str"), "dmy", "UTC").bad[0]


@pytest.mark.parametrize(("cells", "order", "asks"), [
    (["03/04/2026", "25/04/2026"], "dmy", False), (["03/04/2026", "04/25/2026"], "mdy", False),
    (["03/04/2026", "05/06/2026"], "dmy", True), (["03.04.2026"], "dmy", False), (["2026-04-03"], None, False),
    (["25/04/2026", "04/25/2026"], "dmy", True), (["05/05/2026"], "dmy", False),
])
def test_order_of_day_and_month_is_decided_by_the_column(cells, order, asks):
    style = parse.date_style(pd.Series(cells, dtype="str"))
    assert (style.order or None, style.asks) == (order if cells != ["05/05/2026"] else style.order, asks)


@pytest.mark.parametrize("word", ["Не указано", "не задано", "(не выбрано)", "Не посочено", "n/a", "—"])
def test_empty_words_are_counted_placeholders(word):
    parsed = parse.parse_text(pd.Series([word, "Сайт", ""], dtype="str"))
    assert parsed.values.isna().tolist() == [True, False, True]
    assert parsed.placeholders == 1


@pytest.mark.parametrize(("cells", "values"), [
    (["Да", "Нет"], [True, False]), (["Y", "N"], [True, False]), (["1", "0"], [True, False]),
    (["Истина", "Ложь"], [True, False]), (["true", "FALSE"], [True, False]),
])
def test_yes_and_no(cells, values):
    assert parse.parse_bool(pd.Series(cells, dtype="str")).values.tolist() == values


def test_neither_yes_nor_no_is_bad():
    assert parse.parse_bool(pd.Series(["может быть", ""], dtype="str")).bad.tolist() == [True, False]


def test_entities_and_tags_become_text():
    parsed = parse.parse_text(pd.Series(["ООО &quot;Ромашка&quot;", "a<br>b"], dtype="str"), one_line=False)
    assert parsed.values.tolist() == ['ООО "Ромашка"', "a\nb"]


PAGE = ('<html><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><script>alert(1)</script><table border="1">'
        "<tr><th>ID</th><th>Стадия сделки</th><th>Ответственный</th></tr>"
        "<tr><td>1</td><td>Новая</td><td>ООО &quot;А&quot;</td></tr></table></html>")


def test_a_page_named_xls_is_read_as_a_page(tmp_path):
    source = only(written(tmp_path, PAGE, "deals.xls"))
    assert source.kind == "html"
    assert source.cells.iloc[0].tolist() == ["1", "Новая", 'ООО "А"']


def test_signature_decides_not_the_name(desk):
    path = desk.sheet("book.xlsx", [["ID", "Стадия сделки", "Ответственный"], [1, "Новая", "Иванов"]])
    wrong = path.rename(path.with_name("book.xls.csv"))
    source = only(wrong)
    assert (source.kind, source.cells.iloc[0, 1]) == ("excel", "Новая")


def test_two_row_header_is_joined(tmp_path):
    text = "Контрагент;Сальдо на конец периода;;Договор\n;Дебет;Кредит;\nООО А;100;0;№1\n"
    source = only(written(tmp_path, text))
    assert source.headers[1:3] == ["Сальдо на конец периода / Дебет", "Сальдо на конец периода / Кредит"]
    assert len(source.cells) == 1


def test_title_rows_above_the_header(desk):
    rows = [["ООО Пример"], ["за период с 01.05.2025"], [], ["Дата", "Номер", "Контрагент", "Сумма", "Назначение платежа"],
            ["02.05.2025", "1", "ООО А", 100, "по счету"], ["Итого", "", "", 100, ""]]
    source = only(desk.sheet("pay.xlsx", rows))
    assert (source.header_row, len(source.cells), list(source.faults.values())) == (4, 2, ["total_row"])


@pytest.mark.parametrize("word", ["Итого", "Grand Totals", "Общо:", "Итого за май"])
def test_total_rows_are_refused_not_dropped(desk, word):
    desk.put("d.csv", f"id,created,won,amount\n1,2025-01-02,1,5\n{word},,,5\n")
    desk.run()
    assert desk.entry("d.csv")["reasons"] == {"total_row": 1}
    assert word in desk.quarantine("d.csv")


def test_a_client_called_total_is_no_total_row(desk):
    desk.put("d.csv", "client,id,created,won,amount\nTotal,1,2025-01-02,1,5\nИтого,2,2025-01-02,1,5\n")
    desk.run()
    assert desk.entry("d.csv")["rows_kept"] == 2


def test_duplicate_headers_get_numbers(tmp_path):
    source = only(written(tmp_path, "ID,Источник,cid,Источник,cid\n1,a,b,c,d\n"))
    assert source.headers == ["ID", "Источник", "cid", "Источник__2", "cid__2"]


def test_headers_compare_without_spaces_case_and_yo():
    assert norm("Бюджет ") == norm("бюджет")
    assert norm("Счёт") == norm("Счет\u00a0")
    assert norm("Имя *") == norm("имя")


def test_breaks_and_separators_inside_quotes_are_one_row(tmp_path):
    source = only(written(tmp_path, 'ID;Примечание;Сумма\n1;"строка; раз\nстрока два";5\n2;"x";6\n'))
    assert len(source.cells) == 2
    assert source.rows.tolist() == [2, 4]


def test_short_rows_are_padded_and_counted(tmp_path):
    source = only(written(tmp_path, "id;created;amount\n1;2025-01-01\n2;2025-01-01;5\n"))
    assert source.warnings["short_row"] == 1
    assert source.cells.iloc[0].tolist() == ["1", "2025-01-01", ""]


@pytest.mark.parametrize(("word", "code"), [
    ("Российский рубль", "RUB"), ("RUR", "RUB"), ("руб.", "RUB"), ("₽", "RUB"), ("лв.", "BGN"), ("BGN", "BGN"), ("€", "EUR"),
])
def test_currency_names(word, code):
    from audit.intake.parse.numbers import currency_code

    assert currency_code(word) == code


def test_id_and_name_in_one_cell():
    assert split_id("[12] Иванов") == ("12", "Иванов")


def test_one_name_of_two_people_is_never_guessed():
    known = Registry(from_file=True)
    known.add("7", "Александр")
    known.add("9", "александр ")
    found = match(known, None, pd.Series(["Александр", "Александр"], dtype="str"))
    assert found.ambiguous == {"Александр": 2}
    assert set(found.ids).isdisjoint({"7", "9"})


@pytest.mark.parametrize("cell", ["8 (495) 123-45-67", "+7 495 123 45 67", "74951234567", "'+7495-123-45-67"])
def test_phones(cell):
    assert parse.parse_phone(pd.Series([cell], dtype="str"), "RU").values[0] == "+74951234567"


def test_a_phone_lost_in_a_spreadsheet_is_flagged():
    parsed = parse.parse_phone(pd.Series(["1.23457E+11"], dtype="str"), "RU")
    assert (parsed.values.isna()[0], bool(parsed.bad[0])) == (True, True)


@pytest.mark.parametrize(("cell", "number"), [("7707083893.0", "7707083893"), ("98765432", "98765432"), ("500100732259", "500100732259")])
def test_tax_numbers_are_text(cell, number):
    assert parse.parse_tax_id(pd.Series([cell], dtype="str")).values[0] == number


def test_a_lost_zero_of_a_tax_number_comes_back_only_with_its_check_digit():
    # 0274062111 has a valid check digit, 9900003072 of nine digits has none
    assert parse.parse_tax_id(pd.Series(["274062111"], dtype="str")).values[0] == "0274062111"
    assert parse.parse_tax_id(pd.Series(["274062112"], dtype="str")).values[0] == "274062112"


def test_stage_names_lose_numbers_and_pictures():
    assert clean_stage("1. Новая ⚡") == ("Новая", 1)


def test_unix_and_offset_times_come_to_the_clients_zone():
    parsed = parse.parse_dates(pd.Series(["2024-07-01T12:00:00+00:00"], dtype="str"), None, "Europe/Sofia")
    assert parsed.values[0] == pd.Timestamp(2024, 7, 1, 15)


def test_formula_cells_are_text_and_harmless_on_output(desk):
    desk.put("d.csv", 'id,created,won,amount,region\n1,31.02.2025,1,5,"=HYPERLINK(""http://x"")"\n2,01.02.2025,1,5,\'+7 495\n')
    desk.run()
    assert "'=HYPERLINK" in desk.quarantine("d.csv")
    assert desk.table("deals")["region"].tolist() == ["+7 495"]


def test_ids_written_as_floats(desk):
    assert parse.parse_id(pd.Series(["123.0", "00123", "A-1"], dtype="str")).values.tolist() == ["123", "00123", "A-1"]


def test_durations():
    parsed = parse.parse_duration(pd.Series(["40", "3:25", "00:03:25", "", "x"], dtype="str"))
    assert parsed.values.tolist()[:3] == [40, 205, 205]
    assert parsed.bad.tolist() == [False, False, False, False, True]
