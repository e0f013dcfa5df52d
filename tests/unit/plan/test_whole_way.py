"""From deals to a zone, to an agreed change, to what the change is judged by months later."""

import datetime as dt
import random

import openpyxl
import pytest

import audit
from audit.metrics import listed
from audit.plan import imported
from audit.plan.columns import AT
from audit.workspace import Workspace

START, SELLERS = dt.date(2026, 7, 1), ("Анна", "Борис", "Вера", "Глеб")
HEAD = "ID;Дата создания;Дата закрытия;Статус сделки;Сумма;Ответственный"


def deals(until: dt.date) -> str:
    """Ten deals a seller and week: of Глеб one in ten is won before the start, six since; of the others five."""
    dice, lines, day = random.Random(7), [HEAD], dt.date(2025, 7, 7)
    while day < until:
        for seller in SELLERS:
            share = 0.5 if seller != "Глеб" else 0.1 if day < START else 0.6
            for _ in range(10):
                at = day + dt.timedelta(days=dice.randrange(5))
                if at <= until:
                    won = "Выиграна" if dice.random() < share else "Проиграна"
                    lines.append(f"{len(lines)};{at:%d.%m.%Y};{at:%d.%m.%Y};{won};{100_000 * dice.uniform(0.8, 1.25):.0f};{seller}")
        day += dt.timedelta(days=7)
    return "\n".join(lines) + "\n"


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    root = tmp_path / "client"
    (root / "inbox").mkdir(parents=True)
    (root / "client.yml").write_text("name: Пример\ncurrency: RUB\n", "utf-8")
    return Workspace.open(root)


def measured(workspace: Workspace, until: dt.date) -> None:
    """Intake and findings of the data up to a day."""
    (workspace.inbox / "deals.csv").write_text(deals(until), "utf-8")
    audit.intake(workspace)
    day = until.isoformat()
    audit.measure(workspace, ["win_rate", "won_deals"], as_of=day).write(workspace.report_dir(day))
    audit.find_zones(workspace, as_of=day, client=workspace.client).to_json(workspace.report_dir(day) / "findings.json")


def test_a_zone_is_agreed_and_judged_in_its_slice(workspace, monkeypatch):
    monkeypatch.setattr(imported, "today", lambda: dt.date(2026, 6, 29))
    measured(workspace, dt.date(2026, 6, 28))
    path = audit.plan_export(workspace)
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    at = next(row for row in range(6, 12) if "Глеб: Доля" in str(page.cell(row, AT["zone"] + 1).value))
    name = page.cell(at, 1).value
    for column, value in {"decision": "согласовать", "owner": "Анна", "start_on": START, "due_on": dt.date(2026, 8, 1), "client_priority": 1}.items():
        page.cell(at, AT[column] + 1).value = value
    book.save(path)
    changes = audit.plan_import(workspace)
    assert changes.stored
    assert dict(zip(changes.frame["action_id"], changes.frame["detectable"], strict=True))[name] < 0.2  # said before anything is done
    measured(workspace, dt.date(2026, 11, 1))
    plan = listed(workspace, "change_plan", as_of="2026-11-01", client=workspace.client).set_index("action_id")
    assert list(plan.index) == [name]
    assert plan.loc[name, "verdict"] == "improved"
    assert plan.loc[name, "now"] == pytest.approx(0.6, abs=0.08)
    values = audit.measure(workspace, ["M70", "growth_traced"], as_of="2026-11-01", client=workspace.client)
    found = {metric: values.get(metric)["value"] for metric in ("actions_agreed", "actions_started", "actions_sound", "actions_gain_realised", "actions_gain_agreed")}
    rows = len(changes.frame)
    assert found["actions_agreed"] == pytest.approx(1 / rows)
    assert found["actions_started"] == found["actions_sound"] == 1
    assert found["actions_gain_realised"] > found["actions_gain_agreed"] > 0  # more than the half of the gap that was promised
    assert values.get("growth_traced")["value"] > 0
    again = audit.plan_import(workspace, audit.plan_export(workspace), dry_run=True)
    assert name in set(again.frame["action_id"])
