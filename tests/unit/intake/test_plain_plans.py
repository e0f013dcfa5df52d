"""Plans and norms in spreadsheets: months and quarters as columns, long rows; exact canonical rows."""

import datetime as dt

import pytest

DEALS = "id,title,created,won,amount,owner\n10,Опт,2026-01-02,1,100,Петров\n11,Розница,2026-01-03,1,50,Анна Ли\n"


@pytest.mark.parametrize(("title", "who", "months"), [
    ("План продаж на 2026 год", "Менеджер", ("Янв", "Февраль", "Мар")),
    ("Sales plan 2026", "Seller", ("Jan", "February", "Mar")),
    ("План за продажби 2026 г.", "Търговец", ("Яну", "Февруари", "Мар")),
])
def test_months_as_columns(desk, title, who, months):
    desk.put("deals.csv", DEALS)
    desk.sheet("p.xlsx", [[title], [], [who, *months, "Итого"], ["Петров", 100, 200, "", 300], ["Анна Ли", "", "1 000,50", 7, 1007.5], ["Новый", "", "", "", ""]])
    desk.run()
    entry = desk.taken("p.xlsx", "plans", "plan_months")
    assert (entry["rows_in"], entry["rows_kept"], entry["rows_made"], entry["reasons"]) == (3, 2, 4, {"empty_row": 1})
    assert desk.rows("plans", "period_start", "period_end", "scope", "scope_id", "metric", "target") == [
        ["2026-01-01", "2026-02-01", "user", "Петров", "revenue", 100.0], ["2026-02-01", "2026-03-01", "user", "Петров", "revenue", 200.0],
        ["2026-02-01", "2026-03-01", "user", "Анна Ли", "revenue", 1000.5], ["2026-03-01", "2026-04-01", "user", "Анна Ли", "revenue", 7.0]]
    assert desk.table("plans")["plan_id"].is_unique
    assert [d["why"] for d in desk.report["decisions"] if d["kind"] == "year"] == ["title"]


def test_quarters_as_columns_with_their_years_and_metrics(desk):
    desk.put("deals.csv", DEALS)
    desk.put("цели.csv", "Показатель;Отдел;1 кв 2026;Q2 2026;III квартал 2026\nВыручка;Опт;100;200;300\nНовые клиенты;;5;6;\n")
    desk.run()
    desk.taken("цели.csv", "plans", "plan_months")
    assert desk.rows("plans", "period_start", "period_end", "scope", "scope_id", "metric", "target") == [
        ["2026-01-01", "2026-04-01", "team", "Опт", "revenue", 100.0], ["2026-04-01", "2026-07-01", "team", "Опт", "revenue", 200.0],
        ["2026-07-01", "2026-10-01", "team", "Опт", "revenue", 300.0], ["2026-01-01", "2026-04-01", "company", "", "new_clients", 5.0],
        ["2026-04-01", "2026-07-01", "company", "", "new_clients", 6.0]]


def test_plans_of_products(desk):
    desk.put("deals.csv", DEALS)
    desk.put("план.csv", "Продукт;Янв 2026;Фев 2026\nПилы;100;200\n")
    desk.put("long.csv", "Period;Product;Level;Target\n2026-03;Belts;;300\n2026-04;Belts;product;400\n")
    desk.run()
    assert desk.rows("plans", "period_start", "scope", "scope_id", "target") == [
        ["2026-03-01", "product", "Belts", 300.0], ["2026-04-01", "product", "Belts", 400.0],
        ["2026-01-01", "product", "Пилы", 100.0], ["2026-02-01", "product", "Пилы", 200.0]]


def test_targets_of_a_seller_for_several_products_add_up(desk):
    desk.put("deals.csv", DEALS)
    desk.put("план.csv", "Менеджер;Продукт;Янв 2026;Фев 2026\nПетров;Пилы;100;200\nПетров;Ремни;10;\nАнна Ли;Пилы;7;8\n")
    desk.run()
    assert desk.rows("plans", "period_start", "scope", "scope_id", "target") == [
        ["2026-01-01", "user", "Петров", 110.0], ["2026-02-01", "user", "Петров", 200.0],
        ["2026-01-01", "user", "Анна Ли", 7.0], ["2026-02-01", "user", "Анна Ли", 8.0]]
    entry = desk.taken("план.csv", "plans", "plan_months")
    assert (entry["rows_in"], entry["rows_kept"], entry["rows_merged"]) == (3, 3, 1)


def test_plan_and_fact_side_by_side_gives_the_plan(desk):
    desk.put("deals.csv", DEALS)
    desk.sheet("pf.xlsx", [["Сотрудник", "Янв 2026", "", "Фев 2026", ""], ["", "План", "Факт", "План", "Факт"], ["Петров", 10, 9, 20, 21]])
    desk.run()
    desk.taken("pf.xlsx", "plans", "plan_months")
    assert desk.rows("plans", "period_start", "target") == [["2026-01-01", 10.0], ["2026-02-01", 20.0]]


def test_months_without_a_word_of_a_plan_are_not_a_plan(desk):
    desk.put("deals.csv", DEALS)
    desk.put("sales.csv", "Менеджер;Янв 2026;Фев 2026\nПетров;1;2\n")
    desk.run()
    assert desk.entry("sales.csv")["preset"] is None


def test_year_that_nothing_says_is_asked(desk):
    desk.put("deals.csv", DEALS)
    desk.put("план.csv", "Менеджер;Янв;Фев\nПетров;1;плохо\n")
    assert desk.fails().code == 11
    desk.answer("2025")
    desk.run()
    assert desk.rows("plans", "period_start", "target") == [["2025-01-01", 1.0]]
    entry = desk.entry("план.csv")
    assert (entry["rows_kept"], entry["warnings"]["bad_number"]) == (1, 1)


def test_excel_dates_as_headers(desk):
    desk.put("deals.csv", DEALS)
    desk.sheet("plan.xlsx", [["Manager", dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1)], ["Петров", 1, 2, 3], ["Total", 1, 2, 3]])
    desk.run()
    assert desk.rows("plans", "scope", "period_start", "target") == [
        ["user", "2026-01-01", 1.0], ["user", "2026-02-01", 2.0], ["user", "2026-03-01", 3.0],
        ["company", "2026-01-01", 1.0], ["company", "2026-02-01", 2.0], ["company", "2026-03-01", 3.0]]


@pytest.mark.parametrize("text", [
    "Показатель;Норматив;За период;Роль\nИсходящие звонки;20;день;Менеджер\nВстречи;5;неделя;\n",
    "Metric;Norm;Per;Role\nOutgoing calls;20;day;Менеджер\nMeetings;5;week;\n",
    "Показател;Норма;Период;Роля\nИзходящи обаждания;20;ден;Менеджер\nСрещи;5;седмица;\n",
])
def test_norms(desk, text):
    desk.put("deals.csv", DEALS)
    desk.put("n.csv", text)
    desk.run()
    desk.taken("n.csv", "norms")
    assert desk.rows("norms", "metric", "value", "per", "role", "basis") == [["call_out", 20.0, "day", "Менеджер", "client"], ["meeting", 5.0, "week", None, "client"]]
