"""Memory of the intake of large files, in a process of its own: the growth of its peak over that of the same file cut short."""

import subprocess
import sys

import pytest

SIZE = 30_000_000  # bytes
TIMES = 4  # the files of streaming formats
PEAK = """
import sys, audit.intake.run
from audit.errors import AuditError
try:
    audit.intake.run.intake(sys.argv[1], lang="en")
except AuditError:
    pass
print(int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) * 1024)
"""
HEAD = "ID;Название сделки;Стадия сделки;Сумма;Ответственный;Дата создания\n"
ROW = "{0};{1}Сделка {0};Сделка успешна;{0}00,50;Иванов Иван;01.03.2026 10:00:00\n"
NARROW = "{0:07};d;won;{0};Ivan;1.3.26\n"  # thirty bytes, all of them needed
BARE = "{0:07};;;{0};И;01.03.2026\n"  # wholly empty columns cost as much as others if they are held
WIDE = ";".join(f"h{at}" for at in range(200_000)) + "\n"
RECORD = '{{"id":{0},"name":"Сделка {0}","price":{0},"responsible_user_id":3,"pipeline_id":7,"status_id":142,"created_at":1760000000,"closed_at":1761000000}}\n'
FOREIGN = "{0};text {0};another {0}\n"


def text(head: str, row: str, quote: str = "", size: int = SIZE) -> str:
    long = len(row.format(size // 100, quote).encode())
    return head + "".join(row.format(at, quote) for at in range(1, size // long))


def peak(place, name: str, content: str) -> int:
    """The peak of memory of an intake of one file."""
    (place / "inbox").mkdir(parents=True)
    (place / "client.yml").write_text("name: A\ncurrency: RUB\n", "utf-8")
    (place / "inbox" / name).write_text(content, "utf-8")
    return int(subprocess.run([sys.executable, "-c", PEAK, str(place)], capture_output=True, text=True, check=True).stdout)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize(("name", "content", "times"), [
    ("deals.csv", lambda size: text(HEAD, ROW, size=size), TIMES),
    ("leads.jsonl", lambda size: text("", RECORD, size=size), TIMES),
    ("quote.csv", lambda size: text(HEAD, ROW, size=size).replace(";Сделка 999;", ';"Сделка 999;'), TIMES),
    ("quotes.csv", lambda size: text(HEAD, ROW, '"', size), TIMES),  # every row is refused, and told in quarantine
    ("long_rows.csv", lambda size: text(HEAD, ROW.replace("\n", ";spare {0};x\n"), size=size), TIMES),  # and so are these
    ("short_rows.csv", lambda size: text(HEAD, "{0};Сделка {0};Сделка успешна;{0}00,50\n", size=size), TIMES),
    ("narrow.csv", lambda size: text(HEAD, NARROW, size=size), TIMES),
    ("bare.csv", lambda size: text(HEAD, BARE, size=size), TIMES),
    ("unknown.csv", lambda size: text("foo;bar;baz\n", FOREIGN, size=size), TIMES),
    ("line.csv", lambda size: "a;b;c" * (size // 5), 2),
    ("line.json", lambda size: '{"id":"' + "x" * size + '"}', TIMES),
    ("wide.csv", lambda size: WIDE * (size // len(WIDE) + 1), 3),
])
def test_the_peak_stays_within_a_multiple_of_the_file(tmp_path, name, content, times):
    grown = peak(tmp_path / "large", name, content(SIZE)) - peak(tmp_path / "small", name, content(100_000))
    size = (tmp_path / "large/inbox" / name).stat().st_size
    print(f"{name}: {size / 1e6:.1f} MB, memory grows by {grown / size:.2f} × the file")
    assert grown < times * size
