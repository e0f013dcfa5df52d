"""The page and the workbook of the daily pack: what they say, what they hide, what they do with hostile text."""

import html
import io
import re

import openpyxl
import packs
import pytest

import audit
from audit.errors import UsageError
from audit.report import StandUp
from audit.report.standup.pages import render_standup

MONDAY = packs.MONDAY


def text_of(page) -> str:
    source = re.sub(r"</?(b|span)\b[^>]*>", "", re.sub(r"<style>.*?</style>", "", page.read_text("utf-8"), flags=re.S))
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", source)))  # spaces that do not break are spaces


def cells(book) -> list:
    return [cell.value for sheet in openpyxl.load_workbook(book).worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    place = packs.workspace(tmp_path_factory.mktemp("page") / "client")
    audit.standup(place, MONDAY)
    return place


@pytest.mark.parametrize(("lang", "headline", "task"), [
    ("en", "October 19: 50.0% of the plan done instead of 54.5%, €100 behind", "Request l1 (Site): answer – waiting since Oct 16"),
    ("ru", "19 октября: выполнено 50,0 % плана вместо 54,5 %: отставание 100 €", "Заявка l1 (Site): ответить – ждёт с 16 окт."),
    ("bg", "19 октомври: изпълнени 50,0% от плана вместо 54,5%, изоставане 100 €", "Заявка l1 (Site): да се отговори – чака от 16.10"),
])
def test_the_page_in_every_language(client, lang, headline, task):
    book, page = render_standup(client, MONDAY, lang)
    assert (book.name, page.name) == ("standup.xlsx", "standup.html")
    said = text_of(page)
    assert StandUp.open(client, MONDAY, lang).page["headline"].replace("\u00a0", " ").replace("\u202f", " ") == headline
    assert task in said
    assert "standup." not in said, "a text is missing"
    assert "None" not in said


def test_what_it_says(client):
    said = text_of(render_standup(client, MONDAY, "en")[1])
    assert "as of October 18, 2026" in said  # the evening before, not the day of the stand-up
    assert "€110" in said  # needed a day
    assert "€100 are due today. €150 are overdue on 1 invoice" in said
    assert "Call …4567 back" in said
    assert "921234567" not in said
    assert "Alder" not in said, "names of clients are hidden unless asked for"
    assert "Not at work today" in said  # Bob
    assert "To be handed over" in said
    assert "Cid Cedar" in said


def test_sellers_as_privacy_wants_them(tmp_path):
    for privacy, shown in (("initials", "A. A."), ("pseudonyms", "Seller")):
        place = packs.workspace(tmp_path / privacy, privacy=privacy)
        audit.standup(place, MONDAY)
        book, page = render_standup(place, MONDAY)
        told = text_of(page) + " ".join(map(str, cells(book)))
        assert "Ann Ash" not in told
        assert "Cedar" not in told
        assert shown in told.replace("\u00a0", " ")


def test_the_workbook(client):
    book, _ = render_standup(client, MONDAY, "en")
    sheets = openpyxl.load_workbook(book)
    assert sheets.sheetnames[:2] == ["Tasks", "Plan and fact"]
    tasks = list(sheets["Tasks"].iter_rows(values_only=True))
    assert tasks[0] == ("Seller", "What", "Task", "Amount", "Done", "Comment")
    assert {row[0] for row in tasks[1:]} == {"Ann Ash"}
    payments = {row[1]: row for row in sheets["Payments"].iter_rows(min_row=2, values_only=True)}
    assert payments["102"][:4] == ("overdue", "102", "Bob Birch", 150)
    plan = {row[1]: row for row in sheets["Plan and fact"].iter_rows(min_row=2, values_only=True)}
    assert plan["The whole department"][4:7] == (2200, 1100, 0.5)
    assert book.read_bytes() == render_standup(client, MONDAY, "en")[0].read_bytes()


def test_hostile_text_is_inert(tmp_path):
    place = packs.workspace(tmp_path / "client", packs.HOSTILE, names="shown")
    audit.standup(place, MONDAY)
    book, page = render_standup(place, MONDAY)
    source = page.read_text("utf-8")
    assert "<script" not in source
    assert not re.search(r"<img[^>]+onerror", source)
    assert "cmd|" in source  # shown as text
    for sheet in openpyxl.load_workbook(book).worksheets:
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_the_first_day_of_a_plan(tmp_path):
    place = packs.workspace(tmp_path / "client")
    audit.standup(place, "2026-10-01")
    page = render_standup(place, "2026-10-01")[1]
    said = text_of(page)
    assert "October 1: a plan of €2,200 begins, 22 working days" in said
    assert "Just ended" in said
    assert "70%" in said


def test_data_without_a_plan(tmp_path):
    text = packs.WORLD[packs.WORLD.index("deals"):packs.WORLD.index("leads")]
    place = packs.workspace(tmp_path / "client", text)
    audit.standup(place, MONDAY)
    book, page = render_standup(place, MONDAY)
    assert "For the stand-up of October 19:" in text_of(page)
    assert "plan and fact: no data" in text_of(page)
    assert io.BytesIO(book.read_bytes()).read(2) == b"PK"


def test_mistakes(client):
    with pytest.raises(UsageError, match="2026-10-19"):
        StandUp.open(client, "2026-10-18")
    with pytest.raises(UsageError, match="payments"):
        StandUp.open(client, MONDAY).section("payment")
