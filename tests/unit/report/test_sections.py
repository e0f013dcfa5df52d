"""Every section reads well with everything, with little, and with nothing."""

import dataclasses
import re
from itertools import pairwise

import fixtures
import pandas as pd
import pytest

from audit.errors import UsageError
from audit.metrics import statements
from audit.report import Report
from audit.report.sections import SECTIONS
from audit.report.tiers import proven, toned
from audit.workspace import Workspace, write_json

NAMES = [name for name, _ in SECTIONS]


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A workspace in which a run found nothing at all."""
    workspace = Workspace.create(tmp_path_factory.mktemp("empty") / "client", "name: Пусто\n")
    write_json(workspace.report_dir(fixtures.AS_OF) / "findings.json", {"schema": 1, "findings": []})
    return workspace


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_section_survives_nothing(empty, name, lang):
    block = Report.open(empty, lang=lang).section(name)
    if name in ("notes", "effects", "techniques"):
        assert not block.html  # no words of the consultant, nothing re-measured, no talks: no empty section
        return
    assert f'<section id="{name}"' in block.html
    assert len(re.sub(r"<[^>]+>", "", block.html)) > 20


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_section_with_everything(plain, name, lang):
    html = Report.open(plain, lang=lang).section(name).html
    assert not re.search(r"\bnan\b|\bNone\b|\{\w+\}|report\.\w+\.", re.sub(r"<[^>]+>", " ", html))
    levels = [int(level) for level in re.findall(r"<h(\d)", html)]
    assert levels[0] == 2
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert html.count("<table") == html.count("<caption")


@pytest.mark.parametrize("metric", sorted(set(fixtures.values()["metric"])))
def test_each_metric_alone(tmp_path, metric):
    workspace = Workspace.create(tmp_path / "client", "name: Одно\n")
    frame = fixtures.values()
    frame[frame["metric"] == metric].to_parquet(workspace.report_dir(fixtures.AS_OF) / "values.parquet")
    report = Report.open(workspace)
    for name in ("summary", "state", "people", "limits", "memo"):
        assert report.section(name).html


def test_the_summary_says_where_what_it_costs_and_what_first(plain):
    text = re.sub(r"<[^>]+>", "", Report.open(plain).section("summary").html)
    assert "14,8\u00a0млн\u00a0₽" in text  # mean of the last twelve complete months
    assert "850\u00a0тыс.\u00a0₽" in text
    assert "Гордеев Пётр" in text


def test_revenue_a_month_leaves_the_incomplete_month_out(plain):
    rows = Report.open(plain).last_complete("revenue", 12)
    assert len(rows) == 12
    assert rows[-1].start.month == 9


def test_a_zone_says_its_numbers(plain):
    html = Report.open(plain).section("zones").html
    assert "19\u00a0% против 31\u00a0%" in html
    assert "410\u00a0тыс.\u00a0₽ в месяц (от 260 до 580\u00a0тыс.\u00a0₽)" in html
    assert "459 наблюдений" in html


def test_strengths_come_before_weaknesses(plain):
    html = Report.open(plain).section("people").html
    assert html.index("Ильина Юлия") < html.index("Гордеев Пётр")


def test_missing_is_not_zero(plain):
    html = Report.open(plain).section("limits").html
    assert "прогнозы" in html
    assert "оценки качества" in html


def test_leaking_deals_are_counted_not_shared(plain):
    html = Report.open(plain).section("state").html
    assert "214 открытых сделок без движения" in html


def test_what_intake_decided_is_told(plain):
    html = Report.open(plain).section("passport").html
    assert "даты столбцов «Дата создания» прочитаны как день-месяц-год" in html
    assert "new kind – a: b" in html
    assert "1\u00a0480 строк не нашли пары" in html


def test_unknown_section_names_the_nearest(plain):
    with pytest.raises(UsageError, match="zones"):
        Report.open(plain).section("zone")


def test_unmeasured_date(plain):
    with pytest.raises(UsageError, match="2026-10-31"):
        Report.open(plain, "2020-01-01")


def test_block_shows_in_a_notebook_with_scoped_style(plain):
    block = Report.open(plain).section("limits")
    style = re.search(r"<style>(.*?)</style>", block._repr_html_(), re.S)[1]
    bare = re.sub(r"/\*.*?\*/", "", style, flags=re.S)
    selectors = [one.strip() for rule in re.findall(r"([^{}]+)\{", bare) if not rule.strip().startswith("@") for one in rule.split(",")]
    assert all(one.startswith(".audit") for one in selectors)


@pytest.mark.parametrize("lang", ["ru", "en", "bg"])
def test_a_measured_statement_says_by_what(plain, lang):
    """The S-code, the metric and its value stand in one row; M69 leads to the growth zones."""
    report = Report.open(plain, lang=lang)
    html = str(report.section("statements").html)
    value = report.one("win_rate")
    shown = report.numbers.value("share", value.value, value.low, value.high)
    held = [line for line in html.split("<tr") if f"{report.title('win_rate')} {shown}" in line]
    assert held and all(re.search(r">S\d-\d+<", line) and "status measured" in line for line in held)
    assert 'href="#zones"' in html


@pytest.mark.parametrize("lang", ["ru", "en", "bg"])
def test_every_statement_stands_in_the_table(plain, lang):
    report = Report.open(plain, lang=lang)
    lines = {found[1]: line for line in str(report.section("statements").html).split("<tr") if (found := re.search(r">(S\d-\d+)<", line))}
    assert set(lines) == {one.id for one in statements()}
    assert all('class="status ' in line for line in lines.values())


def test_talks_without_a_deal_are_not_counted_as_deals(plain):
    text = re.sub(r"<[^>]+>", " ", Report.open(plain, lang="en").section("techniques").html)
    assert "heard: 420, deals: 390 (140 won, 250 lost)" in text and "without a deal and an outcome: 30;" in text
    assert "2 безобидных приёма не повышают успех." in text  # a sentence, whatever it was in techniques.json


def test_reasons_of_techniques_are_told_in_the_language_of_the_page(plain):
    told = {"en": {"alarm": "2 harmless techniques do not raise success", "why": {"next_step": "the interval lies above zero"}}}
    report = Report.open(plain, lang="en")
    html = str(dataclasses.replace(report, techniques={**report.techniques, "told": told}).section("techniques").html)
    assert "2 harmless techniques do not raise success." in html and "безобидных" not in html
    assert "the interval lies above zero" in html


def test_no_conversion_is_shown_of_a_seller_below_the_norms(tmp_path):
    place = fixtures.workspace(tmp_path / "client")
    before = Report.open(place)
    path = place.report_dir(fixtures.AS_OF) / "values.parquet"
    frame, more = pd.read_parquet(path), fixtures.Table()
    more.add("gate_verdicts", 1.0, n=1, by="owner×verdict", group="Гордеев Пётр × volume", basis="snapshot")
    pd.concat([frame, more.frame()], ignore_index=True).to_parquet(path)
    after = Report.open(place)
    said = "Гордеев Пётр: активности ниже норматива"
    assert said not in before.section("people").html and said in after.section("people").html
    shown = {row.name for row in toned(before, "win_rate")}
    assert shown - {row.name for row in toned(after, "win_rate")} == {"Гордеев Пётр"}
    assert "Гордеев Пётр" in proven(before, before.zones) and "Гордеев Пётр" not in proven(after, after.zones)
    assert {row.name for row in toned(after, "avg_check")} == {row.name for row in toned(before, "avg_check")}
