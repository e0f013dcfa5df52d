"""The book that goes out: what is locked, what is offered, that it is inert and the same every time."""

import datetime as dt
import re
import zipfile

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from audit.errors import AuditError, UsageError
from audit.plan.columns import AT, COLUMNS, headings
from audit.words import LANGUAGES, Words

HOSTILE = ("=cmd|' /C calc'!A0", "<script>alert(1)</script>", "+1+1", "@SUM(1)", "я" * 40_000, "🙂 смайл", "a\u202egpj.exe", "x\x00\x07y", '"; DROP')


def page_of(path):
    return openpyxl.load_workbook(path).worksheets[0]


def test_one_row_a_change_with_a_permanent_id(desk):
    page = page_of(desk.export())
    assert [page.cell(at, 1).value for at in range(6, 10)] == ["change-w", "change-f", "change-d", "change-c"]
    assert desk.export() == desk.root / "reports" / "2026-10-31" / "plan.xlsx"


def test_the_same_data_give_the_same_bytes(desk, tmp_path):
    first = desk.export().read_bytes()
    assert desk.export(file=tmp_path / "other" / "p.xlsx").read_bytes() == first
    assert desk.export().read_bytes() == first


def test_only_the_cells_of_the_client_are_open(desk):
    page = page_of(desk.export())
    assert page.protection.sheet
    assert not page.protection.password
    for column in COLUMNS:
        assert page.cell(6, AT[column.name] + 1).protection.locked == (not column.open), column.name
        assert page.cell(12, AT[column.name] + 1).protection.locked == (not (column.open or column.own)), column.name
    assert page.freeze_panes == "C6"
    assert page.auto_filter.ref.startswith("A5:")
    assert (page.page_setup.orientation, page.page_setup.paperSize, page.page_setup.fitToHeight) == ("landscape", 9, 0)


def test_lists_dates_and_formulas(desk):
    book = openpyxl.load_workbook(desk.export())
    page = book.worksheets[0]
    rules = {re.match("[A-Z]+", str(rule.sqref))[0]: rule for rule in page.data_validations.dataValidation}
    letter = {name: openpyxl.utils.get_column_letter(at + 1) for name, at in AT.items()}
    assert rules[letter["client_priority"]].formula1 == '"1,2,3,4,5"'
    assert {rules[letter[name]].type for name in ("start_on", "due_on", "done_on")} == {"date"}
    assert {rules[letter[name]].type for name in ("decision", "effort", "owner", "metric", "horizon")} == {"list"}
    owners = [row[3].value for row in book["_lists"].iter_rows() if row[3].value]
    assert owners == ["Босс Главный", "Анна Образцова"]  # heads first; neither a robot nor who has left
    for name in ("rank", "expected_gain", "gain_low", "order"):
        assert str(page.cell(6, AT[name] + 1).value).startswith("=")
    assert page.column_dimensions[letter["order"]].hidden
    assert [sheet.sheet_state for sheet in book.worksheets] == ["visible", "visible", "hidden", "hidden"]
    assert not [name for name in zipfile.ZipFile(desk.export()).namelist() if "vba" in name.lower()]


def test_formulas_come_with_their_values(desk):
    """A program that does not reckon shows the same."""
    grid = CalamineWorkbook.from_path(str(desk.export())).get_sheet_by_index(0).to_python()
    first = dict(zip([column.name for column in COLUMNS], grid[5], strict=True))
    assert first["rank"] == 1
    assert (first["expected_gain"], first["gain_low"], first["gain_high"]) == (300_000, 150_000, 600_000)
    assert (first["baseline"], first["target"]) == (0.2, pytest.approx(0.3))
    assert grid[1][AT["expected_gain"]] == 0  # nothing is agreed yet


def test_every_row_tells_what_can_be_seen_before_it_is_agreed(desk):
    page = page_of(desk.export())
    told = {page.cell(at, 1).value: (page.cell(at, AT["detectable"] + 1).value, page.cell(at, AT["seen_on"] + 1).value) for at in range(6, 10)}
    assert "п.\u00a0п." in told["change-w"][0]
    assert isinstance(told["change-w"][1], dt.datetime)
    assert told["change-f"][1] == "за два года не различить"
    assert all(least and day for least, day in told.values())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_says_it_all(desk, lang, tmp_path):
    book = openpyxl.load_workbook(desk.export(lang=lang, file=tmp_path / "p.xlsx"))
    words = Words(lang)
    assert [sheet.title for sheet in book.worksheets[:2]] == [words("plan.book.sheet"), words("plan.book.help")]
    assert [cell.value for cell in book.worksheets[0][5]] == [column.head(words) for column in COLUMNS]
    assert 6 <= book.worksheets[1].max_row <= 11


def test_headings_and_words_mean_one_thing_in_all_languages():
    assert set(headings().values()) == set(AT)


@pytest.mark.parametrize("name", HOSTILE)
def test_text_of_the_client_is_inert(desk, name):
    desk.measured([desk.finding("w", "next_step_rule", "win_rate", "share", 0.2, -0.2, 3e5, slice={"segment": name})])
    path = desk.export()
    page = page_of(path)
    shown = page.cell(6, AT["zone"] + 1)
    assert shown.data_type == "s"
    assert len(shown.value) < 400
    assert not set(shown.value) & set("\u202e\x00\x07")
    formulas = [cell.value for row in page.iter_rows() for cell in row if cell.data_type == "f"]
    assert all(re.match(r"=(IF|SUMIF|\d)", formula) for formula in formulas)
    assert not any(name[:20] in formula for formula in formulas)


def test_privacy_hides_sellers_everywhere_in_the_book(desk):
    desk.client("privacy: initials\n")
    with zipfile.ZipFile(desk.export()) as book:
        texts = "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    assert "Образцова" not in texts
    assert "А.\u00a0О. × Сайт" in texts


def test_without_findings_the_next_step_is_told(desk):
    with pytest.raises(UsageError) as none:
        desk.export(as_of="2026-01-31")
    assert "2026-01-31" in none.value.told("en") and "audit run" in none.value.told("en")
    (desk.root / "reports" / "2026-10-31" / "findings.json").unlink()
    with pytest.raises(AuditError) as found:
        desk.export()
    assert "audit run" in found.value.told("en")
    with pytest.raises(UsageError):
        desk.export(as_of="31.10.2026")


def test_no_zones_is_a_book_for_the_clients_own_changes(desk):
    desk.measured([])
    page = page_of(desk.export())
    assert page.cell(6, 1).value is None
    assert not page.cell(6, AT["title"] + 1).protection.locked


def test_a_book_that_somebody_wrote_in_is_not_overwritten(desk):
    path = desk.export()
    desk.edited(("w", "owner", "Кто-то"), name="reports/2026-10-31/plan.xlsx")
    before = path.read_bytes()
    with pytest.raises(UsageError) as kept:
        desk.export()
    assert "audit plan import" in kept.value.told("en")
    assert desk.export(keep_edits=True).read_bytes() == before
