"""The glossary has one meaning a word, and reports say its words."""

import re

import pytest

FORMS = 3  # letters at the end of a word that inflection changes
FORBIDDEN = {"ru": ["стендап", "дашборд", "инсайт", "продавец", "продавц", "прогон"], "bg": ["планьорк", "зона за растеж", "зони за растеж", "безполезн"]}  # what another word of the glossary says


@pytest.fixture(scope="module")
def terms(root):
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in (root / "docs" / "glossary.md").read_text("utf-8").splitlines() if line.startswith("| ")]
    return [row for row in rows if row[0] not in ("English", "---")]


@pytest.fixture(scope="module")
def spoken(root):
    return {lang: " ".join(path.read_text("utf-8").lower() for path in sorted((root / "audit" / "locale" / lang).glob("*.yml"))) for lang in ("ru", "bg")}


def test_every_term_is_there_once_in_three_languages(terms):
    assert len(terms) > 50
    assert all(len(row) == 4 and all(row) for row in terms)
    names = [row[0] for row in terms]
    assert len(names) == len({*names})
    meanings = [row[3] for row in terms]
    assert len(meanings) == len({*meanings})


@pytest.mark.parametrize(("lang", "column"), [("ru", 1), ("bg", 2)])
def test_reports_say_the_words_of_the_glossary(terms, spoken, lang, column):
    def said(term: str) -> bool:
        return all(word[:max(3, len(word) - FORMS)].lower() in spoken[lang] for word in re.findall(r"[\w-]+", term))

    assert [row[0] for row in terms if not all(said(term) for term in row[column].split(", "))] == []


@pytest.mark.parametrize("lang", [*FORBIDDEN])
def test_reports_have_one_word_for_one_thing(spoken, lang):
    assert [word for word in FORBIDDEN[lang] if word in spoken[lang]] == []
