"""The deck: a finding a slide, one script that the policy names, nothing of a client that runs, no words of nobody."""

import base64
import dataclasses
import hashlib
import re
from itertools import pairwise

import fixtures
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from audit.plan.agreed import _AGREED
from audit.report import Report, render
from audit.report.exporter import DefenceExporter, MemoExporter, SlidesExporter
from audit.report.frame import spread
from audit.workspace import Workspace, write_json

SLIDE = re.compile(r'<section id="(\d+)" class="slide')


def visible(page: str) -> str:
    return re.sub(r"<style.*?</style>|<script.*?</script>|<[^>]+>", " ", page, flags=re.S)


def cells(*made) -> str:
    """The deck of a notebook of such cells."""
    return SlidesExporter().from_notebook_node(new_notebook(cells=list(made)))[0]


def test_every_slide_has_its_number_and_a_headline(slides):
    numbers = [int(number) for number in SLIDE.findall(slides)]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) >= 14
    assert f"counter-reset: slide total {len(numbers)}" in slides
    assert slides.count("<h1") == 1 and slides.count("<h2") == len(numbers) - 1
    levels = [int(level) for level in re.findall(r"<h(\d)", slides)]
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_one_script_and_the_policy_names_it(slides):
    (script,) = re.findall(r"<script>(.*?)</script>", slides, re.S)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', slides)[1]
    assert f"script-src 'sha256-{digest}'" in policy and "default-src 'none'" in policy
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//|url\(["']?(?:https?:)?//|@import|\son\w+=""", slides)


def test_pages_without_a_script_allow_none(pages):
    assert all("script-src" not in page and "<script" not in page for page in pages)


@pytest.mark.parametrize("lang", ["ru", "en", "bg"])
def test_reads_in_every_language(plain, lang):
    report = Report.open(plain, lang=lang)
    text = visible(str(report.deck().html))
    assert not re.search(r"\bnan\b|\bNone\b|\{\w+\}|(?:slides|report)\.\w+\.|\.\.(?!\.)", text)
    assert report.words("slides.next.heading") in text and report.words("report.zones.heading") in text


def test_the_story_is_told(slides):
    text = visible(slides).replace("\u00a0", " ")
    for said in ("3 зоны роста стоят 850 тыс. ₽ в месяц", "214 открытых сделок без движения", "от 590 до 1 130 тыс. ₽", "19 % против 31 %", "Решить сегодня", "Назвать ответственных и сроки для 3 изменений"):
        assert said in text
    assert len(re.findall(r'class="slide shortfall"', slides)) == 3
    assert "<details" not in slides.partition("<body")[2]


def test_size(plain, hostile, slides):
    assert len(slides.encode()) < 600_000
    assert render(hostile, formats=("slides",))[0].stat().st_size < 600_000


def test_an_attack_in_the_data_is_text(hostile):
    page = render(hostile, formats=("slides",))[0].read_text(encoding="utf-8")
    assert page.count("<script") == 1 and "<img src=x" not in page and "javascript:" not in re.sub(r"&[lg]t;[^<]*", "", visible(page))
    assert "&lt;script&gt;window.__xss" in page
    assert not re.search(r"<[^>]*\son\w+=", re.sub(r'"[^"]*"', "", page.partition("<body")[2].partition("<script>")[0]))


@pytest.mark.parametrize("privacy", ["initials", "pseudonyms"])
def test_no_real_name(tmp_path, privacy):
    workspace = fixtures.workspace(tmp_path / "client", extra=f"privacy: {privacy}\n")
    text = visible(render(workspace, formats=("slides",))[0].read_text(encoding="utf-8"))
    assert not [name for name in fixtures.SELLERS if name in text]


@pytest.mark.parametrize("lang", ["ru", "en", "bg"])
def test_a_client_without_data_has_a_short_deck(tmp_path, lang):
    workspace = Workspace.create(tmp_path / "client", "name: Пусто\n")
    write_json(workspace.report_dir(fixtures.AS_OF) / "findings.json", {"schema": 1, "findings": [], "tested": 12})
    page = render(workspace, formats=("slides",), lang=lang)[0].read_text(encoding="utf-8")
    assert Report.open(workspace, lang=lang).words("report.summary.headline_none") in page
    assert 2 <= len(SLIDE.findall(page)) <= 4


@pytest.mark.parametrize("metric", sorted(set(fixtures.values()["metric"])))
def test_each_metric_alone(tmp_path, metric):
    workspace = Workspace.create(tmp_path / "client", "name: Одно\n")
    frame = fixtures.values()
    frame[frame["metric"] == metric].to_parquet(workspace.report_dir(fixtures.AS_OF) / "values.parquet")
    assert Report.open(workspace).deck().html


def test_only_cells_tagged_for_the_deck_stand_in_it(plain):
    report = Report.open(plain)
    data, metadata = report.deck()._repr_mimebundle_()
    deck = new_code_cell("report.deck()", outputs=[new_output("execute_result", data=data, metadata=metadata, execution_count=1)], metadata={"tags": ["slides_only"]})
    own = new_markdown_cell("## Слово консультанта\n\nНа слайд", metadata={"tags": ["slides"]})
    other = new_markdown_cell("## Только в отчёт")
    nb = new_notebook(cells=[deck, own, other])
    shown, _ = SlidesExporter().from_notebook_node(nb)
    assert "Слово консультанта</h2>" in shown and "Только в отчёт" not in shown
    assert SLIDE.findall(shown)[-1] == str(2 + str(report.deck().html).count('class="slide'))
    whole, _ = DefenceExporter().from_notebook_node(nb)
    memo, _ = MemoExporter().from_notebook_node(nb)
    assert "Слово консультанта" in whole and 'class="slide' not in whole and 'class="slide' not in memo


def test_a_script_in_a_cell_does_not_pass():
    attack = "<script>window.__xss=1</script><b onclick='window.__xss=1'>bold</b>"
    output = new_output("display_data", data={"text/html": f"<p>own</p>{attack}"})
    page = cells(new_code_cell("x", outputs=[output], metadata={"tags": ["slides"]}), new_markdown_cell(f"text {attack}", metadata={"tags": ["slides"]}))
    assert page.count("<script") == 1 and "<b onclick" not in page and "<b>bold</b>" in page
    assert len(SLIDE.findall(page)) == 3


@pytest.mark.parametrize(("count", "most", "kept"), [(5, 10, ()), (30, 10, (0, 17, 29)), (30, 10, range(12)), (30, 1, (17,))])
def test_of_many_rows_those_to_keep_and_a_spread_of_the_others(count, most, kept):
    rows = list(range(count))
    chosen = spread(rows, most, lambda row: row in kept)
    assert len(chosen) == min(count, most) and chosen == sorted(chosen)
    assert set(list(kept)[:most]) <= set(chosen)


def test_an_agreed_plan_is_not_asked_for_again(plain):
    report = Report.open(plain, lang="en")
    answer = {"decision": "agree", "owner": "Head of sales"}
    rows = {change["id"]: {**dict.fromkeys(_AGREED), **change, "action_id": change["id"], "expected_gain": change["gain_per_month"], **answer} for change in report.plan.changes}
    text = visible(str(dataclasses.replace(report, agreed=rows).deck().html))
    assert "It is decided who does what" in text and "Decide today" not in text and "Head of sales" in text
