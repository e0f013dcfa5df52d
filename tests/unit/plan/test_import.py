"""The book that comes back: every kind of edit is understood, whoever saved it and in whatever order."""

import datetime as dt
import json

import openpyxl
import pytest

from audit.errors import UsageError, WorkspaceError
from audit.plan import ledger, plan_export, plan_import
from audit.plan.columns import AT, COLUMNS

TODAY = dt.date(2026, 11, 20)


def by_id(result):
    return {row["action_id"]: row for row in result.rows}


def told(result):
    return {(one["action_id"], one["field"]): (one["old"], one["new"]) for one in result.differences}


@pytest.mark.parametrize("lang", ["ru", "en", "bg"])
def test_a_round_trip_without_edits_has_no_differences(desk, lang):
    """Neither as it went out, nor saved by another program."""
    as_sent = plan_import(desk.root, desk.export(lang=lang))
    saved = desk.back(lang=lang)
    for result in (as_sent, saved):
        assert result.differences == []
        assert result.ignored == ()
        assert not result.stored
    assert desk.versions() == []


def test_an_agreed_change_is_stored_with_its_day(desk, agreed):
    result = desk.back(*agreed)
    assert told(result) == {("change-w", "decision"): ("", "agree"), ("change-w", "owner"): ("", "Босс Главный"), ("change-w", "start_on"): (None, "2026-12-01")}
    assert (result.stored, result.version) == (True, 1)
    content = json.loads(desk.versions()[0].read_text("utf-8"))
    assert [content[name] for name in ("schema", "version", "as_of", "agreed_on")] == [1, 1, "2026-10-31", "2026-11-20"]
    assert len(content["sha256"]) == 64
    row = next(one for one in content["changes"] if one["action_id"] == "change-w")
    assert (row["agreed_at"], row["owner"], row["start_on"], row["zone_id"]) == ("2026-11-20", "Босс Главный", "2026-12-01", "w")
    (line,) = (desk.root / "ledger" / "ledger.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line) == {"kind": "plan", "version": 1, "at": "2026-11-20", "as_of": "2026-10-31", "file": "plan-0001.json", "sha256": content["sha256"],
                                "changes": 4, "agreed": 1}


@pytest.mark.parametrize(("column", "typed", "meant"), [
    ("start_on", "1.12.2026", dt.date(2026, 12, 1)), ("start_on", "01/12/26", dt.date(2026, 12, 1)), ("start_on", "2026-12-01", dt.date(2026, 12, 1)),
    ("start_on", 46357, dt.date(2026, 12, 1)), ("due_on", dt.date(2027, 1, 31), dt.date(2027, 1, 31)),
    ("client_priority", "2 ", 2), ("client_priority", "2.0", 2), ("client_priority", "2,0", 2), ("client_priority", 4.0, 4),
    ("target", "25 %", 0.25), ("target", "25,5%", 0.255), ("target", "0,25", 0.25), ("target", 0.25, 0.25),
    ("decision", "Decline", "decline"), ("decision", " ОТЛОЖИТЬ ", "postpone"), ("decision", "отлагам", "postpone"),
    ("effort", "големи", "high"), ("owner", "  Новый   Человек ", "Новый Человек"), ("comment", "=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
    ("comment", "<script>alert(1)</script> 🙂", "<script>alert(1)</script> 🙂"), ("comment", "a\u202eb\nc", "ab c"),
])
def test_what_a_person_types_is_what_is_meant(desk, column, typed, meant):
    result = desk.back(("w", column, typed))
    assert by_id(result)["change-w"][column] == meant
    assert set(told(result)) == {("change-w", column)}


@pytest.mark.parametrize(("typed", "meant"), [("120 000,50", 120_000.5), ("120\u00a0000 ₽", 120_000), ("1.120.000,5", 1_120_000.5), ("120,000", 120_000), ("130000 руб.", 130_000)])
def test_money_as_it_is_written(desk, typed, meant):
    assert by_id(desk.back(("c", "target", typed)))["change-c"]["target"] == meant


def test_a_smaller_target_promises_a_smaller_gain(desk):
    row = by_id(desk.back(("w", "target", 0.25)))["change-w"]
    assert (row["expected_gain"], row["gain_low"], row["gain_high"]) == pytest.approx((150_000, 75_000, 300_000))
    assert row["full"]["expected_gain"] == 300_000
    days = by_id(desk.back(("d", "target", "38,5"), name="days.xlsx"))["change-d"]
    assert (days["target"], days["expected_gain"]) == (38.5, None)


def test_an_emptied_target_is_the_proposed_one(desk, agreed):
    desk.back(("w", "target", 0.25), *agreed)
    again = desk.back(("w", "target", None), name="again.xlsx")
    assert by_id(again)["change-w"]["target"] == pytest.approx(0.3)
    assert by_id(again)["change-w"]["expected_gain"] == 300_000


def test_the_order_follows_the_clients_priorities_then_gain_for_effort(desk):
    assert [row["action_id"][-1] for row in desk.back().rows] == ["w", "f", "d", "c"]
    moved = desk.back(("c", "client_priority", 1), ("w", "client_priority", 5), ("f", "decision", "отклонить"), name="moved.xlsx")
    assert [row["action_id"][-1] for row in moved.rows] == ["c", "d", "w", "f"]
    assert [row["rank"] for row in moved.rows] == [1, 2, 3, 4]
    assert {one["kind"] for one in moved.differences} == {"priority", "declined"}


def test_a_row_of_the_clients_own_gets_an_id_that_stays(desk):
    result = desk.back((10, "title", "=cmd|calc"), (10, "metric", "Доля выигранных сделок"), (10, "target", "40 %"), (12, "title", "Ещё одно"))
    rows = by_id(result)
    assert rows["change-own-1"] | {"metric": "win_rate", "unit": "share", "target": 0.4, "baseline": 0.31} == rows["change-own-1"]
    assert [one["kind"] for one in result.differences if one["field"] == ""] == ["added", "added"]
    page = openpyxl.load_workbook(desk.export()).worksheets[0]
    shown = {page.cell(at, 1).value: at for at in range(6, 13)}
    title = page.cell(shown["change-own-1"], AT["title"] + 1)
    assert (title.value, title.data_type, title.protection.locked) == ("=cmd|calc", "s", False)
    third = desk.back((shown["change-own-1"], "title", "Иначе"), (13, "title", "Третье"), name="third.xlsx")
    assert by_id(third)["change-own-1"]["title"] == "Иначе"
    assert "change-own-3" in by_id(third)


def test_a_deleted_row_is_left_as_it_was(desk, agreed):
    desk.back(*agreed)
    result = desk.back(("c", "client_priority", 1), name="less.xlsx", also=lambda page: page.delete_rows(desk.row(page, "w")))
    assert [one["action_id"] for one in result.differences if one["kind"] == "missing"] == ["change-w"]
    assert by_id(result)["change-w"]["decision"] == "agree"
    assert "change-w" in result.told("en")


def test_rows_may_be_sorted_and_columns_hidden_or_moved(desk):
    def shuffle(page):
        rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=6, max_row=9)]
        for at, row in enumerate(reversed(rows), 6):
            for column, value in enumerate(row, 1):
                page.cell(at, column).value = value
        page.column_dimensions["C"].hidden = True
        page.move_range("A1:Y20", rows=2, cols=1)

    result = desk.back(("w", "client_priority", 3), also=shuffle)
    assert set(told(result)) == {("change-w", "client_priority")}
    assert result.ignored == ()


def test_locked_cells_that_were_written_in_are_named_and_not_taken(desk):
    result = desk.back(("w", "baseline", 0.01), ("w", "owner", "Кто-то"), ("c", "title", "Другое"))
    assert set(told(result)) == {("change-w", "owner")}
    assert sorted(result.ignored) == ["D9", "O6"]
    assert "O6" in result.told("en")


def test_the_same_file_twice_is_told_and_changes_nothing(desk, agreed):
    path = desk.edited(*agreed)
    first, second = plan_import(desk.root, path), plan_import(desk.root, path)
    assert (first.stored, second.stored, second.repeated, second.version) == (True, False, True, 1)
    assert len(desk.versions()) == 1
    assert second.differences == []


def test_a_dry_run_shows_and_stores_nothing(desk, agreed):
    result = desk.back(*agreed, dry_run=True)
    assert (len(result.differences), result.stored, result.version) == (3, False, 1)
    assert not (desk.root / "ledger").exists()
    assert "--dry-run" in result.told("en")


def test_the_newest_book_of_the_reports_is_the_default(desk, agreed):
    desk.measured(as_of="2026-09-30")
    desk.export(as_of="2026-09-30")
    desk.edited(*agreed, name="reports/2026-10-31/plan.xlsx")
    assert plan_import(desk.root).stored
    assert desk.export().is_file()  # what was imported may be written anew


def test_a_book_that_was_merely_saved_again_may_be_written_anew(desk):
    desk.edited(name="reports/2026-10-31/plan.xlsx")
    assert desk.export(keep_edits=True).is_file()
    with pytest.raises(UsageError):
        desk.export()
    assert plan_import(desk.root).differences == []
    assert desk.export().is_file()


def test_agreed_rows_keep_their_promise_when_measured_again(desk, agreed):
    desk.back(*agreed, ("c", "client_priority", 1), ("c", "decision", "отложить"))
    new = [desk.finding("w", "next_step_rule", "win_rate", "share", 0.25, -0.1, 100_000.0), desk.finding("n", "next_step_rule", "win_rate", "share", 0.1, -0.2, 1e6),
           desk.finding("c", "price_discipline", "avg_check", "money", 90_000.0, -40_000.0, 200_000.0)]
    desk.measured(new, "2026-11-30")
    result = plan_import(desk.root, plan_export(desk.root))
    rows = by_id(result)
    assert result.differences == []
    assert (rows["change-w"]["baseline"], rows["change-w"]["expected_gain"], rows["change-w"]["agreed_at"]) == (0.2, 300_000, TODAY)
    assert (rows["change-c"]["baseline"], rows["change-c"]["client_priority"], rows["change-c"]["decision"]) == (90_000, 1, "postpone")
    states = {row["action_id"]: row["state"] for row in ledger.latest(desk.workspace).rows}
    page = openpyxl.load_workbook(desk.root / "reports" / "2026-11-30" / "plan.xlsx").worksheets[0]
    shown = {page.cell(at, 1).value: page.cell(at, AT["state"] + 1).value for at in range(6, 12)}
    assert set(states.values()) == {"known"}
    assert shown["change-n"] == "новое"
    assert shown["change-w"].startswith("согласовано 20")
    assert shown["change-d"] == "зона больше не находится"


def test_a_kill_between_the_writes_is_mended_by_the_next_import(desk, agreed, monkeypatch):
    path = desk.edited(*agreed)
    whole = ledger.write_text
    monkeypatch.setattr(ledger, "write_text", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        plan_import(desk.root, path)
    assert len(desk.versions()) == 1
    assert not (desk.root / "ledger" / "ledger.jsonl").exists()
    monkeypatch.setattr(ledger, "write_text", whole)
    assert plan_import(desk.root, path).repeated
    assert len((desk.root / "ledger" / "ledger.jsonl").read_text("utf-8").splitlines()) == 1


def test_a_kill_before_the_first_write_leaves_nothing(desk, agreed, monkeypatch):
    monkeypatch.setattr(ledger, "write_json", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        desk.back(*agreed)
    assert desk.versions() == []


def test_lines_of_other_kinds_stay_in_the_ledger(desk, agreed):
    book = desk.root / "ledger" / "ledger.jsonl"
    book.parent.mkdir()
    book.write_text('{"kind": "remeasure", "month": "2026-09"}\nnot json\n', "utf-8")
    desk.back(*agreed)
    lines = book.read_text("utf-8").splitlines()
    assert lines[:2] == ['{"kind": "remeasure", "month": "2026-09"}', "not json"]
    assert json.loads(lines[2])["kind"] == "plan"


def test_nobody_imports_while_another_command_works(desk, agreed):
    path = desk.edited(*agreed)
    with desk.workspace.lock(), pytest.raises(WorkspaceError):
        plan_import(desk.root, path)
    assert desk.versions() == []


def test_the_result_as_frame_json_and_page(desk, agreed, tmp_path):
    result = desk.back(*agreed, ("w", "comment", "<script>alert(1)</script>"), (10, "title", "<img src=x>"))
    frame = result.frame.set_index("action_id")
    assert len(frame) == 5
    assert frame.loc["change-w", "detectable"] > 0
    assert frame.loc["change-w", "seen_on"] > dt.date(2026, 12, 1)
    assert frame.loc["change-f", "seen_on"] is None
    assert "<script>" not in result._repr_html_() and "<img" not in result._repr_html_()
    assert len(result.plot().axes[0].get_yticks()) == 3  # those that have money
    assert result.to_json(tmp_path / "r.json")["version"] == 1
    assert len(COLUMNS) == len(AT)


def test_privacy_round_trip_finds_the_person_again(desk, agreed):
    desk.client("privacy: initials\n")
    plan = desk.export()
    page = openpyxl.load_workbook(plan).worksheets[0]
    first = next(at for at in range(6, 10) if page.cell(at, AT["zone"] + 1).value.startswith("А."))
    result = desk.back((first, "decision", "согласовать"), (first, "owner", "Б.\u00a0Г."), (first, "start_on", dt.datetime(2026, 12, 1)))
    assert by_id(result)["change-w"]["owner"] == "Босс Главный"
    again = plan_import(desk.root, desk.export())
    assert again.differences == []


def test_a_book_of_which_another_program_kept_only_the_values(desk, agreed, tmp_path):
    """No formats, no rules, days as bare numbers, whole numbers as fractions, formulas as what they gave."""
    import xlsxwriter
    from python_calamine import CalamineWorkbook

    desk.back(*agreed, ("w", "due_on", "1.2.2027"))
    source = CalamineWorkbook.from_path(str(desk.export()))
    with xlsxwriter.Workbook(str(tmp_path / "values.xlsx"), {"strings_to_formulas": False}) as book:
        for name in source.sheet_names:
            page = book.add_worksheet(name)
            for at, row in enumerate(source.get_sheet_by_name(name).to_python(skip_empty_area=False)):
                for place, cell in enumerate(row):
                    page.write(at, place, (cell - dt.date(1899, 12, 30)).days if isinstance(cell, dt.date) else cell)
    result = plan_import(desk.root, tmp_path / "values.xlsx")
    assert (result.differences, result.ignored) == ([], ())


def test_hundreds_of_changes(desk):
    desk.measured([desk.finding(f"z{at}", "next_step_rule", "win_rate", "share", 0.2, -0.1, 1000.0 * at, slice={"owner": f"О{at}"}) for at in range(300)])
    assert len(plan_import(desk.root, desk.export()).rows) == 300
