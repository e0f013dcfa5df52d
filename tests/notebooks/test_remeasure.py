"""The whole way of a change: exports in, a zone found, agreed in the book, re-measured month by month, out of order, again, killed."""

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

from audit.plan.columns import AT
from audit.remeasure import history

START, SELLERS = dt.date(2024, 3, 1), [f"Seller {letter}" for letter in "ABCDEFGHIJKLMN"]
FIRST, LAST = dt.date(2023, 1, 1), dt.date(2024, 8, 1)
MONTHS = ("2024-07", "2024-05", "2024-06")  # in the order in which they are measured


def cli(*arguments):
    return subprocess.run([sys.executable, "-m", "audit.cli", *map(str, arguments)], capture_output=True, text=True, encoding="utf-8", env={**os.environ, "AUDIT_LANG": "en"}, check=False)


def export(path, until, better=0.0):
    """Deals as a client exports them; seller A wins 28 points less than the others until the change begins, then as many as they."""
    dice, rows = random.Random(7), []
    for number in range(18_000):
        created = dt.datetime.combine(FIRST, dt.time(9)) + dt.timedelta(days=dice.random() * (LAST - FIRST).days)
        seller, source, region = dice.choice(SELLERS), dice.choice(("site", "calls", "fair")), dice.choice(("North", "South", "East"))
        closed, lot, amount = created + dt.timedelta(days=dice.gammavariate(3, 5)), dice.random(), round(dice.lognormvariate(8, 0.5), 2)
        weak = seller == "Seller A" and created.date() < START
        won = lot < 0.38 - 0.28 * weak + better
        if created.date() <= until:
            over = closed.date() <= until
            rows.append([f"d{number:05d}", f"{created:%Y-%m-%d %H:%M:%S}", f"{closed:%Y-%m-%d %H:%M:%S}" if over else "", str(won).lower() if over else "", amount, seller, source, region])
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["deal_id", "created_at", "closed_at", "won", "amount", "owner", "source", "region"], *rows])


def agree(root, book):
    """The book as the client sends it back: seller A's zone is agreed and starts in March."""
    made = openpyxl.load_workbook(book)
    page = made.worksheets[0]
    row = next(at for at in range(6, page.max_row + 1) if "seller-a" in str(page.cell(at, 1).value) and str(page.cell(at, 1).value).startswith("change-win-rate"))
    for name, value in {"decision": "agree", "owner": "Seller B", "start_on": dt.datetime.combine(START, dt.time()), "due_on": dt.datetime(2024, 4, 1)}.items():
        page.cell(row, AT[name] + 1).value = value
    made.save(root / "back.xlsx")
    return str(page.cell(row, 1).value)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """(folder, id of the agreed change) after run, agreement, the export of the summer and three re-measurements."""
    root = tmp_path_factory.mktemp("way") / "client"
    assert cli("new", root, "--name", "Example", "--lang", "en", "--currency", "RUB", "--country", "RU").returncode == 0
    export(root / "inbox" / "deals.csv", dt.date(2024, 2, 28))
    done = cli("run", root, "--quiet")
    assert done.returncode == 0, done.stderr
    name = agree(root, next((root / "reports").glob("*/plan.xlsx")))
    assert cli("plan", "import", root, root / "back.xlsx").returncode == 0
    export(root / "inbox" / "deals.csv", dt.date(2024, 7, 31))
    for month in MONTHS:
        done = cli("remeasure", root, "--month", month, "--quiet")
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1].endswith(f"{month}/remeasure.html".replace("/", os.sep))
    return root, name


def effects(root, month):
    return json.loads((root / "reports" / month / "effects.json").read_text("utf-8"))


def test_the_planted_recovery_is_found_and_priced(client):
    root, name = client
    found = {month: effects(root, month)["effects"][0] for month in MONTHS}
    one = found["2024-07"]
    assert (one["change"], one["verdict"], one["form"]) == (name, "improved", "panel")
    assert one["low"] <= 0.28 <= one["high"]
    assert one["money_per_month"]["low"] > 0
    assert one["money_per_month"]["promised"] == pytest.approx(one["expected_gain"])
    assert [found[month]["look"] for month in sorted(MONTHS)] == sorted(found[month]["look"] for month in MONTHS)
    assert all(check["passed"] is not False for check in one["checks"])


def test_everything_of_the_month_is_left(client):
    root, _ = client
    folder = root / "reports" / "2024-07"
    assert {"effects.json", "remeasure.html", "run.json", "notebooks"} == {path.name for path in folder.iterdir()}
    assert str(root) not in (folder / "remeasure.html").read_text("utf-8")
    lines = [json.loads(line) for line in (root / "ledger" / "ledger.jsonl").read_text("utf-8").splitlines()]
    assert [line["kind"] for line in lines] == ["plan", "effect", "effect", "effect"]
    assert history(root)["month"].tolist() == sorted(MONTHS)


def test_again_nothing_changes(client):
    root, _ = client
    folder, book = root / "reports" / "2024-07", root / "ledger" / "effects.sqlite"
    assert cli("remeasure", root, "--month", "2024-07", "--quiet").returncode == 0  # now the months before it are in the ledger
    before = {path: path.read_bytes() for path in [*folder.rglob("*"), book, root / "ledger" / "ledger.jsonl"] if path.is_file()}
    assert folder / "run.json" in before
    assert len(history(root)) == 3
    assert cli("remeasure", root, "--month", "2024-07", "--quiet").returncode == 0
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("month", ["2024-09", "2031-01", "2024-02", "٢٠٢٤-٠٧"])
def test_a_month_that_cannot_be_measured_leaves_nothing(client, month):
    root, _ = client
    before = sorted((root / "reports").rglob("*"))
    done = cli("remeasure", root, "--month", month, "--quiet")
    assert done.returncode == (12 if month.isascii() else 2), done.stderr
    assert sorted((root / "reports").rglob("*")) == before
    assert "Next:" in done.stderr


def test_a_deleted_ledger_is_told(client, tmp_path):
    import shutil

    root = tmp_path / "copy"
    shutil.copytree(client[0], root)
    (root / "ledger" / "effects.sqlite").unlink()
    shown = cli("remeasure", root, "--history")
    assert shown.returncode == 13
    assert "effects.sqlite" in shown.stderr
    assert "delete it" not in shown.stderr
    again = cli("remeasure", root, "--month", "2024-07", "--quiet")
    assert again.returncode == 0, again.stderr
    assert "2024-05 (1), 2024-06 (1)" in again.stderr
    with pytest.warns(UserWarning, match="ledger.jsonl"):
        assert history(root)[["month", "version"]].to_numpy().tolist() == [["2024-07", 1]]
    assert "2024-05 (1), 2024-06 (1)" in cli("remeasure", root, "--history").stderr


@pytest.mark.again
def test_a_killed_command_is_done_again_as_if_nothing_had_been(client):
    root, _ = client
    before = history(root)
    for wait in (1.0, 2.5, 4.0):
        process = subprocess.Popen([sys.executable, "-m", "audit.cli", "remeasure", str(root), "--month", "2024-07", "--quiet"], start_new_session=True)
        time.sleep(wait)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert history(root).equals(before)
    assert cli("remeasure", root, "--month", "2024-07", "--quiet").returncode == 0
    assert history(root).equals(before)


def test_the_notebook_runs_under_plain_papermill(client, tmp_path):
    from audit.share import share

    root, _ = client
    before = history(root)
    done = subprocess.run([sys.executable, "-m", "papermill", str(share("notebooks") / "50_remeasure.ipynb"), str(tmp_path / "out.ipynb"), "-p", "client", str(root), "-p", "month", "2024-06"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert history(root).equals(before)


def test_realised_gains_reach_the_next_audit(client):
    import pandas as pd

    root, _ = client
    gain = history(root).query("month == '2024-07'")["money"].iloc[0]
    today = str(dt.date.today())  # on which the plan was agreed
    done = cli("run", root, "--quiet", "--as-of", today)
    assert done.returncode == 0, done.stderr
    values = pd.read_parquet(root / "reports" / today / "values.parquet").query("metric == 'actions_gain_realised' and by == ''")
    assert values["value"].iloc[-1] == pytest.approx(gain)
    assert '<section id="effects"' in (root / "reports" / today / "defence.html").read_text("utf-8")


@pytest.mark.again
def test_corrected_data_are_a_new_version_and_both_stay(client):
    root, _ = client
    export(root / "inbox" / "deals.csv", dt.date(2024, 7, 31), better=0.02)
    assert cli("remeasure", root, "--month", "2024-05", "--quiet").returncode == 0
    frame = history(root).query("month == '2024-05'")
    assert frame["version"].tolist() == [1, 2]
    told = cli("remeasure", root, "--history").stdout
    assert told.count("2024-05") >= 2
