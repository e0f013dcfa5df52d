"""This month's export beside last month's: the newer file tells of the records that both have."""

from __future__ import annotations

import random

import pytest

HEAD = "ID;Дата создания;Дата закрытия;Статус сделки;Сумма;Ответственный\n"
SEPTEMBER = HEAD + "1;01.09.2026;;В работе;100;Тест\n2;02.09.2026;;В работе;200;Тест\n3;03.09.2026;15.09.2026;Выиграна;300;Тест\n"
OCTOBER = HEAD + "2;02.09.2026;05.10.2026;Выиграна;250;Тест\n3;03.09.2026;15.09.2026;Выиграна;300;Тест\n4;01.10.2026;;В работе;400;Тест\n"


@pytest.mark.parametrize("names", [("deals_09.csv", "deals_10.csv"), ("b.csv", "a.csv")], ids=["in order", "out of order"])
def test_the_newer_export_tells_of_what_both_have(desk, names):
    old, new = names
    desk.put(old, SEPTEMBER)
    desk.put(new, OCTOBER)
    desk.run()
    deals = {key: tuple(rest) for key, *rest in desk.rows("deals", "deal_id", "semantic", "amount")}
    assert deals == {"1": ("open", 100), "2": ("won", 250), "3": ("won", 300), "4": ("open", 400)}
    assert desk.entry(old)["reasons"] == {"older_state": 2}
    assert desk.entry(new)["reasons"] == {}
    assert (desk.entry(old)["rows_in"], desk.entry(old)["rows_kept"]) == (3, 1)


def test_of_three_exports_the_newest_that_has_the_record(desk):
    desk.put("1.csv", SEPTEMBER)
    desk.put("2.csv", OCTOBER)
    desk.put("3.csv", HEAD + "4;01.10.2026;03.11.2026;Проиграна;400;Тест\n")
    desk.run()
    assert dict(desk.rows("deals", "deal_id", "semantic")) == {"1": "open", "2": "won", "3": "won", "4": "lost"}
    assert [desk.entry(f"{at}.csv")["reasons"] for at in (1, 2, 3)] == [{"older_state": 2}, {"older_state": 1}, {}]


def test_the_same_file_twice_is_met_before(desk):
    desk.put("a.csv", OCTOBER)
    desk.put("b.csv", OCTOBER)
    desk.run()
    assert desk.entry("a.csv")["reasons"] == {}
    assert desk.entry("b.csv")["reasons"] == {"duplicate_id": 3}


def test_rows_may_lie_in_any_order(desk):
    lines = OCTOBER.splitlines()[1:]
    random.Random(1).shuffle(lines)
    desk.put("a.csv", HEAD + "\n".join([*lines, "4;01.10.2026;;В работе;999;Тест"]) + "\n")
    desk.put("b.csv", SEPTEMBER)
    desk.run()
    assert dict(desk.rows("deals", "deal_id", "amount"))["4"] == 400
    assert desk.entry("a.csv")["reasons"] == {"duplicate_id": 1}
    assert desk.entry("b.csv")["reasons"] == {"older_state": 2}


def test_the_stated_total_of_last_month_still_agrees(desk):
    desk.put("deals_09.csv", SEPTEMBER + "Итого;;;;600;\n")
    desk.put("deals_10.csv", OCTOBER + "Итого;;;;950;\n")
    desk.run()
    assert [check["agrees"] for at in ("09", "10") for check in desk.entry(f"deals_{at}.csv")["checks"]] == [True, True]
    assert desk.entry("deals_09.csv")["reasons"] == {"older_state": 2, "total_row": 1}
