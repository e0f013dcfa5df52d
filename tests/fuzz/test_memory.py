"""Memory of the intake of large files, in a process of its own: the growth of the peak over the imported libraries."""

import subprocess
import sys

import pytest

SIZE = 30_000_000  # bytes
RUN = """
import sys, pandas, pyarrow.csv, pyarrow.compute, pyarrow.parquet, yaml, rapidfuzz, audit.intake.run
from audit.errors import AuditError
def peak():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) * 1024
before = peak()
try:
    audit.intake.run.intake(sys.argv[1], lang="en")
except AuditError:
    pass
print(peak() - before)
"""
HEAD = "ID;Название сделки;Стадия сделки;Сумма;Ответственный;Дата создания\n"
ROW = "{0};{1}Сделка {0};Сделка успешна;{0}00,50;Иванов Иван;01.03.2026 10:00:00\n"
WIDE = ";".join(f"h{at}" for at in range(200_000)) + "\n"
RECORD = '{{"id":{0},"name":"Сделка {0}","price":{0},"responsible_user_id":3,"pipeline_id":7,"status_id":142,"created_at":1760000000,"closed_at":1761000000}}\n'


def text(head: str, row: str, quote: str = "") -> str:
    return head + "".join(row.format(at, quote) for at in range(1, SIZE // len(row.encode())))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize(("name", "content", "times"), [
    ("deals.csv", lambda: text(HEAD, ROW), 12),
    ("leads.jsonl", lambda: text("", RECORD), 14),
    ("line.csv", lambda: "a;b;c" * (SIZE // 5), 2),
    ("line.json", lambda: '{"id":"' + "x" * SIZE + '"}', 4),
    ("quotes.csv", lambda: text(HEAD, ROW, '"'), 28),
    ("wide.csv", lambda: WIDE * (SIZE // len(WIDE)), 3),
])
def test_the_peak_stays_within_a_multiple_of_the_file(tmp_path, name, content, times):
    (tmp_path / "inbox").mkdir()
    (tmp_path / "client.yml").write_text("name: A\ncurrency: RUB\n", "utf-8")
    (tmp_path / "inbox" / name).write_text(content(), "utf-8")
    grown = int(subprocess.run([sys.executable, "-c", RUN, str(tmp_path)], capture_output=True, text=True, check=True).stdout)
    assert grown < times * (tmp_path / "inbox" / name).stat().st_size
