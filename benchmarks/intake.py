"""Intake of a large cp1251 list of deals against pyarrow's parsing of the same file plus writing it as parquet.

Usage: python benchmarks/intake.py [rows]. Each in a process of its own: CPU seconds (all threads) and growth of memory
over what the process holds once its libraries are loaded, in multiples of the file's size; then the growth alone for smaller
files of other forms, whole and damaged.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HEADERS = ("ID", "Название сделки", "Стадия сделки", "Воронка", "Сумма", "Валюта", "Ответственный", "Дата создания",
           "Предполагаемая дата закрытия", "Сделка закрыта", "Дата изменения стадии", "Источник", "Компания")
STAGES = ("Новая", "Квалификация", "Коммерческое предложение", "Переговоры", "Сделка успешна", "Сделка провалена")
ARROW = """
import pyarrow as pa, pyarrow.csv as pc, pyarrow.parquet as pq
def work(path, out):
    table = pc.read_csv(path, read_options=pc.ReadOptions(encoding="cp1251"), parse_options=pc.ParseOptions(delimiter=";"))
    pq.write_table(table, out + "/deals.parquet", compression="zstd")
"""
OURS = """
import audit, audit.intake.run, pandas, pyarrow.parquet, pyarrow.csv, pyarrow.compute
def work(path, out):
    audit.intake(out)
"""
WARM = OURS + """
import pathlib
from audit.errors import AuditError
def work(path, out):
    try:
        audit.intake(out)
    except AuditError as told:
        assert told.code == 10, told  # not a row could be taken
audit.intake(pathlib.Path(sys.argv[2]).parent / "small")  # what the first intake of a process costs is none of the file's
"""
MEASURE = """
import json, resource, sys
{code}
def memory():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))
def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
before, begin = memory(), cpu()
work(*sys.argv[1:])
print(json.dumps(dict(cpu=cpu() - begin, growth=memory() - before)))
"""


def deals(path: Path, rows: int) -> None:
    """A list of deals as a Russian CRM exports it: quoted nowhere, decimal commas, day first."""
    rng = np.random.default_rng(0)
    created = np.datetime64("2023-01-01T00:00:00") + rng.integers(0, 3 * 365 * 86_400, rows)
    moved = created + rng.integers(3_600, 90 * 86_400, rows)
    stage = rng.integers(0, len(STAGES), rows)
    amount, owner, source, company = rng.lognormal(11, 1, rows), rng.integers(0, 40, rows), rng.integers(0, 8, rows), rng.integers(0, rows // 3 + 1, rows)

    def days(moments: np.ndarray) -> list[str]:
        return [f"{text[8:10]}.{text[5:7]}.{text[:4]} {text[11:]}" for text in np.datetime_as_string(moments).tolist()]

    with open(path, "w", encoding="cp1251", newline="") as file:
        file.write(";".join(HEADERS) + "\r\n")
        starts, moves, plans = days(created), days(moved), days(created + 45 * 86_400)
        for at in range(rows):
            closed = "Да" if stage[at] > 3 else "Нет"
            file.write(f"{at + 1};Сделка № {at + 1} поставка;{STAGES[stage[at]]};Продажи;{amount[at]:.2f}".replace(".", ",")
                       + f";Российский рубль;Менеджер {owner[at]};{starts[at]};{plans[at][:10]};{closed};{moves[at]};Источник {source[at]};ООО Клиент {company[at]}\r\n")


def measured(code: str, *arguments: str) -> dict:
    """CPU seconds and bytes of growth of `code` in a process of its own, the better of three."""
    runs = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", MEASURE.format(code=code), *arguments], capture_output=True, text=True, check=True)
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    return {name: min(run[name] for run in runs) for name in ("cpu", "growth")}


def forms(path: Path) -> dict[str, str]:
    """The same deals as a streaming format may bring them, whole and damaged: name of a file → its content."""
    whole = path.read_bytes().decode("cp1251")
    head, *rows = whole.split("\r\n")
    records = (json.dumps(dict(zip(HEADERS, row.split(";"), strict=True)), ensure_ascii=False) for row in rows if row)
    return {"deals.csv": whole, "deals.jsonl": "\n".join(records), "one_quote.csv": whole.replace(";Сделка № 999 ", ';"Сделка № 999 '),
            "every_row_torn.csv": whole.replace(";Сделка №", ';"Сделка №'), "every_row_long.csv": "\r\n".join([head, *(row + ";spare;cells" for row in rows if row)])}


def client(place: Path, rows: int) -> Path:
    """A workspace with a list of deals; the list."""
    (place / "inbox").mkdir(parents=True)
    (place / "client.yml").write_text("name: Замер\ncurrency: RUB\n", "utf-8")
    deals(place / "inbox" / "deals.csv", rows)
    return place / "inbox" / "deals.csv"


def growths() -> None:
    """Prints the growth of memory for each form of thirty megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        client(Path(folder) / "small", 100)
        path = client(Path(folder) / "large", 125_000)
        for name, content in forms(path).items():
            for old in path.parent.iterdir():
                old.unlink()
            given = path.with_name(name)
            given.write_text(content, "utf-8", newline="")
            size = given.stat().st_size
            print(f"{name}, {size / 1e6:.0f} MB: memory grows by {measured(WARM, str(given), str(path.parent.parent))['growth'] / size:.1f} × the file")


def main(rows: int = 1_000_000) -> None:
    """Prints seconds, memory and ratios."""
    with tempfile.TemporaryDirectory() as folder:
        path = client(Path(folder) / "c", rows)
        size = path.stat().st_size
        bare, ours = measured(ARROW, str(path), folder), measured(OURS, str(path), str(path.parent.parent))
    print(f"{rows:,} deals, {size / 1e6:.0f} MB of cp1251")
    print(f"pyarrow parsing and writing: {bare['cpu']:.2f} CPU s, memory grows by {bare['growth'] / size:.1f} × the file")
    print(f"intake: {ours['cpu']:.2f} CPU s, memory grows by {ours['growth'] / size:.1f} × the file")
    print(f"ratio: {ours['cpu'] / bare['cpu']:.1f} ×")
    growths()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
