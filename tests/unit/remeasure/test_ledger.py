"""The ledger of effects: nothing twice, nothing lost, whole at any moment, readable in any order of months."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from house_of_changes import House, row

import audit
from audit.errors import WorkspaceError
from audit.remeasure import history, ledger
from audit.workspace import Workspace


@pytest.fixture
def town(house) -> House:
    """A client with one agreed change."""
    return house.deals(a_month=240).agree(row("a", scope={"owner": "Seller A"}))


def book(house) -> bytes:
    return (house.root / "ledger" / "effects.sqlite").read_bytes()


def lines(house) -> list[dict]:
    return [json.loads(line) for line in (house.root / "ledger" / "ledger.jsonl").read_text("utf-8").splitlines()]


def test_the_same_month_adds_nothing_and_changes_no_byte(town):
    town.measure("2024-06")
    before = book(town), (town.root / "reports" / "2024-06" / "effects.json").read_bytes(), lines(town)
    town.measure("2024-06")
    assert before == (book(town), (town.root / "reports" / "2024-06" / "effects.json").read_bytes(), lines(town))


def test_data_of_later_months_add_nothing_to_an_earlier_one(house):
    import datetime as dt

    house.deals(a_month=240, until=dt.date(2024, 7, 4)).agree(row("a", scope={"owner": "Seller A"}))
    house.measure("2024-06")
    before = book(house)
    house.deals(a_month=240)  # two more months of the same client
    house.measure("2024-06")
    assert book(house) == before


def test_a_correction_is_a_new_version_and_both_are_visible(town):
    town.measure("2024-06")
    town.deals(a_month=240, win=lambda deal: 0.05)
    town.measure("2024-06")
    frame = history(town.root)
    assert frame["version"].tolist() == [1, 2]
    assert frame["latest"].tolist() == [False, True]
    assert frame["effect"].nunique() == 2
    assert frame["inputs"].nunique() == 2
    town.agree(row("a", scope={"owner": "Seller A"}, target=0.35))
    town.measure("2024-06")
    assert history(town.root).iloc[-1][["version", "plan_version"]].tolist() == [3, 2]
    assert [(line["month"], line["version"]) for line in lines(town) if line["kind"] == "effect"] == [("2024-06", 1), ("2024-06", 2), ("2024-06", 3)]


def test_new_code_is_a_new_version(town, monkeypatch):
    town.measure("2024-06")
    monkeypatch.setattr("audit.remeasure.result.code_digest", lambda: "other")
    town.measure("2024-06")
    assert history(town.root)["code"].nunique() == 2


def test_months_may_be_missed_and_run_out_of_order(town):
    for month in ("2024-08", "2024-05", "2024-06"):
        town.measure(month)
    frame = history(town.root)
    assert frame["month"].tolist() == ["2024-05", "2024-06", "2024-08"]
    assert len(set(frame["recorded_on"])) == 1
    content = json.loads((town.root / "reports" / "2024-06" / "effects.json").read_text("utf-8"))
    assert [one["month"] for one in content["totals"]["by_month"]] == ["2024-05", "2024-06"]  # nothing later
    assert content["effects"][0]["previous"]["month"] == "2024-05"
    again, _ = town.measure("2024-08")  # now two months lie before it
    assert [one["month"] for one in again.to_json()["totals"]["by_month"]] == ["2024-05", "2024-06", "2024-08"]
    assert history(town.root).equals(frame)


def test_the_result_of_every_measurement_is_kept_whole(town):
    found, effects = town.measure("2024-06")
    with sqlite3.connect(town.root / "ledger" / "effects.sqlite") as base:
        assert base.execute("PRAGMA user_version").fetchone()[0] == ledger.SCHEMA
        assert base.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        month, one = (json.loads(base.execute(f"SELECT result FROM {name}").fetchone()[0]) for name in ("months", "effects"))
    assert month == json.loads(json.dumps(found.content))
    assert one == json.loads(json.dumps(effects["a"]))
    assert len(month["inputs"]) == len(one["digest"]) == 64


def test_before_the_first_there_is_an_empty_history(town):
    frame = history(town.root)
    assert len(frame) == 0
    town.measure("2024-06")
    assert list(history(town.root).columns) == list(frame.columns)


def test_a_line_that_a_kill_prevented_is_made_up_for(town):
    town.measure("2024-06")
    path = town.root / "ledger" / "ledger.jsonl"
    whole = path.read_text("utf-8")
    path.write_text("".join(f"{line}\n" for line in whole.splitlines() if '"kind": "plan"' in line), "utf-8")
    town.measure("2024-06")
    assert path.read_text("utf-8") == whole


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be read as one" * 40, b"SQLite format 3\x00" + b"\x00" * 200])
def test_a_damaged_ledger_is_told_and_left_alone(town, content):
    path = town.root / "ledger" / "effects.sqlite"
    path.write_bytes(content)
    with pytest.raises(WorkspaceError) as error:
        town.measure("2024-06")
    assert error.value.code == 13
    assert path.read_bytes() == content


def test_a_ledger_of_a_later_version_is_not_written_into(town):
    town.measure("2024-06")
    with sqlite3.connect(town.root / "ledger" / "effects.sqlite") as base:
        base.execute(f"PRAGMA user_version = {ledger.SCHEMA + 1}")
    before = book(town)
    with pytest.raises(WorkspaceError) as error:
        town.measure("2024-07")
    assert error.value.key == "remeasure.later_ledger"
    assert book(town) == before


def test_while_another_command_works_here_nothing_is_measured(town):
    with Workspace.open(town.root).lock(), pytest.raises(WorkspaceError):
        audit.remeasure(town.root, "2024-06")
    assert not (town.root / "ledger" / "effects.sqlite").exists()


KILLED = """
import os, signal, sys
from audit.remeasure import ledger
real = ledger._settle if sys.argv[2] == "line" else None
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "line":
    ledger._settle = die
else:
    ledger._row = die  # in the middle of writing
import audit
audit.remeasure(sys.argv[1], "2024-07", "en")
"""


@pytest.mark.parametrize("moment", ["row", "line"])
def test_a_kill_at_any_moment_leaves_the_ledger_whole(town, moment):
    town.measure("2024-06")
    before = history(town.root)
    done = subprocess.run([sys.executable, "-c", KILLED, str(town.root), moment], check=False)
    assert done.returncode == -signal.SIGKILL
    kept = history(town.root)
    assert kept["month"].tolist() == (["2024-06"] if moment == "row" else ["2024-06", "2024-07"])
    assert kept[kept["month"] == "2024-06"].reset_index(drop=True).equals(before)
    town.measure("2024-07")
    assert history(town.root)["version"].tolist() == [1, 1]
    assert sorted(line["month"] for line in lines(town) if line["kind"] == "effect") == ["2024-06", "2024-07"]


@pytest.mark.again
def test_kills_at_chance_moments_lose_nothing(town):
    town.measure("2024-06")
    for wait in (0.4, 1.2, 1.8, 2.2, 2.6):
        process = subprocess.Popen([sys.executable, "-c", "import audit, sys; audit.remeasure(sys.argv[1], '2024-08')", str(town.root)], env=os.environ)
        time.sleep(wait)
        process.kill()
        process.wait()
        frame = history(town.root)
        assert frame["month"].iloc[0] == "2024-06"
        assert len(frame) in (1, 2)
    town.measure("2024-08")
    assert history(town.root)["month"].tolist() == ["2024-06", "2024-08"]
