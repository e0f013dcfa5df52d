"""Of every file: rows in = rows kept + rows refused, whatever the file is."""

import csv
import io
import json
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.errors import AuditError
from audit.intake import intake

cell = st.one_of(
    st.sampled_from(["", "1", "2", "3", "31.02.2025", "01.03.2025", "2025-03-05", "Won", "Lost", "Новая", "Не указано", "1 234,56", "-5", "1.5", "да",
                     "нет", "Итого", "=1+1", "<script>", '"', "a;b", "x\ny", "\u00a0", "0", "N/A", "не закрыта", "45631", "100,500"]),
    st.text(max_size=8).filter(lambda text: "\x00" not in text and "\r" not in text),
)
header = st.sampled_from([
    ["id", "created", "closed", "stage", "amount", "region"],
    ["ID", "Название сделки", "Стадия сделки", "Ответственный", "Сумма", "Дата создания"],
    ["ID", "Название сделки", "Этап сделки", "Воронка", "Бюджет ", "Дата создания сделки", "Дата закрытия"],
    ["Дата", "Контрагент", "ИНН", "Сумма", "Назначение платежа"],
    ["Дата", "Направление", "Длительность, сек", "Менеджер"],
    ["что", "угодно", "здесь"],
])


@st.composite
def tables(draw):
    names = draw(header)
    rows = draw(st.lists(st.lists(cell, min_size=0, max_size=len(names) + 2), max_size=12))
    text = io.StringIO()
    csv.writer(text, delimiter=draw(st.sampled_from([",", ";"]))).writerows([names, *rows])
    return text.getvalue() + draw(st.sampled_from(["", '"', "\n\n", "Итого;;;5\n"]))


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(tables(), min_size=1, max_size=2))
def test_every_row_is_kept_or_refused(contents):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "inbox").mkdir()
        (root / "client.yml").write_text("name: t\n")
        for number, text in enumerate(contents):
            (root / "inbox" / f"f{number}.csv").write_text(text, "utf-8", newline="")
        told = ""
        try:
            intake(root)
        except AuditError as error:
            told = error.told("ru") + error.told("en")
        assert "Traceback" not in told
        if not (root / "intake.json").exists():
            return
        for entry in json.loads((root / "intake.json").read_text("utf-8"))["files"]:
            assert entry["rows_in"] == entry["rows_kept"] + entry["rows_quarantined"]
            assert sum(entry["reasons"].values()) == entry["rows_quarantined"]
            csv_file = root / "quarantine" / entry["file"]
            refused = list(csv.reader(io.StringIO(csv_file.read_text("utf-8-sig")))) if csv_file.exists() else [[]]
            assert len(refused) - 1 == entry["rows_quarantined"]
            made = root / "tables" / f"{entry['table']}.parquet"
            if made.exists() and len(contents) == 1 and entry["table"] in ("deals", "payments", "activities"):
                assert pq.read_metadata(made).num_rows == entry["rows_kept"] - entry["rows_merged"]
