"""A small client's folder to put files into."""

import datetime as dt
import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from audit.errors import AuditError
from audit.intake import intake


def _plain(value: object) -> object:
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, pd.Timestamp):
        return str(value).removesuffix(" 00:00:00")
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, bool | int | float) else str(value)


class Desk:
    """A workspace under test: put files, run the intake, read what it left."""

    def __init__(self, root: Path):
        self.root = root
        (root / "inbox").mkdir(parents=True)
        self.client()

    def client(self, text: str = "") -> None:
        (self.root / "client.yml").write_text("name: Пример\ncurrency: RUB\n" + text, "utf-8")

    def put(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = self.root / "inbox" / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def sheet(self, name: str, rows: list[list]) -> Path:
        import xlsxwriter

        path = self.root / "inbox" / name
        with xlsxwriter.Workbook(str(path), {"default_date_format": "dd.mm.yyyy"}) as book:
            page = book.add_worksheet("Лист1")
            for at, row in enumerate(rows):
                for place, cell in enumerate(row):
                    page.write(at, place, cell)
        return path

    def run(self):
        return intake(self.root, lang="en")

    def fails(self) -> AuditError:
        with pytest.raises(AuditError) as caught:
            self.run()
        return caught.value

    def table(self, name: str):
        return pq.read_table(self.root / "tables" / f"{name}.parquet").to_pandas()

    def rows(self, name: str, *columns: str) -> list[list]:
        """The columns of a table as lists, days as ISO text, nothing as None."""
        return [[None if cell is None or cell is pd.NA or cell != cell else str(cell)[:10] if isinstance(cell, dt.date) else cell for cell in row]
                for row in self.table(name)[list(columns)].itertuples(index=False, name=None)]

    def taken(self, file: str, table: str, preset: str | None = None) -> dict:
        """The entry of a file that was taken for `table` with every row accounted for."""
        entry = self.entry(file)
        assert entry["table"] == table, entry
        assert preset is None or entry["preset"] == preset
        assert entry["rows_in"] == entry["rows_kept"] + entry["rows_quarantined"]
        return entry

    def exact(self, name: str, *columns: str) -> list[list]:
        """The named columns of every row of a table: empty cells None, days without midnight, whole numbers without a fraction."""
        return [[_plain(value) for value in row] for row in self.table(name)[list(columns)].to_numpy(dtype=object).tolist()]

    def counts(self, file: str) -> tuple[str, int, int]:
        """(preset, rows kept, rows refused) of a file none of whose rows is lost."""
        entry = self.entry(file)
        assert entry["rows_in"] == entry["rows_kept"] + entry["rows_quarantined"]
        return entry["preset"], entry["rows_kept"], entry["rows_quarantined"]

    @property
    def report(self) -> dict:
        return json.loads((self.root / "intake.json").read_text("utf-8"))

    def entry(self, file: str) -> dict:
        return next(entry for entry in self.report["files"] if entry["file"] == file)

    def quarantine(self, file: str) -> str:
        return (self.root / "quarantine" / file).read_text("utf-8-sig")

    def answer(self, value: str, place: int = 0) -> None:
        import yaml

        path = self.root / "mapping.yml"
        tree = yaml.safe_load(path.read_text("utf-8"))
        tree["questions"][place]["answer"] = value
        path.write_text(yaml.safe_dump(tree, allow_unicode=True), "utf-8")

    def rename(self, column: str, old: str, new: str) -> None:
        import yaml

        path = self.root / "mapping.yml"
        tree = yaml.safe_load(path.read_text("utf-8"))
        tree["values"].setdefault(column, {})[old] = new
        path.write_text(yaml.safe_dump(tree, allow_unicode=True), "utf-8")


@pytest.fixture(scope="session")
def new_desk() -> type[Desk]:
    return Desk


@pytest.fixture
def desk(tmp_path) -> Desk:
    return Desk(tmp_path / "client")
