"""Thousands, millions and currencies that headers and titles name."""

import json

import pytest

PEOPLE = "Менеджер;Янв 2026;Фев 2026\n"


def _decided(desk):
    """Column, factor and place of every reading of a unit that the intake put on record."""
    desk.run()
    told = json.loads((desk.root / "intake.json").read_text("utf-8"))["decisions"]
    return [(one["column"], one["value"], one["why"]) for one in told if one["kind"] == "scale"]


def test_a_title_over_months_makes_thousands_of_a_plan(desk):
    """Every target is a thousand times what stands in its cell, but for a cell that says "млн" itself."""
    desk.put("План.csv", "План продаж, тыс. руб.;;\n" + PEOPLE + "Иванова;600;700,5\nПетров;1,2 млн;500\n")
    assert _decided(desk) == [("Янв 2026 … Фев 2026", "1000", "title")]
    plans = desk.table("plans").set_index(["scope_id", "period_start"])["target"]
    assert sorted(plans.tolist()) == [500000.0, 600000.0, 700500.0, 1200000.0]


def test_months_with_a_unit_are_months(desk):
    desk.put("План.csv", 'Менеджер;"Янв 2026, млн ₽";"Фев 2026, млн ₽"\nИванова;1,5;2\n')
    assert _decided(desk) == [("Янв 2026, млн ₽ … Фев 2026, млн ₽", "1000000", "header")]
    assert desk.table("plans")["target"].tolist() == [1.5e6, 2e6]


def test_counts_among_the_targets_stay(desk):
    desk.put("plan.csv", 'Period;Manager;"Plan, k RUB";Metric\n2026-05;Иванова;600;revenue\n2026-05;Иванова;7;deals\n')
    desk.run()
    assert dict(zip(desk.table("plans")["metric"], desk.table("plans")["target"], strict=True)) == {"revenue": 600000.0, "deals": 7.0}


@pytest.mark.parametrize(("header", "amount"), [("Сумма, тыс. руб.", 120500.0), ("Сумма, руб.", 120.5), ("Сумма", 120.5), ("Сумма (тыс. руб. с НДС)", 120500.0)])
def test_amounts_of_deals_are_in_the_unit_of_their_header(desk, header, amount):
    desk.put("d.csv", f'Номер;Дата создания;Дата закрытия;Статус сделки;"{header}"\n1;12.01.2026;20.01.2026;Выиграна;120,5\n2;13.01.2026;21.01.2026;Проиграна;80,0\n')
    desk.run()
    assert desk.table("deals").set_index("deal_id")["amount"]["1"] == pytest.approx(amount)


def test_a_header_wins_over_the_title_and_a_number_in_a_title_is_no_unit(desk):
    head = 'Месяц;Менеджер;"План, руб."\n'
    desk.put("plan_a.csv", "Планы, тыс. руб.;;\n" + head + "2026-05;Иванова;600000\n")
    desk.put("plan_b.csv", "Клиенты с оборотом более 10 млн руб.;;\nМесяц;Менеджер;План\n2026-06;Иванова;700000\n")
    assert _decided(desk) == []
    assert sorted(desk.table("plans")["target"]) == [600000.0, 700000.0]


def test_stated_totals_are_compared_in_the_same_unit(desk):
    """A total below thousands is in thousands too."""
    desk.put("d.csv", 'Номер;Дата создания;Дата закрытия;Статус сделки;"Сумма, тыс. руб."\n1;12.01.2026;20.01.2026;Выиграна;120\n2;13.01.2026;21.01.2026;Выиграна;80\n'
             "3;14.01.2026;21.01.2026;Выиграна;50\nИтого;;;;250\n")
    desk.run()
    assert [(one["stated"], one["found"], one["agrees"]) for one in desk.entry("d.csv")["checks"]] == [(250000.0, 250000.0, True)]


def test_a_currency_in_the_header_is_that_of_the_amounts(desk):
    desk.put("fx.csv", "date,currency,rate\n2026-01-01,USD,90\n")
    desk.put("d.csv", "Номер;Дата создания;Дата закрытия;Статус сделки;Сумма (USD)\n1;12.01.2026;20.01.2026;Выиграна;10\n2;13.01.2026;21.01.2026;Проиграна;20 €\n")
    desk.run()
    deals = desk.table("deals").set_index("deal_id")
    assert deals["currency"].to_dict() == {"1": "USD", "2": "EUR"}
    assert deals["amount_base"]["1"] == 900
