"""What contradicts itself is refused politely, all at once, with its cell; and then nothing is stored."""

import datetime as dt
import json
import re
import shutil
import zipfile

import openpyxl
import pytest

from audit.errors import UnreadableError, UsageError
from audit.plan import plan_import
from audit.plan.columns import AT

WORDS = ("en", "ru", "bg")


def refused(desk, *cells, **options) -> str:
    with pytest.raises(UnreadableError) as caught:
        desk.back(*cells, **options)
    assert desk.versions() == []
    assert not (desk.root / "ledger" / "ledger.jsonl").exists()
    assert all(caught.value.told(lang) for lang in WORDS)
    assert caught.value.code == 10
    return caught.value.told("en")


@pytest.mark.parametrize(("column", "value", "cell", "said"), [
    ("client_priority", 9, "L6", "1 to 5"), ("client_priority", 0, "L6", "1 to 5"), ("client_priority", "high", "L6", "1 to 5"), ("client_priority", 2.5, "L6", "1 to 5"),
    ("decision", "maybe", "G6", "согласовать, отложить, отклонить"), ("effort", "огромные", "T6", "малые"),
    ("start_on", "скоро", "I6", "not a date"), ("start_on", "31.02.2027", "I6", "no day 31.02.2027"), ("start_on", dt.datetime(1926, 12, 1), "I6", "not a date"),
    ("start_on", dt.datetime(2023, 12, 1), "I6", "years away"), ("due_on", dt.datetime(2099, 1, 1), "J6", "years away"),
    ("target", 0.1, "P6", "not above the value now"), ("target", 0.2, "P6", "not above"), ("target", 24, "P6", "24 %"), ("target", "много", "P6", "not a number"),
    ("target", -0.1, "P6", "not"),
])
def test_a_cell_that_cannot_be(desk, column, value, cell, said):
    told = refused(desk, ("w", column, value))
    assert f"\n  {cell}: " in told
    assert said in told
    assert "1 cell" in told


def test_a_formula_that_nobody_worked_out_is_no_answer(desk):
    path = desk.edited()
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["P6"], book.worksheets[0]["X6"] = "=0.3", '=IF(1,"x","y")'
    book.save(path)
    with pytest.raises(UnreadableError) as caught:
        plan_import(desk.root, path)
    told = caught.value.told("en")
    assert "P6: there is a formula without a value" in told and "X6: " in told
    assert desk.versions() == []


def test_a_target_of_days_lies_below(desk):
    assert "not below the value now" in refused(desk, ("d", "target", 45))


def test_agreement_needs_an_owner_and_a_start(desk):
    told = refused(desk, ("w", "decision", "согласовать"))
    assert "H6: " in told and "no owner" in told
    assert "I6: " in told and "no start" in told


def test_days_in_their_order(desk, agreed):
    assert "J6: " in refused(desk, *agreed, ("w", "due_on", dt.datetime(2026, 11, 1)))
    assert "K6: " in refused(desk, *agreed, ("w", "done_on", dt.datetime(2026, 11, 1)))
    assert "yet to come" in refused(desk, *agreed, ("w", "done_on", dt.datetime(2026, 12, 24)))
    assert "not agreed" in refused(desk, ("w", "done_on", dt.datetime(2026, 11, 1)))


def test_all_contradictions_come_at_once(desk):
    told = refused(desk, ("w", "client_priority", 9), ("w", "decision", "agree"), ("c", "start_on", "31.02.2027"), ("d", "target", 100), (12, "metric", "Нет такого"))
    assert "7 cells" in told
    assert re.findall(r"\n  ([A-Z]\d+): ", told) == ["H6", "I6", "L6", "P8", "I9", "D12", "N12"]  # in the order of reading


def test_ids_that_are_unknown_or_come_twice(desk):
    told = refused(desk, (10, "action_id", "change-nobody"), (10, "title", "x"), (11, "action_id", "change-w"))
    assert "A10: " in told and "change-nobody" in told
    assert "A11: " in told and "A6" in told


def test_an_own_row_needs_a_name(desk):
    assert "D11: " in refused(desk, (11, "comment", "важно"))


def test_columns_that_are_gone_are_named(desk):
    told = refused(desk, also=lambda page: page.delete_cols(AT["owner"] + 1))
    assert "Ответственный" in told


def test_the_book_of_another_client(desk, tmp_path, agreed):
    path = desk.edited(*agreed)
    desk.client(name="ООО Другой")
    with pytest.raises(UnreadableError) as caught:
        plan_import(desk.root, path)
    assert "ООО Пример" in caught.value.told("en") and "ООО Другой" in caught.value.told("en")


def test_a_book_older_than_what_is_agreed(desk, agreed):
    old = desk.edited(("w", "client_priority", 4), name="old.xlsx")
    desk.back(*agreed, name="new.xlsx")
    with pytest.raises(UnreadableError) as caught:
        plan_import(desk.root, old)
    assert "after version 0" in caught.value.told("en") and "version 1" in caught.value.told("en")
    assert len(desk.versions()) == 1


def test_a_book_of_another_copy_of_the_workspace(desk, agreed):
    path = desk.edited(*agreed)
    shutil.rmtree(desk.root / ".audit")
    with pytest.raises(UnreadableError) as caught:
        plan_import(desk.root, path)
    assert "another copy" in caught.value.told("en")


def test_files_that_are_no_plan(desk, tmp_path):
    whole = desk.export()
    other = openpyxl.Workbook()
    other.active["A1"] = "x"
    other.save(tmp_path / "other.xlsx")
    copied = openpyxl.load_workbook(whole)
    del copied["_audit"]
    copied.save(tmp_path / "copied.xlsx")
    (tmp_path / "cut.xlsx").write_bytes(whole.read_bytes()[:4000])
    (tmp_path / "text.xlsx").write_text("no book", "utf-8")
    (tmp_path / "empty.xlsx").write_bytes(b"")
    for name in ("other", "copied", "cut", "text", "empty"):
        with pytest.raises(UnreadableError) as caught:
            plan_import(desk.root, tmp_path / f"{name}.xlsx")
        assert f"{name}.xlsx" in caught.value.told("en")


def test_no_file_at_all(desk, tmp_path):
    with pytest.raises(UsageError) as caught:
        plan_import(desk.root)
    assert "audit plan export" in caught.value.told("en")
    with pytest.raises(UsageError):
        plan_import(desk.root, tmp_path / "nowhere.xlsx")


def test_a_book_that_would_not_fit_into_memory(desk, tmp_path):
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", b"<row>" * 60_000_000)
    with pytest.raises(UnreadableError):
        plan_import(desk.root, bomb)


def test_a_damaged_version_of_the_ledger_is_named(desk, agreed):
    desk.back(*agreed)
    (path,) = desk.versions()
    path.write_text(json.dumps({"version": 1}), "utf-8")
    with pytest.raises(Exception, match=r"plan-0001\.json") as caught:
        desk.export()
    assert caught.value.code == 13
