"""`audit standup` from exports to the page: day by day, again, in another language, beside an audit, killed."""

import csv
import datetime as dt
import json
import os
import random
import signal
import subprocess
import sys
import time

import openpyxl
import pytest

FIRST, LAST = dt.date(2024, 1, 1), dt.date(2024, 6, 7)  # a Friday


def cli(*arguments, **more):
    return subprocess.run([sys.executable, "-m", "audit.cli", *map(str, arguments)], capture_output=True, text=True, encoding="utf-8",
                          env={**os.environ, "AUDIT_LANG": "en"}, check=False, **more)


def export(path):
    """Deals as a client exports them: of each day some, those that close later are open yet."""
    dice, rows = random.Random(3), []
    for number in range(900):
        created = dt.datetime.combine(FIRST, dt.time(9)) + dt.timedelta(days=dice.random() * (LAST - FIRST).days)
        closed, won = created + dt.timedelta(days=dice.gammavariate(3, 6)), dice.random() < 0.4
        over = closed.date() <= LAST
        rows.append([f"d{number:04d}", f"{created:%Y-%m-%d %H:%M:%S}", f"{closed:%Y-%m-%d %H:%M:%S}" if over else "", str(won).lower() if over else "", 1000, dice.choice(("Ann Ash", "Bob Birch"))])
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["deal_id", "created_at", "closed_at", "won", "amount", "owner"], *rows])
    return rows


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """(folder, exported rows) of a client with a plan for June."""
    root = tmp_path_factory.mktemp("standup") / "client"
    assert cli("new", root, "--name", "Example", "--lang", "en", "--currency", "EUR", "--country", "RU").returncode == 0
    rows = export(root / "inbox" / "deals.csv")
    settings = (root / "client.yml").read_text("utf-8")
    plan = "plans:\n  - {period_start: 2024-06-01, period_end: 2024-07-01, scope: company, scope_id: '', metric: revenue, target: 60000}\n"
    (root / "client.yml").write_text(settings.replace("plans: []\n", plan, 1), "utf-8")
    return root, rows


def test_what_it_leaves(client):
    root, rows = client
    done = cli("standup", root, "--date", "2024-06-06", "--quiet")
    assert done.returncode == 0, done.stderr
    folder = root / "reports" / "2024-06-06"
    assert [os.path.basename(line) for line in done.stdout.splitlines()] == ["standup.xlsx", "standup.html"]
    assert sorted(path.name for path in folder.iterdir()) == ["standup.html", "standup.json", "standup.xlsx"]
    content = json.loads((folder / "standup.json").read_text("utf-8"))
    fact = sum(row[4] for row in rows if row[3] == "true" and "2024-06-01" <= row[2][:10] < "2024-06-06")
    (plan,) = content["parts"]["plans"]
    assert plan["fact"] == fact
    assert fact > 0
    assert str(root) not in (folder / "standup.html").read_text("utf-8")


def test_the_next_working_day_without_a_date(client):
    done = cli("standup", client[0], "--lang", "bg", "--quiet")
    assert done.returncode == 0, done.stderr
    folder = client[0] / "reports" / "2024-06-10"  # the Monday after the last day of the data
    assert 'lang="bg"' in (folder / "standup.html").read_text("utf-8")
    assert json.loads((folder / "standup.json").read_text("utf-8"))["before"]["date"] == "2024-06-06"
    assert openpyxl.load_workbook(folder / "standup.xlsx").sheetnames


def test_it_is_no_audit(client):
    done = cli("defend", client[0])
    assert done.returncode == 2
    assert "audit run" in done.stderr


def test_the_same_again(client):
    folder = client[0] / "reports" / "2024-06-06"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert cli("standup", client[0], "--date", "2024-06-06", "--quiet").returncode == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(("arguments", "code", "said"), [
    (("--date", "06.06.2024"), 2, "--date"), (("--date", "2023-12-31"), 12, "2024-01-02"), (("--engine", "nonsense"), 2, "nonsense"), (("--date", "3024-01-01"), 2, "--date"),
])
def test_mistakes_in_three_parts(client, arguments, code, said):
    done = cli("standup", client[0], *arguments, "--quiet")
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="no such signal")
def test_killed_on_the_way_the_last_pack_is_whole(client):
    folder = client[0] / "reports" / "2024-06-06"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    running = subprocess.Popen([sys.executable, "-m", "audit.cli", "standup", str(client[0]), "--date", "2024-06-06", "--quiet", "--fresh"], start_new_session=True)
    time.sleep(4)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".part"} == before
    assert cli("standup", client[0], "--date", "2024-06-06", "--quiet").returncode == 0
