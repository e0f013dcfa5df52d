"""Real header rows of a Russian amoCRM export and of Bitrix24, with rows of our own under them."""

import csv
import io

import pandas as pd
import pytest

from audit.intake import intake

pytestmark = pytest.mark.real


@pytest.fixture
def load(tmp_path):
    """A function: name and text of a file → (its entry in intake.json, reader of the tables made of it)."""

    def run(name: str, text: str, encoding: str = "utf-8"):
        root = tmp_path / name.partition(".")[0]
        (root / "inbox").mkdir(parents=True)
        (root / "client.yml").write_text("name: x\nlanguage: ru\ncurrency: RUB\n")
        (root / "inbox" / name).write_bytes(text.encode(encoding))
        result = intake(root)
        entry = result.report["files"][0]
        assert result.questions == []
        assert entry["rows_in"] == entry["rows_kept"] + entry["rows_quarantined"]
        return entry, lambda table: pd.read_parquet(result.tables[table])

    return run


def written(headers: list[str], rows: list[dict[int, str]], separator: str) -> str:
    """A csv with these headers; a row gives cells by the place of their column."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(headers)
    writer.writerows([[row.get(place, "") for place in range(len(headers))] for row in rows])
    return out.getvalue()


def test_amocrm_export_of_76_columns(shared_data, load):
    headers = (shared_data / "headers_ru" / "amocrm_deal_export_header.csv").read_text("utf-8").strip().split(",")
    assert len(headers) == 76
    source, again = (place for place, header in enumerate(headers) if header == "Источник")
    goods, other_goods = (place for place, header in enumerate(headers) if header == "Товар")
    at = headers.index
    common = {at("Ответственный"): "Анна", at("Воронка"): "Розница", at("Дата создания сделки"): "22.03.2022 13:32:57"}
    rows = [
        {**common, 0: "1", 1: "Кухня", 2: "150000", at("Дата закрытия"): "не закрыта", at("Этап сделки"): "Переговоры", at("Примечание"): "раз; два\nтри", source: "контакт",
         again: "Сайт", goods: "старый", other_goods: "Кухня", at("Полное имя контакта"): "Олег Ш.", at("utm_source"): "vk", at("Город"): "Москва"},
        {**common, 0: "2", 1: "Шкаф", at("Дата закрытия"): "25.03.2022 10:00:00", at("Этап сделки"): "Успешно реализовано", again: "Звонок", at("Компания"): "ООО К"},
        {**common, 1: "Без номера", at("Дата закрытия"): "не закрыта", at("Этап сделки"): "Переговоры"}]
    entry, table = load("leads.csv", written(headers, rows, ","))
    assert (entry["preset"], entry["rows_kept"], entry["reasons"]) == ("amocrm_deals", 2, {"missing_id": 1})
    deals = table("deals").set_index("deal_id")
    assert deals["source"].to_dict() == {"1": "Сайт", "2": "Звонок"}
    assert deals.loc["1", ["product", "client_id", "region", "amount"]].tolist() == ["Кухня", "Олег Ш.", "Москва", 150000]
    assert deals["semantic"].to_dict() == {"1": "open", "2": "won"}
    assert deals.loc["2", "closed_at"] == pd.Timestamp(2022, 3, 25, 10)
    assert pd.isna(deals.loc["1", "closed_at"])
    assert not {"Рабочий телефон", "Примечание", "utm_source", "cid", "roistat__2"} & set(deals)


@pytest.mark.parametrize("encoding", ["cp1251", "utf-8-sig"])
def test_bitrix24_titles_of_deal_fields(shared_data, load, encoding):
    with open(shared_data / "headers_ru" / "bitrix24_deal_fields.csv", encoding="utf-8") as file:
        headers = [row["title_ru"] for row in csv.DictReader(file)]
    at = headers.index
    rows = [
        {at("ID"): "10", at("Название"): "Опт", at("Воронка"): "Продажи", at("Стадия сделки"): "Сделка успешна", at("Группа стадии"): "Успешная", at("Сумма"): "1 000,50",
         at("Валюта"): "Российский рубль", at("Компания"): "ООО А", at("Ответственный"): "[12] Ира", at("Дата создания"): "01.02.2026 10:00:00",
         at("Дата завершения"): "01.03.2026", at("Закрыта"): "Да", at("Повторная сделка"): "Нет", at("Источник"): "Сайт"},
        {at("ID"): "11", at("Название"): "Розница", at("Воронка"): "Продажи", at("Стадия сделки"): "Переговоры", at("Группа стадии"): "В работе", at("Сумма"): "5,00",
         at("Валюта"): "Евро", at("Контакт"): "Олег", at("Ответственный"): "Пётр", at("Дата создания"): "02.02.2026 10:00:00", at("Закрыта"): "Нет", at("Повторная сделка"): "Да"}]
    entry, table = load("deals.csv", written(headers, rows, ";"), encoding)
    assert (entry["preset"], entry["rows_kept"]) == ("bitrix24_deals", 2)
    deals = table("deals").set_index("deal_id")
    assert deals["semantic"].to_dict() == {"10": "won", "11": "open"}
    assert deals["client_id"].to_dict() == {"10": "ООО А", "11": "Олег"}
    # "Дата завершения" of a deal is its planned date, whatever the title says
    assert str(deals.loc["10", "expected_close_on"]) == "2026-03-01"
    assert deals["closed_at"].isna().all()
    assert deals["owner_id"].to_dict()["10"] == "12"
    assert deals["currency"].to_dict() == {"10": "RUB", "11": "EUR"}
    assert not {"Доступна для всех", "Ставка налога", "Контакты", "Вероятность"} & set(deals)
