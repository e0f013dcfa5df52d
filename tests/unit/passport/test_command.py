"""`audit passport CLIENT` on a workspace: read, told, written; intake.json and mapping.yml stay as they were."""

from __future__ import annotations

import json

import pytest

from audit.cli import main
from audit.intake import intake
from audit.passport import passport
from audit.workspace import Workspace

DEALS = """ID;Название сделки;Стадия сделки;Сумма;Ответственный;Дата создания;Компания
1;А;Новая;1000;Иванов Иван;10.01.2024 10:00:00;ООО Ромашка
2;Б;Сделка успешна;2000;Иванов Иван;11.01.2024 10:00:00;-
3;В;Сделка успешна;31.02.2024;Петров Пётр;12.01.2024 10:00:00;ООО Лютик
4;Г;Новая;500;Петров Пётр;31.02.2024 10:00:00;ООО Лютик
"""


@pytest.fixture
def client(tmp_path):
    """A workspace after intake of one small file: four rows, of which two are refused."""
    workspace = Workspace.create(tmp_path / "client", "name: Пример\nlanguage: ru\n")
    workspace.inbox.mkdir(exist_ok=True)
    (workspace.inbox / "deals.csv").write_text(DEALS, "utf-8")
    intake(workspace)
    return workspace


def told(capsys, *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["passport", *arguments])
    assert not ended.value.code
    return capsys.readouterr().out


def test_the_command_tells_and_writes(client, capsys, tmp_path):
    before = [path.read_bytes() for path in (client.intake_report, client.mapping)]
    text = told(capsys, str(client.root))
    assert "Данные отвечают на" in text
    assert "Какие файлы попросить у клиента" in text
    assert "deals.csv: отложено строк – 2 из 4 (50,0\u00a0%)" in text
    assert told(capsys, str(client.root), "--out", str(tmp_path / "p.json"), "--lang", "en") == ""
    content = json.loads((tmp_path / "p.json").read_text("utf-8"))
    assert content["system"] == "bitrix24"
    assert [path.read_bytes() for path in (client.intake_report, client.mapping)] == before


def test_what_intake_wrote_down_is_shown(client):
    made = passport(client)
    (file,) = (fact for fact in made.facts if fact.kind == "file")
    assert (file.where, file.n, file.of, file.value, file.severity) == ("deals.csv", 2, 4, 0.5, "serious")
    assert file.more["encoding"] == "utf-8"
    assert sum(file.more["reasons"].values()) == 2
    assert (file.more["first"], file.more["last"]) == ("2024-01-10", "2024-01-11")
    company = next(fact for fact in made.facts if fact.where == "deals.client_id" and fact.kind == "column")
    assert (company.n, company.of, company.more["placeholders"]) == (1, 2, 1)
    assert company.more["placeholder_share"] == 0.5


def test_totals_duplicates_and_questions_are_shown_when_intake_has_them(client):
    content = json.loads(client.intake_report.read_text("utf-8"))
    content["files"][0]["checks"] = [{"name": "Итого", "column": "Сумма", "stated": 3500.0, "found": 3000.0, "agrees": False},
                                     {"name": "Итого", "column": "Штук", "stated": 2, "found": 2, "agrees": True}]
    content["tables"]["clients"] = 40
    content["duplicates"] = {"clients": {"groups": 2, "rows": 5, "by": {"tax_id": 1, "phone": 1},
                                         "examples": [{"by": "phone", "value": "+70001234567", "ids": ["c1", "c7"]}]}}
    content["questions"] = [{"kind": "dates", "file": "deals.csv", "column": "Дата", "text": "Какой порядок дат?"}]
    client.intake_report.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    made = passport(client)
    assert [(f.name, f.value, f.severity) for f in made.facts if f.kind == "total"] == [("differs", 3000.0, "serious"), ("agrees", 2.0, "ok")]
    assert [(f.where, f.n, f.of, f.value, f.severity) for f in made.facts if f.kind == "duplicate"] == [("clients", 5, 40, 0.125, "serious")]
    text = made.told()
    assert "deals.csv, Сумма: собственный итог файла – 3\u00a0500,00, а сумма строк – 3\u00a0000,00." in text
    assert "Какой порядок дат?" in text
    assert "клиенты: похожи на другую запись под другим номером – 5 из 40 (12,5\u00a0%); групп – 2, сходство: ИНН – 1, телефон – 1. Примеры: c1 = c7." in text
    assert "+70001234567" not in json.dumps(made.to_json())
