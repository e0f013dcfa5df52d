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


def page(plain, tmp_path, lang="en", **more):
    """The pages of one change with these fields."""
    content = read_json(plain.root / "reports" / MONTH / "effects.json")
    content["effects"][0] |= more
    made = fixtures.workspace(tmp_path / "client")
    write_json(made.report_dir(MONTH) / "effects.json", content)
    return Remeasurement.open(made, MONTH, lang)


def test_the_page_tells_the_targets_of_the_plan_and_why_before_is_another(plain, tmp_path):
    said = text(page(plain, tmp_path, baseline=0.30, before=0.21, target=0.37).section("changes").html)
    assert "Target of the plan" in said and "37" in said
    assert "Value now, by the plan" in said
    assert "“Before” is 21% here and 30% in the plan" in said
    alike = text(page(plain, tmp_path / "alike", baseline=0.2101, before=0.21, target=None).section("changes").html).split("Единый прайс")[0]
    assert "“Before” is" not in alike


@pytest.mark.parametrize(("lang", "said"), [("en", "Compared another way: difference of changes; in August 2026: a series before and after."),
                                            ("ru", "Сравнение другое: разность изменений; август 2026 – ряд до и после."), ("bg", "Сравнява се по друг начин: разлика на промените")])
def test_another_way_of_comparing_than_last_month_is_told(plain, lang, said):
    report = Remeasurement.open(plain, MONTH, lang)
    assert said in text(report.section("changes").html)
    assert said in text(report.section("summary").html)
    assert text(report.section("summary").html).count(said) == 1


def test_the_same_way_is_not_told_as_another(plain, tmp_path):
    previous = {"month": "2026-08", "verdict": "improved", "claim": "coincides with", "effect": 0.06, "low": -0.01, "high": 0.13, "money": 1.0, "method": "diff_in_diff", "form": "panel"}
    assert "Compared another way" not in text(page(plain, tmp_path, previous=previous).section("summary").html)


@pytest.mark.parametrize(("common", "said"), [([], "that no agreed change touched"), (["change-b"], "that, of the agreed changes, only those for everyone touched")])
def test_whom_a_change_of_everything_touched_is_not_called_untouched(plain, tmp_path, common, said):
    html = re.split(r"<article", str(page(plain, tmp_path, common_with=common).section("changes").html))[1]
    assert said in text(html)


def test_losses_have_their_own_colour(plain, tmp_path):
    loss = {"value": -90_000.0, "low": -150_000.0, "high": -30_000.0, "promised": None, "promised_for": 0, "changes": 1, "to_date": None, "counted": True}
    html = str(page(plain, tmp_path, money_per_month=loss).section("summary").html)
    assert html.count('class="loss"') == 1
    assert "90" in re.search(r'class="loss">(.*?)</span>', html)[1]
    assert ".loss" in render_month(plain).read_text("utf-8")


def test_what_cannot_be_told_from_nothing_is_neither_gain_nor_loss(plain, tmp_path):
    loss = {"value": -90_000.0, "low": -250_000.0, "high": 30_000.0, "promised": None, "promised_for": 0, "changes": 1, "to_date": None, "counted": True}
    report = page(plain, tmp_path, money_per_month=loss, verdict="no clear change")
    html = str(report.section("summary").html)
    assert 'class="loss"' not in html
    assert re.search(r'class="unclear"><span class="fig">−90', html)
    assert ".unclear" in render_month(plain).read_text("utf-8")


def test_a_month_in_which_nothing_improved_says_so(plain, tmp_path):
    content = read_json(plain.root / "reports" / MONTH / "effects.json")
    for one in content["effects"]:
        one["verdict"] = "no clear change"
    made = fixtures.workspace(tmp_path / "client")
    write_json(made.report_dir(MONTH) / "effects.json", content)
    assert Remeasurement.open(made, MONTH, "en").page["headline"].startswith("September 2026: no change has improved its metric yet (of 5).")


def test_a_promise_for_some_changes_is_told_as_such(plain):
    said = text(Remeasurement.open(plain, MONTH, "en").section("summary").html)
    assert said.count("(for 2 of 3 changes)") >= 3  # the sentence, the figure, the curve


@pytest.mark.parametrize("lang", ["ru", "en", "bg"])
def test_a_known_remedy_is_called_as_the_language_of_the_page_calls_it(plain, tmp_path, lang):
    from audit.words import Words

    names = {one: Words(one)("zones.remedy.next_step_rule.title") for one in ("ru", "en", "bg")}
    assert len(set(names.values())) == 3
    for place, agreed in enumerate(("ru", "en", "bg")):
        said = text(page(plain, tmp_path / str(place), lang, remedy="next_step_rule", title=names[agreed]).section("summary").html)
        assert names[lang] in said
    own = text(page(plain, tmp_path / "own", lang, remedy="next_step_rule", title="Свои слова").section("summary").html)
    assert "Свои слова" in own and names[lang] not in own


@pytest.mark.parametrize("name", ["summary", "changes", "progress"])
def test_bulgarian_pages_are_not_russian(plain, name):
    """No letter that Bulgarian does not have, but for what the client wrote."""
    content = read_json(plain.root / "reports" / MONTH / "effects.json")
    said = text(Remeasurement.open(plain, MONTH, "bg").section(name).html)
    for one in content["effects"]:
        for theirs in (one["title"], one["owner"], *one["scope"].values(), *(check["detail"] for check in one["checks"]), str(one["needs"])):
            said = said.replace(theirs, "")
    assert not re.search("[ыэё]", said, re.I), re.findall(r".{30}[ыэё].{10}", said)
