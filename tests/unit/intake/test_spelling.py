"""Values of slices that differ by case and spaces alone: one spelling in all tables, counted in the report of the intake."""

from collections import Counter

import pyarrow.parquet as pq

HEAD = "ID;Дата создания;Дата закрытия;Стадия;Сумма;Источник;Сегмент;Ответственный;Код клиента\n"


def _deals(values: list[tuple[str, str]]) -> str:
    return HEAD + "".join(f"{at};01.0{1 + at % 9}.2026;20.0{1 + at % 9}.2026;Успешно реализовано;{1000 + at};{source};{segment};Иванов;{'aA'[at % 2]}x\n"
                          for at, (source, segment) in enumerate(values))


def test_one_spelling_in_all_files_with_a_count(desk):
    desk.put("deals.csv", _deals([("Авито", "Розница"), ("авито", "Розница"), ("Авито ", "розница"), ("Авито", "Опт"), ("САЙТ", "Опт"), ("Сайт", "Опт")]))
    desk.put("leads.csv", "ID лида;Дата создания;Источник;Статус\n1;01.02.2026;АВИТО;Новый\n2;02.02.2026;Сайт;Новый\n")
    desk.run()
    deals = desk.table("deals")
    assert Counter(deals["source"]) == {"Авито": 4, "Сайт": 2}
    assert Counter(deals["segment"]) == {"Розница": 3, "Опт": 3}
    assert desk.entry("deals.csv")["warnings"]["spelling"] == 3  # авито, САЙТ, розница
    if (desk.root / "tables" / "leads.parquet").exists():
        assert set(pq.read_table(desk.root / "tables" / "leads.parquet").to_pandas()["source"]) == {"Авито", "Сайт"}
