"""The client's part of the data passport: what the data answer, what to ask for, the strip, findings, folded tables."""

from __future__ import annotations

import datetime as dt
import json
import re

import fixtures
import pytest

from audit.report import Report
from audit.report.charts.strip import Strip, strip
from audit.report.theme import Theme
from audit.words import LANGUAGES


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split()).replace("\u00a0", " ")


@pytest.fixture(scope="module")
def told(plain) -> str:
    return text(Report.open(plain, lang="en").section("passport").html)


def test_what_the_data_answer_and_what_to_ask_for(told):
    assert "The data answer 24 of the 33 statements of the method that can be measured." in told
    assert "With the files asked for below it would be 31." in told
    assert "Activities and calls. Columns needed: responsible, lead or deal" not in told  # the order of the passport is kept
    assert "Activities and calls. Columns needed: kind of action, responsible, lead or deal, number of the lead or deal, date done." in told
    assert "This opens 2 statements of the method; metrics: Activities" in told
    assert "the REST methods crm.activity.list" in told  # where Bitrix24 keeps them
    assert "Deals, once more with the columns: margin." in told


def test_what_is_grave_stands_open_and_notes_are_folded(plain, told):
    html = Report.open(plain, lang="en").section("passport").html
    assert "Serious. Deals created, February 2026: not one row, about 302 expected." in told
    assert "Serious. deals (responsible) → staff: 87.0% of 8,190 rows find their partner; without partner – 900, empty – 165. Examples: bitrix24_deals.csv." in told
    assert "Not in the export" not in told
    assert "No data: activities and calls (kind of action)." in told
    note = "Deals open for more than a year: 41 of 677 open ones (6.0%)."
    assert note in told
    assert any(note in text(part) for part in re.findall(r"<details>.*?</details>", html, re.S))
    assert "an upper estimate of deleted deals" in told


def test_decisions_about_people_and_clients_are_told_in_words_without_names(told):
    assert "1c_payments.xlsx: clients in “Контрагент” were found by (rows): tax number – 1,600, name without legal form – 12." in told
    assert "Names that the list of people lacks were taken as new people: 2." in told
    assert "Names that look alike were not joined: 2." in told
    assert "Such places: 3." in told
    assert "Тайн" not in told
    assert "Скрыт" not in told
    assert "1c_payments.xlsx: recognised as payments_1c, table – payments." in told  # a workbook has no encoding


def test_the_strip_names_its_gap_and_folds_its_numbers(plain):
    html = Report.open(plain, lang="en").section("passport").html
    figure = next(one for one in re.findall(r"<figure.*?</figure>", html, re.S) if "improbably few rows" in one)
    assert "1 month has improbably few rows" in figure
    assert "Marked months: Deals created – February 2026." in re.search(r'alt="([^"]*)"', figure)[1]
    rows = re.findall(r"<tr><th scope=\"row\">([^<]+)</th><td class=\"num\">([^<]+)</td><td class=\"num\">([^<]+)</td>", figure)
    assert len(rows) == 18
    assert rows[9][:2] == ("February 2026", "0")
    assert "three months on either side" in text(figure)


def test_files_have_their_periods_and_tables_are_folded(told):
    assert "bitrix24_deals.csv deals May 2, 2025 – Oct 31, 2026 8,204 8,190 14" in told.replace("\u202f", " ")
    assert "deals (responsible) → staff 8,190 87.0% 900 165" in told
    assert "deals (amount) 8,190 97.7% 12" in told


def test_a_file_of_two_tables_names_both(tmp_path):
    workspace = fixtures.workspace(tmp_path / "client")
    intake = json.loads(workspace.intake_report.read_text("utf-8"))
    file = intake["files"][0]
    intake["files"][0] = file | {"table": "stage_history", "also": [{"preset": "amocrm_api_event_calls", "table": "activities", "rows_in": 2, "rows_kept": 2}]}
    workspace.intake_report.write_text(json.dumps(intake), "utf-8")
    assert f"{file['file']} stage history, activities and calls" in text(Report.open(workspace, lang="en").section("passport").html)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_word_is_in_the_language(plain, lang):
    said = text(Report.open(plain, lang=lang).section("passport").html)
    assert not re.findall(r"passport\.\w+|report\.\w+\.\w+|\{\w+\}", said)
    assert not [name for name in ("owner_id", "stage_history", "created_at", "deal_id") if name in said]


def test_without_a_passport_the_section_tells_of_the_files_alone(plain, tmp_path):
    workspace = fixtures.workspace(tmp_path / "client")
    (workspace.report_dir(fixtures.AS_OF) / "passport.json").unlink()
    said = text(Report.open(workspace, lang="en").section("passport").html)
    assert "3 files were read" in said
    assert "statements of the method that can be measured" not in said


def test_hostile_names_stay_text(hostile):
    html = Report.open(hostile).section("passport").html
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_the_strip_draws_a_cell_a_month_and_a_cross_a_gap():
    months = [dt.date(2026, month, 1) for month in range(1, 7)]
    theme = Theme.of("#1f5f8b")
    even = strip([Strip("a", (5, 5, 5, 5, 5, 5))], months, theme, str)
    gap = strip([Strip("a", (5, 5, 0, 5, 5, 5), frozenset({2}))], months, theme, str)
    assert "#a63c06" not in even.svg
    assert "#a63c06" in gap.svg
    assert strip([Strip("x", (None, None, 1, 2, 3, 4))] * 8, months, theme, str).height > even.height
    assert strip([Strip("a", (5, 5, 0, 5, 5, 5), frozenset({2}))], months, theme, str).svg == gap.svg  # the same bytes every time
