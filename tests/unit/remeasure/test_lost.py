"""A ledger that was deleted, damaged or put back from an old copy, a plan that was edited by hand: nothing is lost in silence, the right file is named."""

import json
import shutil
import sqlite3
import warnings

import pytest
from house_of_changes import House, row

import audit
from audit.errors import NothingMeasurableError, UsageError, WorkspaceError
from audit.intake.tables.agreed import read_agreed
from audit.remeasure import history, ledger
from audit.remeasure.measure import measured_month


@pytest.fixture
def town(house) -> House:
    """A client with one agreed change, measured in June twice (a correction between) and in July."""
    house.deals(a_month=240).agree(row("a", scope={"owner": "Seller A"}))
    house.measure("2024-06")
    house.deals(a_month=240, win=lambda deal: 0.05)
    house.measure("2024-06")
    house.measure("2024-07")
    return house


def kept(town):
    """The history, whatever is lost."""
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        return history(town.root)


def numbers(town):
    return list(kept(town)[["month", "version"]].itertuples(index=False, name=None))


def book(town):
    return town.root / "ledger" / "effects.sqlite"


def test_a_deleted_ledger_is_told_and_not_begun_anew_in_silence(town):
    book(town).unlink()
    with pytest.warns(UserWarning, match=r"2024-06 \(1, 2\), 2024-07 \(1\)"):
        assert len(history(town.root)) == 0
    with pytest.raises(WorkspaceError) as problem:
        ledger.refuse_gone(town.workspace)
    assert "2024-06 (1, 2), 2024-07 (1)" in problem.value.told("en")
    with pytest.warns(UserWarning, match="2024-06"):
        town.measure("2024-08")
    assert kept(town).attrs["lost"] == [("2024-06", 1), ("2024-06", 2), ("2024-07", 1)]


def test_numbers_go_on_and_the_same_measurement_comes_back_under_its_own(town, monkeypatch):
    before = history(town.root)
    book(town).unlink()
    with pytest.warns(UserWarning, match="ledger.jsonl"):
        town.measure("2024-06")  # the same data as of version 2
    assert numbers(town) == [("2024-06", 2)]
    with pytest.warns(UserWarning, match="ledger.jsonl"):
        town.measure("2024-07")
    assert kept(town).equals(before[before["latest"]].reset_index(drop=True))
    monkeypatch.setattr("audit.remeasure.result.code_digest", lambda: "other")
    with pytest.warns(UserWarning, match="ledger.jsonl"):
        town.measure("2024-07")
    assert numbers(town) == [("2024-06", 2), ("2024-07", 1), ("2024-07", 2)]


def test_an_old_copy_put_back_does_not_reuse_numbers(town):
    old = book(town).with_suffix(".copy")
    book(town).unlink()
    with pytest.warns(UserWarning, match="ledger.jsonl"):
        town.measure("2024-06")
    shutil.copyfile(book(town), old)
    town.deals(a_month=240, win=lambda deal: 0.1)
    with pytest.warns(UserWarning, match="ledger.jsonl"):
        town.measure("2024-06")
    shutil.copyfile(old, book(town))
    town.deals(a_month=240, win=lambda deal: 0.15)
    with pytest.warns(UserWarning, match="ledger.jsonl"):
        town.measure("2024-06")
    assert numbers(town) == [("2024-06", 2), ("2024-06", 4)]


def test_nothing_is_said_while_nothing_is_lost(town):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        town.measure("2024-07")
    assert history(town.root).attrs["lost"] == []


@pytest.mark.parametrize("damage", ["{", '"text"', "[1]", "{}"])
def test_damaged_text_inside_the_ledger_names_the_ledger(town, damage):
    with sqlite3.connect(book(town)) as base:
        base.execute("UPDATE months SET result = ? WHERE month = '2024-06'", (damage,))
    with pytest.raises(WorkspaceError) as problem:
        measured_month(town.root, "2024-08").to_json()
    said = problem.value.told("en")
    assert problem.value.code == 13
    assert str(book(town)) in said
    assert "2024-06" in said
    assert "do not delete it" in said


def test_damaged_text_of_a_change_names_the_ledger_too(town):
    with sqlite3.connect(book(town)) as base:
        base.execute("UPDATE effects SET result = '{'")
    with pytest.raises(WorkspaceError) as problem:
        history(town.root)
    assert problem.value.key == "remeasure.damaged_ledger"


@pytest.mark.parametrize(("hurt", "said"), [
    (lambda rows: rows.append(dict(rows[0])), "“change-a” stands in it twice"),
    (lambda rows: rows[0].update(start_on="2024-02-31"), "start_on says “2024-02-31”"),
    (lambda rows: rows[0].update(start_on="9999-12-31"), "start_on says “9999-12-31”"),
    (lambda rows: rows[0].update(due_on=20240301), "due_on says “20240301”"),
])
def test_a_plan_that_was_hurt_by_hand_names_its_file(town, hurt, said):
    path = town.root / "ledger" / "plan-0001.json"
    content = json.loads(path.read_text("utf-8"))
    hurt(content["changes"])
    path.write_text(json.dumps(content), "utf-8")
    for read in (lambda: audit.remeasure(town.root, "2024-08"), lambda: read_agreed(town.root / "ledger")):
        with pytest.raises(WorkspaceError) as problem:
            read()
        assert problem.value.key == "plan.damaged_version"
        assert str(path) in problem.value.told("en")
        assert said in problem.value.told("en")


def test_a_month_before_every_start_is_refused_with_what_is_needed(town):
    with pytest.raises(NothingMeasurableError) as problem:
        audit.remeasure(town.root, "2024-02")
    assert problem.value.code == 12
    assert "2024-03" in problem.value.told("en")
    assert not (town.root / "reports" / "2024-02").exists()


@pytest.mark.parametrize("month", ["٢٠٢٤-٠٦", " 2024-06", "2024-06 ", "2024-06\n", "2024-6", "24-06"])
def test_odd_months_are_refused(town, month):
    with pytest.raises(UsageError):
        audit.remeasure(town.root, month)


def test_lines_of_other_kinds_stay(town):
    path = town.root / "ledger" / ledger.lines.FILE
    path.write_text("no json\n" + path.read_text("utf-8"), "utf-8")
    town.measure("2024-08")
    assert path.read_text("utf-8").startswith("no json\n")
