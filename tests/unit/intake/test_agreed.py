"""Agreed changes of the ledger are rows of `growth_actions`; what the client's own list says of the same change wins."""

import json

import pytest

from audit.intake.tables.agreed import read_agreed

DEALS = "ID;Дата создания;Дата закрытия;Статус сделки;Сумма;Ответственный\n1;01.09.2026;;В работе;100;Тест\n2;02.09.2026;05.09.2026;Выиграна;200;Тест\n"
ROW = {"action_id": "change-w", "zone_id": "w", "horizon": "tactical", "client_priority": 1, "proposed_priority": 2, "owner": "Тест", "agreed_at": "2026-11-20",
       "start_on": "2026-12-01", "due_on": None, "done_on": None, "metric": "win_rate", "scope": {"source": "Сайт", "segment": "Розница"}, "baseline": 0.2,
       "target": 0.3, "expected_gain": 300.0, "effort": "low", "decision": "agree", "title": "x", "comment": ""}
COLUMNS = ("action_id", "owner", "agreed_at", "start_on", "client_priority", "slice_by", "slice_group", "baseline", "expected_gain", "status")


def agree(desk, version=1, *rows):
    folder = desk.root / "ledger"
    folder.mkdir(exist_ok=True)
    (folder / f"plan-{version:04d}.json").write_text(json.dumps({"version": version, "changes": list(rows)}), "utf-8")


def test_rows_of_the_last_version(desk):
    desk.put("deals.csv", DEALS)
    agree(desk, 1, ROW | {"owner": "Прежний"})
    agree(desk, 2, ROW, ROW | {"action_id": "change-own-1", "scope": {}, "decision": "", "owner": "", "agreed_at": None, "start_on": None, "client_priority": None,
                               "baseline": None, "expected_gain": None})
    desk.run()
    assert desk.rows("growth_actions", *COLUMNS) == [
        ["change-w", "Тест", "2026-11-20", "2026-12-01", 1, "source×segment", "Сайт × Розница", 0.2, 300, "agreed"],
        ["change-own-1", None, None, None, None, None, None, None, None, "proposed"],
    ]


def test_the_list_that_the_client_sends_wins(desk):
    desk.put("deals.csv", DEALS)
    desk.put("growth.csv", "Номер действия;Зона роста;Дата согласования;Было;Цель;Показатель;Ответственный\nchange-w;z;01.11.2026;0,2;0,4;win_rate;Другой\n")
    agree(desk, 1, ROW, ROW | {"action_id": "change-x", "done_on": "2026-11-21"})
    desk.run()
    assert desk.rows("growth_actions", "action_id", "owner", "target", "status") == [["change-w", "Другой", 0.4, None], ["change-x", "Тест", 0.3, "done"]]


def test_without_a_ledger_there_is_no_table(desk):
    desk.put("deals.csv", DEALS)
    desk.run()
    assert not (desk.root / "tables" / "growth_actions.parquet").exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"changes": 1}', '{"changes": [{}]}'])
def test_a_damaged_version_is_told(desk, text):
    desk.put("deals.csv", DEALS)
    agree(desk, 1)
    (desk.root / "ledger" / "plan-0001.json").write_text(text, "utf-8")
    assert "plan-0001.json" in desk.fails().told("en")
    assert read_agreed(desk.root / "nowhere").empty
