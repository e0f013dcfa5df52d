"""A change of the client's own: limited to a slice, measured by a metric; what cannot be measured is said when the plan comes back."""

import datetime as dt
import json

import openpyxl
import pyarrow as pa
import pytest

from audit.errors import UnreadableError
from audit.plan.columns import AT
from audit.plan.ledger import latest
from audit.workspace import write_parquet

OWN = 10  # the first empty row


@pytest.fixture
def sliced(desk):
    """The desk with values of sellers and regions too, one of each with a sign that a slice is joined by."""
    rows = [("win_rate", "month", "", "", 0.3), ("win_rate", "all", "", "", 0.31), ("win_rate", "all", "owner", "Анна Образцова", 0.2), ("win_rate", "all", "owner", "Босс Главный", 0.5),
            ("win_rate", "all", "region", "Урал", 0.25), ("win_rate", "all", "region", "—", 0.1), ("win_rate", "all", "weekday", "1", 0.1), ("cycle_days", "month", "", "", 30.0),
            ("cycle_days", "all", "", "", 33.0), ("cycle_days", "all", "region", "Урал", 40.0), ("cycle_days", "all", "band", "10-20", 15.0)]
    names = ("metric", "period", "by", "group", "value")
    write_parquet(desk.root / "reports" / "2026-10-31" / "values.parquet", pa.table({name: [row[at] for row in rows] for at, name in enumerate(names)} | {"status": ["ok"] * len(rows)}))
    return desk


def own(title="Своё", **cells):
    return [(OWN, "title", title), *((OWN, name, value) for name, value in cells.items())]


def only(result):
    return next(row for row in result.rows if row["state"] == "own")


def test_slices_are_on_offer(sliced):
    book = openpyxl.load_workbook(sliced.export())
    listed = {cell.value for column in book["_lists"].columns for cell in column}
    assert {"Менеджер: Анна Образцова", "Менеджер: Босс Главный", "Регион: Урал"} <= listed
    assert not {"Регион: —", "День недели: 1"} & listed
    assert not any("10-20" in str(text) for text in listed)
    assert not book.worksheets[0].cell(OWN, AT["zone"] + 1).protection.locked


@pytest.mark.parametrize("text", ["Менеджер: Анна Образцова", "  менеджер:  анна образцова ", "Seller: Анна Образцова", "owner: Анна Образцова", "Търговец: Анна Образцова"])
def test_a_change_of_the_clients_own_names_its_slice(sliced, text):
    result = sliced.back(*own(zone=text, metric="Доля выигранных сделок", target="40 %"))
    row = only(result)
    assert (row["scope"], row["baseline"], row["target"]) == ({"owner": "Анна Образцова"}, 0.2, 0.4)  # the value now is that of the slice
    assert latest(sliced.workspace).rows[-1]["scope"] == {"owner": "Анна Образцова"} or any(one["scope"] == {"owner": "Анна Образцова"} for one in latest(sliced.workspace).rows)
    assert "Зона роста: – → Менеджер: Анна Образцова" in result.told("ru")
    page = openpyxl.load_workbook(sliced.export()).worksheets[0]
    place = next(at for at in range(6, 14) if page.cell(at, 1).value == "change-own-1")
    assert page.cell(place, AT["zone"] + 1).value == "Менеджер: Анна Образцова"
    assert sliced.back(name="again.xlsx").differences == []


def test_several_dimensions_meet_and_a_slice_can_be_changed(sliced):
    row = only(sliced.back(*own(zone="Менеджер: Босс Главный × Регион: Урал", metric="Доля выигранных сделок")))
    assert (row["scope"], row["baseline"]) == ({"owner": "Босс Главный", "region": "Урал"}, None)
    page = openpyxl.load_workbook(sliced.export()).worksheets[0]
    place = next(at for at in range(6, 14) if page.cell(at, 1).value == "change-own-1")
    again = sliced.back((place, "zone", "Регион: Урал"), name="again.xlsx")
    assert only(again)["scope"] == {"region": "Урал"}
    assert only(sliced.back((place, "zone", None), name="third.xlsx"))["scope"] == {}


@pytest.mark.parametrize("text", ["Менеджер: Никто", "Урал", "Регион: Урал × Регион: Урал", "Регион: Урал × Цвет: синий"])
def test_an_unknown_slice_is_refused_with_its_cell(sliced, text):
    with pytest.raises(UnreadableError) as problem:
        sliced.back(*own(zone=text))
    assert f"C{OWN}: " in problem.value.told("en")
    for lang in ("ru", "bg"):
        assert "{" not in problem.value.told(lang)


def test_a_zone_of_ours_is_not_rewritten(sliced):
    result = sliced.back(("w", "zone", "Регион: Урал"))
    assert result.ignored == ("C6",)
    assert result.differences == []


def test_an_agreed_row_without_a_metric_is_told(sliced):
    agreed = {"decision": "согласовать", "owner": "Босс Главный", "start_on": dt.datetime(2026, 12, 1)}
    blind = sliced.back(*own(**agreed))
    assert "нет показателя" in blind.told("ru") and "Своё" in blind.told("ru")
    assert "cannot be measured: Своё" in blind.told("en")
    assert "няма показател" in blind.told("bg")
    page = openpyxl.load_workbook(sliced.export()).worksheets[0]
    place = next(at for at in range(6, 14) if page.cell(at, 1).value == "change-own-1")
    assert "cannot be measured" not in sliced.back((place, "metric", "Доля выигранных сделок"), name="again.xlsx").told("en")


def test_sellers_are_on_offer_as_they_may_be_shown(sliced):
    sliced.client("privacy: initials\n")
    row = only(sliced.back(*own(zone="Менеджер: А.\u00a0О.")))
    assert row["scope"] == {"owner": "Анна Образцова"}
    assert "Анна" not in json.dumps([cell.value for sheet in openpyxl.load_workbook(sliced.export()) for line in sheet for cell in line], ensure_ascii=False, default=str)
