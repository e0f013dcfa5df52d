"""Printed reports of debts, drawn by hand: hierarchies become rows of documents, totals agree, advances are no debts."""

import datetime as dt
import os

import pytest

from audit.intake import intake
from audit.intake.read import read_table

COLUMNS = ["as_of", "client_name", "tax_id", "contract", "document", "amount"]


def owed(desk, columns=COLUMNS) -> list[list]:
    rows = desk.table("receivables")[columns].astype(object)
    return [["" if cell is None or cell != cell else str(cell) if not isinstance(cell, float) else cell for cell in row] for row in rows.to_numpy().tolist()]


BUYERS = [
    ["Задолженность покупателей"], ["Январь 2026 г. - Февраль 2026 г."], ["ООО Мы"], [], ["Единица измерения: руб."], [],
    ["Покупатель", "ИНН", "На начало периода", "", "За период", "", "Предоплата", "", "На конец периода", ""],
    ["", "", "Долг", "Аванс", "Продано", "Оплачено", "Поступило", "Зачтено", "Долг", "Аванс"],
    ["ООО Ромашка", "7707083893", 100, "", 500, 200, "", "", 400, ""],
    ["Договор №1 от 01.02.2025", "", 100, "", 300, 200, "", "", 200, ""],
    ["Реализация (акт) 00000001 от 31.01.2026", "", "", "", 200, "", "", "", 150, ""],
    ["Реализация (акт) 00000002 от 10.02.2026", "", "", "", 100, "", "", "", 50, ""],
    ["Основной договор", "", "", "", 200, "", "", "", 200, ""],
    ["Корректировка долга 5 от 11.02.2026", "", "", "", 200, "", "", "", 200, ""],
    ["ИП Петров Иван", "500100732259", "", 50, "", "", 20, "", "", 70],
    ["0ББП-000045 от 12.03.2025", "", "", 50, "", "", 20, "", "", 70],
    ["<...>", "", "", 50, "", "", 20, "", "", 70],
    ["АО Лютик", "7736050003", 10, "", "", 10, "", "", 0, ""],
    ["ДС № 3 от 01.01.2025", "", 10, "", "", 10, "", "", 0, ""],
    ["Итого", "", 110, 50, 500, 210, 20, "", 400, 70],
    [], ["Главный бухгалтер"],
]


def test_debts_of_buyers(desk):
    desk.sheet("Задолженность.xlsx", BUYERS)
    desk.run()
    assert owed(desk) == [
        ["2026-02-28", "ООО Ромашка", "7707083893", "Договор №1 от 01.02.2025", "Реализация (акт) 00000001 от 31.01.2026", 150.0],
        ["2026-02-28", "ООО Ромашка", "7707083893", "Договор №1 от 01.02.2025", "Реализация (акт) 00000002 от 10.02.2026", 50.0],
        ["2026-02-28", "ООО Ромашка", "7707083893", "Основной договор", "Корректировка долга 5 от 11.02.2026", 200.0],
    ]
    assert desk.table("receivables")["document_date"].astype(str).tolist() == ["2026-01-31", "2026-02-10", "2026-02-11"]
    entry = desk.entry("Задолженность.xlsx")
    assert (entry["preset"], entry["header_row"], entry["rows_in"]) == ("receivables_printed", 7, 13)
    assert entry["reasons"] == {"advance": 1, "group_row": 6, "no_debt": 1, "total_row": 2}
    assert [(check["column"], check["stated"], check["found"], check["agrees"]) for check in entry["checks"]] == [
        ("На конец периода / Долг", 400.0, 400.0, True), ("На конец периода / Аванс", 70.0, 70.0, True)]


def test_debts_of_buyers_without_names_of_columns(desk):
    rows = [row if at != 7 else [""] * 10 for at, row in enumerate(BUYERS)]
    rows[6] = ["Покупатель", "", "Д1", "А1", "П", "О", "ПП", "ПЗ", "Д2", "А2"]
    rows = [rows[at] for at in range(len(rows)) if at != 7]
    desk.sheet("a.xlsx", rows)
    desk.run()
    assert [row[-1] for row in owed(desk)] == [150.0, 50.0, 200.0]
    assert owed(desk)[0][2] == "7707083893"


SETTLEMENTS = """Ведомость по взаиморасчетам с контрагентами;;;;
Период: 01.01.2026 - 31.03.2026;;;;
Показатели: Сумма (руб.);;;;
Контрагент;Взаиморасчеты;;;
;Нач. остаток;Приход;Расход;Кон. остаток
Покупатели;1 050,00;2 500,00;1 000,00;2 550,00
ООО Ромашка;1\u00a0000,50;2 000,00;500,00;2 500,50
ИП Петров;49,50;300,00;500,00;-150,50
АО Лютик;0,00;200,00;0,00;200,00
Итог;1 050,00;2 500,00;1 000,00;2 550,00
"""


def test_statement_of_settlements(desk):
    desk.put("ведомость.csv", SETTLEMENTS, "cp1251")
    desk.run()
    assert owed(desk) == [["2026-03-31", "ООО Ромашка", "", "", "", 2500.5], ["2026-03-31", "АО Лютик", "", "", "", 200.0]]
    entry = desk.entry("ведомость.csv")
    assert entry["reasons"] == {"advance": 1, "group_row": 1, "total_row": 1}
    assert [(check["stated"], check["found"], check["agrees"]) for check in entry["checks"]] == [(2550.0, 2550.0, True)]
    assert "balance_differs" not in entry["warnings"]


def test_a_row_that_does_not_balance_is_counted(desk):
    desk.put("ведомость.csv", SETTLEMENTS.replace("-150,50", "-100,50"), "cp1251")
    desk.run()
    entry = desk.entry("ведомость.csv")
    assert entry["warnings"]["balance_differs"] == 1
    assert entry["checks"][0]["agrees"] is False
    assert entry["warnings"]["total_differs"] == 1


def turnover(title: str, account: str, rows: list[list]) -> list[list]:
    return [[title], ["ООО Мы"], ["Выводимые данные:", "БУ (данные бухгалтерского учета)"],
            ["Счет", "Сальдо на начало периода", "", "Обороты за период", "", "Сальдо на конец периода", ""],
            ["Контрагенты", "Дебет", "Кредит", "Дебет", "Кредит", "Дебет", "Кредит"], ["Договоры"],
            [account, 100, 40, 900, 600, 400, 40], *rows, ["Итого", 100, 40, 900, 600, 400, 40]]


@pytest.mark.parametrize(("title", "account"), [
    ("Оборотно-сальдовая ведомость по счету 62 за 1 квартал 2026 г.", "62"), ("Оборотно-сальдовая ведомость по счету 1210 за Март 2026 г.", "1210"),
    ("Оборотно-сальдовая ведомость по счету: 4010 за Январь 2026 - Март 2026", "4010"), ("Оборотна ведомост по сметка 411 за периода 01.01.2026 - 31.03.2026", "411"),
])
def test_turnover_of_the_account_of_buyers(desk, title, account):
    desk.sheet("osv.xlsx", turnover(title, account, [
        [f"{account}.01", 100, "", 900, 600, 400, ""],
        ["ООО Ромашка", 100, "", 500, 300, 300, ""], ["Договор поставки №7 от 01.02.2025", 100, "", 200, 300, "", ""], ["Основной договор", "", "", 300, "", 300, ""],
        ["АО Лютик", "", "", 400, 300, 100, ""], ["<...>", "", "", 400, 300, 100, ""],
        [f"{account}.02", "", 40, "", "", "", 40], ["ООО Ромашка", "", 40, "", "", "", 40], ["Основной договор", "", 40, "", "", "", 40],
    ]))
    desk.run()
    assert owed(desk) == [["2026-03-31", "ООО Ромашка", "", "Основной договор", "", 300.0], ["2026-03-31", "АО Лютик", "", "", "", 100.0]]
    entry = desk.entry("osv.xlsx")
    assert entry["reasons"] == {"advance": 1, "group_row": 6, "no_debt": 1, "total_row": 2}
    assert [(check["stated"], check["found"], check["agrees"]) for check in entry["checks"]] == [(400.0, 400.0, True), (40.0, 40.0, True)]


def test_netted_clients_agree_by_their_balance(desk):
    desk.sheet("osv.xlsx", turnover("Оборотно-сальдовая ведомость по счету 62 за 2025 г.", "62", [
        ["ООО Ромашка", 100, 40, 900, 600, 400, 40], ["Договор 1", 100, "", 900, 500, 500, ""], ["Договор 2", "", 40, "", 100, "", 140]]))
    desk.run()
    assert [row[-1] for row in owed(desk)] == [500.0]
    assert [(check["column"], check["stated"], check["agrees"]) for check in desk.entry("osv.xlsx")["checks"]] == [
        ("Сальдо на конец периода / Дебет − Сальдо на конец периода / Кредит", 360.0, True)]


def test_an_account_of_suppliers_is_not_taken_for_buyers(desk):
    desk.put("deals.csv", "id,created,closed,won,amount\n1,2025-01-02,2025-02-01,1,100\n")
    desk.sheet("osv60.xlsx", turnover("Оборотно-сальдовая ведомость по счету 60 за 2025 г.", "60", [["ООО Завод", 1, 1, 1, 1, 1, 1]]))
    desk.run()
    assert desk.entry("osv60.xlsx")["preset"] is None


AGES = [["Задолженность покупателей по срокам долга"], ["на 28.02.2026"], [],
        ["Покупатель", "Долг", "Просрочено", "Не просрочено", "1–30 дней", "31–60", "61–90", "Свыше 90"],
        ["ООО Ромашка", 600, 300, 300, 100, "", 200, ""], ["АО Лютик", 90, 90, "", "", "", "", 90], ["ИП Петров", 50, "", 50, "", "", "", ""],
        ["Итого", 740, 390, 350, 100, "", 200, 90]]


def test_debts_by_age(desk):
    desk.sheet("сроки.xlsx", AGES)
    desk.run()
    assert owed(desk, ["as_of", "client_name", "document", "amount", "overdue_amount", "days_overdue"]) == [
        ["2026-02-28", "ООО Ромашка", "Не просрочено", 300.0, 0.0, 0.0], ["2026-02-28", "ООО Ромашка", "1–30 дней", 100.0, 100.0, 15.5],
        ["2026-02-28", "ООО Ромашка", "61–90", 200.0, 200.0, 75.5], ["2026-02-28", "АО Лютик", "Свыше 90", 90.0, 90.0, 91.0],
        ["2026-02-28", "ИП Петров", "Не просрочено", 50.0, 0.0, 0.0],
    ]
    entry = desk.entry("сроки.xlsx")
    assert (entry["rows_in"], entry["rows_kept"], entry["reasons"]) == (4, 3, {"total_row": 1})
    assert [(check["column"], check["agrees"]) for check in entry["checks"]] == [
        ("Не просрочено", True), ("1–30 дней", True), ("61–90", True), ("Свыше 90", True)]


def test_a_register_kept_by_hand(desk):
    desk.put("реестр.csv", "Реестр на 01.03.2026;;;;;;\nКонтрагент;Контрагент.ИНН;Договор;Отгружено, (руб.);Нормальная дебиторская задолженность (НДЗ), (руб.);"
             "Просроченная дебиторская задолженность (ПДЗ), (руб.);Общая дебиторская задолженность, руб;Дней просрочено\n"
             "ООО Ромашка;7707083893;№ 5;1 000,00;100,50;200,00;300,50;12\nАО Лютик;;№ 6;50,00;50,00;;50,00;\nИтого;;;1 050,00;150,50;200,00;350,50;\n")
    desk.run()
    assert owed(desk, ["as_of", "client_name", "tax_id", "contract", "amount", "overdue_amount", "days_overdue"]) == [
        ["2026-03-01", "ООО Ромашка", "7707083893", "№ 5", 300.5, 200.0, 12.0], ["2026-03-01", "АО Лютик", "", "№ 6", 50.0, "", ""]]
    assert [check["agrees"] for check in desk.entry("реестр.csv")["checks"]] == [True, True]


def test_bulgarian_ageing(desk):
    desk.put("вземания.csv", "Вземания от клиенти към 31.01.2026 г.;;;;;;;;\nКонтрагент;ЕИК;Документ;Дата;Падеж;Сума;Платено;Остатък;Просрочие (дни)\n"
             "Ромашка ООД;831902088;Фактура 100;02.12.2025;16.12.2025;1 200,00;200,00;1 000,00;46\nЛютиче ЕООД;;Фактура 101;20.01.2026;20.02.2026;50,00;0,00;50,00;0\n"
             "Общо;;;;;1 250,00;200,00;1 050,00;\n", "cp1251")
    desk.run()
    assert owed(desk, ["as_of", "client_name", "tax_id", "document", "due_on", "amount", "overdue_amount", "days_overdue"]) == [
        ["2026-01-31", "Ромашка ООД", "831902088", "Фактура 100", "2025-12-16", 1000.0, 1000.0, 46.0],
        ["2026-01-31", "Лютиче ЕООД", "", "Фактура 101", "2026-02-20", 50.0, 0.0, 0.0]]
    assert desk.entry("вземания.csv")["checks"] == [{"name": "Общо", "column": "Остатък", "stated": 1050.0, "found": 1050.0, "agrees": True}]


# -- hostile ---------------------------------------------------------------------------------------------


def test_a_client_printed_under_itself_is_counted_once(desk):
    desk.sheet("osv.xlsx", turnover("Оборотно-сальдовая ведомость по счету 62 за 2025 г.", "62", [
        ["Постоянные", 100, 40, 900, 600, 400, 40], ["ООО Ромашка", 60, 40, 500, 300, 300, 40], ["ООО Ромашка", 60, 40, 500, 300, 300, 40],
        ["АО Лютик", 40, "", 400, 300, 100, ""]]))
    desk.run()
    assert [(row[1], row[-1]) for row in owed(desk)] == [("ООО Ромашка", 300.0), ("АО Лютик", 100.0)]
    entry = desk.entry("osv.xlsx")
    assert entry["reasons"]["group_row"] == 3
    assert all(check["agrees"] for check in entry["checks"])


def test_equal_debts_of_neighbours_stay_two(desk):
    rows = [["ООО А", "", "", 200, "", 200, ""], ["ООО Б", "", "", 100, "", 100, ""], ["ООО В", "", "", 100, "", 100, ""], ["Договор 1", "", "", 100, "", 100, ""]]
    sheet = turnover("Оборотно-сальдовая ведомость по счету 62 за 2025 г.", "62", rows)
    sheet[-1] = ["Итого", "", "", 400, "", 400, ""]
    sheet[6] = ["62", "", "", 400, "", 400, ""]
    desk.sheet("osv.xlsx", sheet)
    desk.run()
    assert [row[-1] for row in owed(desk)] == [200.0, 100.0, 100.0]


def test_a_cut_report_keeps_its_rows_and_has_no_check(desk):
    desk.sheet("a.xlsx", BUYERS[:12])
    desk.run()
    assert [row[-1] for row in owed(desk)] == [150.0, 50.0]
    assert desk.entry("a.xlsx")["checks"] == []


@pytest.fixture
def dayless(desk):
    """A report of debts whose title names no day, from a file of a known one."""
    desk.put("deals.csv", "id,created,closed,won,amount\n1,2025-01-02,2025-02-01,1,100\n")
    path = desk.sheet("a.xlsx", [BUYERS[0], *BUYERS[2:]])
    noon = dt.datetime(2027, 3, 31, 12).timestamp()
    os.utime(path, (noon, noon))
    return desk


def test_the_day_of_a_report_that_names_none_is_asked_once(dayless):
    assert dayless.fails().code == 11
    (question,) = dayless.report["questions"]
    assert (question["kind"], question["file"], question["proposed"]) == ("as_of", "a.xlsx", "2026-02-11")
    assert question["examples"] == ["≥ 2026-02-11", "≤ 2027-03-31"]  # the latest document, the file itself
    dayless.answer("2027-03-30")
    dayless.run()
    assert {row[0] for row in dayless.rows("receivables", "as_of")} == {"2027-03-30"}
    assert dayless.entry("a.xlsx")["rows_kept"] == 3
    dayless.run()
    assert dayless.report["questions"] == []


def test_the_day_of_a_report_may_be_taken_as_proposed(dayless):
    intake(dayless.root, lang="en", accept=True)
    assert {row[0] for row in dayless.rows("receivables", "as_of")} == {dayless.report["accepted"][0]["answer"]}


def test_a_report_whose_day_nobody_knows_is_refused(dayless):
    dayless.fails()
    dayless.answer("none")
    dayless.run()
    assert dayless.entry("a.xlsx")["reasons"]["missing_as_of"] == 3


def test_an_answer_that_is_no_day_is_asked_again_and_once(dayless):
    dayless.fails()
    dayless.answer("someday")
    assert dayless.fails().code == 11
    assert len(dayless.report["questions"]) == 1
    assert (dayless.root / "mapping.yml").read_text("utf-8").count("id: 'as_of: a.xlsx: '") == 1


def test_many_rows_do_not_take_long(tmp_path):
    lines = ["Ведомость по взаиморасчетам с контрагентами за 2025 г.;;;;", "Контрагент;Нач. остаток;Приход;Расход;Кон. остаток"]
    lines += [f"ООО {at};0,00;{at},00;0,00;{at},00" for at in range(1, 30_001)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join([*lines, "Итог;0,00;1,00;0,00;1,00"]), "utf-8")
    source = read_table(path)[0]
    assert len(source.cells) == 30_001
    assert source.checks[0]["agrees"] is False
