"""A client's folder with findings of a day, and a hand that edits the book that went out."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest

from audit.plan import imported, plan_export, plan_import
from audit.plan.columns import AT
from audit.workspace import Workspace, write_parquet
from audit.zones.remedies import remedies

AS_OF, TODAY = "2026-10-31", dt.date(2026, 11, 20)
FIRST = 6  # the first row of changes, as a spreadsheet counts


def finding(name, remedy, metric, unit, value, gap, gain, **more):
    """A finding as findings.json has it."""
    rule = next(one for one in remedies() if one.id == remedy)
    return {
        "effort": rule.effort, "remeasure": metric, "remeasure_days": rule.days, "unit_scale": {"share": "logit", "money": "log", "days": "log1p"}[unit],
        "id": name, "metric": metric, "unit": unit, "direction": "lower" if unit == "days" else "higher", "slice": {"owner": "Анна Образцова"}, "n": 900,
        "value": value, "benchmark": value - gap, "gap": gap, "gain_per_month": gain, "gain_low": gain and gain / 2, "gain_high": gain and gain * 2,
        "horizon": "tactical", "remedy": remedy, "volume_per_month": 75.0, "unit_sd": 0.5, **more,
    }


FINDINGS = [
    finding("w", "next_step_rule", "win_rate", "share", 0.20, -0.20, 300_000.0, slice={"owner": "Анна Образцова", "source": "Сайт"}),
    finding("c", "price_discipline", "avg_check", "money", 100_000.0, -60_000.0, 500_000.0, slice={"region": "Урал"}, horizon="strategic"),
    finding("d", "stage_time_norms", "cycle_days", "days", 40.0, 12.0, None, slice={}),
    finding("f", "objection_script", "win_rate", "share", 0.30, -0.04, 90_000.0, slice={"segment": "Розница"}, volume_per_month=8.0, n=60),
]


class Desk:
    """A workspace under test: export, edit as a client would, import."""

    finding = staticmethod(finding)

    def __init__(self, root: Path):
        self.root = root
        root.mkdir(parents=True)
        self.client()
        self.measured()
        users = [("1", "Анна Образцова", False, None, False), ("2", "Босс Главный", True, None, False), ("3", "Ушла Давно", False, dt.date(2025, 1, 1), False),
                 ("4", "Робот", False, None, True)]
        names = ("user_id", "name", "is_manager", "left_at", "is_system")
        columns = dict(zip(names, map(list, zip(*users, strict=True)), strict=True))
        write_parquet(root / "tables" / "users.parquet", pa.table(columns | {"left_at": pa.array(columns["left_at"], pa.date32())}))

    def client(self, text: str = "", name: str = "ООО Пример") -> None:
        (self.root / "client.yml").write_text(f"name: {name}\nlanguage: ru\ncurrency: RUB\n{text}", "utf-8")

    def measured(self, findings=FINDINGS, as_of: str = AS_OF) -> None:
        folder = self.root / "reports" / as_of
        folder.mkdir(parents=True, exist_ok=True)
        total = {"value": 800_000.0, "low": 600_000.0, "high": 1_000_000.0}
        (folder / "findings.json").write_text(json.dumps({"schema": 1, "as_of": as_of, "findings": findings, "total_gain_per_month": total}), "utf-8")
        rows = [("win_rate", "month", 0.3), ("win_rate", "all", 0.31), ("avg_check", "month", 1.0), ("avg_check", "all", 120_000.0), ("cycle_days", "month", 30.0), ("cycle_days", "all", 33.0)]
        table = {name: [row[at] for row in rows] for at, name in enumerate(("metric", "period", "value"))}
        write_parquet(folder / "values.parquet", pa.table(table | {"by": [""] * len(rows), "status": ["ok"] * len(rows)}))

    @property
    def workspace(self) -> Workspace:
        return Workspace.open(self.root)

    def export(self, **options) -> Path:
        return plan_export(self.root, **options)

    def edited(self, *cells: tuple, name: str = "back.xlsx", also=None, **options) -> Path:
        """The book with (change, column, value) written in; a number is a row as a spreadsheet counts."""
        book = openpyxl.load_workbook(self.export(**options))
        page = book.worksheets[0]
        for change, column, value in cells:
            cell = page.cell(change if isinstance(change, int) else self.row(page, change), AT[column] + 1)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
        if also:
            also(page)
        path = self.root / name
        book.save(path)
        return path

    @staticmethod
    def row(page, change: str) -> int:
        return next(at for at in range(FIRST, page.max_row + 1) if page.cell(at, 1).value == f"change-{change}")

    def back(self, *cells: tuple, dry_run: bool = False, **options):
        """What importing the edited book gives."""
        return plan_import(self.root, self.edited(*cells, **options), dry_run)

    def versions(self) -> list[Path]:
        return sorted((self.root / "ledger").glob("plan-*.json"))


AGREED = (("w", "decision", "согласовать"), ("w", "owner", "Босс Главный"), ("w", "start_on", dt.datetime(2026, 12, 1)))


@pytest.fixture
def agreed():
    """Cells by which the first change is agreed."""
    return AGREED


@pytest.fixture
def desk(tmp_path, monkeypatch) -> Desk:
    monkeypatch.setattr(imported, "today", lambda: TODAY)
    return Desk(tmp_path / "client")
