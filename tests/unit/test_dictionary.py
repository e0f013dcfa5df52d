"""The metric dictionary says everything of every card in every language."""

import pytest

from audit.errors import UsageError
from audit.metrics import BY_ID, dictionary
from audit.words import LANGUAGES, Words


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_card_and_metric_has_its_words(lang):
    words = Words(lang)
    wanted = [f"cards.{card}.{part}" for card in dictionary.CARDS for part in ("name", *dictionary.PARTS)]
    wanted += [f"metrics.{metric}.{part}" for metric in BY_ID for part in ("title", "meaning")]
    wanted += [f"metrics.unit.{metric.unit}" for metric in BY_ID.values()]
    assert [key for key in wanted if not words.has(key)] == []


def test_counter_metrics_are_metrics():
    assert {metric.id: metric.counter for metric in BY_ID.values() if metric.counter and metric.counter not in BY_ID} == {}
    assert [metric.id for metric in BY_ID.values() if metric.counter == metric.id] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_book_tells_every_metric_once(lang):
    book = dictionary.book(lang)
    assert {metric: book.count(f"** (`{metric}`)") for metric in BY_ID} == dict.fromkeys(BY_ID, 1)
    assert book.count("\n## M") == 70


def test_a_metric_leads_to_its_card():
    assert dictionary.card_of("win_rate") == "M08" == dictionary.card_of("m08")
    assert "S1-11" in dictionary.told("M08")
    with pytest.raises(UsageError, match="win_rate"):
        dictionary.card_of("win_rat")


def test_every_card_of_the_catalogue_is_there():
    assert [*dictionary.CARDS] == [f"M{number:02}" for number in range(1, 71)]
    assert dictionary.card_of("m69") == "M69"
    assert "`gain_per_month`" in dictionary.told("M69", "bg")
    assert "S1-3" in dictionary.entry("M69").statements


@pytest.mark.parametrize("lang", LANGUAGES)
def test_needs_and_slices_are_told_in_words(lang):
    told, words = dictionary.told("M03", lang), Words(lang)
    assert words("report.lacks.hours_of_leads") in told and "`hours of leads`" not in told
    assert f"{words('metrics.by.owner').lower()} (`owner`)" in dictionary.told("M08", lang)
    needs = {need: dictionary.need_said(need, words) for metric in BY_ID.values() for need in metric.needs}
    assert [need for need, said in needs.items() if " " in need and said == f"`{need}`"] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_printed_book_is_that_of_the_declarations(lang, pytestconfig):
    name = "metrics.md" if lang == "en" else f"metrics.{lang}.md"
    printed = (pytestconfig.rootpath / "docs" / name).read_text("utf-8")
    assert printed == dictionary.book(lang) + "\n", f"write it anew: audit metrics all --lang {lang} > docs/{name}"
