"""The pages of a re-measured month: what they say, in which verbs, and whose names they show."""

import re

import fixtures
import pytest
from effects_made import MONTH

from audit.errors import UsageError
from audit.report import Remeasurement, Report
from audit.report.remeasured.pages import render_month
from audit.workspace import read_json, write_json


def text(html) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", str(html)))


@pytest.fixture(scope="module")
def month(plain) -> Remeasurement:
    return Remeasurement.open(plain)


@pytest.mark.parametrize("lang", ["ru", "en", "bg"])
@pytest.mark.parametrize("name", ["summary", "changes", "progress"])
def test_every_section_reads_well(plain, name, lang):
    html = Remeasurement.open(plain, MONTH, lang).section(name).html
    assert f'<section id="{name}"' in html
    assert not re.search(r"\bnan\b|\bNone\b|\{\w+\}|remeasure\.\w+\.", text(html))
    assert html.count("<table") == html.count("<caption")
    assert html.count("<img") == html.count('alt="')


def test_caused_is_said_only_where_it_was_earned(month):
    pages = re.split(r"<article", str(month.section("changes").html))[1:]
    said = [text(page) for page in pages]
    assert "вызвано изменением" in said[0]
    assert "совпало с изменением" in said[1]
    assert "вызвано" not in " ".join(said[1:])
    assert "явной перемены нет" in said[2]
    assert "стало хуже" in said[3]
    assert "первый замер 12 окт. 2026 г." in said[4]
    assert pages[4].count("<img") == 0


def test_the_first_page_sums_up_what_worked_and_what_it_brought(month):
    said = text(month.section("summary").html)
    assert "свои показатели улучшили 2 изменения из 5" in text(month.page["headline"])
    assert "+300" in said
    assert "400 тыс. ₽" in said  # promised for these
    assert "август 2026: явной перемены нет" in said  # what is new
    assert "вместе с другими" in said
    assert 'href="#change-1"' in month.section("summary").html
    assert 'id="change-1"' in month.section("changes").html


def test_a_sum_that_cannot_be_told_from_nothing_is_not_told_as_a_gain(plain, tmp_path):
    content = read_json(plain.root / "reports" / MONTH / "effects.json")
    content["totals"]["per_month"] |= {"low": -10_000.0}
    made = fixtures.workspace(tmp_path / "client")
    write_json(made.report_dir(MONTH) / "effects.json", content)
    report = Remeasurement.open(made)
    assert "от нуля пока не отличить" in report.page["headline"]
    assert "от нуля это пока не отличить" in text(report.section("summary").html)


def test_the_picture_says_the_finding_and_has_its_numbers(month):
    html = str(month.section("changes").html)
    alts = re.findall(r'alt="([^"]*)"', html)
    assert len(alts) == 4
    assert all("Доля выигранных сделок" in alt and "п." in alt for alt in alts)
    assert "ожидалось без изменения" in text(html).lower()


@pytest.mark.parametrize("privacy", ["initials", "pseudonyms"])
def test_names_of_sellers_are_as_the_client_wants_them(tmp_path, privacy):
    made = fixtures.workspace(tmp_path / "client", extra=f"privacy: {privacy}\n")
    seller = read_json(made.root / "reports" / MONTH / "effects.json")["effects"][0]["owner"]
    import pandas as pd

    pd.DataFrame({"user_id": ["1"], "name": [seller]}).to_parquet(_made(made.tables) / "users.parquet")
    html = render_month(made).read_text("utf-8")
    assert seller not in html
    assert seller.split()[0] not in text(html)


def _made(folder):
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_the_defence_shows_the_last_month_that_was_over_by_its_day(plain):
    html = Report.open(plain).section("effects").html
    assert "Разбор сделок" in html
    assert 'href="#change' not in html  # its pages stand in remeasure.html


def test_a_month_that_was_not_measured_is_told_with_those_that_were(plain):
    with pytest.raises(UsageError) as error:
        Remeasurement.open(plain, "2026-01")
    assert MONTH in str(error.value)


def test_the_page_is_the_same_bytes_again(plain):
    assert render_month(plain).read_bytes() == render_month(plain).read_bytes()
